"""What happens once in a block, when there is time: one is erased, the oldest given up for it."""

import header
import journal
import notes
import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from journal import Journal

_TRIES = 8
_FAR = 65536


def prepare(log: "Journal", acked: int) -> int:
    """Have an erased block ready; when the store is full, the oldest samples go.

    Args:
        log: All blocks.
        acked: What is above it and given up is counted.

    Returns:
        The block's index.

    Raises:
        OSError: Flash is full or broken.
    """
    for _ in range(_TRIES):
        if log.ready is not None:
            return log.ready
        index = _free(log)
        while index is None and _give_up(log, acked):
            index = _free(log)
        if index is None:
            break
        notes.note(log, journal.PREPARING_AT, index)
        try:
            _erase(log, index)
        except OSError:
            log.kinds[index] = journal.BAD
    if log.ready is None:
        for index, kind in enumerate(log.kinds):
            if kind == journal.BAD:  # there is nothing better to try the next time
                log.kinds[index] = journal.FREE
        raise OSError(28, "no block of the flash can be erased, or given up")
    return log.ready


def _free(log: "Journal") -> "int | None":
    """The next block that holds nothing."""
    for step in range(log.blocks.count):
        index = (log.hand + step) % log.blocks.count
        if log.kinds[index] == journal.FREE:
            log.hand = index + 1
            return index
    return None


def _erase(log: "Journal", index: int) -> None:
    """Erase a block, and believe it only when it looks erased."""
    wear = None
    if log.blocks.exists(index):
        old = header.Header(log.blocks, index)
        wear = old.wear(index)
        if wear is not None or old.opening() is not None:
            notes.retire(log, index)
    log.erases += 1
    log.blocks.erase(index, header.marker(index, (wear or 0) + 1))
    found = header.Header(log.blocks, index)
    if found.wear(index) is None or not found.is_unopened():
        raise OSError(5, "block %d does not erase" % index)
    log.ready = index


def _give_up(log: "Journal", acked: int) -> bool:
    """Give up the oldest samples, then the oldest alarm edges; never a kind's newest block.

    Returns:
        Whether there was anything to give up.
    """
    for kind in (record.SAMPLE, record.ALARM):
        place = log.next(kind, -1)
        if place is not None and log.next(kind, place) is not None:
            index = log.order[place]
            lost = _count(log, index, acked)
            if kind == record.SAMPLE:
                log.dropped += lost
            else:
                log.edges_dropped += lost
            log.remove(place)
            notes.retire(log, index)
            return True
    return False


def _count(log: "Journal", index: int, acked: int) -> int:
    """How many seqs above the ack a block has, those of damaged records included."""
    opening = header.Header(log.blocks, index).opening()
    if opening is None:
        return 0
    count, size, seen, last = 0, opening[3], bytearray(4), acked
    for slot in range(log.slots(size)):
        log.blocks.read(index, journal.HEADER + slot * size, seen)
        seq = int.from_bytes(seen, "little")
        if last < seq < 0xFFFFFFFF:
            count += 1
            if seq - last < _FAR:  # else it is damaged
                last = seq
    return count
