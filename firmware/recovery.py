"""What the blocks of the store say after a start, whatever moment the power went."""

import os

import blocks
import files
import folders
import header
import journal
import lane
import record
import remains
import rolling
import schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from blocks import Device, FileBlocks
    from flash import RawBlocks

_ERASED, _DAMAGED, _STRANGE = 2, 3, 4


class Recovery:
    """Reads the header of each block once, and the records of those with a damaged one.

    Args:
        directory: Where the store's files are; made when missing.
        values: Names of the board's values, in their order.
        limit_bytes: The most it may take of the flash [bytes].
        raw: A block device and whether it is the store's alone; None for what the port has.

    Raises:
        OSError: Flash is full or broken.
    """

    def __init__(
        self,
        directory: str,
        values: "list[str]",
        limit_bytes: int,
        raw: "tuple[Device, bool] | None",
    ) -> None:
        folders.make_directory(directory)
        self.schema = schema.keep(directory, values)
        self._sizes = {kind: record.slot_size(kind, len(values)) for kind in _KINDS}
        self._names = [""] * len(values)
        # The stream as it is noted beside the blocks counts only where no block can tell.
        noted = files.read_sealed(directory + "/stream")
        self._find(
            blocks.open_blocks(directory, limit_bytes, raw), noted if isinstance(noted, int) else 0
        )
        log = self.journal
        log.salt = log.salt or int.from_bytes(os.urandom(4), "little") or 1
        if noted != log.salt:
            files.write_sealed(directory + "/stream", log.salt)
        self.samples = lane.Lane(log, record.SAMPLE, directory, values, self.schema)
        self.alarms = lane.Lane(log, record.ALARM, directory, values, self.schema)
        self.newest = self.acked = 0
        self._settle()
        self._count_given_up()

    def _count_given_up(self) -> None:
        """Count the block given up for the prepared one: the opening of none knows of it."""
        log = self.journal
        place = log.next(record.SAMPLE, -1)
        if self._preparing() is None or place is None:
            return
        first = log.first[place]
        gone = first - 1 - self.acked - log.dropped - log.edges_dropped
        edge = self.alarms.after(self.acked) if gone > 0 else None
        while edge is not None and edge.seq < first:
            gone -= 1
            edge = self.alarms.after(edge.seq)
        log.dropped += max(0, min(gone, log.slots(self._sizes[record.SAMPLE])))

    def _find(self, blocks: "FileBlocks | RawBlocks", salt: int) -> None:
        """Put the blocks that are in use into their order."""
        self.journal = journal.Journal(blocks)
        self.no_header = False  # there are records, and no block that says what was the newest
        self.missing: "int | None" = None  # a block that was opened and is gone
        self._states = bytearray(blocks.count)
        self._follows = bytearray(blocks.count)  # whether a block says that this one came next
        # Blocks that can be read and not written; only a littlefs has such.
        self._orphans: "list[int]" = getattr(blocks, "orphans", [])
        start = self._oldest()
        for orphans in (False, True):
            for step in range(blocks.count):
                index = (start + step) % blocks.count
                if (index in self._orphans) is orphans and blocks.exists(index):
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
                blocks.read(index, journal.FIRST_AT, seen)
                first = int.from_bytes(seen, "little")
                if 0 < first < oldest:
                    oldest, start = first, index
        return start

    def _look(self, index: int) -> None:
        """Take one block by its header."""
        found, log = self._header(index), self.journal
        opening = found.opening()
        if remains.is_retired(found):
            return
        if opening is None:
            if found.wear(index) is not None:
                self._states[index] = _ERASED if found.is_unopened() else _DAMAGED
            elif not remains.is_blank(found):
                self._states[index] = _STRANGE
            return
        salt, first, kind = opening[:3]
        log.salt = log.salt or salt
        if salt != log.salt or kind not in _KINDS:
            return
        known = (opening[3], opening[4]) == (self._sizes[kind], self.schema)
        log.add(index, kind if known else kind | journal.OLD, first)
        log.dropped = max(log.dropped, opening[6])
        log.edges_dropped = max(log.edges_dropped, opening[7])
        log.erases = max(log.erases, opening[8])
        followed = remains.followed(found)
        if followed is not None and followed < log.blocks.count:
            self._follows[followed] = 1

    def _salvage(self, index: int) -> None:
        """Take a block with a damaged header by its records, if it was in use."""
        log = self.journal
        if log.kinds[index] != journal.FREE or self._states[index] == _ERASED:
            return
        if index == self._preparing() or not (self._follows[index] or self._states[index]):
            return
        written = False
        for kind in _KINDS:
            slot = bytearray(self._sizes[kind])
            blank = b"\xff" * len(slot)
            for at in range(log.slots(len(slot))):
                log.blocks.read(index, journal.HEADER + at * len(slot), slot)
                if slot == blank:
                    continue
                written = True
                item = record.unpack(slot, self._names, log.salt)
                if item is not None:
                    log.add(index, kind, item.seq)
                    return
        if self._states[index] == _DAMAGED and not written:
            log.kinds[index] = journal.BAD  # its opening was cut short; not to be erased at once
        elif self._follows[index] and self._may_be_newest(index):
            self.missing = index

    def _may_be_newest(self, index: int) -> bool:
        """Whether a missing block may hold seqs above all others: a kind has none after it."""
        kinds = set()
        for place in range(self.journal.used - 1, -1, -1):
            if remains.followed(self._header(self.journal.order[place])) == index:
                break
            kinds.add(self.journal.kind(place))
        return len(kinds) < len(_KINDS)

    def _preparing(self) -> "int | None":
        """The block that was about to be erased for the next time."""
        if not self.journal.used:
            return None
        newest = self._header(self.journal.order[self.journal.used - 1])
        return remains.preparing(newest) if remains.followed(newest) is None else None

    def _find_ready(self) -> None:
        """Go on with the block that was prepared; else look behind the newest one."""
        log = self.journal
        if not log.used:
            return
        log.hand = log.order[log.used - 1] + 1
        newest = self._header(log.order[log.used - 1])
        for noted in (remains.followed(newest), remains.preparing(newest)):
            if noted is not None and noted < log.blocks.count and log.kinds[noted] == journal.FREE:
                log.hand = noted
                if self._states[noted] == _ERASED and noted not in self._orphans:
                    log.ready, log.hand = noted, noted + 1
                    return

    def _settle(self) -> None:
        """Find the newest seq that may have been used, and go on above it."""
        log, spent, torn = self.journal, 0, []
        unsure = self.missing is not None or self.no_header
        for kind in (self.samples, self.alarms):
            more = self._end(kind)
            if more < 0:
                unsure, more = True, kind.slots
            elif more:
                torn.append(kind)
            spent += more
        slots = log.slots(min(self._sizes.values()))
        forgotten = any(log.kinds[index] for index in self._orphans)
        if self.missing is not None:  # and where many are, it may be more than one
            spent += slots * (log.blocks.count if forgotten else 1)
        if self.no_header:
            spent += slots * log.used
        # Every seq above the newest readable one sits in a damaged slot, or in what is gone.
        self.newest += spent
        if unsure:  # what was found out is written down before its evidence goes
            self.samples.open(self.newest + 1, self.acked)
            if self.missing is not None:
                log.hand = self.missing
                rolling.prepare(log, self.acked)
        else:
            for kind in torn:
                self._leave_behind(kind)
        log.free(self.acked)
        for index in [index for index in self._orphans if log.kinds[index] == record.ALARM]:
            log.blocks.adopt(index)  # type: ignore[union-attr]

    def _end(self, kind: "lane.Lane") -> int:
        """Find where a kind goes on.

        Returns:
            How many more seqs may have been used than its newest readable one; -1 when the end of
            its newest block is gone, and nobody knows how much.
        """
        log, place = self.journal, None
        for place in range(log.used - 1, -1, -1):
            if log.kind(place) == kind.kind:
                break
        else:
            return 0
        index, spent = log.order[place], 0
        found = self._header(index)
        opening = found.opening()
        size = kind.slot if opening is None else opening[3]
        kind.newest = log.first[place] - 1  # what is older is found when it is asked for
        kind.enter(index)
        end = self._first_blank(index, size)
        for at in range(end - 1, -1, -1):
            item = kind.read(index, at)
            if item is not None:
                kind.newest = max(kind.newest, item.seq)
                self.acked = max(self.acked, item.acked)
                break
            spent += 1
        self.newest = max(self.newest, kind.newest)
        if opening is None:
            return spent
        self.acked = max(self.acked, opening[5])
        if remains.tally(found) > end:
            return -1
        if not log.kinds[index] & journal.OLD:
            kind.open_in, kind.next = index, end
        return spent

    def _first_blank(self, index: int, size: int) -> int:
        """The first slot of a block behind which all are blank."""
        slot, blank, at = bytearray(size), b"\xff" * size, self.journal.slots(size)
        while at:
            self.journal.blocks.read(index, journal.HEADER + (at - 1) * size, slot)
            if slot != blank:
                break
            at -= 1
        return at

    def _leave_behind(self, kind: "lane.Lane") -> None:
        """Write down that torn slots at the end stand for seqs up to the newest."""
        if kind.open_in is None or kind.next >= kind.slots:
            kind.open(self.newest + 1, self.acked)
            return
        torn = record.Record(0, None)
        torn.gone, torn.seq, torn.acked = True, self.newest, self.acked
        if kind.kind == record.ALARM:
            torn.alarm = (record.CONDITIONS[0], record.EDGES[0], kind.values[0], None, None)
        kind.append(torn, self.acked)

    def _header(self, index: int) -> header.Header:
        return header.Header(self.journal.blocks, index)


_KINDS = (record.SAMPLE, record.ALARM)
