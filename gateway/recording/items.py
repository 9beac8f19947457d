"""What the recorder takes: messages, readings, ticks, conditions, changes, people's decisions."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from agent.alarms.deeds import Deed
from agent.alarms.events import AlarmEvent
from agent.errors import NotAllowedError
from gateway.mqtt import wire

if TYPE_CHECKING:
    from gateway.modbus.poller import Reading
    from gateway.modbus.swap import Told
    from gateway.mqtt.inbox import Arrival
    from gateway.recording.heir import Heir
    from gateway.recording.rules import Rules


@dataclass(slots=True)
class Item:
    """Something to judge, in the order of its coming.

    Attributes:
        refused: The desk could not accept it, or not all of it; it is confirmed all the same, so
            that it does not come again for ever.
        spoilt: The journal could not hold what it gave.
        urgent: Its commit is not to wait.
    """

    refused: bool = field(default=False, init=False)
    spoilt: bool = field(default=False, init=False)
    urgent: bool = field(default=False, init=False)
    _told: set[tuple[str, str, int]] | None = field(default=None, init=False, repr=False)

    @property
    def is_settled(self) -> bool:
        """Whether it is not to be judged again, whatever the disk says."""
        return self.spoilt

    def refuse(self, error: Exception) -> None:
        """The desk could not accept it."""
        self.refused = True

    def spoil(self, site: str) -> None:
        """The journal can never hold what it gave."""
        self.refused = self.spoilt = True

    def untold(self, events: Sequence[AlarmEvent]) -> list[AlarmEvent]:
        """Those of its alarm events that were not told before; they count as told from now on.

        An item that is judged again, maybe by a corrected clock, gives the same edges.
        """
        if not events:
            return []
        if self._told is None:
            self._told = set()
        fresh = []
        seen: Counter[tuple[str, str]] = Counter()
        for event in events:
            edge = (event.alarm_id, event.edge)
            seen[edge] += 1
            if (*edge, seen[edge]) not in self._told:
                self._told.add((*edge, seen[edge]))
                fresh.append(event)
        return fresh

    def confirm(self) -> None:
        """It is on disk."""


@dataclass(slots=True)
class Message(Item):
    """A message from the broker; confirmed there once it is on disk."""

    arrival: Arrival
    acknowledge: Callable[[Arrival], None]
    read: wire.Message | None = field(default=None, init=False)

    @property
    def is_settled(self) -> bool:
        """What could not be read changed nothing and needs no second look."""
        return self.refused and self.read is None

    def spoil(self, site: str) -> None:
        """Book its place in the stream as lost, where that is known; else pass over it."""
        topic, payload = self.arrival.topic, self.arrival.payload
        self.refused = self.spoilt = True
        self.read = wire.salvage(topic, payload, site, "unwritable")

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
class Started(Item):
    """The gateway has started: what stands is to be told of; `mono_us` is monotonic time [µs]."""

    mono_us: int


@dataclass(slots=True)
class SystemCondition(Item):
    """A condition of the gateway itself, such as a sick journal, stands or is over."""

    condition: str
    source: str
    active: bool
    mono_us: int
    priority: str = "high"


@dataclass(slots=True)
class Change(Item):
    """The site's meters or alarms changed: what comes after it is judged by other rules.

    Args:
        before: The rules until now, for what must be judged again from an older state.
        after: The rules from now on.
        judged: Resolved once they hold.
        heir: An engine of theirs that took over most already; made at once where None.
    """

    before: Rules
    after: Rules
    judged: asyncio.Future[None]
    heir: Heir | None = None

    def __post_init__(self) -> None:
        self.urgent = True

    @property
    def is_settled(self) -> bool:
        """It takes part whenever anything is judged again."""
        return False

    def holds(self) -> None:
        """The rules are those of `after`."""
        if not self.judged.done():
            self.judged.set_result(None)

    def refuse(self, error: Exception) -> None:
        """The rules are those of `before`."""
        self.refused = True
        if not self.judged.done():
            self.judged.set_exception(error)


class Awaited(Item):
    """What a person asked for and waits to hear of: `done` is resolved once it is on disk."""

    __slots__ = ()
    done: asyncio.Future[Any]

    @property
    def subject(self) -> str:
        """What it is about, as the person named it."""
        raise NotImplementedError

    @property
    def answer(self) -> object:
        """What the person is told."""
        raise NotImplementedError

    @property
    def is_settled(self) -> bool:
        """A person who was told no is not to find it done."""
        return self.refused

    def refuse(self, error: Exception) -> None:
        """Tell the person why not."""
        self.refused = True
        if not self.done.done():
            self.done.set_exception(error)

    def spoil(self, site: str) -> None:
        """Tell the person that it cannot be kept."""
        self.spoilt = True
        self.refuse(NotAllowedError(f"{self.subject}: this cannot be written; use plain words"))

    def confirm(self) -> None:
        """Tell the person that it holds."""
        if not self.done.done():
            self.done.set_result(self.answer)


@dataclass(slots=True)
class Decision(Awaited):
    """What a person decided about an alarm."""

    deed: Deed
    mono_us: int
    done: asyncio.Future[list[AlarmEvent]]
    events: list[AlarmEvent] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.urgent = True

    @property
    def subject(self) -> str:
        """The alarm."""
        return self.deed.target

    @property
    def answer(self) -> list[AlarmEvent]:
        """What it changed."""
        return self.events


@dataclass(slots=True)
class Exchange(Awaited):
    """A person's word on the exchange of a meter: to come, taken back, or booked already.

    Attributes:
        points: The totalisers it concerned.
    """

    action: Literal["announce", "cancel", "amend"]
    meter: str
    told: Mapping[str, Told]
    person: str
    comment: str | None
    mono_us: int
    done: asyncio.Future[list[str]]
    points: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.urgent = True

    @property
    def subject(self) -> str:
        """The meter."""
        return self.meter

    @property
    def answer(self) -> list[str]:
        """The totalisers it concerned."""
        return self.points


@dataclass(slots=True)
class Order(Awaited):
    """A person's command to a board; it is sent once its number is on disk.

    Attributes:
        n: Its number.
    """

    board: str
    op: str
    args: Sequence[int | str | None]
    obeyed: int
    release: str | None
    person: str
    comment: str | None
    mono_us: int
    done: asyncio.Future[int]
    n: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.urgent = True

    @property
    def subject(self) -> str:
        """The board."""
        return self.board

    @property
    def answer(self) -> int:
        """Its number."""
        return self.n
