"""What can be wrong with the config's list of sensors; loaded once at the start."""

import ads1115
import channel
import conversion
import ds18b20

# Least and most of every number, in the unit its name ends in.
BOUNDS = {
    "gain": (0.5, 2.0),
    "offset": (-1000.0, 1000.0),
    "stuck_h": (0, 8760),
    "warm_s": (0, 86400),
    "pin": (0, 48),
    "cs": (0, 48),
    "wires": (2, 4),
    "nominal_ohm": (100, 1000),
    "reference_ohm": (100, 10000),
    "mains_hz": (50, 60),
    "address": (72, 75),
    "channel": (0, 3),
    "shunt_ohm": (10, 250),
    "range_v": (0.256, 6.144),
    "low": (-1000000.0, 1000000.0),
    "high": (-1000000.0, 1000000.0),
    "o2_least_percent": (0, 25),
    "onewire": (0, 48),
    "adc": (0, 48),
    "scl": (0, 48),
    "sda": (0, 48),
    "sck": (0, 48),
    "mosi": (0, 48),
    "miso": (0, 48),
}
WHOLE = ("pin", "cs", "wires", "mains_hz", "address", "channel")
COMMON = ("value", "kind", "gain", "offset", "stuck_h", "warm_s", "calibrated", "due")
LOOP = ("low", "high", "shunt_ohm", "o2_least_percent", "bump_due")
KEYS = {
    "ds18b20": ("pin", "rom"),
    "max31865": ("cs", "wires", "nominal_ohm", "reference_ohm", "mains_hz"),
    "loop": LOOP + ("address", "channel", "range_v"),  # noqa: RUF005, MicroPython
    "adc": LOOP + ("pin",),  # noqa: RUF005
    "bus": ("onewire", "adc", "scl", "sda", "sck", "mosi", "miso"),
}
NEEDED = {
    "ds18b20": ("value",),
    "max31865": ("value", "cs", "reference_ohm"),
    "loop": ("value", "channel", "low", "high"),
    "adc": ("value", "low", "high"),
    "bus": (),
}
_MOST_MA = 22.5  # a transmitter may go so far to say that it is broken
_CONVERTER_V = 2.45  # the ESP32's own converter is linear up to here


def wrong(section: object, values: "list[str] | None" = None) -> "list[str]":
    """What is wrong with the list of sensors, in words."""
    told, good = _sorted(section)
    named = [str(entry["value"]) for entry in good if entry["kind"] != "bus"]
    if values is not None and not told:
        for name in named:
            if name not in values:
                told.append("sensors measure %s, which is not in values; add it there" % name)
        for name in values:
            if name not in named:
                told.append("values has %s, which no sensor measures; add its sensor" % name)
    return told


def usable(section: object) -> "list[dict[str, object]]":
    """The sensors that nothing is wrong with; of two that claim the same the first."""
    good = _sorted(section)[1]
    return good if any(entry["kind"] != "bus" for entry in good) else []


def _sorted(section: object) -> "tuple[list[str], list[dict[str, object]]]":
    """What is wrong, in words, and the entries that are right."""
    if not isinstance(section, list):
        return ["sensors is %r; give a list of sensors" % (section,)], []
    told: "list[str]" = []
    good: "list[dict[str, object]]" = []
    places: "dict[tuple[object, ...], str]" = {}
    for index, entry in enumerate(section):
        where = "sensors[%d]" % index
        if not isinstance(entry, dict) or str(entry.get("kind")) not in KEYS:
            kinds = ", ".join(sorted(KEYS))
            told.append("%s is %r; give an object with a kind of %s" % (where, entry, kinds))
            continue
        kind = str(entry["kind"])
        found = _entry(entry, kind, where)
        if kind != "bus" and not found:
            found = _twice(entry, kind, where, places)
        told += found
        if not found:
            good.append(entry)
    return told, good


def _entry(entry: "dict[str, object]", kind: str, where: str) -> "list[str]":
    """What is wrong with one entry by itself."""
    told = ["%s has no %s; name it" % (where, key) for key in NEEDED[kind] if key not in entry]
    for key in entry:
        if key not in KEYS[kind] and (key not in COMMON or (kind == "bus" and key != "kind")):
            told.append("%s: %s is no setting of a %s; take it out" % (where, key, kind))
        elif key in BOUNDS:
            told += _number(entry, key, where)
        elif key in ("calibrated", "due", "bump_due"):
            if entry[key] is not None and channel.day(entry[key]) is None:
                told.append("%s: %s is %r; write 2027-05-01" % (where, key, entry[key]))
        elif key == "rom" and conversion.rom(entry[key]) is None:
            told.append(
                "%s: rom is %r; write the 16 hexadecimal digits of a DS18B20 as `roms` lists them"
                % (where, entry[key])
            )
        elif key == "value" and not isinstance(entry[key], str):
            told.append("%s: value is %r; give a name" % (where, entry[key]))
    return told or _sense(entry, kind, where)


