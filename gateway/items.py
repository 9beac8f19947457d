"""What the recorder takes: a message, a reading, a tick, a condition, or a person's decision."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from agent.alarms.events import AlarmEvent

if TYPE_CHECKING:
    from agent.errors import HinobanError
    from gateway.modbus.poller import Reading
    from gateway.mqtt.inbox import Arrival


@dataclass(slots=True)
class Item:
    """Something to judge, in the order of its coming.

    Attributes:
        refused: The desk could not accept it; it is confirmed all the same, so that it does not
            come again for ever.
        urgent: Its commit is not to wait.
    """

    refused: bool = field(default=False, init=False)
    urgent: bool = field(default=False, init=False)

    def refuse(self, error: HinobanError) -> None:
        """The desk could not accept it."""
        self.refused = True

    def confirm(self) -> None:
        """It is on disk."""


@dataclass(slots=True)
class Message(Item):
    """A message from the broker; confirmed there once it is on disk."""

    arrival: Arrival
    acknowledge: Callable[[Arrival], None]

    def confirm(self) -> None:
        """Let the broker forget it."""
        self.acknowledge(self.arrival)


@dataclass(slots=True)
class Polled(Item):
    """A reading of a meter."""

    reading: Reading


@dataclass(slots=True)
class Tick(Item):
    """Time went on, which is all that silence needs; `mono_us` is monotonic time [µs]."""

    mono_us: int


@dataclass(slots=True)
class SystemCondition(Item):
    """A condition of the gateway itself, such as a sick journal, stands or is over."""

    condition: str
    source: str
    active: bool
    mono_us: int


@dataclass(slots=True)
class Decision(Item):
    """What a person decided about an alarm; `done` is resolved once that is on disk."""

    action: Literal["acknowledge", "reset"]
    alarm_id: str
    person: str
    comment: str | None
    mono_us: int
    done: asyncio.Future[list[AlarmEvent]]
    events: list[AlarmEvent] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.urgent = True

    def refuse(self, error: HinobanError) -> None:
        """Tell the person why not."""
        self.refused = True
        if not self.done.done():
            self.done.set_exception(error)

    def confirm(self) -> None:
        """Tell the person that it holds."""
        if not self.done.done():
            self.done.set_result(self.events)
