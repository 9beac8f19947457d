"""What a config may say, and what is wrong with one in words; needed at the start only."""

import json
import sys

import config

TYPE_CHECKING = False
if TYPE_CHECKING:
    Keys = tuple[dict[str, object], dict[str, tuple[float, float]], dict[str, tuple[str, ...]]]

# A demo may go faster than a board's sensors can.
_LEAST_S = 0.5 if sys.platform in ("esp32", "rp2") else 0.05

DEFAULTS = {
    "site": "",
    "board": "",
    "gateway": "gw1",
    "broker_host": "",
    "broker_port": 1883,
    "username": "",
    "password": "",
    "report_s": 60,
    "scan_s": 1,
    "values": ["temp_1_degc", "temp_2_degc", "co_ppm"],
    "feed": "",
    "out": "",
    "ring": "ring",
    "ring_bytes": 1048576,
    "off_s": 10,
    "fault_s": 10,
    "clock": "none",
    "keepalive_s": 30,
    "resend_s": 60,
    "window": 256,
    "wlan_ssid": "",
    "wlan_key": "",
    "wlan_key_file": "wlan.key",
    "guard": "thread",
    "fast_s": 10,
    "fast_temp_k": 1,
    "fast_co_ppm": 100,
    "co_full_scale_ppm": 5000,
}

# Sections that a module of their own checks: `wrong(section)` says in words what is.
SECTIONS = {
    "sensors": "sensors",
    "tls": "trust",
    "time": "clockwork",
    "net": "ladder",
    "update": "update",
}

# Sections checked here: defaults, bounds of numbers, choices of words; the rest is true or false.
OWN_SECTIONS: "dict[str, Keys]" = {
    "outputs": (
        {"latch": True, "silence_s": 600, "relay": "fail_safe", "boot_test_ms": 300, "test_s": 2},
        {"silence_s": (10, 14400), "boot_test_ms": (0, 2000), "test_s": (0.5, 30)},
        {"relay": ("fail_safe", "energise")},
    ),
    "power": (
        {"mode": "mains", "sleep_s": 600, "awake_s": 60},
        {"sleep_s": (60 * _LEAST_S, 3600), "awake_s": (10 * _LEAST_S, 600)},
        {"mode": ("mains", "battery")},
    ),
}

LIMITS = {"temp_degc": 50, "co_ppm": 3000}

# The least and most a number may be, in the unit its name ends in.
BOUNDS = {
    "broker_port": (1, 65535),
    "report_s": (_LEAST_S, 86400),
    "scan_s": (min(0.1, _LEAST_S), 5),
    "ring_bytes": (4096, 1 << 30),
    "off_s": (0, 3600),
    "fault_s": (0, 3600),
    "keepalive_s": (5, 3600),
    "resend_s": (1, 3600),
    "window": (1, 100000),
    "co_full_scale_ppm": (100, 1000000),
    "fast_s": (_LEAST_S, 86400),
    "fast_temp_k": (0.2, 50),
    "fast_co_ppm": (10, 10000),
    "temp_degc": (30, 80),
    "co_ppm": (50, 20000),
    "silence_min": (1, 60),
    "report_s_max": (1, 86400),
}
# The most that commands and buttons may do; the site's own bounds replace them.
SITE_BOUNDS = {"temp_degc": 50, "co_ppm": 3000, "silence_min": 10, "report_s_max": 3600}
CHOICES = {"clock": ("none", "host"), "guard": ("thread", "loop")}
NEEDED = ("site", "board", "broker_host")


