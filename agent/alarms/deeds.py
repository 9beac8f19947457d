"""Deed: what a person does with an alarm, whatever way it was told."""

from dataclasses import dataclass
from enum import StrEnum

from agent.alarms.engine import AlarmEngine
from agent.alarms.events import AlarmEvent
from agent.alarms.hiding import Hiding
from agent.alarms.instant import Instant
from agent.alarms.visibility import HideEvent


class Act(StrEnum):
    """What can be done."""

    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    TAKE_OUT = "take out of service"
    PUT_BACK = "return to service"
    TICK = "tick a step"
    UNTICK = "take back a tick"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that one person does.

    Args:
        act: What.
        target: The alarm's id; for times out of service also a point, board or store.
        person: Who, as signed in.
        comment: In that person's words; the reason, where one is needed.
        span_us: For how long, where it is for a time [µs].
        agrees: The person is the second one and agrees to what the first one asked for.
        step: Number of the step on the alarm's card, where it is about one.
    """

    act: Act
    target: str
    person: str
    comment: str | None = None
    span_us: int = 0
    agrees: bool = False
    step: int = 0


def carry_out(engine: AlarmEngine, deed: Deed, now: Instant) -> list[AlarmEvent]:
    """Do it.

    Args:
        engine: Holds the alarms.
        deed: What is to be done.
        now: When.

    Returns:
        What it changed; nothing where somebody was quicker.

    Raises:
        UnknownAlarmError: No such alarm or source can exist.
        NotAllowedError: It is not allowed now, or not to this person.
    """
    target, person, why = deed.target, deed.person, deed.comment
    match deed.act:
        case Act.ACKNOWLEDGE:
            return engine.acknowledge(target, person, why, now)
        case Act.RESET:
            return engine.reset(target, person, why, now)
        case Act.TICK | Act.UNTICK:
            done = deed.act is Act.TICK
            return engine.cards.tick(target, deed.step, person, why, now, done=done)
    return engine.followed(_hide(engine.hiding, deed, now), now)


def _hide(hiding: Hiding, deed: Deed, now: Instant) -> list[AlarmEvent]:
    target, person, why = deed.target, deed.person, deed.comment
    match deed.act:
        case Act.SHELVE if deed.agrees:
            return hiding.agree(HideEvent.SHELVED, target, person, now)
        case Act.SHELVE:
            return hiding.shelve(target, person, why or "", deed.span_us, now)
        case Act.UNSHELVE:
            return hiding.unshelve(target, person, why, now)
        case Act.TAKE_OUT if deed.agrees:
            return hiding.agree(HideEvent.OUT_OF_SERVICE, target, person, now)
        case Act.TAKE_OUT:
            return hiding.take_out(target, person, why or "", deed.span_us, now)
        case _:
            return hiding.put_back(target, person, why, now)
