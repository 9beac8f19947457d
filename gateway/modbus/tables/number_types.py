"""Types as tables write them: UINT32, IEEE 754 float, REAL4, signed long, 2 byte unsigned."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from gateway.modbus.registers import ORDERS
from gateway.modbus.tables.numbers import plain
from gateway.modbus.tables.unclear import UnclearError

Family = Literal["int", "uint", "float", "bcd", "mod10k", "bit", "string"]

_FAMILIES: Final[tuple[tuple[Family, str], ...]] = (
    ("mod10k", r"mod(?:ulo)?[\s-]*10[\s.]*(?:k|000)"),
    ("bcd", r"bcd"),
    ("string", r"string|ascii|char\b|char\s*[x\[\d]|text|\bstr\b|utf-?8|文字|zeichen"),
    ("float", r"float|single|ieee|real|double(?!\s*(?:word|int|register))|\bfp\b|\bf(?:16|32|64)"),
    ("float", r"gleitkomma|浮動|実数"),
    (
        "uint",
        r"unsigned|uint|\bu\d|\bus?long|\bud?int|\bulint|\busint|word|\bbyte\b|\bacc(?:32|64)",
    ),
    (
        "uint",
        r"enum|bit\s*(?:field|feld|map)|bitmask|vorzeichenlos|ohne vorzeichen|符号(?:なし|無)",
    ),
    ("int", r"sunssf|signed|\bs?int(?:eger)?\d*\b|\bshort|\blong|\bd?int\b|\blint\b|\b[si]\d\d"),
    ("int", r"mit vorzeichen|vorzeichen|符号(?:付|あり|有)"),
    ("bit", r"bool|\bbit\b|coil|discrete"),
)
_STRONG: Final = (
    (64, r"double(?!\s*(?:word|int|register))|\blreal\b|\bu?lint\b|\bqword|\breal8|\blong long"),
    (32, r"\breal4?\b|double\s*(?:word|int|register)|\bdword|\bu?dint\b|\bulong|\blong\b"),
    (16, r"\bshort\b|sunssf|\bsint\b|\busint\b"),
)
_WEAK: Final = (
    (32, r"float|single|ieee|gleitkomma|浮動|実数"),
    (16, r"int|word|byte|signed|enum|bit|bool|符号|vorzeichen"),
)
_SWAPPED: Final = re.compile(
    r"swap|inver|low(?:er)?[\s-]*(?:word|register)?[\s-]*first|lsw[\s-]*(?:first|,|/)|下位"
)
_LITTLE: Final = re.compile(r"little|(?:\d|\b)le\b|lsb[\s-]*first")
_NAMES: Final = {"int": "int", "uint": "uint", "float": "float", "bcd": "bcd", "mod10k": "mod10k"}
_SIZES: Final[dict[Family, tuple[int, ...]]] = {
    "int": (16, 32, 48, 64),
    "uint": (16, 32, 48, 64),
    "float": (16, 32, 64),
    "bcd": (16, 32, 64),
    "mod10k": (32, 48, 64),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a table tells of a type.

    Args:
        family: What its bytes are.
        bits: Its size, where told [bit].
        is_sure: Whether the size was told in so many words.
        is_swapped: Whether the low word comes first.
        order: The byte order, where it stands there as letters.
    """

    family: Family
    bits: int | None
    is_sure: bool
    is_swapped: bool = False
    order: str = ""


def told(text: str) -> Told | None:
    """What a cell such as ``UINT32`` or ``32 bit IEEE float`` tells; None where it tells nothing.

    Raises:
        UnclearError: It says "little endian", which some say of words and some of bytes.
    """
    words = plain(text).lower().replace("_", " ")
    family = next((name for name, known in _FAMILIES if re.search(known, words)), None)
    if family is None:
        return None
    order = next((o.upper() for o in re.findall(r"\b[a-h]{2,8}\b", words) if _is_order(o)), "")
    if not order and _LITTLE.search(words) and not _SWAPPED.search(words):
        raise UnclearError(
            text,
            "'little endian' may mean the words or the bytes",
            "Say which: --order CDAB for the low word first, --order DCBA for all of it",
        )
    bits, is_sure = _bits(words, family)
    return Told(family, bits, is_sure, _SWAPPED.search(words) is not None, order)


def type_of(known: Told, words: int | None, size_bytes: int | None) -> tuple[str, int]:
    """Our type, and the number of registers that it takes.

    Args:
        known: What the type's cell tells.
        words: Registers, where the table tells them.
        size_bytes: Bytes, where the table tells them.

    Raises:
        UnclearError: These do not agree, or there is no such type.
    """
    told_bits = 16 * words if words else 8 * size_bytes if size_bytes else None
    if known.family == "string":
        length = (told_bits or known.bits or 0) // 16
        if not 0 < length <= 125:
            raise UnclearError("string", "its length is not told", "Add a column with registers")
        return "string", length
    if known.family == "bit":
        return "bit", 1
    bits = known.bits
    if told_bits is not None:
        told_bits = max(told_bits, 16)  # a byte takes a register of its own
        if not known.is_sure:
            bits = told_bits
        elif bits != told_bits:
            raise UnclearError(
                f"{known.family}{bits}", f"does not fit {told_bits} bits of register", "Mend either"
            )
    if bits is None or bits not in _SIZES[known.family]:
        raise UnclearError(
            f"{known.family} of {bits or 'unknown'} bits",
            "there is no such type",
            f"Write one of {', '.join(f'{known.family}{size}' for size in _SIZES[known.family])}",
        )
    return f"{_NAMES[known.family]}{bits}", bits // 16


def order_of(known: Told, words: int, default: str) -> str:
    """The byte order of a value; "" for the norm.

    Args:
        known: What the type's cell tells.
        words: Registers it takes.
        default: What holds where the table does not tell; used where it fits.
    """
    orders = ORDERS.get(words, ())
    if known.order in orders:
        return known.order
    if known.is_swapped and len(orders) > 2:
        return orders[1]
    return default if default in orders else ""


def _bits(words: str, family: Family) -> tuple[int | None, bool]:
    for size in re.findall(r"(?<!\d)(16|32|48|64|8)(?!\d)", words):
        if not re.search(rf"{size}\s*(?:byte|char)", words):
            return max(int(size), 16), True
    if found := re.search(r"(\d+)\s*-?\s*byte|/\s*(\d{1,3})\b", words):
        return max(8 * int(found.group(1) or found.group(2)), 16), True
    if family == "string":
        found = re.search(r"(\d{1,3})", words)
        return (8 * (int(found.group(1)) + 1) // 16 * 16, True) if found else (None, False)
    for size_told, known in _STRONG:
        if re.search(known, words):
            return size_told, True
    for size_told, known in _WEAK:
        if re.search(known, words):
            return size_told, False
    return (32 if family == "mod10k" else 16), False


def _is_order(letters: str) -> bool:
    return any(letters.upper() in orders for orders in ORDERS.values())
