"""StoreStatus: how one container or silo stands, never better than what is known."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from agent.alarms.conditions import Klass
from agent.alarms.silence import Watch
from agent.alarms.standing import Alarm
from agent.alarms.states import IN_ALARM

_ORDER: Final = {str(klass): rank for rank, klass in enumerate(Klass)}
_UNHEARD: Final = frozenset({"silence", "last_gasp"})
_QUIET: Final = frozenset({str(Klass.ADVISORY), str(Klass.FAULT), str(Klass.SYSTEM)})


class Standing(StrEnum):
    """One word for a store, from worst to best."""

    ALARM = "alarm"
    """A fire, gas, people or process condition stands."""
    RETURNED = "returned"
    """It stood; somebody still has to acknowledge or reset it."""
    UNKNOWN = "unknown"
    """No board, not heard yet, silent, or a value missing: never shown green."""
    ADVISORY = "advisory"
    """An advisory stands."""
    NORMAL = "normal"
    """Everything is known and nothing stands."""


class _Judged(Protocol):
    @property
    def known(self) -> bool: ...
    @property
    def last_us(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """How one store stands.

    Args:
        store: Its id.
        standing: The one word for it.
        known: Whether all it should tell is known; False even while it is in alarm.
        klass: Worst class among its alarms, if any.
        alarms: Ids of its alarms that are not normal, worst first.
        last_us: Capture time of its newest sample, UTC [µs].
    """

    store: str
    standing: Standing
    known: bool
    klass: str | None
    alarms: tuple[str, ...]
    last_us: int | None

    def as_dict(self) -> dict[str, Any]:
        """The status as JSON-ready fields."""
        return {**asdict(self), "standing": str(self.standing)}


def store_of(point: str) -> str | None:
    """The store a point belongs to: ``yard.<store>.<value>``, else None."""
    parts = point.split(".")
    return parts[1] if len(parts) == 3 and parts[0] == "yard" else None


def status_of(
    store: str,
    points: Iterable[_Judged],
    watches: Iterable[Watch],
    alarms: Iterable[Alarm],
    late_us: int,
    *,
    doubted: bool = False,
    missing: bool = False,
) -> StoreStatus:
    """Put a store's points, boards and alarms together.

    Args:
        store: Its id.
        points: Its points that have been seen.
        watches: The boards that owe reports on it.
        alarms: Its alarms that are not normal.
        late_us: A value so much older than its boards' last word is not known any more [µs].
        doubted: A path to it has failed, and it was not heard since.
        missing: A value that its board owes has never been told.
    """
    points, watches = list(points), list(watches)
    own = sorted(alarms, key=lambda a: (_ORDER[a.klass], a.id))
    silent = any(a.guidance in _UNHEARD and a.state in IN_ALARM for a in own)
    words_us = [w.heard_us for w in watches if w.heard_us is not None]
    heard = bool(watches) and len(words_us) == len(watches)
    heard = heard and not doubted and not silent and not missing
    times = [p.last_us for p in points if p.last_us is not None]
    # A board may be heard and not tell a value any more, or only what it held back for days.
    old = any(last_us < max(words_us, default=0) - late_us for last_us in times)
    known = heard and bool(points) and not old and all(p.known for p in points)
    return StoreStatus(
        store=store,
        standing=_standing(own, known=known),
        known=known,
        klass=own[0].klass if own else None,
        alarms=tuple(a.id for a in own),
        last_us=max(times, default=None),
    )


def _standing(own: list[Alarm], *, known: bool) -> Standing:
    loud = [a for a in own if a.klass not in _QUIET]
    if any(a.state in IN_ALARM for a in loud):
        return Standing.ALARM
    if loud:
        return Standing.RETURNED
    if not known:
        return Standing.UNKNOWN
    if any(a.klass == Klass.ADVISORY and a.state in IN_ALARM for a in own):
        return Standing.ADVISORY
    return Standing.NORMAL
