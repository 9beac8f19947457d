"""The ring store on flash: every sample and alarm edge until the board's own gateway has it.

Samples and alarm edges share one seq, which rises by one for ever, and live in files of their
own, so that a full ring gives up its oldest samples before any alarm edge. A seq is spent when
its write begins: after a power cut the torn record is told as lost and its seq is never used
again. Every record carries the ack known when it was written, so that an ack costs no write.
"""

import binascii
import os

import files
import record
import segments


class Ring:
    """The store in one directory.

    Args:
        directory: Where the files are; made when missing.
        values: Names of the board's values, in their order.
        boot: This boot's number, kept in every record.
        limit_bytes: The most the records may take on flash [bytes].
    """

    def __init__(self, directory: str, values: "list[str]", boot: int, limit_bytes: int) -> None:
        files.make_directory(directory)
        self.stream = _stream(directory)
        self.limit_bytes = limit_bytes
        self.boot = boot
        self.dropped = 0
        segment_bytes = max(512, min(8192, limit_bytes // 16))
        self.samples = segments.Segments(directory, record.SAMPLE, values, segment_bytes)
        self.alarms = segments.Segments(directory, record.ALARM, values, segment_bytes)
        sample_tail = self.samples.tail()
        alarm_tail = self.alarms.tail()
        # Every seq above the newest readable one sits in a damaged slot behind it.
        self.newest = max(sample_tail[0], alarm_tail[0]) + sample_tail[2] + alarm_tail[2]
        self.acked = max(sample_tail[1], alarm_tail[1])
        self._oldest: "int | None" = None
        for kind, tail in ((self.samples, sample_tail), (self.alarms, alarm_tail)):
            if tail[2]:
                kind.close_damage(self.newest + 1)

    def append(self, item: record.Record) -> int:
        """Keep a record and return its seq, once flash has it.

        Raises:
            OSError: Flash is full or broken; the seq is spent and will be told as lost.
        """
        kind = self.samples if item.alarm is None else self.alarms
        if kind.must_roll():
            self._make_room(kind)
        self.newest += 1
        item.seq, item.boot, item.acked = self.newest, self.boot, self.acked
        kind.append(item)
        return item.seq

    def free(self, seq: int) -> None:
        """Let go of everything up to a seq that the gateway has acknowledged."""
        if self.acked < seq <= self.newest:
            self.acked = seq
            self._oldest = None
            self.samples.forget(seq)
            self.alarms.forget(seq)

    def held(self) -> int:
        """How many seqs are not acknowledged yet, lost ones included."""
        return self.newest - self.acked

    def oldest(self) -> int:
        """The lowest readable seq above the ack; one above the newest when there is none."""
        if self._oldest is None:
            kinds = (self.samples.after(self.acked), self.alarms.after(self.acked))
            found = [item.seq for item in kinds if item is not None]
            if not found:
                return self.newest + 1
            self._oldest = min(found)
        return self._oldest

    def after(self, seq: int) -> "tuple[int, record.Record | None] | None":
        """What comes after a seq: its seq with its record, or with None when it is lost.

        Gaps below the oldest file of samples were given up when the ring was full; they are not
        told one by one, since ``oldest`` tells them.
        """
        following = (self.samples.after(seq), self.alarms.after(seq))
        found = [item for item in following if item is not None]
        first = self.samples.list[0].first if self.samples.list else self.newest + 1
        gap = max(seq + 1, first)
        if not found:
            return (gap, None) if gap <= self.newest else None
        item = min(found, key=lambda one: one.seq)
        return (gap, None) if gap < item.seq else (item.seq, item)

    def fill(self) -> float:
        """How much of the store is in use, 0 to 1."""
        return min(1.0, (self.samples.bytes() + self.alarms.bytes()) / self.limit_bytes)

    def days(self, report_s: float) -> float:
        """How many days of samples the store can hold at a report interval [days]."""
        slot = record.slot_size(record.SAMPLE, len(self.samples.values))
        return self.limit_bytes / slot * report_s / 86400

    def _make_room(self, kind: segments.Segments) -> None:
        """Give up the oldest samples, then the oldest alarm edges, until a new file fits."""
        room = kind.slots * record.slot_size(kind.kind, len(kind.values))
        while self.samples.bytes() + self.alarms.bytes() + room > self.limit_bytes:
            lost = self.samples.drop_oldest(self.acked)
            if lost is None:
                lost = self.alarms.drop_oldest(self.acked)
            if lost is None:
                return
            self.dropped += lost
            self._oldest = None


def _stream(directory: str) -> str:
    """The store's random id, made with the store and kept twice."""
    copies = (directory + "/stream.a", directory + "/stream.b")
    stream = None
    for path in copies:
        stream = stream or files.read_sealed(path)
    if stream is None:
        stream = binascii.hexlify(os.urandom(4)).decode()
    for path in copies:
        if files.read_sealed(path) != stream:
            files.write_sealed(path, stream)
    return str(stream)
