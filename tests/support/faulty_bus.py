"""Meters on a faulty bus: what the gateway is told about them, and what it made of them."""

from dataclasses import dataclass, field
from typing import Any, Final

from agent.samples import Sample
from gateway.historian.rows import Booking
from gateway.modbus.counters import CounterBook
from gateway.modbus.field import unit_of
from gateway.modbus.profile import Profile, parse_profile
from gateway.modbus.reading import CounterRead, Reading
from simulators.fieldbus.device import Device, Field, device_of

POLL_S: Final = 1.0
TIMEOUT_S: Final = 0.5
LONGEST_REPLY_S: Final = 2.5
"""Polls, and what a device's profile declares: no late reply of the simulated ones is later."""

_POWER_METER: Final = {
    "power_kw": {"register": "holding", "address": 0, "type": "float32", "order": "CDAB"}
    | {"low": 100.0, "high": 900.0, "per_s": 7.0},
    "energy_kwh": {"register": "holding", "address": 2, "type": "uint32", "order": "ABCD"}
    | {"scale": 0.1, "modulus": 100_000, "start": 99_500, "low": 1.0, "high": 3.0, "per_s": 0.02},
    "phase_v": {"register": "holding", "address": 100, "type": "uint16", "scale": 0.1}
    | {"low": 200.0, "high": 260.0, "per_s": 1.1, "nan": 0xFFFF},
    "winding_degc": {"register": "holding", "address": 101, "type": "int16", "scale": 0.1}
    | {"low": 20.0, "high": 120.0, "per_s": 0.9, "phase_s": 30.0, "nan": 0x8000},
    "line_hz": {"register": "holding", "address": 102, "type": "float32", "order": "BADC"}
    | {"low": 45.0, "high": 55.0, "per_s": 0.11},
}
_BELT: Final = {
    "belt_kg_per_s": {"register": "input", "address": 10, "type": "int32", "order": "DCBA"}
    | {"scale": 0.001, "low": 2.0, "high": 30.0, "per_s": 0.3, "nan": 0x8000_0000},
    "fuel_kg": {"register": "input", "address": 12, "type": "uint16", "modulus": 65_536}
    | {"start": 65_000, "low": 2.0, "high": 30.0, "per_s": 0.3},
    "lump_mm": {"register": "input", "address": 13, "type": "bcd16"}
    | {"low": 10.0, "high": 90.0, "per_s": 0.5},
    "long_total_kg": {"register": "input", "address": 50, "type": "bcd32", "order": "CDAB"}
    | {"modulus": 100_000_000, "start": 99_999_000, "low": 2.0, "high": 30.0, "per_s": 0.3},
    "speed_mm_per_s": {"register": "input", "address": 52, "type": "mod10k32", "order": "ABCD"}
    | {"low": 500.0, "high": 99_000.0, "per_s": 400.0},
}
_STEAM: Final = {
    "steam_kg": {"register": "holding", "address": 20, "type": "uint64", "order": "GHEFCDAB"}
    | {"scale": 0.01, "modulus": 2**64, "start": 2**64 - 3000, "low": 5.0, "high": 40.0}
    | {"per_s": 0.4},
    "steam_bar": {"register": "holding", "address": 40, "type": "float64", "order": "ABCDEFGH"}
    | {"low": 20.0, "high": 160.0, "per_s": 1.3},
    "heat_mj": {"register": "input", "address": 0, "type": "uint48", "order": "EFCDAB"}
    | {"scale": 1.0, "modulus": 10**12, "start": 10**12 - 50, "low": 3.0, "high": 50.0}
    | {"per_s": 0.5},
    "steam_degc": {"register": "input", "address": 3, "type": "uint16", "scale": 0.1}
    | {"low": 200.0, "high": 540.0, "per_s": 3.0},
}

DEVICES: Final = tuple(
    device_of({"name": name, "unit": unit, "field": fields})
    for unit, (name, fields) in enumerate(
        (("power", _POWER_METER), ("belt", _BELT), ("steam", _STEAM)), start=1
    )
)
"""Three meters with most types and orders; every two requests to one of them are equally long."""

_NO_MINIMUM: Final = {"phase_v", "steam_bar"}
"""Gauges for which a zero is in range, so that only its rate gives it away."""


def profile_of(
    device: Device, longest_reply_s: float = LONGEST_REPLY_S, *, max_change: bool = True
) -> Profile:
    """The register map with which a site would read a simulated device."""
    lines = [
        f'[device]\nname = "{device.name}"\nsource = "test"\nmax_gap = 4',
        f"max_reply_ms = {longest_reply_s * 1000:.0f}\n[fields]",
    ]
    lines += [f"{field.name} = {{ {_line_of(field, max_change)} }}" for field in device.fields]
    return parse_profile(device.name, "\n".join(lines))


def _line_of(one: Field, max_change: bool) -> str:
    keys: dict[str, Any] = {
        "register": one.register,
        "address": one.address,
        "type": one.type,
        "order": one.order,
        "scale": one.scale,
        "unit": unit_of(one.name),
    }
    if one.total is not None:
        keys |= {"kind": "counter", "max_rate_per_s": one.total.flow.high * 1.2}
        keys |= {"modulus": one.total.modulus if one.total.modulus < 2**63 else 0}
    elif one.swing is not None:
        keys |= {"max": one.swing.high * 1.2}
        if max_change:
            keys |= {"max_change_per_s": one.swing.per_s * 1.2}
        if one.name not in _NO_MINIMUM:
            keys |= {"min": one.swing.low * 0.8}
    if one.nan is not None:
        keys |= {"nan": [one.nan]}
    return ", ".join(
        f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}"
        for key, value in keys.items()
    )


@dataclass
class Record:
    """Everything that was stored, in the order in which it came.

    Args:
        book: Books the totalisers.
        gauges: Samples of gauges.
        totals: What a totaliser showed, its total, and how many bookings there were then.
        bookings: Of all totalisers.
    """

    book: CounterBook
    gauges: list[Sample] = field(default_factory=list)
    totals: list[tuple[CounterRead, Sample, int]] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)

    async def __call__(self, reading: Reading) -> None:
        self.gauges += reading.gauges
        for read in reading.counters:
            sample = self.judge(read)
            self.totals.append((read, sample, len(self.bookings)))

    def judge(self, read: CounterRead) -> Sample:
        sample, bookings = self.book.book(read)
        self.bookings += bookings
        return sample
