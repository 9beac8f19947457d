"""Watches: every board, looked at only when something can be due."""

import heapq
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from agent.alarms.instant import Instant
from agent.alarms.silence import BoardDuty, Watch


class Watches:
    """When each board was heard, and which have been silent for longer than some limit.

    Args:
        duties: What each board owes.
        limits_us: Board -> elapsed times that matter to its conditions [µs].
    """

    def __init__(
        self, duties: Mapping[str, BoardDuty], limits_us: Mapping[str, Sequence[float]]
    ) -> None:
        self._duties = duties
        self._limits_us = limits_us
        self._start()

    def _start(self) -> None:
        self._watches = {board: Watch(duty) for board, duty in self._duties.items()}
        self._of_store: dict[str, list[Watch]] = {}
        for watch in self._watches.values():
            if watch.duty.store is not None:
                self._of_store.setdefault(watch.duty.store, []).append(watch)
        self._unsaved: set[str] = set()
        self._due: list[tuple[float, str]] = []  # monotonic time [µs], board
        self._footing: tuple[str, bool] | None = None

    def __contains__(self, board: str) -> bool:
        return board in self._watches

    def of_store(self, store: str) -> Sequence[Watch]:
        """The boards that owe reports on a store."""
        return self._of_store.get(store, ())

    def heard(self, board: str, now: Instant) -> None:
        """Something of a board arrived."""
        self._watches[board].heard(now)
        self._unsaved.add(board)

    def overdue(self, now: Instant) -> Iterator[tuple[BoardDuty, int]]:
        """Boards silent beyond one of their limits at least, with the time elapsed [µs]."""
        footing = now.boot_id, now.synchronised
        if footing != self._footing:
            # Another boot, or a clock that became right: every elapsed time can have jumped.
            self._footing = footing
            self._due = [(0, board) for board in sorted(self._watches)]
        while self._due and self._due[0][0] <= now.mono_us:
            _, board = self._due[0]
            watch, limits_us = self._watches[board], self._limits_us[board]
            elapsed_us = watch.elapsed_us(now)
            if watch.unsaved:
                self._unsaved.add(board)
            waits_us = [limit - elapsed_us + 1 for limit in limits_us if elapsed_us <= limit]
            wait_us = min([watch.unsaved_in_us(elapsed_us), *waits_us])
            heapq.heapreplace(self._due, (now.mono_us + wait_us, board))
            if len(waits_us) < len(limits_us):
                yield watch.duty, elapsed_us

    def restore(self, rows: dict[str, str]) -> None:
        """Take over board -> JSON text, in place of everything held."""
        self._start()
        for board, text in rows.items():
            if board in self._watches:
                self._watches[board].load(msgspec.json.decode(text))

    def touch(self) -> None:
        """Everything counts as changed."""
        self._unsaved.update(self._watches)

    def dirty(self) -> dict[str, str | None]:
        """Board -> JSON text of what changed since the last call."""
        watches = self._watches
        rows: dict[str, str | None] = {
            board: msgspec.json.encode(watches[board].dump()).decode() for board in self._unsaved
        }
        self._unsaved.clear()
        return rows
