"""The first bytes of a block of the store, as they are programmed one part after the other.

    offset  part       programmed
    0       marker     when the block was erased: its index, how often it was, a random number
    16      opening    when the block is opened: what it holds and from which seq on
    52      preparing  in the newest block, before another one is erased: that one's index
    56      followed   in the newest block, before another one is opened: that one's index
    60      retired    when the block is given up, before it is erased
    64      tally      a bit for each slot, after what is in it

Each part has a checksum or its own complement, so that one cut short is as good as none. An index
in `followed` with no block behind it tells that a block was lost whole, and a tally of more records
than there are that the end of this one was.
"""

import binascii
import os
import struct

import journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from blocks import FileBlocks
    from flash import RawBlocks

MAGIC = b"HRB1"
_MARKER = "<4sHHI"
_OPENING = "<IIHHIIIII"


class Header:
    """The header of one block as it is now."""

    def __init__(self, blocks: "FileBlocks | RawBlocks", index: int) -> None:
        self.data = bytearray(journal.HEADER)
        blocks.read(index, 0, self.data)

    def wear(self, index: int) -> "int | None":
        """How often the block was erased; None when its marker is not whole."""
        magic, own, _, wear = struct.unpack_from(_MARKER, self.data, 0)
        good = checked(self.data, 0, 12) and magic == MAGIC and own == index
        return wear if good else None

    def opening(self) -> "tuple[int, ...] | None":
        """What the block holds, as `opens` wrote it; None when not opened, or damaged."""
        if not checked(self.data, journal.OPENING_AT, 32):
            return None
        return tuple(struct.unpack_from(_OPENING, self.data, journal.OPENING_AT))

    def is_unopened(self) -> bool:
        """Whether no bit of the opening was programmed."""
        part = self.data[journal.OPENING_AT : journal.PREPARING_AT]
        return part == b"\xff" * len(part)


def marker(index: int, wear: int) -> bytes:
    """The first bytes of an erased block; no two are alike."""
    body = struct.pack(_MARKER, MAGIC, index, int.from_bytes(os.urandom(2), "little"), wear)
    return body + struct.pack("<I", binascii.crc32(body))


def checked(data: "bytes | bytearray", at: int, size: int) -> bool:
    """Whether the checksum behind some bytes is theirs."""
    crc = int(binascii.crc32(memoryview(data)[at : at + size]))
    return crc == int(struct.unpack_from("<I", data, at + size)[0])
