"""Process states of an alarm after ISA-18.2 / IEC 62682, as one table.

The table says what an event does to an alarm. What is *shown* (shelved, suppressed, out of
service) is no process state: it stands beside this table, so hiding an alarm cannot erase it.
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
    """What can happen to an alarm: two events come from the condition, two from a person."""

    RAISED = "raised"
    CLEARED = "cleared"
    ACKNOWLEDGED = "acknowledged"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Go:
    """The alarm moves on; a latching one to `latching`, where that differs."""

    state: State
    latching: State | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """Nothing changes and nothing is journalled."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The person is told why not, and what to do instead."""

    why: str


_NOTHING_TO_DO: Final = Refuse("it is normal: there is nothing to {event}")
_STILL_IN_ALARM: Final = Refuse("the condition is still in alarm; it can be reset once it returned")

TABLE: Final[Mapping[State, Mapping[Event, Go | Stay | Refuse]]] = {
    State.NORMAL: {
        Event.RAISED: Go(State.UNACKNOWLEDGED),
        Event.CLEARED: Stay(),
        Event.ACKNOWLEDGED: _NOTHING_TO_DO,
        Event.RESET: _NOTHING_TO_DO,
    },
    State.UNACKNOWLEDGED: {
        Event.RAISED: Stay(),
        Event.CLEARED: Go(State.RETURNED_UNACKNOWLEDGED, State.LATCHED_UNACKNOWLEDGED),
        Event.ACKNOWLEDGED: Go(State.ACKNOWLEDGED),
        Event.RESET: _STILL_IN_ALARM,
    },
    State.ACKNOWLEDGED: {
        Event.RAISED: Stay(),
        Event.CLEARED: Go(State.NORMAL, State.LATCHED_ACKNOWLEDGED),
        Event.ACKNOWLEDGED: Stay(),
        Event.RESET: _STILL_IN_ALARM,
    },
    State.RETURNED_UNACKNOWLEDGED: {
        Event.RAISED: Go(State.UNACKNOWLEDGED),
        Event.CLEARED: Stay(),
        Event.ACKNOWLEDGED: Go(State.NORMAL),
        Event.RESET: Refuse("it does not latch; acknowledge it and it is normal"),
    },
    State.LATCHED_UNACKNOWLEDGED: {
        Event.RAISED: Go(State.UNACKNOWLEDGED),
        Event.CLEARED: Stay(),
        Event.ACKNOWLEDGED: Go(State.LATCHED_ACKNOWLEDGED),
        Event.RESET: Refuse("it has not been acknowledged; acknowledge it first"),
    },
    State.LATCHED_ACKNOWLEDGED: {
        Event.RAISED: Go(State.UNACKNOWLEDGED),
        Event.CLEARED: Stay(),
        Event.ACKNOWLEDGED: Stay(),
        Event.RESET: Go(State.NORMAL),
    },
}
"""Every state × event cell."""

IN_ALARM: Final = frozenset({State.UNACKNOWLEDGED, State.ACKNOWLEDGED})
"""States in which the condition itself stands."""

UNSEEN: Final = frozenset(
    {State.UNACKNOWLEDGED, State.RETURNED_UNACKNOWLEDGED, State.LATCHED_UNACKNOWLEDGED}
)
"""States that wait for somebody to acknowledge."""


def after(state: State, event: Event, *, latching: bool) -> State | None:
    """The state an event leads to.

    Args:
        state: State before.
        event: What happened.
        latching: Whether the alarm waits for a named reset after it returned.

    Returns:
        The new state, or None if nothing changes.

    Raises:
        NotAllowedError: A person asked for something this state does not allow.
    """
    match TABLE[state][event]:
        case Go(then, latched):
            return latched if latching and latched is not None else then
        case Stay():
            return None
        case Refuse(why):
            verb = {Event.ACKNOWLEDGED: "acknowledge"}.get(event, str(event))
            raise NotAllowedError(why.format(event=verb))


def diagram() -> str:
    """The table as a Mermaid state diagram, for the documentation."""
    lines = ["stateDiagram-v2", "    [*] --> normal"]
    for state, row in TABLE.items():
        for event, cell in row.items():
            if not isinstance(cell, Go):
                continue
            if cell.latching is None:
                lines.append(f"    {state} --> {cell.state}: {event}")
            else:
                lines += [
                    f"    {state} --> {cell.state}: {event}, not latching",
                    f"    {state} --> {cell.latching}: {event}, latching",
                ]
    return "\n".join(lines)
