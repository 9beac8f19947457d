"""What the desk gives: of one item, and towards the boards."""

from dataclasses import dataclass

import msgspec

from agent.alarms.events import AlarmEvent
from gateway.historian.rows import Batch, Booking, Deed, Heard


@dataclass(frozen=True, slots=True)
class Ack:
    """What a board may free once the commit is on disk: everything of `stream` up to `seq`."""

    board: str
    stream: str
    seq: int


class Outcome(msgspec.Struct):
    """What one item gave."""

    batches: list[Batch] = msgspec.field(default_factory=list)
    bookings: list[Booking] = msgspec.field(default_factory=list)
    alarm_events: list[AlarmEvent] = msgspec.field(default_factory=list)
    ticks_us: list[int] = msgspec.field(default_factory=list)
    heard: list[Heard] = msgspec.field(default_factory=list)
    deeds: list[Deed] = msgspec.field(default_factory=list)
