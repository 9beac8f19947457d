"""The section ``update`` of a config: how this board knows who may command and change it."""

DEFAULT_HEALTHY_S = 600
_NEEDED = ("release_key", "command_key")
_KNOWN = ("release_key", "command_key", "healthy_s", "supply", "supply_least")


def wrong(section: object) -> "list[str]":
    """What is wrong with the section, in words."""
    if not isinstance(section, dict):
        return ["it is no object; name release_key and command_key in it"]
    found = [
        "%s is %r; name its file" % (key, section.get(key))
        for key in _NEEDED
        if not (isinstance(section.get(key), str) and section[key])
    ]
    healthy_s = section.get("healthy_s", DEFAULT_HEALTHY_S)
    number = isinstance(healthy_s, (int, float)) and not isinstance(healthy_s, bool)
    if not number or not 1 <= healthy_s <= 86400:
        found.append("healthy_s is %r; give a number from 1 to 86400" % (healthy_s,))
    if "supply" in section and not isinstance(section.get("supply_least"), (int, float)):
        found.append("supply_least is missing; name the least %r to update at" % section["supply"])
    return found + ["%s is no setting; take it out" % key for key in section if key not in _KNOWN]
