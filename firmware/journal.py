"""The blocks of the store in the order of their seqs: which is next, and which is given up.

Two kinds of blocks, of samples and of alarm edges, share one order. A block's number, kind and
first seq are all that is kept in memory of it: 7 bytes.
"""

import array

import header
import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from blocks import FileBlocks
    from flash import RawBlocks

FREE = 0
BAD = 1
_TRIES = 8


class Journal:
    """The blocks in use, oldest first.

    Args:
        blocks: Where they are.
        salt: The stream's number.
    """

    def __init__(self, blocks: "FileBlocks | RawBlocks", salt: int = 0) -> None:
        self.blocks = blocks
        self.salt = salt
        self.used = 0
        self.order = array.array("H", bytes(2 * blocks.count))
        self.first = array.array("I", bytes(4 * blocks.count))
        self.kinds = bytearray(blocks.count)  # by block: FREE, or what it holds
        self.ready: "int | None" = None
        self.hand = 0  # where the search for a free block goes on, so that all wear alike
        self.dropped = 0
        self.alarms_dropped = 0
        self.erases = 0
        self.changes = 0  # rises whenever places in the order move
        self.header = header.Header()
        self._peek = bytearray(4)

    def slots(self, slot: int) -> int:
        """How many slots of a size fit into a block."""
        return (self.blocks.size - header.SIZE) // slot

    def load(self, index: int) -> header.Header:
        """The header of a block, valid until the next call."""
        self.blocks.read(index, 0, self.header.data)
        return self.header

    def add(self, index: int, kind: int, first: int) -> None:
        """Put a block into its place in the order."""
        at = self._above(first)
        for place in range(self.used, at, -1):
            self.order[place] = self.order[place - 1]
            self.first[place] = self.first[place - 1]
        self.order[at] = index
        self.first[at] = first
        self.kinds[index] = kind
        self.used += 1
        self.changes += 1

    def kind(self, place: int) -> int:
        """What the block at a place holds."""
        return self.kinds[self.order[place]]

    def find(self, kind: int, seq: int) -> "int | None":
        """The place of the last block of a kind that may hold what follows a seq."""
        place = self._above(seq + 1) - 1
        while place >= 0 and self.kind(place) != kind:
            place -= 1
        return place if place >= 0 else self.next(kind, -1)

    def next(self, kind: int, place: int) -> "int | None":
        """The place of the next block of a kind."""
        for later in range(place + 1, self.used):
            if self.kind(later) == kind:
                return later
        return None

    def last(self, kind: int) -> "int | None":
        """The place of the newest block of a kind."""
        for place in range(self.used - 1, -1, -1):
            if self.kind(place) == kind:
                return place
        return None

    def open(self, kind: int, first: int, slot: int, schema: int, acked: int) -> int:
        """Open a block for records from a seq on, and return its index.

        Raises:
            OSError: Flash is full or broken.
        """
        index = self.prepare(acked)
        self._note(header.FOLLOWED_AT, index)
        counts = (self.dropped, self.alarms_dropped, self.erases)
        data = header.opening(kind, slot, self.salt, first, schema, acked, counts)
        self.ready = None
        self.kinds[index] = BAD  # until it has proved to be good
        self.blocks.program(index, header.OPENING_AT, data)
        if self.load(index).data[header.OPENING_AT :] != data:
            raise OSError(5, "block %d does not take its header" % index)
        self.add(index, kind, first)
        return index

    def prepare(self, acked: int) -> int:
        """Have an erased block ready; when the store is full, the oldest samples go.

        Args:
            acked: What is above it and given up is counted.

        Returns:
            The block's index.

        Raises:
            OSError: Flash is full or broken.
        """
        for _ in range(_TRIES):
            if self.ready is not None:
                return self.ready
            index = self._free()
            while index is None:
                self._give_up(acked)
                index = self._free()
            self._note(header.PREPARING_AT, index)
            try:
                self._erase(index)
            except OSError:
                self.kinds[index] = BAD
        if self.ready is None:
            raise OSError(5, "no block of the flash can be erased; put in another board")
        return self.ready

    def free(self, acked: int) -> None:
        """Let go of the blocks that hold nothing above an ack; the newest of a kind stays."""
        place = 0
        while place < self.used and self.first[place] <= acked:
            later = self.next(self.kind(place), place)
            if later is not None and self.first[later] <= acked + 1:
                self._remove(place)
            else:
                place += 1

    def usable(self) -> int:
        """How many blocks are not broken."""
        return self.blocks.count - sum(1 for kind in self.kinds if kind == BAD)

    def _above(self, seq: int) -> int:
        """The first place with a block that begins above a seq."""
        low, high = 0, self.used
        while low < high:
            middle = (low + high) // 2
            if self.first[middle] <= seq:
                low = middle + 1
            else:
                high = middle
        return low

    def _free(self) -> "int | None":
        """The next block that holds nothing."""
        for step in range(self.blocks.count):
            index = (self.hand + step) % self.blocks.count
            if self.kinds[index] == FREE:
                self.hand = index + 1
                return index
        return None

    def _erase(self, index: int) -> None:
        """Erase a block, and believe it only when it looks erased."""
        old = self.load(index) if self.blocks.exists(index) else None
        wear = old.wear(index) if old is not None else None
        if old is not None and (wear is not None or old.opening() is not None):
            self.blocks.program(index, header.RETIRED_AT, header.RETIRED)
        marker = header.marker(index, (wear or 0) + 1)
        self.erases += 1
        self.blocks.erase(index, marker)
        found = self.load(index)
        if found.wear(index) is None or not found.is_unopened():
            raise OSError(5, "block %d does not erase" % index)
        self.ready = index

    def _give_up(self, acked: int) -> None:
        """Give up the oldest samples, then the oldest alarm edges; never a kind's newest block.

        Raises:
            OSError: There is nothing to give up.
        """
        for kind in (record.SAMPLE, record.ALARM):
            place = self.next(kind, -1)
            if place is not None and place != self.last(kind):
                index = self.order[place]
                lost = self._count(index, acked)
                if kind == record.SAMPLE:
                    self.dropped += lost
                else:
                    self.alarms_dropped += lost
                self._remove(place)
                self.blocks.program(index, header.RETIRED_AT, header.RETIRED)
                return
        raise OSError(28, "the store has no block to spare; give it more of the flash")

    def _count(self, index: int, acked: int) -> int:
        """How many records of a block are above the ack, damaged ones included."""
        opening = self.load(index).opening()
        if opening is None:
            return 0
        count, size = 0, opening[3]
        for slot in range(self.slots(size)):
            self.blocks.read(index, header.SIZE + slot * size, self._peek)
            seq = int.from_bytes(self._peek, "little")
            count += acked < seq < 0xFFFFFFFF
        return count

    def _remove(self, place: int) -> None:
        self.kinds[self.order[place]] = FREE
        self.used -= 1
        for later in range(place, self.used):
            self.order[later] = self.order[later + 1]
            self.first[later] = self.first[later + 1]
        self.changes += 1

    def _note(self, at: int, index: int) -> None:
        """Note an index in the newest block, where there is still room for it."""
        if self.used:
            newest = self.order[self.used - 1]
            if self.load(newest).may_note(at, index):
                self.blocks.program(newest, at, header.note(index))
