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
import lane

TYPE_CHECKING = False
if TYPE_CHECKING:
    from blocks import FileBlocks
    from flash import RawBlocks

SIZE = journal.HEADER
OPENING_AT = 16
FIRST_AT = 20
PREPARING_AT = 52
FOLLOWED_AT = 56
RETIRED_AT = 60
RETIRED = b"\x00\x00\x00\x00"

_MAGIC = b"HRB1"
_MARKER = "<4sHHI"
_OPENING = "<IIHHIIIII"
_BLANK = b"\xff" * SIZE


class Header:
    """The header of one block as it is now."""

    def __init__(self, blocks: "FileBlocks | RawBlocks", index: int) -> None:
        self.data = bytearray(SIZE)
        blocks.read(index, 0, self.data)

    def wear(self, index: int) -> "int | None":
        """How often the block was erased; None when its marker is not whole."""
        magic, own, _, wear = struct.unpack_from(_MARKER, self.data, 0)
        good = _checked(self.data, 0, 12) and magic == _MAGIC and own == index
        return wear if good else None

    def opening(self) -> "tuple[int, ...] | None":
        """What the block holds, as `opening` packed it; None when not opened, or damaged."""
        if not _checked(self.data, OPENING_AT, 32):
            return None
        return tuple(struct.unpack_from(_OPENING, self.data, OPENING_AT))

    def is_blank(self) -> bool:
        """Whether the whole header is erased."""
        return self.data == _BLANK

    def is_unopened(self) -> bool:
        """Whether no bit of the opening was programmed."""
        return self.data[OPENING_AT:PREPARING_AT] == _BLANK[: PREPARING_AT - OPENING_AT]

    def is_retired(self) -> bool:
        """Whether the block was given up; one flipped bit does not do that."""
        return sum(byte == 0 for byte in self.data[RETIRED_AT : lane.TALLY_AT]) > 1

    def tally(self) -> int:
        """How many records the block had at least."""
        count = 0
        for byte in self.data[lane.TALLY_AT :]:
            for bit in range(8):
                if byte >> bit & 1:
                    return count
                count += 1
        return count

    def preparing(self) -> "int | None":
        """The block that was about to be erased when this one was the newest."""
        return self._noted(PREPARING_AT)

    def followed(self) -> "int | None":
        """The block that was opened after this one."""
        return self._noted(FOLLOWED_AT)

    def may_note(self, at: int, index: int) -> bool:
        """Whether a note can be programmed: nothing is there, or the same."""
        return self.data[at : at + 4] in (_BLANK[:4], note(index))

    def _noted(self, at: int) -> "int | None":
        index, complement = struct.unpack_from("<HH", self.data, at)
        return index if index ^ complement == 0xFFFF and index != 0xFFFF else None


def opening(
    kind: int,
    slot: int,
    salt: int,
    first: int,
    schema: int,
    acked: int,
    counts: "tuple[int, int, int]",
) -> bytes:
    """The bytes at `OPENING_AT`, with the rest of the header blank behind them.

    Args:
        kind: `record.SAMPLE` or `record.ALARM`.
        slot: Size of a slot [bytes].
        salt: The stream's number.
        first: No record of the block has a lower seq; every lower seq was used before.
        schema: Checksum of the names of values.
        acked: The ack when it was opened.
        counts: Samples given up, alarm edges given up, and erases, since the stream began.
    """
    body = struct.pack(_OPENING, salt, first, kind, slot, schema, acked, *counts)
    whole = body + struct.pack("<I", binascii.crc32(body))
    return whole + _BLANK[: SIZE - OPENING_AT - len(whole)]


def index_of(data: "bytes | bytearray") -> int:
    """The index in a marker; -1 when it is none."""
    magic, index = struct.unpack_from("<4sH", data, 0)
    return int(index) if magic == _MAGIC and _checked(data, 0, 12) else -1


def marker(index: int, wear: int) -> bytes:
    """The first bytes of an erased block; no two are alike."""
    body = struct.pack(_MARKER, _MAGIC, index, int.from_bytes(os.urandom(2), "little"), wear)
    return body + struct.pack("<I", binascii.crc32(body))


def note(index: int) -> bytes:
    """An index with its complement."""
    return struct.pack("<HH", index, index ^ 0xFFFF)


def _checked(data: "bytes | bytearray", at: int, size: int) -> bool:
    """Whether the checksum behind some bytes is theirs."""
    crc = int(binascii.crc32(memoryview(data)[at : at + size]))
    return crc == int(struct.unpack_from("<I", data, at + size)[0])