def _number(entry: "dict[str, object]", key: str, where: str) -> "list[str]":
    """What is wrong with one number."""
    low, high = BOUNDS[key]
    value = entry[key]
    right = isinstance(value, (int, float)) and not isinstance(value, bool)
    if right and (key not in WHOLE or isinstance(value, int)) and low <= value <= high:  # type: ignore[operator]
        return []
    words = "a whole number" if key in WHOLE else "a number"
    return ["%s: %s is %r; give %s from %s to %s" % (where, key, value, words, low, high)]


def _sense(entry: "dict[str, object]", kind: str, where: str) -> "list[str]":
    """What cannot be with numbers that are each in their bounds."""
    told = []
    name = str(entry.get("value"))
    if kind in ("ds18b20", "max31865") and not name.endswith("_degc"):
        told.append("%s: value is %s; a %s measures a name in _degc" % (where, name, kind))
    made, due = channel.day(entry.get("calibrated")), channel.day(entry.get("due"))
    if made is not None and due is not None and due <= made:
        told.append("%s: due is %s, not after calibrated" % (where, entry["due"]))
    if kind == "max31865":
        nominal = channel.number(entry, "nominal_ohm", 100)
        reference = channel.number(entry, "reference_ohm", 0)
        if nominal not in (100, 1000) or not 2 * nominal <= reference <= 10 * nominal:
            told.append(
                "%s: reference_ohm is %s for nominal_ohm %s; give 400 or 430 for 100, 4000 or "
                "4300 for 1000" % (where, reference, nominal)
            )
        if entry.get("mains_hz", 50) not in (50, 60):
            told.append("%s: mains_hz is %r; give 50 or 60" % (where, entry["mains_hz"]))
    if kind in ("loop", "adc"):
        told += _loop(entry, kind, where)
    return told


def _loop(entry: "dict[str, object]", kind: str, where: str) -> "list[str]":
    """What cannot be with a 4–20 mA loop."""
    told = []
    if entry["low"] == entry["high"]:
        told.append(
            "%s: low and high are both %s; give what 4 and 20 mA mean" % (where, entry["low"])
        )
    shunt_ohm = channel.number(entry, "shunt_ohm", 100)
    most_v = shunt_ohm * _MOST_MA / 1000
    if kind == "adc":
        if most_v > _CONVERTER_V:
            told.append(
                "%s: shunt_ohm is %s, %.2f V at %s mA, more than the %s V a pin converts; take 100"
                % (where, shunt_ohm, most_v, _MOST_MA, _CONVERTER_V)
            )
        return told
    range_v = channel.number(entry, "range_v", 4.096)
    if range_v not in ads1115.RANGES:
        known = ", ".join([str(key) for key in sorted(ads1115.RANGES)])
        told.append("%s: range_v is %s; give one of %s" % (where, range_v, known))
    elif most_v > range_v:
        told.append(
            "%s: range_v is %s and hides what is above %.1f mA over %s ohm; give 4.096"
            % (where, range_v, range_v / shunt_ohm * 1000, shunt_ohm)
        )
    if most_v > 3.3:
        told.append(
            "%s: shunt_ohm is %s, %.2f V at %s mA, above the chip's supply; take 100"
            % (where, shunt_ohm, most_v, _MOST_MA)
        )
    return told


def _twice(
    entry: "dict[str, object]", kind: str, where: str, places: "dict[tuple[object, ...], str]"
) -> "list[str]":
    """What two sensors both claim."""
    claims: "list[tuple[object, ...]]" = [("value", entry["value"])]
    if kind == "ds18b20":
        if entry.get("rom") is not None:
            claims.append(("rom", str(entry["rom"]).lower()))
        cable = ("cable", entry.get("pin"))
        places[cable] = places.get(cable, "") + "."
        if len(places[cable]) > ds18b20.SENSORS:
            return ["%s is one DS18B20 more than the %d of a pin" % (where, ds18b20.SENSORS)]
    elif kind == "max31865":
        claims.append(("cs", entry["cs"]))
    elif kind == "loop":
        claims.append(("input", entry.get("address", 72), entry["channel"]))
    else:
        claims.append(("adc", entry.get("pin")))
    told = []
    for claim in claims:
        if claim in places:
            other = places[claim]
            told.append("%s has the same %s as %s; give it its own" % (where, claim[0], other))
    if not told:
        for claim in claims:
            places[claim] = where
    return told
