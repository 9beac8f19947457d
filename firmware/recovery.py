"""What the blocks of the store say after a start, whatever moment the power went."""

import header
import journal
import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from blocks import FileBlocks
    from flash import RawBlocks

_ERASED, _DAMAGED = 2, 3


class Recovery:
    """Reads the header of each block once, and the records of those with a damaged one.

    Args:
        blocks: Where the store is.
        values: How many values the board has.
        salt: The stream's number as it was written down elsewhere, 0 when it was not. It counts
            only where no block can tell, and some record proves it.
    """

    def __init__(self, blocks: "FileBlocks | RawBlocks", values: int, salt: int) -> None:
        self.journal = journal.Journal(blocks)
        self.no_header = False  # there are records, and no block that says what was the newest
        self.missing: "int | None" = None  # a block that was opened and is gone
        self._sizes = {kind: record.slot_size(kind, values) for kind in _KINDS}
        self._names = [""] * values
        self._states = bytearray(blocks.count)
        self._follows = bytearray(blocks.count)  # whether a block says that this one came next
        start = self._oldest()
        for step in range(blocks.count):
            index = (start + step) % blocks.count
            if blocks.exists(index):
                self._look(index)
        self.no_header = self.journal.used == 0
        self.journal.salt = self.journal.salt or salt
        if self.journal.salt:
            for index in range(blocks.count):
                self._salvage(index)
        if self.journal.used == 0:
            self.journal.salt = 0
        self._find_ready()

    def _oldest(self) -> int:
        """Where the oldest block seems to be: from there on they come nearly in their order."""
        blocks, oldest, start = self.journal.blocks, 0xFFFFFFFF, 0
        seen = bytearray(4)
        for index in range(blocks.count):
            if blocks.exists(index):
                blocks.read(index, header.FIRST_AT, seen)
                first = int.from_bytes(seen, "little")
                if 0 < first < oldest:
                    oldest, start = first, index
        return start

    def _look(self, index: int) -> None:
        """Take one block by its header."""
        found, log = self.journal.load(index), self.journal
        opening = found.opening()
        if found.is_retired():
            return
        if opening is None:
            if found.wear(index) is not None:
                self._states[index] = _ERASED if found.is_unopened() else _DAMAGED
            return
        salt, first, kind = opening[:3]
        log.salt = log.salt or salt
        if salt != log.salt or kind not in _KINDS:
            return
        log.add(index, kind, first)
        log.dropped = max(log.dropped, opening[6])
        log.alarms_dropped = max(log.alarms_dropped, opening[7])
        log.erases = max(log.erases, opening[8])
        followed = found.followed()
        if followed is not None and followed < log.blocks.count:
            self._follows[followed] = 1

    def _salvage(self, index: int) -> None:
        """Take a block with a damaged header by its records, if it was in use."""
        log = self.journal
        if log.kinds[index] != journal.FREE or self._states[index] == _ERASED:
            return
        if not (self._follows[index] or self._states[index] == _DAMAGED or self.no_header):
            return
        written = False
        for kind in _KINDS:
            slot = bytearray(self._sizes[kind])
            blank = b"\xff" * len(slot)
            for at in range(log.slots(len(slot))):
                log.blocks.read(index, header.SIZE + at * len(slot), slot)
                if slot == blank:
                    continue
                written = True
                item = record.unpack(slot, self._names, log.salt)
                if item is not None:
                    log.add(index, kind, item.seq)
                    return
        if self._states[index] == _DAMAGED and not written:
            log.kinds[index] = journal.BAD  # its opening was cut short; not to be erased at once
        elif self._follows[index] and index != self._preparing() and self._may_be_newest(index):
            self.missing = index

    def _may_be_newest(self, index: int) -> bool:
        """Whether a missing block may hold seqs above all others: a kind has none after it."""
        kinds = set()
        for place in range(self.journal.used - 1, -1, -1):
            if self.journal.load(self.journal.order[place]).followed() == index:
                break
            kinds.add(self.journal.kind(place))
        return len(kinds) < len(_KINDS)

    def _preparing(self) -> "int | None":
        """The block that was about to be erased for the next time."""
        if not self.journal.used:
            return None
        newest = self.journal.load(self.journal.order[self.journal.used - 1])
        return newest.preparing() if newest.followed() is None else None

    def _find_ready(self) -> None:
        """Go on with the block that was prepared; else look behind the newest one."""
        log = self.journal
        if not log.used:
            return
        log.hand = log.order[log.used - 1] + 1
        newest = log.load(log.order[log.used - 1])
        for noted in (newest.followed(), newest.preparing()):
            if noted is not None and noted < log.blocks.count and log.kinds[noted] == journal.FREE:
                log.hand = noted
                if self._states[noted] == _ERASED:
                    log.ready, log.hand = noted, noted + 1
                    return


_KINDS = (record.SAMPLE, record.ALARM)
