"""Commissioning: which DS18B20 answer on which cable, and which value each is bound to.

On the board: ``import roms; roms.show()`` prints one line of JSON a sensor, with its temperature,
so that a sensor warmed by hand shows where it hangs. ``roms.bind({"temp_1_degc": "28…"})`` keeps
the order; it holds from the next start.
"""

import json
import sys

import conversion
import ds18b20
import files
import pinbuses
import sensors

FILE = "roms.json"
_CONVERT, _READ = 0x44, 0xBE
_CONVERSION_MS = 750


def listing(path: str = "config.json") -> "list[dict[str, object]]":
    """All DS18B20 that answer on the config's cables; takes about a second.

    Args:
        path: The board's config.

    Returns:
        For each sensor ``pin``, ``rom``, ``value`` (None: bound to none), ``degc`` and ``reason``,
        and for each bound code that does not answer the same with the reason ``sensor_open``.
    """
    try:
        entries = sensors.usable(json.loads(files.read(path) or b"{}").get("sensors")) or []
    except (AttributeError, ValueError):
        entries = []  # as a board that nobody has configured
    buses = pinbuses.PinBuses()
    bound = _kept()
    pins: "list[int]" = []
    for entry in entries:
        if entry.get("kind") == "bus":
            buses.wire(entry)
    for entry in entries or [{"kind": "ds18b20"}]:
        pin = entry.get("pin", buses.pins["onewire"])
        if entry.get("kind") == "ds18b20" and isinstance(pin, int) and pin not in pins:
            pins.append(pin)
        if entry.get("rom") is not None:
            bound[str(entry["rom"]).lower()] = entry["value"]
    found = []
    for pin in pins:
        for code, value, reason in measured(buses, pin):
            text = code.hex()
            line = {"pin": pin, "rom": text, "value": bound.pop(text, None), "degc": value}
            line["reason"] = reason
            found.append(line)
    for text, name in bound.items():
        found.append({"rom": text, "value": name, "degc": None, "reason": "sensor_open"})
    return found


def measured(buses: pinbuses.PinBuses, pin: int) -> "list[tuple[bytes, float | None, str | None]]":
    """ROM code, temperature [°C] and reason of every DS18B20 on a pin; waits for 0.75 s."""
    bus = buses.onewire(pin)
    codes = ds18b20.Cable(buses, pin, []).found()
    bus.reset()
    bus.writebyte(bus.SKIP_ROM)
    bus.writebyte(_CONVERT)
    buses.wait_ms(_CONVERSION_MS)
    pad = bytearray(9)
    told = []
    for code in codes:
        bus.reset()
        bus.writebyte(bus.MATCH_ROM)
        bus.write(code)
        bus.writebyte(_READ)
        bus.readinto(pad)
        value, reason = conversion.ds18b20(pad)
        told.append((code, value, reason))
    return told


def show(path: str = "config.json") -> None:
    """Print the listing, a line of JSON a sensor."""
    for line in listing(path):
        sys.stdout.write(json.dumps(line) + "\n")


def bind(order: "dict[str, str]") -> None:
    """Keep which ROM code each value is bound to.

    Args:
        order: ROM codes by value's name; it replaces what was kept.

    Raises:
        ValueError: A code is no DS18B20's, or is there twice.
    """
    for name, text in order.items():
        if conversion.rom(text) is None:
            raise ValueError(
                "%s: %r is no ROM code of a DS18B20; copy it from show()" % (name, text)
            )
    if len({text.lower() for text in order.values()}) < len(order):
        raise ValueError("a ROM code is there twice; each value has a sensor of its own")
    files.replace(FILE, json.dumps(order).encode())


def _kept() -> "dict[str, object]":
    """The values by ROM code that `bind` has kept."""
    try:
        order = json.loads(files.read(FILE) or b"{}")
    except ValueError:
        return {}
    return {str(text).lower(): name for name, text in order.items()}