def load(text: "bytes | None") -> "tuple[dict[str, object], list[str]]":
    """Read a config; whatever is wrong keeps its default.

    Args:
        text: The JSON text, or None when there is no file.

    Returns:
        The settings, and what is wrong with them in words. With anything wrong the board stays
        off the network and only the local alarm and the store work.
    """
    settings: "dict[str, object]" = dict(DEFAULTS)
    local: "dict[str, object]" = dict(LIMITS)
    bounds: "dict[str, object]" = dict(SITE_BOUNDS)
    settings["limits"], settings["bounds"] = local, bounds
    for key, own in OWN_SECTIONS.items():
        settings[key] = dict(own[0])
    try:
        given = json.loads(text) if text is not None else {}
    except ValueError:
        return settings, ["the config is no JSON; write it again"]
    if not isinstance(given, dict):
        return settings, ["the config is no JSON object; write it again"]
    wrong = []
    for key, value in given.items():
        if key in ("limits", "bounds") and isinstance(value, dict):
            for name, limit in value.items():
                wrong += _take(local if key == "limits" else bounds, name, limit)
        elif key in OWN_SECTIONS:
            wrong += _take_own(settings, key, value)
        elif key not in SECTIONS:
            wrong += _take(settings, key, value)
    for key in SECTIONS:
        if key in given:
            wrong += _take_section(settings, key, given[key])
    wrong += _bound(local, bounds, "bounds" in given)
    relay = config.section(settings, "outputs").get("relay", "fail_safe")
    if relay == "fail_safe" and config.section(settings, "power").get("mode") == "battery":
        wrong.append("outputs relay is fail_safe, which sleep would open; give energise")
    wrong += ["%s is missing; name it" % key for key in NEEDED if not settings[key]]
    return settings, wrong


def _take_own(settings: "dict[str, object]", section: str, given: object) -> "list[str]":
    """Take over what is usable of a section that is an object; say what is wrong with the rest."""
    defaults, bounds, choices = OWN_SECTIONS[section]
    taken = config.section(settings, section)
    if not isinstance(given, dict):
        return ["%s is %r; give an object" % (section, given)]
    wrong = []
    for key, value in given.items():
        text = "%s %s is %r; give " % (section, key, value)
        if key not in defaults:
            wrong.append("%s %s is no setting; take it out" % (section, key))
        elif key in bounds:
            low, high = bounds[key]
            number = value if isinstance(value, (int, float)) else None
            if number is None or isinstance(value, bool) or not low <= number <= high:
                wrong.append(text + "a number from %s to %s" % (low, high))
        elif key in choices:
            if value not in choices[key]:
                wrong.append(text + " or ".join(choices[key]))
        elif not isinstance(value, bool):
            wrong.append(text + "true or false")
        if not wrong or not wrong[-1].startswith("%s %s is" % (section, key)):
            taken[key] = value
    return wrong


def _take(settings: "dict[str, object]", key: str, value: object) -> "list[str]":
    """Take one value over when it is usable; say what is wrong when it is not."""
    if key not in settings:
        return ["%s is no setting; take it out" % key]
    if key in BOUNDS:
        low, high = BOUNDS[key]
        number = value if isinstance(value, (int, float)) else None
        if number is None or isinstance(value, bool) or not low <= number <= high:
            return ["%s is %r; give a number from %s to %s" % (key, value, low, high)]
    elif key == "values":
        names = value if isinstance(value, list) else []
        if not 0 < len(names) < 256 or not all(isinstance(name, str) for name in names):
            return ["values is %r; give a list of 1 to 255 names" % (value,)]
    elif not isinstance(value, str) or value not in CHOICES.get(key, (value,)):
        known = " or ".join(CHOICES.get(key, ("text",)))
        return ["%s is %r; give %s" % (key, value, known)]
    settings[key] = value
    return []


def _take_section(settings: "dict[str, object]", key: str, value: object) -> "list[str]":
    """Take a section over when its own module finds nothing wrong with it."""
    try:
        module = __import__(SECTIONS[key])
    except ImportError:
        return ["%s is a section this firmware cannot use; take it out" % key]
    lines = module.wrong(value, settings["values"]) if key == "sensors" else module.wrong(value)
    wrong = ["%s: %s" % (key, line) for line in lines]
    if not wrong:
        settings[key] = value
    elif key == "sensors":  # a slip in one entry shall not blind the others
        settings[key] = module.usable(value)
    return wrong


def _bound(
    local: "dict[str, object]", bounds: "dict[str, object]", bounds_given: bool
) -> "list[str]":
    """Hold the limits against the site's bounds; one above its bound falls back to the bound."""
    wrong = []
    for key in LIMITS:
        limit, bound = float(str(local[key])), float(str(bounds[key]))
        if limit > bound and bounds_given:
            wrong.append("limits %s is %s; its bound is %s" % (key, local[key], bounds[key]))
            local[key] = bounds[key]
        elif limit > bound:
            bounds[key] = local[key]
    return wrong
