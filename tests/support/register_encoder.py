"""What a device would put into its registers: written from the definitions, not from the gateway.

Every type is encoded by plain arithmetic, most significant byte first, and each byte is then put
where the order's letters say that it travels.
"""

import struct
from collections.abc import Sequence


def registers_of(value: float, type_: str, order: str) -> list[int]:
    """The registers in which a device with this type and byte order shows a value.

    Args:
        value: A value that the type can hold.
        type_: Name of the type, such as ``smod10k48``.
        order: Bytes as they travel, A the most significant.
    """
    return travelling(_most_significant_first(value, type_), order)


def travelling(plain: bytes, order: str) -> list[int]:
    """Bytes, most significant first, as registers in an order such as ``CDAB``."""
    sent = [plain["ABCDEFGH".index(letter)] for letter in order]
    return [256 * high + low for high, low in zip(sent[::2], sent[1::2], strict=True)]


def text_registers(text: bytes, length: int, order: str) -> list[int]:
    """Text in so many registers, filled up with zeros."""
    filled = text.ljust(2 * length, b"\0")
    pairs: Sequence[bytes] = [filled[n : n + 2] for n in range(0, 2 * length, 2)]
    return [pair[0] * 256 + pair[1] if order == "AB" else pair[1] * 256 + pair[0] for pair in pairs]


def _most_significant_first(value: float, type_: str) -> bytes:
    family = type_.rstrip("0123456789")
    bits = int(type_.removeprefix(family))
    if family in {"mod10k", "smod10k"}:
        return _four_digits_a_register(int(value), bits // 16)
    if family == "float":
        return struct.pack({16: ">e", 32: ">f", 64: ">d"}[bits], value)
    if family == "bcd":
        return bytes.fromhex(str(int(value)).zfill(bits // 4))
    if family == "sm":
        return (abs(int(value)) + (1 << bits - 1 if value < 0 else 0)).to_bytes(bits // 8, "big")
    return (int(value) % (1 << bits)).to_bytes(bits // 8, "big")


def _four_digits_a_register(value: int, words: int) -> bytes:
    rest, sign = abs(value), -1 if value < 0 else 1
    parts = []
    for _ in range(words):
        rest, digits = divmod(rest, 10_000)
        parts.append(sign * digits % 65_536)
    return b"".join(part.to_bytes(2, "big") for part in reversed(parts))
