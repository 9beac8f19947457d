"""Evidence: which boards are not heard, behind which paths, and since when."""

import json
from collections.abc import Sequence
from typing import Final

from agent.alarms.elapsed import Elapsed
from agent.alarms.inhibit_losses import Loss, losses_of
from agent.alarms.inhibit_paths import Path, Paths, Settling
from agent.alarms.instant import Instant
from agent.alarms.silence import BoardDuty
from agent.alarms.yard import shortened

DEAF_US: Final = 120_000_000
"""After longer than this between two ticks the gateway itself may have missed boards [µs]."""

_SAVE_EACH_US: Final = 30_000_000


class Evidence:
    """What speaks for each path having failed. Times are elapsed time.

    Args:
        duties: The boards.
        paths: What they are reached and fed by.
        settling: How long alarms wait for a cause.

    Attributes:
        losses: One for each path, the outermost first.
        now_us: Elapsed time [µs].

    Raises:
        BadConditionError: The paths contradict each other.
    """

    def __init__(
        self, duties: Sequence[BoardDuty], paths: Sequence[Path], settling: Settling
    ) -> None:
        self._paths = Paths(paths, duties)
        self._stores = {duty.board: duty.store for duty in duties if duty.store is not None}
        self._wait_us = {d.board: round(settling.hold_intervals * d.report_us) for d in duties}
        self._longest_us = {
            reach.path.id: max((self._wait_us[board] for board in reach.boards), default=0)
            for reach in self._paths
        }
        self._start()

    def _start(self) -> None:
        losses = losses_of(self._paths)
        self.losses = sorted(losses.values(), key=lambda one: (len(one.reach.outer), one.id))
        self._behind: dict[str, list[Loss]] = {}
        for loss in self.losses:
            for board in loss.reach.boards:
                self._behind.setdefault(board, []).append(loss)
        self._elapsed = Elapsed(_SAVE_EACH_US)
        self.now_us = 0
        self._listens_us = 0
        self._away: dict[str, int | None] = {}
        self._dirty: set[str] = set()
        self._saved = {loss.id: loss.dump() for loss in self.losses}

    def at(self, now: Instant) -> None:
        """Time went on; to be called before what is to be judged by it."""
        if not self.losses:
            return
        before_us, self.now_us = self.now_us, self._elapsed.elapsed_us(now)
        if self.now_us - before_us > DEAF_US:
            self._listens_us = self.now_us
            self._dirty.add("t")

    def gone(self, board: str) -> None:
        """A board is not heard any more, or its last will was."""
        if board in self._behind and self._away.get(board) is None:
            self._away[board] = self.now_us
            self._dirty.add(f"b/{board}")
            for loss in self._behind[board]:
                loss.went(board, self.now_us)

    def heard(self, board: str) -> None:
        """Anything of a board arrived."""
        if board in self._away:
            del self._away[board]
            self._dirty.add(f"b/{board}")
            for loss in self._behind[board]:
                loss.came(board)

    def doubt(self, loss: Loss) -> None:
        """A path has failed: nothing behind it counts as heard until it is heard again."""
        for board in loss.reach.boards - self._away.keys():
            self._away[board] = None
            self._dirty.add(f"b/{board}")

    def away(self, loss: Loss) -> list[str]:
        """The boards behind a path that are not heard, or not since it failed."""
        return sorted(loss.reach.boards & self._away.keys())

    def stores(self, loss: Loss) -> str | None:
        """The stores watched from behind a path, in words such as "c0001–c0024, s1"."""
        stores = {self._stores[board] for board in loss.reach.boards & self._stores.keys()}
        return shortened(sorted(stores)) or None

    def doubts(self, board: str) -> bool:
        """Whether a board is behind a failed path and was not heard since."""
        return board in self._away and any(loss.stands for loss in self._behind[board])

    def wait_us(self, board: str) -> int:
        """How long an alarm about a board waits for its cause [µs]; 0 where no path leads to it."""
        return self._wait_us[board] if board in self._behind else 0

    def wait_for_outer_us(self, path: str) -> int:
        """How long the alarm of a path waits for that of the path it is behind [µs]."""
        reach = self._paths.by_id.get(path)
        return self._longest_us[path] if reach is not None and reach.outer else 0

    def is_deaf(self, loss: Loss) -> bool:
        """Whether boards behind a path have not had the time yet to be heard."""
        return self.now_us < self._listens_us + self._longest_us[loss.id]

    def is_deaf_to(self, board: str) -> bool:
        """Whether that is so for any path to a board."""
        return any(self.is_deaf(loss) for loss in self._behind.get(board, ()))

    def restore(self, rows: dict[str, str]) -> None:
        """Take over key -> JSON text, in place of everything held."""
        self._start()
        losses = {loss.id: loss for loss in self.losses}
        silent: dict[str, int] = {}
        for key, text in rows.items():
            part, _, name = key.partition("/")
            stored = json.loads(text)
            if part == "t":
                self.now_us, self._listens_us, elapsed = stored
                self._elapsed.load(elapsed)
            elif part == "p" and name in losses:
                losses[name].load(stored)
                self._saved[name] = text
            elif part == "b" and name in self._behind:
                self._away[name] = stored
                if stored is not None:
                    silent[name] = stored
            else:
                self._dirty.add(key)
        for board, at_us in sorted(silent.items()):
            for loss in self._behind[board]:
                loss.went(board, at_us)

    def touch(self) -> None:
        """Everything counts as changed."""
        self._dirty.update(f"b/{board}" for board in self._away)
        self._saved.clear()

    def dirty(self) -> dict[str, str | None]:
        """Key -> JSON text of what changed since the last call; None deletes."""
        rows: dict[str, str | None] = {}
        for key in self._dirty - {"t"}:
            board = key.removeprefix("b/")
            rows[key] = json.dumps(self._away[board]) if board in self._away else None
        for loss in self.losses:
            text = loss.dump()
            if self._saved.get(loss.id) != text:
                rows[f"p/{loss.id}"] = self._saved[loss.id] = text
        if self.losses and (rows or self._dirty or self._elapsed.unsaved):
            rows["t"] = json.dumps([self.now_us, self._listens_us, self._elapsed.dump()])
        self._dirty.clear()
        return rows
