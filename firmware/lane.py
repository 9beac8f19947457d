"""The records of one kind: appended at the end, read from anywhere."""

import header
import record
import schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from journal import Journal

_TRIES = 4
_BLANK = 0xFFFFFFFF


class Lane:
    """Samples, or alarm edges.

    Args:
        journal: All blocks of the store.
        kind: `record.SAMPLE` or `record.ALARM`.
        directory: Where the names of values are.
        values: Names of the board's values, in their order.
        names: Their checksum.
    """

    def __init__(
        self, journal: "Journal", kind: int, directory: str, values: "list[str]", names: int
    ) -> None:
        self.journal = journal
        self.kind = kind
        self.directory = directory
        self.values = values
        self.names = names
        self.newest = 0  # the newest seq that can be read
        self.slot = record.slot_size(kind, len(values))
        self.slots = journal.slots(self.slot)
        self.cut_short = False  # the end of the newest block is gone, nobody knows how much
        self._open: "int | None" = None  # the block that takes the next record
        self._next = 0
        self._back = bytearray(self.slot)
        # Where reading stands: every slot before it holds a seq at or below the floor.
        self._changes = -1
        self._place = self._at = self._floor = 0
        self._found: "record.Record | None" = None
        # The block that is being read.
        self._index: "int | None" = None
        self._known: "list[str] | None" = None
        self._slot = self._back

    def recover(self) -> "tuple[int, int, int]":
        """Find the end after a start.

        Returns:
            The newest seq known to be used, the newest ack, and how many more seqs may be.
        """
        place = self.journal.last(self.kind)
        if place is None:
            return 0, 0, 0
        index = self.journal.order[place]
        self._index = None
        opening = self._enter(index)
        acked = opening[5] if opening is not None else 0
        tally = self.journal.header.tally() if opening is not None else 0
        newest = self.journal.first[place] - 1
        slots = self.journal.slots(len(self._slot))
        end = self._end(index, slots)
        spent = 0
        for at in range(end - 1, -1, -1):
            item = self._read(index, at)
            if item is not None:
                newest, acked = max(newest, item.seq), max(acked, item.acked)
                self.newest = item.seq
                break
            spent += 1
        if tally > end:
            self.cut_short = True
            return newest, acked, slots
        if opening is not None and (opening[3], opening[4]) == (self.slot, self.names):
            self._open, self._next = index, end
        if not self.newest:
            self.newest = newest  # what is older is found when it is asked for
        return newest, acked, spent

    def append(self, item: record.Record, acked: int) -> None:
        """Put a record at the end, and wait until flash has it.

        Raises:
            OSError: Flash is full or broken.
        """
        data = record.pack(item, self.values, self.journal.salt)
        error = OSError(5, "flash takes no record")
        for _ in range(_TRIES):
            try:
                if self._open is None or self._next >= self.slots:
                    self.open(item.seq, acked)
                if self._program(data):
                    self.newest = item.seq
                    return
            except OSError as failure:
                self._open, error = None, failure
        raise error

    def open(self, first: int, acked: int) -> None:
        """Go on in a new block.

        Raises:
            OSError: Flash is full or broken.
        """
        self._open = None
        self._open = self.journal.open(self.kind, first, self.slot, self.names, acked)
        self._next = 0

    def leave_behind(self, seq: int, acked: int) -> None:
        """Write down that torn slots at the end stand for seqs up to this one.

        Raises:
            OSError: Flash is full or broken.
        """
        if self._open is None or self._next >= self.slots:
            self.open(seq + 1, acked)
            return
        torn = record.Record(0, None)
        torn.gone, torn.seq, torn.acked = True, seq, acked
        if self.kind == record.ALARM:
            torn.alarm = (record.CONDITIONS[0], record.EDGES[0], self.values[0], None, None)
        self.append(torn, acked)

    def after(self, seq: int) -> "record.Record | None":
        """The first readable record above a seq."""
        if seq >= self.newest:
            return None
        journal = self.journal
        place: "int | None" = self._place
        at = self._at
        if self._changes != journal.changes or seq < self._floor:
            place, at = journal.find(self.kind, seq), 0
        elif self._found is not None and self._found.seq > seq:
            return self._found
        while place is not None:
            index = journal.order[place]
            self._enter(index)
            slots = journal.slots(len(self._slot))
            while at < slots:
                item = self._read(index, at, seq)
                if item is not None and item.seq > seq and not item.gone:
                    self._changes, self._place, self._at = journal.changes, place, at
                    self._floor, self._found = seq, item
                    return item
                at += 1
            place, at = journal.next(self.kind, place), 0
        self.newest = seq
        return None

    def _program(self, data: bytes) -> bool:
        """Program the next slot; returns whether it holds what it should."""
        index = self._open
        if index is None:
            return False
        blocks, at = self.journal.blocks, header.SIZE + self._next * self.slot
        self._next += 1
        blocks.program(index, at, data)
        if self._next % header.TALLY_EVERY == 0:
            offset, mark = header.tally_mark(self._next)
            if offset < header.SIZE:
                blocks.program(index, offset, mark)
        blocks.read(index, at, self._back)
        return self._back == data

    def _enter(self, index: int) -> "tuple[int, ...] | None":
        """Get ready to read a block; one with a damaged header is read as a new one would be."""
        if index == self._index and self._changes == self.journal.changes:
            return None
        self._index = index
        opening = self.journal.load(index).opening()
        size, self._known = self.slot, self.values
        if opening is not None and opening[4] != self.names:
            size, self._known = opening[3], schema.names(self.directory, opening[4])
        if size != len(self._slot):
            self._slot = bytearray(size)
        return opening

    def _read(self, index: int, at: int, above: int = 0) -> "record.Record | None":
        """The record of a slot, if it can be read and is above a seq."""
        self.journal.blocks.read(index, header.SIZE + at * len(self._slot), self._slot)
        seq = int.from_bytes(self._slot[:4], "little")
        if seq == _BLANK or seq <= above or self._known is None:
            return None
        return record.unpack(self._slot, self._known, self.journal.salt)

    def _end(self, index: int, slots: int) -> int:
        """The first slot of a block behind which all are blank."""
        blank = b"\xff" * len(self._slot)
        while slots:
            self.journal.blocks.read(index, header.SIZE + (slots - 1) * len(blank), self._slot)
            if self._slot != blank:
                break
            slots -= 1
        return slots
