"""The segment files of one kind of record: append at the end, drop whole files at the front.

A file's name says the first seq it may hold and the names of values (by checksum) it was written
with. Slots are never rewritten; a tail torn by a power cut closes its file, and the next record
opens a new one.
"""

import binascii
import json

import files
import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Segment:
    """One file: its first seq, its value names and how many slots it has, torn ones included."""

    def __init__(self, path: str, first: int, kind: int, values: "list[str]") -> None:
        self.path = path
        self.first = first
        self.values = values
        self.slot = record.slot_size(kind, len(values))
        length = files.size(path)
        self.count = (length + self.slot - 1) // self.slot
        self.torn = length % self.slot != 0

    def read(self, indexes: "range") -> "Iterator[tuple[int, record.Record | None]]":
        """The records in some slots with their places; None stands for a damaged one."""
        try:
            file = open(self.path, "rb")
        except OSError:
            for index in indexes:
                yield index, None
            return
        try:
            for index in indexes:
                file.seek(index * self.slot)
                data = file.read(self.slot)
                whole = len(data) == self.slot
                yield index, record.unpack(data, self.values) if whole else None
        finally:
            file.close()


class Segments:
    """All segment files of one kind, in the order of their seqs."""

    def __init__(self, directory: str, kind: int, values: "list[str]", segment_bytes: int) -> None:
        self.kind = kind
        self.prefix = directory + "/" + ("a" if kind == record.ALARM else "s")
        self.values = values
        self.slots = max(4, segment_bytes // record.slot_size(kind, len(values)))
        self.schema = _keep_schema(directory, values)
        self.list: "list[Segment]" = []
        self._at = ("", 0, 0)  # path, slot and seq: every slot before it is at or below that seq
        for name in files.names(directory):
            if name[:1] == self.prefix[-1] and name[-4:] == ".seg":
                schema = files.read_sealed(directory + "/" + name[10:18] + ".val")
                known = [str(n) for n in schema] if isinstance(schema, list) else values
                self.list.append(Segment(directory + "/" + name, int(name[1:9], 16), kind, known))
        self.list.sort(key=lambda segment: (segment.first, segment.count))
        self._newest = self.tail()[0]  # nothing readable is above it

    def bytes(self) -> int:
        """What the files take on flash [bytes]."""
        return sum(segment.count * segment.slot for segment in self.list)

    def must_roll(self) -> bool:
        """Whether the next record opens a new file."""
        if not self.list:
            return True
        last = self.list[-1]
        return last.torn or last.count >= self.slots or last.path[-12:-4] != self.schema

    def append(self, item: record.Record) -> None:
        """Put a record at the end and wait until flash has it.

        Raises:
            OSError: Flash is full or broken. The file is closed for good.
        """
        if self.must_roll():
            self._roll(item.seq)
        last = self.list[-1]
        try:
            files.write(last.path, record.pack(item, self.values), "ab")
        except OSError:
            last.torn = True
            raise
        finally:
            last.count += 1
        self._newest = item.seq

    def after(self, seq: int) -> "record.Record | None":
        """The first readable record above a seq."""
        if seq >= self._newest:
            return None
        for position, segment in enumerate(self.list):
            later = self.list[position + 1 : position + 2]
            if later and later[0].first <= seq + 1:
                continue
            path, start, floor = self._at
            if path != segment.path or seq < floor:
                start = 0
            for index, item in segment.read(range(start, segment.count)):
                if item is not None and item.seq > seq:
                    self._at = (segment.path, index, seq)
                    return item
        return None

    def tail(self) -> "tuple[int, int, int]":
        """The newest seq known to be used, the newest ack, and how many damaged slots follow.

        Damaged slots of older files are not counted: their seqs are below the newest file's first.
        """
        newest = self.list[-1].first - 1 if self.list else 0
        damaged = 0
        for segment in reversed(self.list):
            for _, item in segment.read(range(segment.count - 1, -1, -1)):
                if item is not None:
                    return max(item.seq, newest), item.acked, damaged
                damaged += segment is self.list[-1]
        return newest, 0, damaged

    def close_damage(self, seq: int) -> None:
        """Leave a damaged tail behind, in a new file from ``seq`` on, so that it counts once.

        Raises:
            OSError: Flash is full or broken.
        """
        self._roll(seq)
        files.write(self.list[-1].path, b"")

    def _roll(self, seq: int) -> None:
        """Go on in a new file."""
        path = "%s%08x-%s.seg" % (self.prefix, seq, self.schema)
        self.list.append(Segment(path, seq, self.kind, self.values))

    def forget(self, seq: int) -> None:
        """Remove the files that hold nothing above a seq; the newest stays, it carries the seq."""
        while len(self.list) > 1 and self.list[1].first <= seq + 1:
            files.remove(self.list.pop(0).path)

    def drop_oldest(self, acked: int) -> "int | None":
        """Give up the oldest file, never the newest.

        Returns:
            How many records above the ack went with it, or None when there is none to give up.
        """
        if len(self.list) < 2:
            return None
        segment = self.list.pop(0)
        lost = 0
        for _, item in segment.read(range(segment.count)):
            if item is None or item.seq > acked:
                lost += 1
        files.remove(segment.path)
        return lost


def _keep_schema(directory: str, values: "list[str]") -> str:
    """Keep the names of values once under their checksum, and return it."""
    schema = "%08x" % binascii.crc32(json.dumps(values).encode())
    path = directory + "/" + schema + ".val"
    if files.read_sealed(path) != values:
        files.write_sealed(path, values)
    return schema
