"""The ring store on flash: every sample and alarm edge until the board's own gateway has it.

Samples and alarm edges share one seq, which rises by one for ever, and live in blocks of their
own, so that a full ring gives up its oldest samples before any alarm edge. A seq is spent when
its write begins: after a power cut the torn record is told as lost and its seq is never used
again. Every record carries the ack known when it was written, so that an ack costs no write.
"""

import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from blocks import Device

_MOST_GONE = 64  # more than so many above the ack are told, and not counted here
# Modules needed now and then, to unload after.
LENT = ("recovery", "remains", "rolling", "header", "schema", "opens", "notes", "folders")


class Ring:
    """The store.

    Args:
        directory: Where its files are; made when missing.
        values: Names of the board's values, in their order.
        boot: This boot's number, kept in every record.
        limit_bytes: The most it may take of the flash [bytes].
        raw: A block device and whether it is the store's alone; by default the port's own.

    Raises:
        OSError: Flash is full or broken.
    """

    def __init__(
        self,
        directory: str,
        values: "list[str]",
        boot: int,
        limit_bytes: int,
        raw: "tuple[Device, bool] | None" = None,
    ) -> None:
        import recovery  # once in a start

        found = recovery.Recovery(directory, values, limit_bytes, raw)
        self.boot = boot
        self.journal, self.samples, self.alarms = found.journal, found.samples, found.alarms
        self.newest, self.acked = found.newest, found.acked
        self.stream = "%08x" % self.journal.salt
        if not self.journal.used:
            self.samples.open(1, 0)  # it carries the stream
        self.lost = 0  # seqs that could not be read since the start
        self._gone: "set[int]" = set()  # those of them above the ack
        self._settled = self.acked  # and all up to here are counted
        self._oldest: "int | None" = None

    def append(self, item: record.Record) -> int:
        """Keep a record and return its seq, once flash has it.

        Raises:
            OSError: Flash is full or broken; the seq is spent and will be told as lost.
        """
        kind = self.samples if item.alarm is None else self.alarms
        self.newest += 1
        item.seq, item.boot, item.acked = self.newest, self.boot, self.acked
        changes = self.journal.changes
        kind.append(item, self.acked)
        if self.journal.changes != changes:
            self._oldest = None
        return item.seq

    def prepare(self) -> None:
        """Erase the next block ahead, so that no append has to; call it when there is time.

        It is one erase in about a hundred records, and nothing otherwise.

        Raises:
            OSError: Flash is full or broken.
        """
        if self.journal.ready is None:
            try:
                self.journal.prepare(self.acked)
            except MemoryError:
                raise OSError(12, "no memory to prepare a block")  # noqa: B904, boards have no from
            self._oldest = None

    def free(self, seq: int) -> None:
        """Let go of everything up to a seq that the gateway has acknowledged."""
        if self.acked < seq <= self.newest:
            self.acked = seq
            self._oldest = None
            self._gone = {gone for gone in self._gone if gone > seq}
            self.journal.free(seq)

    def held(self) -> int:
        """How many seqs are not acknowledged yet, lost ones included."""
        return self.newest - self.acked

    def oldest(self) -> int:
        """The lowest readable seq above the ack; one above the newest when there is none."""
        if self._oldest is None:
            kinds = (self.samples.after(self.acked), self.alarms.after(self.acked))
            found = [item.seq for item in kinds if item is not None]
            oldest = min(found) if found else self.newest + 1
            first = max(self.acked, self._settled, self._given_up() - 1) + 1
            for seq in range(first, min(oldest, first + _MOST_GONE)):
                self._count_lost(seq)
            self._settled = max(self._settled, oldest - 1)
            if not found:
                return oldest
            self._oldest = oldest
        return self._oldest

    def after(self, seq: int) -> "tuple[int, record.Record | None] | None":
        """What comes after a seq: its seq with its record, or with None when it is lost.

        Gaps below the oldest sample were given up when the ring was full; they are not told one
        by one, since ``oldest`` tells them.
        """
        following = (self.samples.after(seq), self.alarms.after(seq))
        found = [item for item in following if item is not None]
        gap = max(seq + 1, self._given_up())
        if found:
            item = min(found, key=lambda one: one.seq)
            if item.seq <= gap:
                return item.seq, item
        elif gap > self.newest:
            return None
        if gap > self._settled:
            self._count_lost(gap)
        return gap, None

    def _count_lost(self, seq: int) -> None:
        """Count a seq that cannot be read, once."""
        if seq not in self._gone and len(self._gone) < _MOST_GONE:
            self._gone.add(seq)
            self.lost += 1

    def _given_up(self) -> int:
        """Below this seq, what is missing was given up when the ring was full."""
        journal = self.journal
        place = journal.next(record.SAMPLE, -1)
        first = self.newest + 1 if place is None else journal.first[place]
        place = journal.next(record.ALARM, -1)
        if journal.edges_dropped and place is not None:
            first = max(first, journal.first[place])
        return first
