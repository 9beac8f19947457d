"""Marks in the header of a block of the store: they make a later start surer."""

import struct

import journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from journal import Journal

_BLANK = b"\xff\xff\xff\xff"


def note(log: "Journal", at: int, index: int) -> None:
    """Note an index with its complement in the newest block, where there is still room for it."""
    if log.used:
        newest, data = log.order[log.used - 1], struct.pack("<HH", index, index ^ 0xFFFF)
        seen = bytearray(4)
        log.blocks.read(newest, at, seen)
        if seen in (_BLANK, data):
            _program(log, newest, at, data)


def retire(log: "Journal", index: int) -> None:
    """Mark a block as given up."""
    _program(log, index, journal.RETIRED_AT, bytes(4))


def _program(log: "Journal", index: int, at: int, data: bytes) -> None:
    """Program a mark; flash that refuses it is no reason to stop now."""
    try:
        log.blocks.program(index, at, data)
    except OSError:
        pass
