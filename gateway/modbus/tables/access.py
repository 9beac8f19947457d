"""Which function reads a register, and whether any does, as tables write it."""

import re
from typing import Final

from gateway.modbus.field import Kind
from gateway.modbus.tables.numbers import plain

_KINDS: Final[tuple[tuple[Kind, str], ...]] = (
    ("holding", r"hold|halte|\bhr\b|保持|\b4x|output register"),
    ("input", r"input\s*reg|eingangsreg|\bir\b|入力レジスタ|\b3x|^input$|^input \("),
    ("discrete", r"discrete|input\s*(?:status|bit|contact)|diskret|\b1x|入力ステータス"),
    ("coil", r"coil|\b0x\b|コイル|spule"),
)
_CODES: Final[dict[int, Kind]] = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
_BEST: Final = (3, 4, 1, 2)
_WRITING: Final = (5, 6, 15, 16, 22, 23)
_CODE: Final = re.compile(
    r"(?<![\da-z])(?:0x|fc|f)?0?([0-9a-f]{1,2})(?:h|hex)?(?![\da-z])", re.IGNORECASE
)
_WRITE: Final = re.compile(r"\bw(?:rite|o)?\b|schreib|書", re.IGNORECASE)
_READ: Final = re.compile(r"\br(?:ead|o|w)?\b|read|les|読|r/w|\brw\b|r\s*/\s*o", re.IGNORECASE)


def kind(text: str) -> Kind | None:
    """The kind of register in a cell such as ``03``, ``Holding``, ``FC 03/04``; None without.

    Args:
        text: The cell. Of several function codes the one for holding registers counts first.
    """
    words = plain(text).lower()
    for found, known in _KINDS:
        if re.search(known, words):
            return found
    codes = _codes(words)
    return next((_CODES[code] for code in _BEST if code in codes), None)


def is_write_only(text: str) -> bool:
    """Whether a cell says that a register can be written and not read: ``W``, ``WO``, ``FC 06``."""
    words = plain(text).lower()
    if _WRITE.search(words):
        return not _READ.search(words)
    codes = _codes(words)
    return bool(codes) and all(code in _WRITING for code in codes)


def _codes(words: str) -> set[int]:
    found = set()
    for code in _CODE.findall(words):
        for base in (10, 16):
            try:
                number = int(code, base)
            except ValueError:
                continue
            if number in _CODES or number in _WRITING:
                found.add(number)
                break
    return found
