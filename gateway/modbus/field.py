"""Field: one line of a register map, a value and where it stands."""

import re
from typing import Annotated, Final, Literal

import msgspec

from gateway.modbus import registers

Kind = Literal["coil", "discrete", "holding", "input"]
"""Kinds of registers: read by function code 1, 2, 3 and 4."""

BITS: Final = ("coil", "discrete")
"""The kinds whose addresses hold one bit each; those of the others hold 16."""

UNIT: Final = re.compile(r"[a-z0-9]+(_per_[a-z0-9]+)?")
"""How a unit is written at the end of a point's name: ``kg``, ``degc``, ``kg_per_s``."""

_ENDING: Final = re.compile(r"_([a-z0-9]+(?:_per_[a-z0-9]+)?)$")


class Field(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, cache_hash=True):
    """One line of the ``[fields]`` table: a value and where it stands.

    Args:
        register: "coil", "discrete", "holding" or "input" (function code 1 to 4).
        address: First register, zero-based.
        type: A key of `registers.TYPES`.
        unit: Unit of the value, as it ends a point's name; "" for texts.
        kind: "gauge", the value of the moment, "counter", a totaliser, or "text", shown by
            `check` and `probe` and never a point.
        order: Bytes as they travel, A the most significant; "" means most significant first.
        scale: Value [unit] = register × scale + offset.
        offset: Added after scaling [unit]; gauges only.
        modulus: Count at which a totaliser shows 0 again, in steps of `step`. In a file, 0 means
            all that its type can hold; of a float totaliser, that it never goes round.
        max_rate_per_s: Fastest a totaliser can run [unit/s]: what is faster is no step.
        update_s: How often the device renews a totaliser's register [s].
        min: Least plausible value of a gauge [unit].
        max: Greatest plausible value of a gauge [unit].
        length: Registers that a text takes.
        bit: Which bit of the register is the value, 0 the lowest; type "bit" only.
        runs: Which way a totaliser counts: "up", "down", or "both" for a net total.
        resolution: Smallest step [unit] in which a float totaliser is booked.
        rate: Name of the gauge whose integral the totaliser should follow.
        max_change_per_s: Fastest a gauge can change [unit/s]; a faster one waits for a second read.
        deadband: Change of a gauge that is not worth a report [unit], where a site asks for it.
        stale_after_s: Age at which a value no longer tells the present [s].
        nan: Bit patterns that mean "no value", as unsigned numbers.
        exponent_register: Address behind the value, zero-based, of a signed register that holds a
            power of ten (SunSpec's scale factors): value = register × 10^power × scale + offset.
        exponent: Of a totaliser, the power that this register must hold; `scale` contains it.
        source: Where the line comes from, if not from the device's source.
    """

    register: Kind
    address: int
    type: str
    unit: str = ""
    kind: Literal["gauge", "counter", "text"] = "gauge"
    order: str = ""
    scale: float = 1.0
    offset: float = 0.0
    modulus: Annotated[int, msgspec.Meta(ge=0)] = 0
    max_rate_per_s: Annotated[float, msgspec.Meta(gt=0, le=1e12)] | None = None
    update_s: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 1.0
    min: float | None = None
    max: float | None = None
    length: Annotated[int, msgspec.Meta(ge=0, le=125)] = 0
    bit: Annotated[int, msgspec.Meta(ge=0, le=15)] | None = None
    runs: Literal["up", "down", "both"] = "up"
    resolution: Annotated[float, msgspec.Meta(gt=0)] | None = None
    rate: str = ""
    max_change_per_s: Annotated[float, msgspec.Meta(gt=0)] | None = None
    deadband: Annotated[float, msgspec.Meta(ge=0)] | None = None
    stale_after_s: Annotated[float, msgspec.Meta(gt=0, le=86_400)] | None = None
    nan: tuple[int, ...] = ()
    exponent_register: int | None = None
    exponent: Annotated[int, msgspec.Meta(ge=-10, le=10)] = 0
    source: str = ""

    @property
    def width(self) -> int:
        """Number of registers of the value itself, or one coil or discrete input."""
        return registers.words(self.type) or self.length

    @property
    def words(self) -> int:
        """Number of addresses the field takes: the value, and up to its exponent register."""
        if self.exponent_register is None:
            return self.width
        return self.exponent_register + 1 - self.address

    @property
    def end(self) -> int:
        """The first address after the field."""
        return self.address + self.words

    @property
    def bits(self) -> int:
        """Number of bits of the field's type."""
        return 16 * self.width

    @property
    def step(self) -> float:
        """What one count of a totaliser is worth [unit]."""
        return self.scale if self.resolution is None else self.resolution


def unit_of(name: str) -> str | None:
    """The unit in which the name of a field or point ends; None where it ends in none."""
    found = _ENDING.search(name)
    return found.group(1) if found else None
