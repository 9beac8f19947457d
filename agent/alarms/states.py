"""Process states of an alarm after ISA-18.2 / IEC 62682, as one table.

The table says what an event does to an alarm. What is *shown* (shelved, suppressed, out of
service) is no process state: it stands beside it, in `visibility.py`, so hiding an alarm cannot
erase it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agent.errors import NotAllowedError


class State(StrEnum):
    """Where an alarm is between its cause and the operator."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED_UNACKNOWLEDGED = "returned_unacknowledged"
    LATCHED_UNACKNOWLEDGED = "latched_unacknowledged"
    LATCHED_ACKNOWLEDGED = "latched_acknowledged"


class Event(StrEnum):
    """What can happen to an alarm: from its condition, from a person, or because it stood long."""

    RAISED = "raised"
    CLEARED = "cleared"
    ACKNOWLEDGED = "acknowledged"
    RESET = "reset"
    REALARMED = "realarmed"


@dataclass(frozen=True, slots=True)
class Go:
    """The alarm moves on.

    Args:
        state: Where to.
        latching: Where to if it latches and that differs.
        untold: Where to if it rose while it was suppressed by design, was never shown and does
            not latch, and that differs: what people have to see is the cause.
    """

    state: State
    latching: State | None = None
    untold: State | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """Nothing changes and nothing is journalled."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The person is told why not, and what to do instead."""

    why: str


VERBS: Final = {Event.ACKNOWLEDGED: "acknowledge"}
"""What a person asks for, where that is another word than the event."""

_NOTHING_TO_DO: Final = Refuse("it is normal: there is nothing to {event}")
_STILL_IN_ALARM: Final = Refuse("the condition is still in alarm; it can be reset once it returned")

TABLE: Final[Mapping[State, Mapping[Event, Go | Stay | Refuse]]] = {
    State.NORMAL: {
        Event.RAISED: Go(State.UNACKNOWLEDGED),
        Event.CLEARED: Stay(),
        Event.ACKNOWLEDGED: _NOTHING_TO_DO,
        Event.RESET: _NOTHING_TO_DO,
        Event.REALARMED: Stay(),
    },
    State.UNACKNOWLEDGED: {
        Event.RAISED: Stay(),
        Event.CLEARED: Go(
            State.RETURNED_UNACKNOWLEDGED,
            latching=State.LATCHED_UNACKNOWLEDGED,
            untold=State.NORMAL,
        ),
        Event.ACKNOWLEDGED: Go(State.ACKNOWLEDGED),
        Event.RESET: _STILL_IN_ALARM,
        Event.REALARMED: Stay(),
    },
    State.ACKNOWLEDGED: {
        Event.RAISED: Stay(),
        Event.CLEARED: Go(State.NORMAL, latching=State.LATCHED_ACKNOWLEDGED),
        Event.ACKNOWLEDGED: Stay(),
        Event.RESET: _STILL_IN_ALARM,
        Event.REALARMED: Go(State.UNACKNOWLEDGED),
    },
    State.RETURNED_UNACKNOWLEDGED: {
        Event.RAISED: Go(State.UNACKNOWLEDGED),
        Event.CLEARED: Stay(),
        Event.ACKNOWLEDGED: Go(State.NORMAL),
        Event.RESET: Refuse("it does not latch; acknowledge it and it is normal"),
        Event.REALARMED: Stay(),
    },
    State.LATCHED_UNACKNOWLEDGED: {
        Event.RAISED: Go(State.UNACKNOWLEDGED),
        Event.CLEARED: Stay(),
        Event.ACKNOWLEDGED: Go(State.LATCHED_ACKNOWLEDGED),
        Event.RESET: Refuse("it has not been acknowledged; acknowledge it first"),
        Event.REALARMED: Stay(),
    },
    State.LATCHED_ACKNOWLEDGED: {
        Event.RAISED: Go(State.UNACKNOWLEDGED),
        Event.CLEARED: Stay(),
        Event.ACKNOWLEDGED: Stay(),
        Event.RESET: Go(State.NORMAL),
        Event.REALARMED: Stay(),
    },
}
"""Every state × event cell."""

IN_ALARM: Final = frozenset({State.UNACKNOWLEDGED, State.ACKNOWLEDGED})
"""States in which the condition itself stands."""

UNSEEN: Final = frozenset(
    {State.UNACKNOWLEDGED, State.RETURNED_UNACKNOWLEDGED, State.LATCHED_UNACKNOWLEDGED}
)
"""States that wait for somebody to acknowledge."""


def after(state: State, event: Event, *, latching: bool, untold: bool = False) -> State | None:
    """The state an event leads to.

    Args:
        state: State before.
        event: What happened.
        latching: Whether the alarm waits for a named reset after it returned.
        untold: Whether it rose while it was suppressed by design and was never shown since.

    Returns:
        The new state, or None if nothing changes.

    Raises:
        NotAllowedError: A person asked for something this state does not allow.
    """
    match TABLE[state][event]:
        case Go() as go:
            if latching and go.latching is not None:
                return go.latching
            return go.untold if untold and not latching and go.untold is not None else go.state
        case Stay():
            return None
        case Refuse(why):
            raise NotAllowedError(why.format(event=VERBS.get(event, str(event))))


def diagram() -> str:
    """The table as a Mermaid state diagram, for the documentation."""
    lines = ["stateDiagram-v2", "    [*] --> normal"]
    for state, row in TABLE.items():
        for event, cell in row.items():
            if not isinstance(cell, Go):
                continue
            ways = {"not latching": cell.state, "latching": cell.latching}
            if cell.latching is None:
                ways = {"": cell.state}
            ways["never shown, not latching"] = cell.untold
            for when, then in ways.items():
                if then is not None:
                    words = f"{event}, {when}" if when else str(event)
                    lines.append(f"    {state} --> {then}: {words}")
    return "\n".join(lines)
