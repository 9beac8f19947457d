"""Takes readings and edges from the guard and keeps them; never waits for the network."""

import files
import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from guard import Guard
    from ring import Ring

_FIRST_MS = 5000  # sensors start slowly
_PATIENCE_MS = 2000  # how long a due sample waits for a reading that is a little late
_MOST_PENDING = 64
_QUIET_MS = 60000


class Sampler:
    """One board's samples and edges on their way to the store.

    Args:
        guard: Where readings and edges come from.
        ring: The store; None while flash is unusable, the alarm then works on.
        report_ms: Time between samples [ms].
        fast_ms: The same while an alarm stands or a value moves fast [ms]; None for no change.
        alarms: File that keeps the alarm's state over a restart; None for no file.
    """

    def __init__(
        self,
        guard: "Guard",
        ring: "Ring | None",
        *,
        report_ms: int,
        fast_ms: "int | None" = None,
        alarms: "str | None" = None,
    ) -> None:
        self.guard = guard
        self.values = guard.values
        self.uptime = guard.uptime
        self.ring = ring
        self.store_failures = 0
        self.kept = 0  # samples since the start
        self.alarm_writes = 0
        self.alarms_kept: object = []  # what the file has
        self._alarms = alarms
        self._alarms_ms = -_QUIET_MS
        self.normal_ms = report_ms
        self.fast_ms = report_ms if fast_ms is None else min(fast_ms, report_ms)
        self.report_ms = report_ms  # the one in force
        self.next_report_ms = guard.uptime.ms()
        self.newest: "record.Record | None" = None  # reading
        self._reading: "record.Record | None" = None  # newest one that is in no sample yet
        self._pending: "list[record.Record]" = []  # edges that flash refused
        self.split: "Callable[[record.Record, list[str]], list[record.Record]] | None" = None

    def scan(self) -> bool:
        """Take what the guard has, and keep a sample when one is due.

        Returns:
            Whether the store has something new.
        """
        before = self._newest()
        if not self.guard.threaded:
            self.guard.step()
        now_ms = self.uptime.ms()
        reading, edges = self.guard.take()
        if reading is not None:
            self._reading = self.newest = reading
        self._pending += edges
        del self._pending[:-_MOST_PENDING]
        while self._pending and self._keep(self._pending[0]):
            self._pending.pop(0)
        self._keep_alarms(now_ms)
        self._set_pace(now_ms)
        patience_ms = min(self.report_ms // 2, _PATIENCE_MS)
        late_ms = max(self.next_report_ms + patience_ms, _FIRST_MS)
        if now_ms >= (late_ms if self._reading is None else self.next_report_ms):
            self._report(now_ms)
        return self._newest() != before

    def set_interval(self, report_ms: int) -> None:
        """Report at another interval from now on [ms]."""
        self.normal_ms = report_ms
        self.fast_ms = min(self.fast_ms, report_ms)

    def flush(self) -> None:
        """Keep the newest reading at once, as before a sleep or a restart."""
        if self._reading is not None:
            self._report(self.uptime.ms())

    def _keep_alarms(self, now_ms: int) -> None:
        """Keep the alarm's state when it has changed: a new alarm at once, else once in a minute.

        So a value that flutters about its limit does not wear flash.
        """
        rows, known = self.guard.local.saved, self.alarms_kept
        if self._alarms is None or rows == known:
            return
        fewer = isinstance(known, list) and len(rows) <= len(known)
        if fewer and now_ms - self._alarms_ms < _QUIET_MS:
            return
        self.alarms_kept, self._alarms_ms = rows, now_ms
        self.alarm_writes += 1
        try:
            files.write_sealed(self._alarms, rows)
        except OSError:
            self.store_failures += 1

    def _set_pace(self, now_ms: int) -> None:
        """Report faster or slower when the guard's pace says so."""
        report_ms = self.fast_ms if self.guard.fast else self.normal_ms
        if report_ms != self.report_ms:
            self.report_ms = report_ms
            self.next_report_ms = min(self.next_report_ms, now_ms + report_ms)

    def _report(self, now_ms: int) -> None:
        """Keep a sample; without a reading since the last one it says so, value by value."""
        if now_ms >= self.next_report_ms:
            missed = (now_ms - self.next_report_ms) // self.report_ms
            self.next_report_ms += (missed + 1) * self.report_ms
        item, self._reading = self._reading, None
        if item is None:
            silent = dict.fromkeys(self.values, "comm_fail")
            item = record.Record(now_ms, self.guard.face.utc_us(), {}, silent)
        for part in [item] if self.split is None else self.split(item, self.values):
            self.kept += self._keep(part)

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

    def _newest(self) -> int:
        """The newest seq of the store."""
        return 0 if self.ring is None else self.ring.newest
