"""Register types and byte orders: what a device can mean by one to four 16-bit registers.

Registers are first written as bytes so that the value stands most or least significant byte
first; then each kind of type reads its number from these bytes. Both steps are made once a field.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

Number = int | float
Reader = Callable[[bytes], Number | None]
End = Literal["big", "little"]


@dataclass(frozen=True, slots=True)
class Type:
    """A type of register.

    Args:
        family: How its bytes are a number: "int", "float", "bcd", "mod10k", "sign", or "bit" and
            "string", which are none.
        words: Registers it takes; 0 where the field says how many.
        signed: Whether it can be below 0.
    """

    family: Literal["int", "float", "bcd", "mod10k", "sign", "bit", "string"]
    words: int
    signed: bool = False

    @property
    def modulus(self) -> int:
        """Count at which a totaliser that uses all of the type goes round; 0 where none is."""
        match self.family:
            case "int":
                return 1 << 16 * self.words
            case "sign":
                return 1 << 16 * self.words - 1
            case "bcd" | "mod10k":
                return int(10 ** (4 * self.words))
            case _:
                return 0


TYPES: Final[Mapping[str, Type]] = {
    **{f"int{16 * n}": Type("int", n, signed=True) for n in (1, 2, 3, 4)},
    **{f"uint{16 * n}": Type("int", n) for n in (1, 2, 3, 4)},
    **{f"float{16 * n}": Type("float", n, signed=True) for n in (1, 2, 4)},
    **{f"bcd{16 * n}": Type("bcd", n) for n in (1, 2, 4)},
    **{f"mod10k{16 * n}": Type("mod10k", n) for n in (2, 3, 4)},
    **{f"smod10k{16 * n}": Type("mod10k", n, signed=True) for n in (2, 3, 4)},
    **{f"sm{16 * n}": Type("sign", n, signed=True) for n in (1, 2)},
    "bit": Type("bit", 1),
    "string": Type("string", 0),
}
"""Every type by its name in a register map.

``mod10k`` is four decimal digits a register (ION meters, PowerLogic CM and PM800); ``smod10k``
its signed form, each register −9,999 to 9,999 (Schneider Electric, FA212766); ``sm`` is a sign bit
and a magnitude (power factor of some meters).
"""

ORDERS: Final = {
    1: ("AB", "BA"),
    2: ("ABCD", "CDAB", "BADC", "DCBA"),
    3: ("ABCDEF", "EFCDAB", "BADCFE", "FEDCBA"),
    4: ("ABCDEFGH", "GHEFCDAB", "BADCFEHG", "HGFEDCBA"),
}
"""Registers -> byte orders as the bytes travel, A the most significant: the norm, low word first,
bytes swapped in each word, all the wrong way round."""

_CODES: Final = {
    ("int", 1): "h",
    ("int", 2): "i",
    ("int", 4): "q",
    ("float", 1): "e",
    ("float", 2): "f",
    ("float", 4): "d",
}
_DIGITS: Final = 9_999
"""The greatest that a register of four decimal digits can hold."""


def words(type_: str) -> int:
    """Number of registers a value of this type takes; 0 where the field says it (strings)."""
    return TYPES[type_].words


def orders(type_: str) -> tuple[str, ...]:
    """The byte orders a type can have; the first is the norm."""
    return ORDERS[words(type_) or 1]


@cache
def packing(order: str, count: int) -> tuple[Callable[..., bytes], End]:
    """How registers in this order become bytes of which one end is the most significant.

    Args:
        order: One of `ORDERS`, "" for the norm; for strings, one of those of a single register.
        count: Number of registers.

    Returns:
        A function of the registers that gives their bytes, and raises `struct.error` unless they
        are so many whole numbers from 0 to 65,535; and which end of the bytes counts most.
    """
    swapped, low_first = order.startswith("BA"), False
    if len(order) > 2 and order.endswith(("AB", "BA")):
        # Low word first: written with each word the other way round, it is little-endian all over.
        swapped, low_first = order.endswith("AB"), True
    pack = struct.Struct(f"{'<' if swapped else '>'}{count}H").pack
    return pack, "little" if low_first else "big"


@cache
def reader(type_: str, end: End) -> Reader:
    """A function from the bytes of a value to its number; None where they are none.

    Args:
        type_: A key of `TYPES` that is a number or a bit.
        end: Which end of the bytes counts most.
    """
    known = TYPES[type_]
    if known.family in {"int", "float"} and known.words != 3:
        return _struct_reader(known, end)
    return {
        "int": _int_reader,
        "bcd": _bcd_reader,
        "mod10k": _mod10k_reader,
        "sign": _sign_reader,
        "bit": _int_reader,
    }[known.family](known, end)


def number(registers: Sequence[int], type_: str, order: str) -> Number | None:
    """The number that some registers hold.

    Args:
        registers: Exactly as many registers as the type takes, each 0–65535.
        type_: A key of `TYPES` that is a number.
        order: One of the `ORDERS` of that many registers.

    Returns:
        The number; None where decimal digits are none. A float type may give NaN or infinity.
    """
    pack, end = packing(order, words(type_))
    return reader(type_, end)(pack(*registers))


def _struct_reader(known: Type, end: End) -> Reader:
    code = _CODES[known.family, known.words]
    code = code if known.signed else code.upper()
    unpack = struct.Struct(f"{'>' if end == 'big' else '<'}{code}").unpack

    def read(wire: bytes) -> Number:
        found: Number = unpack(wire)[0]
        return found

    return read


def _int_reader(known: Type, end: End) -> Reader:
    return lambda wire: int.from_bytes(wire, end, signed=known.signed)


def _bcd_reader(_: Type, end: End) -> Reader:
    step = 1 if end == "big" else -1

    def read(wire: bytes) -> int | None:
        digits = wire[::step].hex()
        return int(digits) if digits.isdecimal() else None

    return read


def _mod10k_reader(known: Type, end: End) -> Reader:
    code = "h" if known.signed else "H"
    unpack = struct.Struct(f"{'>' if end == 'big' else '<'}{known.words}{code}").unpack
    step = 1 if end == "big" else -1

    def read(wire: bytes) -> int | None:
        total = 0
        for part in unpack(wire)[::step]:
            if not -_DIGITS <= part <= _DIGITS:
                return None
            total = total * 10_000 + part
        return total

    return read


def _sign_reader(known: Type, end: End) -> Reader:
    sign = known.modulus

    def read(wire: bytes) -> int:
        found = int.from_bytes(wire, end)
        return found if found < sign else sign - found

    return read
