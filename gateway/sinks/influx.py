"""InfluxSink: the journal to a time-series database, at its own pace, with its own cursor."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from agent.errors import HinobanError
from gateway.config import Sink
from gateway.historian.reader import Reader
from gateway.sinks.cursor import Cursors, Gap, Position, Quarantined
from gateway.sinks.errors import RefusedError, SinkError
from gateway.sinks.influx_writer import InfluxWriter
from gateway.sinks.lines import alarm_lines, sample_lines
from gateway.sinks.trail import Trail

_ROWS: Final = 500
_ALARMS: Final = 500
_ALL_REFUSED: Final = 20
_LONGEST_WAIT_S: Final = 60.0

Numbered = tuple[int, str]
"""A line and the commit it comes from."""


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """How a sink is doing.

    Args:
        cursor_n: Everything up to this commit has been sent and kept; retention may have it.
        sent_n: Everything up to this commit has been sent.
        lag_rows: Commits not sent yet, history included.
        history_rows: Those of them passed over to stay live.
        last_error: Why the last attempt failed; None once one has worked.
        quarantined: Lines the destination refused for themselves.
        lines: Lines sent since the gateway started.
    """

    id: str
    cursor_n: int
    sent_n: int
    lag_rows: int
    history_rows: int
    last_error: str | None
    quarantined: int
    lines: int


class InfluxSink:
    """Sends every good sample and every alarm event: alarms first, live next, history last.

    Args:
        settings: The sink, from the configuration.
        journal: The journal's file.
        cursors: File of the sinks' cursors.
        poll_s: Pause after everything was sent [s].
        batch_lines: Lines in a request, about.
        live_rows: A lag of more commits than this becomes history.
        first_wait_s: Pause after a failure [s]; doubled with each, up to a minute.
        settle_s: After a failure, what was sent in the last so many seconds is sent again [s].
    """

    def __init__(
        self,
        settings: Sink,
        journal: Path,
        cursors: Path,
        *,
        poll_s: float = 1.0,
        batch_lines: int = 5_000,
        live_rows: int = 120,
        first_wait_s: float = 1.0,
        settle_s: float = 30.0,
    ) -> None:
        self._settings = settings
        self._journal = journal
        self._cursors_path = cursors
        self._poll_s = poll_s
        self._batch_lines = batch_lines
        self._live_rows = live_rows
        self._first_wait_s = first_wait_s
        self._settle_s = settle_s
        self._reader: Reader | None = None
        self._cursors: Cursors | None = None
        self._writer: InfluxWriter | None = None
        self._position = self._kept = Position()
        self._trail = Trail(self._kept, settle_s)
        self._status = SinkStatus(settings.id, 0, 0, 0, 0, None, 0, 0)

    async def run(self) -> None:
        """Send until cancelled; a destination that is away is tried again, for ever."""
        loop = asyncio.get_running_loop()
        # A thread of its own: nothing here is shared, and a slow destination holds up nobody.
        with_thread = ThreadPoolExecutor(1, f"sink-{self._settings.id}")
        wait_s = self._first_wait_s
        try:
            while True:
                try:
                    more = await loop.run_in_executor(with_thread, self._step)
                except HinobanError as error:
                    self._status = replace(self._status, last_error=str(error))
                    await asyncio.sleep(wait_s)
                    wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
                else:
                    self._status = replace(self._status, last_error=None)
                    wait_s = self._first_wait_s
                    if not more:
                        await asyncio.sleep(self._poll_s)
        finally:
            with_thread.submit(self._close)
            with_thread.shutdown(wait=False)

    def status(self) -> SinkStatus:
        """How the sink is doing, as of its last attempt."""
        return self._status

    def _step(self) -> bool:
        """Send one batch; False when there was nothing to send."""
        reader, cursors = self._opened()
        last_n = reader.last_n()
        if last_n - self._position.live_n > self._live_rows:
            self._move(cursors, _jumped(self._position, last_n), ())
        try:
            return (
                self._send_alarms(reader, cursors)
                or self._send_live(reader, cursors)
                or self._send_history(reader, cursors)
            )
        except HinobanError:
            self._position = self._trail.back()
            raise
        finally:
            self._keep(cursors, ())
            self._note(cursors, last_n)

    def _send_alarms(self, reader: Reader, cursors: Cursors) -> bool:
        events = reader.alarm_events(self._position.alarm_id, _ALARMS)
        if not events:
            return False
        lines = [(stored.n, line) for stored in events for line in alarm_lines(stored.event)]
        left = self._send(lines)
        self._move(cursors, replace(self._position, alarm_id=events[-1].id), left)
        return True

    def _send_live(self, reader: Reader, cursors: Cursors) -> bool:
        done_n, lines = self._collect(reader, self._position.live_n, None)
        if done_n == self._position.live_n:
            return False
        left = self._send(lines)
        self._move(cursors, replace(self._position, live_n=done_n), left)
        return True

    def _send_history(self, reader: Reader, cursors: Cursors) -> bool:
        if not self._position.gaps:
            return False
        gap, *rest = self._position.gaps
        done_n, lines = self._collect(reader, gap.after_n, gap.to_n)
        left = self._send(lines)
        if gap.after_n < done_n < gap.to_n:
            rest = [Gap(done_n, gap.to_n), *rest]
        self._move(cursors, replace(self._position, gaps=tuple(rest)), left)
        return True

    def _collect(
        self, reader: Reader, after_n: int, to_n: int | None
    ) -> tuple[int, list[Numbered]]:
        lines: list[Numbered] = []
        for row in reader.rows(after_n, _ROWS):
            if to_n is not None and row.n > to_n:
                return to_n, lines
            lines += [(row.n, line) for line in sample_lines(row.batches, history=to_n is not None)]
            lines += [(row.n, line) for line in sample_lines(row.resolved, history=True)]
            after_n = row.n
            if len(lines) >= self._batch_lines:
                break
        return after_n, lines

    def _send(self, lines: Sequence[Numbered]) -> list[Quarantined]:
        left: list[Quarantined] = []
        for start in range(0, len(lines), self._batch_lines):
            left += _Sending(self._opened_writer()).send(lines[start : start + self._batch_lines])
        self._status = replace(self._status, lines=self._status.lines + len(lines) - len(left))
        return left

    def _move(self, cursors: Cursors, position: Position, left: Sequence[Quarantined]) -> None:
        self._position = position
        self._trail.sent(position, time.monotonic())
        self._keep(cursors, left)

    def _keep(self, cursors: Cursors, left: Sequence[Quarantined]) -> None:
        settled = self._trail.settled(time.monotonic())
        if left or settled != self._kept:
            cursors.save(self._settings.id, settled, left)
            self._kept = settled

    def _note(self, cursors: Cursors, last_n: int) -> None:
        position = self._position
        self._status = replace(
            self._status,
            cursor_n=self._kept.passed_n,
            sent_n=position.passed_n,
            lag_rows=max(last_n - position.live_n, 0) + position.history_rows,
            history_rows=position.history_rows,
            quarantined=cursors.count_quarantined(self._settings.id),
        )

    def _opened(self) -> tuple[Reader, Cursors]:
        if self._reader is None:
            self._reader = Reader(self._journal)
        if self._cursors is None:
            self._cursors = Cursors(self._cursors_path)
            self._position = self._kept = self._cursors.position(self._settings.id)
            self._trail = Trail(self._kept, self._settle_s)
        return self._reader, self._cursors

    def _opened_writer(self) -> InfluxWriter:
        if self._writer is None:
            self._writer = InfluxWriter(self._settings)
        return self._writer

    def _close(self) -> None:
        for part in (self._reader, self._cursors, self._writer):
            if part is not None:
                part.close()


class _Sending:
    """Sends lines, halving what is refused until the lines at fault stand alone."""

    def __init__(self, writer: InfluxWriter) -> None:
        self._writer = writer
        self._accepted = False
        self._refused = 0

    def send(self, lines: Sequence[Numbered]) -> list[Quarantined]:
        return list(self._parts(lines))

    def _parts(self, lines: Sequence[Numbered]) -> Iterator[Quarantined]:
        if not lines:
            return
        try:
            self._writer.write([line for _, line in lines])
            self._accepted = True
        except RefusedError as refusal:
            if len(lines) > 1:
                middle = len(lines) // 2
                yield from self._parts(lines[:middle])
                yield from self._parts(lines[middle:])
                return
            self._refused += 1
            if self._refused >= _ALL_REFUSED and not self._accepted:
                # Not the lines are at fault but the address, the bucket or the destination.
                raise SinkError(f"the destination takes none of the lines: {refusal}") from refusal
            ((n, line),) = lines
            yield Quarantined(n, line, str(refusal))


def _jumped(position: Position, last_n: int) -> Position:
    gaps = position.gaps
    if gaps and gaps[-1].to_n == position.live_n:
        gaps = (*gaps[:-1], Gap(gaps[-1].after_n, last_n))
    else:
        gaps = (*gaps, Gap(position.live_n, last_n))
    return Position(last_n, position.alarm_id, gaps)
