"""The blocks of the store in the order of their seqs.

Two kinds of blocks, of samples and of alarm edges, share one order. A block's number, kind and
first seq are all that is kept in memory of it: 7 bytes. What is needed once in a block is in
`opens` and in `rolling`.
"""

import array
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from blocks import FileBlocks
    from flash import RawBlocks

FREE = 0
BAD = 1
OLD = 0x20  # set in the kind of a block that was written with other names of values
HEADER = 84  # the bytes of a block before its slots, laid out in `header`
OPENING_AT = 16
FIRST_AT = 20
PREPARING_AT = 52
FOLLOWED_AT = 56
RETIRED_AT = 60


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
        self.kinds = bytearray(blocks.count)  # by block: FREE, BAD or what it holds
        self.ready: "int | None" = None
        self.hand = 0  # where the search for a free block goes on, so that all wear alike
        self.dropped = 0
        self.edges_dropped = 0
        self.erases = 0
        self.changes = 0  # rises whenever places in the order move

    def prepare(self, acked: int) -> int:
        """Have an erased block ready; what erases it leaves the heap before a block is opened.

        Returns:
            The block's index.

        Raises:
            OSError: Flash is full or broken.
        """
        index = self.ready
        if index is None:
            import rolling

            index = rolling.prepare(self, acked)
            del rolling
            for name in ("rolling", "header", "notes"):
                sys.modules.pop(name, None)
        return index

    def slots(self, slot: int) -> int:
        """How many slots of a size fit into a block."""
        return (self.blocks.size - HEADER) // slot

    def add(self, index: int, kind: int, first: int) -> None:
        """Put a block into its place in the order."""
        place = self.used
        while place and self.first[place - 1] > first:
            self.order[place] = self.order[place - 1]
            self.first[place] = self.first[place - 1]
            place -= 1
        self.order[place] = index
        self.first[place] = first
        self.kinds[index] = kind
        self.used += 1
        self.changes += 1

    def remove(self, place: int) -> None:
        """Take a block out of the order."""
        self.kinds[self.order[place]] = FREE
        self.used -= 1
        for later in range(place, self.used):
            self.order[later] = self.order[later + 1]
            self.first[later] = self.first[later + 1]
        self.changes += 1

    def kind(self, place: int) -> int:
        """What the block at a place holds."""
        return self.kinds[self.order[place]] & ~OLD

    def find(self, kind: int, seq: int) -> "int | None":
        """The place of the last block of a kind that may hold what follows a seq."""
        low, high = 0, self.used
        while low < high:
            middle = (low + high) // 2
            if self.first[middle] <= seq + 1:
                low = middle + 1
            else:
                high = middle
        while low and self.kind(low - 1) != kind:
            low -= 1
        return low - 1 if low else self.next(kind, -1)

    def next(self, kind: int, place: int) -> "int | None":
        """The place of the next block of a kind."""
        for later in range(place + 1, self.used):
            if self.kind(later) == kind:
                return later
        return None

    def free(self, acked: int) -> None:
        """Let go of the blocks that hold nothing above an ack; the newest of a kind stays."""
        place = 0
        while place < self.used and self.first[place] <= acked:
            later = self.next(self.kind(place), place)
            if later is not None and self.first[later] <= acked + 1:
                self.remove(place)
            else:
                place += 1
