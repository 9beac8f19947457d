"""Opens a block of the store: all that has to happen while a record waits for it.

It may be in the very moment in which the broker is greeted, so nothing else is loaded beside it:
the block stands ready.
"""

import binascii
import struct

import journal
import notes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from journal import Journal


def open_block(
    log: "Journal", index: int, kind: int, first: int, slot: int, schema: int, acked: int
) -> int:
    """Open a block for records from a seq on.

    Args:
        log: All blocks.
        index: The erased block.
        kind: What it will hold: `record.SAMPLE` or `record.ALARM`.
        first: The lowest seq it may hold; every lower one was used before.
        slot: Size of its slots [bytes].
        schema: Checksum of the names of values.
        acked: The present ack.

    Returns:
        Its index.

    Raises:
        OSError: Flash is full or broken.
    """
    notes.note(log, journal.FOLLOWED_AT, index)
    counts = (log.dropped, log.edges_dropped, log.erases)
    data = struct.pack("<IIHHIIIII", log.salt, first, kind, slot, schema, acked, *counts)
    data += struct.pack("<I", binascii.crc32(data))
    data += b"\xff" * (journal.HEADER - journal.OPENING_AT - len(data))
    log.ready = None
    log.kinds[index] = journal.BAD  # until it has proved to be good
    log.blocks.program(index, journal.OPENING_AT, data)
    seen = bytearray(len(data))
    log.blocks.read(index, journal.OPENING_AT, seen)
    if seen != data:
        raise OSError(5, "block %d does not take its header" % index)
    log.add(index, kind, first)
    return index
