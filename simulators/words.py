"""Words: how a device lays a number or a text into 16-bit registers."""

import re
import struct
from typing import Final

_FLOATS: Final = {"float16": ">e", "float32": ">f", "float64": ">d"}
_WHOLE: Final = re.compile(r"(?P<kind>int|uint|bcd|mod10k)(?P<bits>16|32|48|64)")
_TEN_THOUSAND: Final = 10_000


def words_of(raw: int | float, type_: str, order: str) -> tuple[int, ...]:
    """The registers that carry a number, in the order of their addresses.

    Args:
        raw: What the device holds; for BCD and mod-10k a whole number of 0 or more.
        type_: ``int``, ``uint``, ``float``, ``bcd`` or ``mod10k`` and a number of bits.
        order: Its bytes as they travel, A the most significant, such as ``CDAB``.

    Raises:
        ValueError: The type is unknown, or order or number do not fit it.
    """
    try:
        plain = _plain(raw, type_)
    except (OverflowError, struct.error) as wrong:
        raise ValueError(f"{raw} does not fit {type_}") from wrong
    if "".join(sorted(order)) != "ABCDEFGH"[: len(plain)]:
        raise ValueError(f"{type_} in order {order}: write each of its bytes once, from A")
    sent = bytes(plain[ord(letter) - ord("A")] for letter in order)
    return struct.unpack(f">{len(sent) // 2}H", sent)


def text_words(text: str, length: int) -> tuple[int, ...]:
    """A text in so many registers, two letters each, filled up with zero bytes."""
    return struct.unpack(f">{length}H", text.encode("ascii").ljust(2 * length, b"\0"))


def _plain(raw: int | float, type_: str) -> bytes:
    if type_ in _FLOATS:
        return struct.pack(_FLOATS[type_], raw)
    found = _WHOLE.fullmatch(type_)
    if found is None:
        raise ValueError(f"type {type_} is unknown: write int, uint, float, bcd or mod10k and bits")
    size, whole = int(found["bits"]) // 8, int(raw)
    match found["kind"]:
        case "bcd":
            return int(f"{whole}", 16).to_bytes(size, "big")
        case "mod10k":
            words = []
            for _ in range(size // 2):
                whole, word = divmod(whole, _TEN_THOUSAND)
                words.append(word)
            return struct.pack(f">{len(words)}H", *reversed(words))
        case kind:
            return whole.to_bytes(size, "big", signed=kind == "int")
