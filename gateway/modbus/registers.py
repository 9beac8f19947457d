"""Register types and byte orders: what a device can mean by one to four 16-bit registers."""

import struct
from collections.abc import Sequence
from typing import Final

TYPES: Final = {
    "int16": (1, ">h"),
    "uint16": (1, ">H"),
    "int32": (2, ">i"),
    "uint32": (2, ">I"),
    "int64": (4, ">q"),
    "uint64": (4, ">Q"),
    "float32": (2, ">f"),
    "float64": (4, ">d"),
}
"""Type -> number of registers, and its layout once its bytes stand most significant first."""

ORDERS: Final = {
    1: ("AB", "BA"),
    2: ("ABCD", "CDAB", "BADC", "DCBA"),
    4: ("ABCDEFGH", "GHEFCDAB", "BADCFEHG", "HGFEDCBA"),
}
"""Registers -> byte orders as the bytes travel, A the most significant; the first is the norm."""


def words(type_: str) -> int:
    """Number of registers a value of this type takes."""
    return TYPES[type_][0]


def pattern(registers: Sequence[int], order: str) -> bytes:
    """The bytes of some registers, most significant first.

    Args:
        registers: Register contents in order of address, each 0–65535.
        order: Byte order as the bytes travel, such as ``CDAB``; its length is two letters a
            register.
    """
    travelled = b"".join(register.to_bytes(2, "big") for register in registers)
    return bytes(travelled[order.index(chr(65 + rank))] for rank in range(len(order)))


def number(registers: Sequence[int], type_: str, order: str) -> int | float:
    """The number that some registers hold; a float type may give NaN or infinity.

    Args:
        registers: Exactly as many registers as the type takes, each 0–65535.
        type_: A key of `TYPES`.
        order: One of the `ORDERS` of that many registers.
    """
    unpacked: tuple[int | float] = struct.unpack(TYPES[type_][1], pattern(registers, order))
    return unpacked[0]
