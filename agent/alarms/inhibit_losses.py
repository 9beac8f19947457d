"""Loss: what speaks for one path having failed, and whether that is enough."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from agent.alarms.conditions import Klass
from agent.alarms.inhibit_paths import Reach
from agent.alarms.standing import Alarm

PATH_LOST = "path_lost"
"""Condition id of the alarm that tells of a failed path."""

BOARDS = "boards"
"""Unit of how many are not heard."""


class Loss:
    """One path's evidence: boards that fell silent together, and alarms that say so.

    Args:
        reach: The path among the others.

    Attributes:
        known: Alarms that stand and tell of the failure.
        fresh: Boards that fell silent within the path's time -> when, elapsed time [µs].
        old: Boards that were silent before, and say nothing about the path.
        stands: Whether it has failed, or boards have not been heard for long enough since.
        back_us: Since when boards are heard again, elapsed time [µs].
    """

    __slots__ = ("_needed_by", "back_us", "fresh", "inner", "known", "old", "reach", "stands")

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._needed_by = frozenset(_needed_by(reach))
        self.inner: list[Loss] = []
        self.known: set[str] = set()
        self.fresh: dict[str, int] = {}
        self.old: set[str] = set()
        self.stands = False
        self.back_us: int | None = None

    @property
    def id(self) -> str:
        """The path."""
        return self.reach.path.id

    @property
    def cause_id(self) -> str:
        """The alarm that tells of it, which is the cause of what it hides."""
        return f"{PATH_LOST}:{self.id}"

    @property
    def missing(self) -> int:
        """How many boards behind it are not heard, as far as is known."""
        return len(self.reach.boards) if self.known else len(self.fresh) + len(self.old)

    def is_told_by(self, alarm_id: str) -> bool:
        """Whether an alarm tells of the failure; that of another path never does."""
        return not alarm_id.startswith(f"{PATH_LOST}:") and alarm_id in self.reach.tells

    def explains(self, alarm_id: str, *, about_board: bool) -> bool:
        """Whether an alarm follows from the failure.

        Args:
            alarm_id: The alarm; that of another path follows only if that path needs this one, so
                that no two paths can hide each other.
            about_board: Whether it says that a board is not heard.
        """
        condition, _, source = alarm_id.partition(":")
        if condition == PATH_LOST:
            return source in self._needed_by
        if about_board and source in self.reach.boards:
            return True
        return alarm_id in self.reach.tells or alarm_id in self.reach.follows

    def alarm(self, stores: str | None) -> Alarm:
        """The alarm that tells of it.

        Args:
            stores: What is watched from behind it, in words.
        """
        path = self.reach.path
        return Alarm(
            condition=PATH_LOST,
            source=path.id,
            klass=str(Klass.SYSTEM),
            priority=str(path.priority),
            latching=False,
            guidance=PATH_LOST,
            limit=float(len(self.reach.boards)),
            unit=BOARDS,
            coverage=stores,
        )

    def went(self, board: str, at_us: int) -> None:
        """A board fell silent."""
        if board not in self.old:
            self.fresh.setdefault(board, at_us)

    def came(self, board: str) -> None:
        """A board was heard."""
        self.fresh.pop(board, None)
        self.old.discard(board)

    def grow_old(self, now_us: int) -> None:
        """What fell silent long ago and together with too few is no sign of the path."""
        if self.stands:
            return
        before_us = now_us - self.reach.path.within_s * 1e6
        for board in [b for b, at_us in self.fresh.items() if at_us < before_us]:
            del self.fresh[board]
            self.old.add(board)

    def settle(self) -> None:
        """The cause is over: who is silent still is so by itself."""
        self.stands, self.back_us = False, None
        self.old |= self.fresh.keys()
        self.fresh.clear()

    def is_lost(self) -> bool:
        """Whether alarms or silent boards say that the path has failed."""
        if self.known:
            return True
        least = 1 if self.stands else self.reach.path.least_boards
        return len(self.fresh) >= least and self._is_silent()

    def _is_silent(self) -> bool:
        """Whether too little behind it is heard, in each part of it.

        Where one part is heard the path works, and what is silent has a cause of its own.
        """
        if self.known:
            return True
        if not self._is_mostly_silent(self.reach.boards):
            return False
        return self._is_mostly_silent(self.reach.own) and all(
            part._is_silent() for part in self.inner
        )

    def _is_mostly_silent(self, boards: frozenset[str]) -> bool:
        share = self.reach.path.least_share * (0.5 if self.stands else 1.0)
        return sum(board in self.fresh for board in boards) >= share * len(boards - self.old)

    def dump(self) -> str:
        """JSON text of the state but for the fresh boards, which are stored by themselves."""
        return json.dumps([self.stands, self.back_us, sorted(self.known), sorted(self.old)])

    def load(self, stored: list[Any]) -> None:
        """Take over what `dump` gave, read."""
        self.stands, self.back_us, known, old = stored
        self.known, self.old = set(known), set(self.reach.boards & set(old))


def losses_of(reaches: Iterable[Reach]) -> dict[str, Loss]:
    """A loss for each path, knowing those right behind it."""
    losses = {reach.path.id: Loss(reach) for reach in reaches}
    for loss in losses.values():
        loss.inner = [losses[inner.path.id] for inner in loss.reach.inner]
    return losses


def _needed_by(reach: Reach) -> Iterator[str]:
    for inner in reach.inner:
        yield inner.path.id
        yield from _needed_by(inner)
