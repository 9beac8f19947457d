"""Stream: the records of one board's ring store, by sequence number and by boot. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from gateway.historian.rows import Basis
from gateway.mqtt.uptime import Frame, Uptime
from gateway.mqtt.watermark import Watermark

BOOTS_KEPT: Final = 32
"""Boots of a stream whose start is remembered; a board that restarts more often than it can
empty its ring gets intervals instead of times for the oldest records."""


class Capture(msgspec.Struct, frozen=True, gc=False):
    """When a record was captured.

    Args:
        t_us: Capture time, or the latest it can have been, UTC [µs].
        basis: Whose clock it rests on.
        known: Whether it can be a good point in time.
        t_earliest_us: For `Basis.SPAN` the earliest it can have been, UTC [µs], if known.
    """

    t_us: int
    basis: Basis
    known: bool
    t_earliest_us: int | None = None


class _Row(msgspec.Struct, frozen=True):
    mark: int
    held: list[tuple[int, int]]
    lost: int
    duplicates: int
    good: tuple[int, int] | None = None


class Stream:
    """One ring store of one board.

    Attributes:
        watermark: Which of its records are settled.
        boots: Uptime of each boot seen, by boot count.
        lost: Sequence numbers booked as lost.
        duplicates: Records that came more than once.
        good: The newest good capture time, with its boot: (boot, UTC [µs]).
    """

    def __init__(self) -> None:
        self.watermark = Watermark()
        self.boots: dict[int, Uptime] = {}
        self.lost = 0
        self.duplicates = 0
        self.good: tuple[int, int] | None = None
        self._dropped: list[int] = []

    def boot(self, count: int) -> Uptime:
        """The uptime of a boot, new if it was never seen."""
        if count not in self.boots:
            self.boots[count] = Uptime()
            while len(self.boots) > BOOTS_KEPT:
                oldest = min(self.boots)
                del self.boots[oldest]
                self._dropped.append(oldest)
        return self.boots.get(count) or Uptime()

    def capture(self, count: int, up_ms: int, arrival_us: int, frame: Frame) -> Capture:
        """When the record of boot `count` at uptime `up_ms` was captured."""
        boot = self.boots.get(count)
        newest = max(self.boots, default=count)
        if boot is not None and count < newest:
            later = (other.start_us(frame) for n, other in self.boots.items() if n > count)
            boot.ended_by(min((t_us for t_us in later if t_us is not None), default=None), frame)
        if boot is not None and (boot.known(frame) or count >= newest):
            known = boot.known(frame)
            floor_us = self.good[1] if self.good is not None and self.good[0] < count else None
            start_us = boot.give_us(up_ms, frame, floor_us) if known else boot.start_us(frame)
            if start_us is not None:
                basis = Basis.BOARD if boot.final(frame) else Basis.UPTIME
                capture = Capture(start_us + up_ms * 1000, basis, known)
                if known:
                    self.gave(count, capture.t_us)
                return capture
        return self._span(count, up_ms, arrival_us, frame)

    def gave(self, count: int, t_us: int) -> None:
        """A good capture time of a boot was given out, UTC [µs]."""
        self.good = (count, t_us) if self.good is None else max(self.good, (count, t_us))

    def corrections(self, frame: Frame) -> Iterator[tuple[int, int]]:
        """Boots whose start became known after samples were given out: (boot, UTC at start)."""
        for count, boot in self.boots.items():
            if boot.unsure and boot.known(frame):
                start_us = boot.start_us(frame)
                if start_us is not None:
                    boot.unsure = False
                    yield count, start_us + boot.slew.first_us()

    def _span(self, count: int, up_ms: int, arrival_us: int, frame: Frame) -> Capture:
        """Between the last sign of the boot before and the start of the boot after.

        All bounds are told by the gateway's clock as it stands, so that they can be corrected
        together.
        """
        earliest, latest = None, arrival_us
        own = self.boots.get(count)
        rest_us = (max(own.newest_up_ms, up_ms) - up_ms) * 1000 if own is not None else 0
        for other, uptime in self.boots.items():
            start_us = uptime.here_us(frame)
            if start_us is None:
                continue
            if other > count:
                latest = min(latest, start_us - rest_us)
            elif other < count and uptime.live:
                end_us = start_us + (uptime.newest_up_ms + up_ms) * 1000
                earliest = end_us if earliest is None else max(earliest, end_us)
        if own is not None and (bound_us := own.here_us(frame)) is not None:
            latest = min(latest, bound_us + up_ms * 1000)
        if earliest is not None:
            earliest = min(earliest, latest)
        return Capture(latest, Basis.SPAN, known=False, t_earliest_us=earliest)

    def save(self) -> str:
        """Watermark and counts as the row to keep."""
        mark = self.watermark
        row = _Row(mark.mark, mark.held, self.lost, self.duplicates, self.good)
        return msgspec.json.encode(row).decode()

    def save_boots(self, frame: Frame) -> Iterator[tuple[int, str | None]]:
        """Rows of boots that changed since they were saved; None for those forgotten."""
        for count in self._dropped:
            yield count, None
        self._dropped = []
        for count, boot in self.boots.items():
            if (text := boot.save(frame)) is not None:
                yield count, text

    @classmethod
    def load(cls, text: str, boots: Mapping[int, str], boot_id: str) -> "Stream":
        """A stream as it was saved."""
        row = msgspec.json.decode(text, type=_Row)
        stream = cls()
        stream.watermark = Watermark(row.mark, row.held)
        stream.lost = row.lost
        stream.duplicates = row.duplicates
        stream.good = row.good
        stream.boots = {count: Uptime.load(row, boot_id) for count, row in boots.items()}
        return stream
