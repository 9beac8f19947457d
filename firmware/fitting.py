"""Which sensor hangs where: from the config's entries to drivers; needed at the start only."""

import json

import channel
import conversion
import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from adc import AdcPin
    from ads1115 import Ads1115
    from ds18b20 import Cable
    from max31865 import Rtd
    from pinbuses import PinBuses

    Source = AdcPin | Ads1115 | Cable | Rtd


def fit(
    entries: "list[dict[str, object]]", buses: "PinBuses", roms: str
) -> "tuple[list[channel.Channel], list[Source], list[Source]]":
    """Make the drivers; pins that the chip refuses are told in the note of their sensors.

    Args:
        entries: The config's sensors and bus pins, checked.
        buses: Where the sensors are.
        roms: File of the ROM codes by value's name.

    Returns:
        The values in their order, the drivers that take their time, and those that answer at once.
    """
    moves = [0]
    known = _roms(roms)
    values: "list[channel.Channel]" = []
    for entry in entries:
        if entry["kind"] == "bus":
            buses.wire(entry)
        else:
            values.append(channel.Channel(entry, moves))
    places: "list[tuple[str, object]]" = []  # lists keep their order on every port
    groups: "list[list[channel.Channel]]" = []
    for one in values:
        place: object = one.name  # a chip or a pin of its own
        if one.kind == "ds18b20":
            place = one.entry.get("pin", buses.pins["onewire"])
            text = one.entry.get("rom") or known.get(one.name)
            # A code that cannot be read is nobody's: the value must not take another sensor.
            one.rom = None if text is None else conversion.rom(text) or bytes(8)
        elif one.kind == "loop":
            place = one.entry.get("address", 72)
        if (one.kind, place) not in places:
            places.append((one.kind, place))
            groups.append([])
        groups[places.index((one.kind, place))].append(one)
    slow: "list[Source]" = []
    quick: "list[Source]" = []
    for index, channels in enumerate(groups):
        kind, where = places[index]
        try:
            (quick if kind == "adc" else slow).append(_source(kind, where, channels, buses))
        except Exception as error:
            for one in channels:
                one.note = "%r" % error
    return values, slow, quick


def defaults(values: "list[str]", full_scale_ppm: float) -> "list[dict[str, object]]":
    """The sensors of a board that nobody has configured."""
    entries: "list[dict[str, object]]" = []
    for name in values:
        if name.endswith("_degc"):
            entries.append({"value": name, "kind": "ds18b20"})
        elif name.endswith("co_ppm"):
            entries.append({"value": name, "kind": "adc", "high": full_scale_ppm})
    return entries


def _source(
    kind: str, place: object, channels: "list[channel.Channel]", buses: "PinBuses"
) -> "Source":
    """The driver of one group; only the kinds in use are loaded."""
    if kind == "ds18b20" and isinstance(place, int):
        import ds18b20

        return ds18b20.Cable(buses, place, channels)
    if kind == "max31865":
        import max31865

        return max31865.Rtd(buses, channels[0])
    if kind == "loop" and isinstance(place, int):
        import ads1115

        return ads1115.Ads1115(buses, place, channels)
    import adc

    return adc.AdcPin(buses, channels[0])


def _roms(path: str) -> "dict[str, object]":
    """The ROM codes by value's name that commissioning has kept; none without a file."""
    try:
        found = json.loads(files.read(path) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
