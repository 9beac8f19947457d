"""Scans the sensors for the local alarm and keeps samples; never waits for the network."""

import record
import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alarm import LocalAlarm
    from board import Board
    from ring import Ring
    from uptime import Uptime

_STALE_MS = 5000
_PATIENCE_MS = 2000  # how long a due sample waits for a reading that is a little late
_MOST_PENDING = 64


class Sampler:
    """One board's readings, its alarm and its store, moved by the clock it is given.

    Args:
        board: Where values come from and where the horn is.
        values: Names of the values to report.
        local: The local alarm.
        ring: The store; None while flash is unusable, the alarm then works on.
        uptime: Monotonic time.
        report_ms: Time between samples [ms].
    """

    def __init__(
        self,
        board: "Board",
        values: "list[str]",
        local: "LocalAlarm",
        ring: "Ring | None",
        uptime: "Uptime",
        *,
        report_ms: int,
    ) -> None:
        self.board = board
        self.values = values
        self.local = local
        self.ring = ring
        self.uptime = uptime
        self.report_ms = report_ms
        self._stale_ms = max(_STALE_MS, report_ms)
        self._patience_ms = min(report_ms // 2, _PATIENCE_MS)
        self.next_report_ms = uptime.ms()
        self.store_failures = 0
        self._reading: "record.Record | None" = None
        self._fresh = False  # the reading is not in a sample yet
        self._pending: "list[record.Record]" = []  # alarm edges that flash refused
        self._horn: "str | None" = "unknown"

    def scan(self) -> bool:
        """Read the sensors once, judge them, and keep a sample when one is due.

        Returns:
            Whether the store has something new.
        """
        now_ms, t_us = self.uptime.ms(), self.board.utc_us()
        before = self._newest()
        reading = self.board.read(self.values)
        if reading is not None:
            self._reading = record.Record(now_ms, t_us, reading[0], reading[1])
            self._fresh = True
            self._judge(reading[0], reading[1], now_ms, t_us)
        elif now_ms - (self._reading.up_ms if self._reading else 0) > self._stale_ms:
            self._judge({}, self._silent(), now_ms, t_us)
        self._sound()
        self._keep_edges()
        late_ms = max(self.next_report_ms + self._patience_ms, _STALE_MS)  # sensors start slowly
        if now_ms >= (self.next_report_ms if self._fresh else late_ms):
            self._report(now_ms, t_us)
        return self._newest() != before

    def _judge(
        self, v: "dict[str, float]", bad: "dict[str, str]", now_ms: int, t_us: "int | None"
    ) -> None:
        """Let the alarm see the values; time between readings never clears anything."""
        edges = self.local.evaluate(v, bad, now_ms)
        self._pending += [record.Record(now_ms, t_us, alarm=edge) for edge in edges]
        del self._pending[:-_MOST_PENDING]

    def _sound(self) -> None:
        """Set the horn, before any write to flash; a refused output is tried again."""
        condition = self.local.sounding()
        if condition != self._horn and self.board.horn(condition):
            self._horn = condition

    def _keep_edges(self) -> None:
        """Put alarm edges into the store, in their order."""
        while self._pending and self._keep(self._pending[0]):
            self._pending.pop(0)

    def _report(self, now_ms: int, t_us: "int | None") -> None:
        """Keep a sample; without a reading since the last one it says so, value by value."""
        missed = (now_ms - self.next_report_ms) // self.report_ms
        self.next_report_ms += (missed + 1) * self.report_ms
        item = record.Record(now_ms, t_us, {}, self._silent())
        if self._fresh and self._reading is not None:
            item = self._reading
            self._fresh = False
        for part in wire.split(item, self.values):
            self._keep(part)

    def _keep(self, item: record.Record) -> bool:
        """Put a record into the store; a failing flash is counted and stops nothing."""
        if self.ring is None:
            return False
        try:
            self.ring.append(item)
        except OSError:
            self.store_failures += 1
            return False
        return True

    def _silent(self) -> "dict[str, str]":
        """Every value missing."""
        return dict.fromkeys(self.values, "comm_fail")

    def _newest(self) -> int:
        """The newest seq of the store."""
        return 0 if self.ring is None else self.ring.newest
