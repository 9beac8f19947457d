"""What the header of a block tells a start, beside what it holds: see `header`."""

import struct

import header
import journal
import lane

TYPE_CHECKING = False
if TYPE_CHECKING:
    from header import Header


def is_blank(found: "Header") -> bool:
    """Whether the whole header is erased."""
    return found.data == b"\xff" * journal.HEADER


def is_retired(found: "Header") -> bool:
    """Whether the block was given up; one flipped bit does not do that."""
    return sum(byte == 0 for byte in found.data[journal.RETIRED_AT : lane.TALLY_AT]) > 1


def tally(found: "Header") -> int:
    """How many records the block had at least."""
    count = 0
    for byte in found.data[lane.TALLY_AT :]:
        for bit in range(8):
            if byte >> bit & 1:
                return count
            count += 1
    return count


def preparing(found: "Header") -> "int | None":
    """The block that was about to be erased when this one was the newest."""
    return _noted(found, journal.PREPARING_AT)


def followed(found: "Header") -> "int | None":
    """The block that was opened after this one."""
    return _noted(found, journal.FOLLOWED_AT)


def index_of(data: "bytes | bytearray") -> int:
    """The index in a marker; -1 when it is none."""
    magic, index = struct.unpack_from("<4sH", data, 0)
    return int(index) if magic == header.MAGIC and header.checked(data, 0, 12) else -1


def _noted(found: "Header", at: int) -> "int | None":
    index, complement = struct.unpack_from("<HH", found.data, at)
    return index if index ^ complement == 0xFFFF and index != 0xFFFF else None
