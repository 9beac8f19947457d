"""Flood: more alarms than a person can take in, and the order that helps then."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from agent.alarms.conditions import Klass, Priority
from agent.alarms.elapsed import Elapsed
from agent.alarms.events import AlarmEvent
from agent.alarms.instant import Instant
from agent.alarms.standing import AlarmView
from agent.alarms.visibility import Visibility

_TELLING: Final = frozenset({"raised", "realarmed"})
_SECOND_US: Final = 1_000_000
_SAVE_EACH_US: Final = 60_000_000
_FIRST: Final = {str(klass): n for n, klass in enumerate((Klass.PEOPLE, Klass.FIRE, Klass.GAS))}
_PRIORITIES: Final = {str(priority): rank for rank, priority in enumerate(Priority)}


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """When a flood is one; the numbers are those of the table of key figures.

    Args:
        window_us: Over which alarms are counted [µs].
        starts_above: With more than so many in the window it begins.
        ends_below: With fewer than so many it ends.
    """

    window_us: int
    starts_above: int
    ends_below: int


NEVER: Final = FloodLimits(1, 2**63 - 1, 0)
"""Where nobody counts."""


@dataclass(frozen=True, slots=True)
class FloodView:
    """How many alarms people are told of.

    Args:
        stands: Whether there is a flood.
        since_us: Since when, UTC [µs].
        count: Alarms told in the last window.
        window_us: That window [µs].
        starts_above: With more than so many a flood begins.
        ends_below: With fewer than so many it ends.
    """

    stands: bool
    since_us: int | None
    count: int
    window_us: int
    starts_above: int
    ends_below: int

    def as_dict(self) -> dict[str, Any]:
        """The view as JSON-ready fields."""
        return asdict(self)


class Flood:
    """How often people are told of an alarm, on elapsed time.

    Args:
        limits: When it is a flood.
    """

    def __init__(self, limits: FloodLimits) -> None:
        self._limits = limits
        self._start()

    def _start(self) -> None:
        self._elapsed = Elapsed(_SAVE_EACH_US)
        self._seconds: dict[int, int] = {}  # elapsed second -> alarms told in it
        self._since_us: int | None = None
        self._changed = False

    def take(self, events: Iterable[AlarmEvent], now: Instant) -> None:
        """Count what is told; nothing is held back by it."""
        told = sum(e.edge in _TELLING and e.visibility == Visibility.SHOWN for e in events)
        if told:
            second = self._elapsed.elapsed_us(now) // _SECOND_US
            self._seconds[second] = self._seconds.get(second, 0) + told
            self._changed = True
        self._judge(now)

    def on_tick(self, now: Instant) -> None:
        """Time went on: it may be over."""
        if self._seconds:
            self._judge(now)

    def _judge(self, now: Instant) -> None:
        first = (self._elapsed.elapsed_us(now) - self._limits.window_us) // _SECOND_US
        for second in [second for second in self._seconds if second <= first]:
            del self._seconds[second]
            self._changed = True
        count = self._count()
        if self._since_us is None and count > self._limits.starts_above:
            self._since_us, self._changed = now.utc_us, True
        elif self._since_us is not None and count < self._limits.ends_below:
            self._since_us, self._changed = None, True

    def _count(self) -> int:
        return sum(self._seconds.values())

    @property
    def stands(self) -> bool:
        """Whether there is a flood."""
        return self._since_us is not None

    def view(self) -> FloodView:
        """How it stands."""
        return FloodView(self.stands, self._since_us, self._count(), **asdict(self._limits))

    def restore(self, rows: dict[str, str]) -> None:
        """Take over key -> JSON text, in place of everything held."""
        self._start()
        for text in rows.values():
            self._since_us, seconds, elapsed = json.loads(text)
            self._seconds = dict(seconds)
            self._elapsed.load(elapsed)

    def touch(self) -> None:
        """Everything counts as changed."""
        self._changed = True

    def dirty(self) -> dict[str, str | None]:
        """Key -> JSON text of what changed since the last call."""
        if not self._changed:
            return {}
        self._changed = False
        seconds = list(self._seconds.items())
        return {"": json.dumps([self._since_us, seconds, self._elapsed.dump()])}


def in_flood_order(alarms: Sequence[AlarmView]) -> list[AlarmView]:
    """People, fire and gas first; within a class what belongs together side by side.

    Args:
        alarms: Everything that is not normal; nothing is left out.
    """
    heads = [alarm.group or alarm.alarm_id for alarm in alarms]
    worst: dict[str, tuple[int, int]] = {}
    for alarm, head in zip(alarms, heads, strict=True):
        rank = (_PRIORITIES[alarm.priority], alarm.raised_us)
        worst[head] = min(worst.get(head, rank), rank)
    return [
        alarm
        for _, alarm in sorted(
            zip(heads, alarms, strict=True),
            key=lambda one: (
                _FIRST.get(one[1].klass, len(_FIRST)),
                worst[one[0]],
                one[0],
                _PRIORITIES[one[1].priority],
                one[1].raised_us,
                one[1].alarm_id,
            ),
        )
    ]
