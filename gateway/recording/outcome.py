"""What the desk gives: of one item, and towards the boards."""

from dataclasses import dataclass
from typing import Self

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

    def take(self, other: Self) -> None:
        """Append what another item gave; of most items that is batches and bookings only."""
        self.batches += other.batches
        self.bookings += other.bookings
        if other.alarm_events:
            self.alarm_events += other.alarm_events
        if other.ticks_us:
            self.ticks_us += other.ticks_us
        if other.heard:
            self.heard += other.heard
        if other.deeds:
            self.deeds += other.deeds
