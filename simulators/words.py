"""Words: how a device lays a number or a text into 16-bit registers."""

import struct
from typing import Final

PACKED: Final = {
    "int16": ">h",
    "uint16": ">H",
    "int32": ">i",
    "uint32": ">I",
    "int64": ">q",
    "uint64": ">Q",
    "float16": ">e",
    "float32": ">f",
    "float64": ">d",
}
"""Types whose bits are those of the machine's own numbers, and their layout."""

_TEN_THOUSAND: Final = 10_000


def words_of(raw: int | float, type_: str, order: str) -> tuple[int, ...]:
    """The registers that carry a number, in the order of their addresses.

    Args:
        raw: What the device holds; for BCD and mod-10k a whole number of 0 or more.
        type_: A key of `PACKED`, or ``bcd`` or ``mod10k`` and a number of bits, as ``bcd32``.
        order: Its bytes as they travel, A the most significant, such as ``CDAB``.

    Raises:
        ValueError: Type and order do not fit each other, or the type is unknown.
        struct.error: The number does not fit the type.
    """
    plain = _plain(raw, type_, len(order))
    if "".join(sorted(order)) != "ABCDEFGH"[: len(plain)]:
        raise ValueError(f"{type_} in order {order}: write each of its bytes once, from A")
    sent = bytes(plain[ord(letter) - ord("A")] for letter in order)
    return struct.unpack(f">{len(sent) // 2}H", sent)


def text_words(text: str, length: int) -> tuple[int, ...]:
    """A text in so many registers, two letters each, filled up with zero bytes."""
    return struct.unpack(f">{length}H", text.encode("ascii").ljust(2 * length, b"\0"))


def _plain(raw: int | float, type_: str, size: int) -> bytes:
    if type_ in PACKED:
        return struct.pack(PACKED[type_], raw)
    if type_ == f"bcd{8 * size}":
        return bytes.fromhex(f"{int(raw):0{2 * size}d}")
    if type_ == f"mod10k{8 * size}":
        digits, words = int(raw), []
        for _ in range(size // 2):
            digits, word = divmod(digits, _TEN_THOUSAND)
            words.append(word)
        return struct.pack(f">{len(words)}H", *reversed(words))
    raise ValueError(f"type {type_} of {8 * size} bits is unknown: use {', '.join(PACKED)}, bcd…")
