"""The records of one kind: appended at the end, read from anywhere."""

import journal
import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from journal import Journal

TALLY_AT = 64  # in a block's header: a bit for each slot, after what is in the slot
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
        self.open_in: "int | None" = None  # the block that takes the next record
        self.next = 0  # its slot for it
        self._back = bytearray(self.slot)
        # Where reading stands: every slot before it holds a seq at or below the floor.
        self._changes = -1
        self._place = self._at = self._floor = 0
        self._found: "record.Record | None" = None
        # The block that is being read.
        self._index: "int | None" = None
        self._known: "list[str] | None" = None
        self._slot = self._back

    def append(self, item: record.Record, acked: int) -> None:
        """Put a record at the end, and wait until flash has it.

        Raises:
            OSError: Flash is full or broken.
        """
        data = record.pack(item, self.values, self.journal.salt)
        error = OSError(5, "flash takes no record")
        for _ in range(_TRIES):
            try:
                if self.open_in is None or self.next >= self.slots:
                    self.open(item.seq, acked)
                if self._program(data):
                    self.newest = item.seq
                    return
            except OSError as failure:
                self.open_in, error = None, failure
            except MemoryError:  # what opens a block could not be loaded
                self.open_in, error = None, OSError(12, "no memory to open a block")
        raise error

    def open(self, first: int, acked: int) -> None:
        """Go on in a new block.

        Raises:
            OSError: Flash is full or broken.
        """
        self.open_in = None
        index = self.journal.prepare(acked)
        import opens  # once in a block

        self.open_in = opens.open_block(
            self.journal, index, self.kind, first, self.slot, self.names, acked
        )
        self.next = 0

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
            self.enter(index)
            slots = journal.slots(len(self._slot))
            while at < slots:
                item = self.read(index, at, seq)
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
        index = self.open_in
        if index is None:
            return False
        blocks, at = self.journal.blocks, journal.HEADER + self.next * self.slot
        self.next += 1
        blocks.program(index, at, data)
        tally = TALLY_AT + (self.next - 1) // 8
        if tally < journal.HEADER:
            blocks.program(index, tally, bytes([0xFF << (self.next - 1) % 8 + 1 & 0xFF]))
        blocks.read(index, at, self._back)
        return self._back == data

    def enter(self, index: int) -> None:
        """Get ready to read a block."""
        if index == self._index and self._changes == self.journal.changes:
            return
        self._index = index
        size, self._known = self.slot, self.values
        if self.journal.kinds[index] & journal.OLD:
            import schema  # of a time before the config was changed

            size, self._known = schema.of(self.journal, index, self.directory)
        if size != len(self._slot):
            self._slot = bytearray(size)

    def read(self, index: int, at: int, above: int = 0) -> "record.Record | None":
        """The record of a slot, if it can be read and is above a seq."""
        self.journal.blocks.read(index, journal.HEADER + at * len(self._slot), self._slot)
        seq = int.from_bytes(self._slot[:4], "little")
        if seq == _BLANK or seq <= above or self._known is None:
            return None
        return record.unpack(self._slot, self._known, self.journal.salt)
