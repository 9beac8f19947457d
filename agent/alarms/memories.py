"""Memories: what a condition has to remember of samples before it can judge the next one."""

import json
from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

from agent.alarms.conditions import Condition, Kind, While
from agent.samples import Quality, Sample

UNSYNCED: Final = "clock_unsynced"
_KEPT_TURNS: Final = 64  # of a guard, so that a late sample is judged by its own time


class Guard:
    """When the point of a `While` was at its value, as far as that is known.

    Args:
        during: What it is about.
    """

    def __init__(self, during: While) -> None:
        self.point = during.point
        self._at_least = during.at_least
        self._turns: list[tuple[int, bool | None]] = []  # from when on, and how it stood then
        self._unsynced = False  # the last of them was timed by a wrong clock
        self.changed = False

    def note(self, sample: Sample) -> None:
        """A sample of the guard's point; one that is late tells of its own instant only."""
        t_us, stood = sample.t_us, self._stood(sample)
        turns, unsynced = self._turns, sample.reason == UNSYNCED
        if self._unsynced and not unsynced:
            turns.clear()  # nobody knows when they were
        if self._unsynced != unsynced:
            self._unsynced, self.changed = unsynced, True
        at = bisect_right(turns, t_us, key=_when)
        before = turns[at - 1] if at else None
        if before is not None and before[1] == stood:
            return
        late = at < len(turns)
        if before is not None and before[0] == t_us:
            turns[at - 1] = (t_us, stood)
        elif before is not None and late:
            turns[at:at] = [(t_us, stood), (t_us + 1, before[1])]
        else:
            turns.insert(at, (t_us, stood))
        del turns[:-_KEPT_TURNS]
        self.changed = True

    def _stood(self, sample: Sample) -> bool | None:
        if sample.reason == "over_range":
            return True
        if sample.value is None or sample.quality is Quality.BAD:
            return None
        return sample.value >= self._at_least

    def counts(self, t_us: int) -> bool:
        """Whether the condition counts at a time [µs]: it does unless the guard was known low."""
        at = bisect_right(self._turns, t_us, key=_when)
        return not at or self._turns[at - 1][1] is not False

    def dump(self) -> str:
        """As JSON text."""
        return json.dumps([self._unsynced, self._turns], separators=(",", ":"))

    def load(self, text: str) -> None:
        """Take over what `dump` gave."""
        self._unsynced, turns = json.loads(text)
        self._turns = [(*turn,) for turn in turns]


class Counts:
    """Where the counts of a condition's points rose last.

    Args:
        least: The rise that counts as one, in the points' unit.
    """

    def __init__(self, least: float) -> None:
        self._least = least
        # Point -> when, to what, and whether that was timed by a wrong clock.
        self._rose: dict[str, tuple[int, float, bool]] = {}
        self.changed = False

    def rose(self, sample: Sample) -> bool | None:
        """Whether a count rose with this sample; None where that cannot be told.

        A count that fell was reset or exchanged: that is no standstill either.
        """
        t_us, value = sample.t_us, sample.value
        if value is None:
            return None
        known = self._rose.get(sample.point)
        unsynced = sample.reason == UNSYNCED
        if known is None or (known[2] and not unsynced):
            self._keep(sample.point, t_us, value, unsynced)
            return None
        if t_us <= known[0]:
            return None
        if abs(value - known[1]) <= self._least:
            return False
        self._keep(sample.point, t_us, value, unsynced)
        return True

    def _keep(self, point: str, t_us: int, value: float, unsynced: bool) -> None:
        self._rose[point] = (t_us, value, unsynced)
        self.changed = True

    def dump(self) -> str:
        """As JSON text."""
        return json.dumps(self._rose, separators=(",", ":"))

    def load(self, text: str) -> None:
        """Take over what `dump` gave."""
        self._rose = {point: (*known,) for point, known in json.loads(text).items()}


class Memories:
    """The guards and counts of all conditions, and which point feeds which guard.

    Args:
        conditions: The conditions over points.
    """

    def __init__(self, conditions: Iterable[Condition]) -> None:
        self._of: dict[str, Guard | Counts] = {}
        self.guards: dict[str, list[Guard]] = {}
        for one in conditions:
            if one.during is not None:
                guard = self._of[f"while|{one.id}"] = Guard(one.during)
                self.guards.setdefault(guard.point, []).append(guard)
            if one.kind is Kind.STILL:
                self._of[f"still|{one.id}"] = Counts(one.deadband)

    def guard(self, condition_id: str) -> Guard | None:
        """The guard of a condition, if it has one."""
        found = self._of.get(f"while|{condition_id}")
        return found if isinstance(found, Guard) else None

    def counts(self, condition_id: str) -> Counts | None:
        """The counts of a condition, if it is about any."""
        found = self._of.get(f"still|{condition_id}")
        return found if isinstance(found, Counts) else None

    def restore(self, rows: dict[str, str]) -> None:
        """Take over key -> JSON text, in place of everything held."""
        for key, memory in self._of.items():
            memory.load(rows.get(key, "[false,[]]" if isinstance(memory, Guard) else "{}"))
            memory.changed = False

    def touch(self) -> None:
        """Everything counts as changed."""
        for memory in self._of.values():
            memory.changed = True

    def dirty(self) -> dict[str, str | None]:
        """Key -> JSON text of what changed since the last call."""
        rows: dict[str, str | None] = {}
        for key, memory in self._of.items():
            if memory.changed:
                memory.changed = False
                rows[key] = memory.dump()
        return rows


def _when(turn: tuple[int, bool | None]) -> int:
    return turn[0]
