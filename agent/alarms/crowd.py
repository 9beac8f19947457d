"""Crowd: what is done so that many alarms at once stay readable, and none is dropped."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from agent.alarms.book import AlarmBook
from agent.alarms.conditions import ABOUT_BOARDS, Condition
from agent.alarms.events import AlarmEvent
from agent.alarms.flood import NEVER, Flood, FloodLimits, FloodView, in_flood_order
from agent.alarms.groups import Failure, Groups, GroupView
from agent.alarms.hides import Hides
from agent.alarms.inhibit import Inhibition
from agent.alarms.inhibit_evidence import Evidence
from agent.alarms.inhibit_paths import Path, Settling
from agent.alarms.instant import Instant
from agent.alarms.parts import Part
from agent.alarms.silence import BoardDuty
from agent.alarms.standing import Alarm, AlarmView, Cause

_S: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class CrowdSpec:
    """How alarms are inhibited, grouped and counted.

    Args:
        paths: What boards are reached and fed by.
        settling: How long alarms wait for a cause, and for its end.
        group_s: Alarms of one store no further apart than this belong together [s].
        flood: When a flood is one.
    """

    paths: tuple[Path, ...] = ()
    settling: Settling = field(default_factory=Settling)
    group_s: float = 600.0
    flood: FloodLimits = NEVER


class Crowd:
    """Inhibition, groups and flood.

    Args:
        spec: How.
        conditions: The site's conditions.
        duties: What each board owes.
        book: Where the alarms stand.
        hides: What hides them.

    Raises:
        BadConditionError: The paths contradict each other.
    """

    def __init__(
        self,
        spec: CrowdSpec,
        conditions: Iterable[Condition],
        duties: Sequence[BoardDuty],
        book: AlarmBook,
        hides: Hides,
    ) -> None:
        about_boards = {c.id for c in conditions if c.kind in ABOUT_BOARDS}
        return_us = round(spec.settling.return_s * _S)
        self._stores = {d.board: d.store for d in duties if d.store is not None}
        self._boards: dict[str, list[str]] = {}
        for board, store in self._stores.items():
            self._boards.setdefault(store, []).append(board)
        self._evidence = Evidence(duties, spec.paths, spec.settling)
        self._groups = Groups(round(spec.group_s * _S))
        self._inhibition = Inhibition(
            book, hides, self._evidence, self._groups, about_boards, return_us
        )
        self._flood = Flood(spec.flood)
        self.parts: Mapping[str, Part] = {
            "f": self._flood,
            "i": self._inhibition,
            "j": self._groups,
        }

    def at(self, now: Instant) -> None:
        """Time went on; to be called before boards are judged by it."""
        self._evidence.at(now)

    def rises(self, alarm: Alarm, cause: Cause) -> None:
        """An alarm is about to be raised: what hides it, and what it belongs to."""
        self._inhibition.rises(alarm, cause)

    def on_gone(self, board: str) -> None:
        """The broker says that a board is gone."""
        self._evidence.gone(board)

    def on_heard(self, board: str) -> None:
        """Anything of a board arrived."""
        self._evidence.heard(board)

    def on_tick(self, now: Instant) -> list[AlarmEvent]:
        """Look which paths have failed or work again, and whether a flood is over."""
        self._flood.on_tick(now)
        return self._inhibition.on_tick(now)

    def told(self, events: Iterable[AlarmEvent], now: Instant) -> None:
        """Count what people are told."""
        self._flood.take(events, now)

    def doubts(self, store: str) -> bool:
        """Whether nobody can know how a store stands, because a path to it has failed."""
        return any(self._evidence.doubts(board) for board in self._boards.get(store, ()))

    def ordered(self, alarms: list[AlarmView]) -> list[AlarmView]:
        """The list of alarms in the order that helps now; nothing is left out."""
        return in_flood_order(alarms) if self._flood.stands else alarms

    def groups(self, alarms: Sequence[AlarmView]) -> list[GroupView]:
        """What belongs together.

        Args:
            alarms: What is not normal, in the order of the list.
        """
        failures = {}
        for loss in self._evidence.losses:
            if loss.stands:
                boards = self._evidence.away(loss)
                stores = sorted({self._stores[b] for b in boards if b in self._stores})
                failures[loss.cause_id] = Failure(loss.id, tuple(boards), tuple(stores))
        return self._groups.views(alarms, failures)

    @property
    def in_flood(self) -> bool:
        """Whether there is a flood."""
        return self._flood.stands

    def flood(self) -> FloodView:
        """How many alarms people are told of."""
        return self._flood.view()
