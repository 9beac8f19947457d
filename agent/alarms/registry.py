"""Registry: every point met so far, found fast and stored by groups."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.alarms.points import PointJudge
from agent.alarms.stores import store_of
from agent.alarms.tracks import Rule


@dataclass(slots=True)
class Group:
    """Points that share a stored row, because one message usually carries them all."""

    name: str
    points: dict[str, PointJudge] = field(default_factory=dict)
    changed: bool = False


class Registry:
    """Points, their conditions (found once) and their stored rows.

    A point that no condition covers and no store holds is only remembered by name.

    Args:
        rules: The conditions over points.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self.points: dict[str, tuple[PointJudge, Group]] = {}
        self._groups: dict[str, Group] = {}
        self._stores: dict[str, list[PointJudge]] = {}
        self._touched: list[Group] = []
        self.unwatched: set[str] = set()

    def meet(self, point: str) -> tuple[PointJudge, Group]:
        """A point seen for the first time: which conditions cover it is found now, once."""
        judge = PointJudge(point, [r for r in self._rules if r.condition.covers(point)])
        name, _, value = point.rpartition(".")
        group = self._groups.setdefault(name, Group(name))
        group.points[value] = judge
        store = store_of(point)
        if store is not None:
            self._stores.setdefault(store, []).append(judge)
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
        """Everything counts as changed."""
        for group in self._groups.values():
            self.changed(group)

    def of_store(self, store: str) -> Sequence[PointJudge]:
        """The points of one store."""
        return self._stores.get(store, ())

    def restore(self, rows: dict[str, str]) -> None:
        """Take over group -> JSON text, in place of everything held."""
        self.points, self._groups, self._stores, self._touched = {}, {}, {}, []
        self.unwatched = set()
        for name, text in rows.items():
            for value, dumped in json.loads(text).items():
                judge, _ = self.meet(f"{name}.{value}" if name else value)
                judge.load(dumped)

    def dirty(self) -> dict[str, str | None]:
        """Group -> JSON text of what changed since the last call."""
        rows: dict[str, str | None] = {}
        for group in self._touched:
            group.changed = False
            dumped = {value: judge.dump() for value, judge in group.points.items()}
            rows[group.name] = json.dumps(dumped, separators=(",", ":"))
        self._touched.clear()
        return rows
