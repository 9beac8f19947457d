"""Registry: every point met so far, found fast and stored by groups."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from agent.alarms.conditions import WORKPLACE, Kind
from agent.alarms.foresight import is_derived
from agent.alarms.points import PointJudge
from agent.alarms.rules import Rule
from agent.alarms.silence import BoardDuty
from agent.alarms.stores import store_of

_WINDOW: Final = "~"  # no name has it
_DERIVED: Final = "+"  # nor this


@dataclass(slots=True)
class Group:
    """Points that share a stored row, because one message usually carries them all.

    What is derived once an hour shares none with what is measured every minute.
    """

    name: str
    points: dict[str, PointJudge] = field(default_factory=dict)
    changed: bool = False


class Registry:
    """Points, their conditions (found once) and their stored rows.

    A point that no condition covers and no store holds is only remembered by name.

    Attributes:
        unsettled: Points of which the journal does not yet tell when they were in alarm.

    Args:
        rules: The conditions over points.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self.points: dict[str, tuple[PointJudge, Group]] = {}
        self._groups: dict[str, Group] = {}
        self._stores: dict[str, list[PointJudge]] = {}  # by store or "work.<workplace>"
        self._touched: list[Group] = []
        self.unwatched: set[str] = set()
        self.unsettled: list[PointJudge] = []

    def meet(self, point: str) -> tuple[PointJudge, Group]:
        """A point seen for the first time: which conditions cover it is found now, once."""
        derived = is_derived(point)
        # What is derived has no sensor, and so no fault of one.
        asked = [r for r in self._rules if not derived or r.condition.kind is not Kind.BAD]
        judge = PointJudge(point, [r for r in asked if r.condition.covers(point)])
        name, _, value = point.rpartition(".")
        store = store_of(point)
        place = _place(point)
        if derived:
            name += _DERIVED
        group = self._groups.setdefault(name, Group(name))
        group.points[value] = judge
        if place is not None:
            self._stores.setdefault(place, []).append(judge)
        self.points[point] = judge, group
        if store is None and not judge.tracks:
            self.unwatched.add(point)
        return judge, group

    def changed(self, group: Group) -> None:
        """A point of the group changed."""
        if not group.changed:
            group.changed = True
            self._touched.append(group)

    def touch(self) -> None:
        """Everything counts as changed, windows too."""
        for _ in self.touch_in_turns(len(self._groups)):
            pass

    def touch_in_turns(self, most: int) -> Iterator[None]:
        """As `touch`, so many groups at a time; those met meanwhile are changed anyway."""
        groups = list(self._groups.values())
        for n in range(0, len(groups), max(most, 1)):
            for group in groups[n : n + most]:
                self.changed(group)
                for judge in group.points.values():
                    judge.stale = True
            yield

    def of_store(self, store: str) -> Sequence[PointJudge]:
        """The points of one store."""
        return self._stores.get(store, ())

    def of_duty(self, duty: BoardDuty) -> Sequence[PointJudge]:
        """The points of what a board watches."""
        if duty.workplace is not None:
            return self.of_store(f"{WORKPLACE}{duty.workplace}")
        return self.of_store(duty.store) if duty.store is not None else ()

    def forget(self, points: Iterable[str]) -> None:
        """Points that nobody feeds any more; one that comes back is met anew."""
        for point in points:
            judge, group = self.points.pop(point)
            del group.points[point.rpartition(".")[2]]
            self._stores[store_of(point) or ""].remove(judge)
            self.unsettled = [other for other in self.unsettled if other is not judge]
            for other in group.points.values():
                other.stale = True  # so that the group's windows are written without this one
            self.changed(group)

    def restore(self, rows: dict[str, str]) -> None:
        """Take over key -> JSON text, in place of everything held."""
        self.points, self._groups, self._stores, self._touched = {}, {}, {}, []
        self.unwatched, self.unsettled = set(), []
        self._load((name for name in rows if not name.endswith(_WINDOW)), rows)

    def renew(self, changed: Iterable[str], rows: Mapping[str, str]) -> None:
        """Take over some rows anew, in place of what is held of their points.

        Args:
            changed: Keys of rows that are others than were taken over, or are gone.
            rows: All rows, key -> JSON text.
        """
        names = {key.removesuffix(_WINDOW) for key in changed}
        left: set[int] = set()
        for name in names:
            group = self._groups.pop(name, None)
            for judge in () if group is None else group.points.values():
                del self.points[judge.point]
                self.unwatched.discard(judge.point)
                if (place := _place(judge.point)) is not None:
                    self._stores[place].remove(judge)
                left.add(id(judge))
        self.unsettled = [judge for judge in self.unsettled if id(judge) not in left]
        self._load((name for name in names if name in rows), rows)

    def _load(self, names: Iterable[str], rows: Mapping[str, str]) -> None:
        for name in names:
            windows = _told_apart(msgspec.json.decode(rows.get(f"{name}{_WINDOW}", "{}")))
            of = name.removesuffix(_DERIVED)
            for value, dumped in _told_apart(msgspec.json.decode(rows[name])).items():
                judge, _ = self.meet(f"{of}.{value}" if of else value)
                judge.load(dumped, windows.get(value))
                if judge.unsettled:
                    self.unsettled.append(judge)

    def let_go(self, most: int) -> Iterator[None]:
        """Forget so many points at a time: to free all at once takes its time."""
        self._groups, self._stores, self._touched, self.unsettled = {}, {}, [], []
        while self.points:
            for _ in range(min(most, len(self.points))):
                self.points.popitem()
            yield

    def dirty(self) -> dict[str, str | None]:
        """Key -> JSON text of what changed since the last call.

        A group has two rows: its windows, written seldom, and what came since with all the rest.
        """
        rows: dict[str, str | None] = {}
        for group in self._touched:
            group.changed = False
            points = group.points
            if not points:
                rows |= {group.name: None, f"{group.name}{_WINDOW}": None}
                continue
            if any(judge.needs_window for judge in points.values()):
                windows = {value: judge.dump_window() for value, judge in points.items()}
                rows[f"{group.name}{_WINDOW}"] = _encoded(windows)
            rows[group.name] = _encoded({value: judge.dump() for value, judge in points.items()})
        self._touched.clear()
        return rows


def _place(point: str) -> str | None:
    """What a point is about: a store or "work.<workplace>"."""
    name = point.rpartition(".")[0]
    return store_of(point) or (name if name.startswith(WORKPLACE) else None)


def _encoded(dumped: dict[str, list[Any]]) -> str:
    """As JSON text; points of one message have their samples in common, which are told once."""
    last: list[Any] = []
    for point in dumped.values():
        if point[0] == last:
            point[0] = None
        else:
            last = point[0]
    return msgspec.json.encode(dumped).decode()


def _told_apart(dumped: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """What `_encoded` told once, for each point."""
    last: list[Any] = []
    for point in dumped.values():
        if point[0] is None:
            point[0] = last
        else:
            last = point[0]
    return dumped
