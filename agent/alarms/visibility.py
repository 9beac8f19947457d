"""Visibility: whether an alarm is shown; never a process state, so hiding cannot erase anything.

Three things can hide an alarm, each on its own and at the same time: a shelf, a cause that
suppresses it by design, and being out of service. The strongest of them is its visibility. Below
all of them the condition goes on being judged, and what it does is journalled.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agent.alarms.conditions import Klass
from agent.alarms.states import VERBS, Event, Refuse, Stay
from agent.errors import NotAllowedError


class Visibility(StrEnum):
    """Whether an alarm is shown, and if not, why: the first that applies, in this order."""

    OUT_OF_SERVICE = "out_of_service"
    SUPPRESSED = "suppressed"
    SHELVED = "shelved"
    SHOWN = "shown"


class Actor(StrEnum):
    """Who makes an event happen."""

    PERSON = "person"
    TIME = "time"
    CAUSE = "cause"


class HideEvent(StrEnum):
    """What can happen to what hides an alarm; these are edges of the journal too."""

    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    SHELF_EXPIRED = "shelf_expired"
    SUPPRESSED = "suppressed"
    UNSUPPRESSED = "unsuppressed"
    OUT_OF_SERVICE = "out_of_service"
    RETURNED_TO_SERVICE = "returned_to_service"


@dataclass(frozen=True, slots=True)
class Begin:
    """The alarm is hidden; where it was already, anew."""


@dataclass(frozen=True, slots=True)
class End:
    """The alarm is not hidden by this any more."""


@dataclass(frozen=True, slots=True)
class Hiding:
    """What an event does.

    Args:
        by: What begins or ends to hide the alarm.
        actor: Who makes it happen.
        absent: What happens where that does not hide it yet.
        present: What happens where it does.
    """

    by: Visibility
    actor: Actor
    absent: Begin | End | Stay | Refuse
    present: Begin | End | Stay | Refuse


HIDINGS: Final[Mapping[HideEvent, Hiding]] = {
    HideEvent.SHELVED: Hiding(Visibility.SHELVED, Actor.PERSON, Begin(), Begin()),
    HideEvent.UNSHELVED: Hiding(
        Visibility.SHELVED, Actor.PERSON, Refuse("it is not shelved; reload the list"), End()
    ),
    HideEvent.SHELF_EXPIRED: Hiding(Visibility.SHELVED, Actor.TIME, Stay(), End()),
    HideEvent.SUPPRESSED: Hiding(Visibility.SUPPRESSED, Actor.CAUSE, Begin(), Stay()),
    HideEvent.UNSUPPRESSED: Hiding(Visibility.SUPPRESSED, Actor.CAUSE, Stay(), End()),
    HideEvent.OUT_OF_SERVICE: Hiding(Visibility.OUT_OF_SERVICE, Actor.PERSON, Begin(), Begin()),
    HideEvent.RETURNED_TO_SERVICE: Hiding(
        Visibility.OUT_OF_SERVICE, Actor.PERSON, Refuse("it is in service; reload the list"), End()
    ),
}
"""Every event on each of the three things that hide an alarm."""

_SHELVED: Final = Refuse("it is shelved; unshelve it first, so that you {event} what is shown")
_OUT: Final = Refuse("it is out of service; return it first, so that you {event} what is shown")

HANDS_OFF: Final[Mapping[Visibility, Refuse | None]] = {
    Visibility.OUT_OF_SERVICE: _OUT,
    Visibility.SUPPRESSED: None,  # it is shown under its cause
    Visibility.SHELVED: _SHELVED,
    Visibility.SHOWN: None,
}
"""Why a person may not acknowledge or reset an alarm that is not shown."""

NEVER_SUPPRESSED: Final = frozenset({Klass.FIRE, Klass.GAS, Klass.PEOPLE})
"""Classes that no cause hides, and no source out of service, whatever the configuration says."""

OVER_RANGE: Final = "over_range"
"""Reason of an alarm that they do not hide either."""


def strongest(hidden: Set[Visibility]) -> Visibility:
    """What a person is told of an alarm that several things hide."""
    return next((one for one in Visibility if one in hidden), Visibility.SHOWN)


def hidden_after(hidden: Set[Visibility], event: HideEvent) -> frozenset[Visibility] | None:
    """What hides an alarm after an event.

    Args:
        hidden: What hid it before.
        event: What happened.

    Returns:
        What hides it now, or None if nothing changes.

    Raises:
        NotAllowedError: A person asked for something that is not so.
    """
    hiding = HIDINGS[event]
    match hiding.present if hiding.by in hidden else hiding.absent:
        case Begin():
            return frozenset(hidden) | {hiding.by}
        case End():
            return frozenset(hidden) - {hiding.by}
        case Stay():
            return None
        case Refuse(why):
            raise NotAllowedError(why)


def check_hands(visibility: Visibility, event: Event) -> None:
    """Let a person acknowledge or reset only what is shown.

    Raises:
        NotAllowedError: It is hidden.
    """
    refused = HANDS_OFF[visibility]
    if refused is not None:
        raise NotAllowedError(refused.why.format(event=VERBS.get(event, str(event))))


def may_suppress(klass: str, reason: str | None) -> bool:
    """Whether an alarm may be hidden by a cause, or with its source.

    Args:
        klass: What the alarm is about.
        reason: Reason word of the sample that raised it, if any.
    """
    return klass not in NEVER_SUPPRESSED and reason != OVER_RANGE


def visibility_diagram() -> str:
    """The table as a Mermaid state diagram, for the documentation."""
    lines = ["stateDiagram-v2", "    [*] --> shown"]
    for event, hiding in HIDINGS.items():
        arrows = {Begin: f"shown --> {hiding.by}", End: f"{hiding.by} --> shown"}
        lines += [
            f"    {arrow}: {event} ({hiding.actor})"
            for kind, arrow in arrows.items()
            if kind in {type(hiding.absent), type(hiding.present)}
        ]
    return "\n".join(lines)
