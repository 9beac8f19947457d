"""Bus: the devices behind one connection, and all that was asked of them."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from simulators.fieldbus.device import Device
from simulators.fieldbus.faults import FAULTS, GLITCHES, LIES, Exchange, Part, Send, Wait, good
from simulators.fieldbus.frames import Asked, Framing
from simulators.fieldbus.schedule import Episode, Schedule
from simulators.modbus import READS, TARGET_SILENT, Requests, refusal

_REMEMBERED: Final = 6
"""Replies that a confused gateway may send once more."""

_APART_S: Final = 5.0
"""Least time between two glitches of a unit [s]."""


_ROUND_S: Final = 10.0
"""A zero this long before a totaliser rolls over is a roll-over for whoever reads it [s]."""


@dataclass(frozen=True, slots=True)
class Excuse:
    """A request to which no master can know that the answer was wrong.

    Args:
        unit: Who was asked.
        from_s: When [s].
        to_s: When the wrong answer was on the wire [s].
        why: "lie", a gauge's wrong value in its range and rate; "rollover", a glitch zero of a
            totaliser that was about to show 0 anyway; or "duplicate", an old reply of equal form
            within the reply window of a serial line.
        asked: The request.
    """

    unit: int
    from_s: float
    to_s: float
    why: str
    asked: Asked


class Bus:
    """Some slaves, and what goes wrong between them and their master.

    Args:
        devices: The slaves, each with a unit number of its own.
        now_s: Time by which truth and schedule run [s].
        schedule: What goes wrong.
        requests: Counts what is asked.
        reply_s: Shortest and longest time that a healthy device takes to answer [s].
    """

    def __init__(
        self,
        devices: Sequence[Device],
        now_s: Callable[[], float],
        schedule: Schedule | None = None,
        requests: Requests | None = None,
        reply_s: tuple[float, float] = (0.002, 0.02),
    ) -> None:
        self.devices = {device.unit: device for device in devices}
        self.now_s = now_s
        self.schedule = schedule or Schedule()
        self.requests = requests or Requests(None, "fieldbus")
        self.asked: list[Asked] = []
        self.excused: list[Excuse] = []
        self.struck: list[tuple[Asked, str]] = []
        self._reply_s = reply_s
        self._glitched_s: dict[int, float] = {}
        self._doubtful: dict[int, set[tuple[int, int]]] = {}

    @property
    def writes_seen(self) -> int:
        """Requests that were no reads."""
        return self.requests.writes_seen

    def hear(self, transaction: int, unit: int, pdu: bytes) -> Asked:
        """Write down a request."""
        asked = Asked(self.now_s(), len(self.asked), transaction, unit, pdu)
        self.asked.append(asked)
        self.requests.count(asked.function)
        return asked

    def answer(self, asked: Asked, framing: Framing, earlier: Sequence[Send]) -> list[Part]:
        """What happens to a request."""
        device = self.devices.get(asked.unit)
        if device is None:
            if framing.serial:
                return []
            pdu = refusal(asked.function, TARGET_SILENT)
            return [Send(framing.frame(asked.transaction, asked.unit, pdu), asked)]
        dice = self.schedule.dice
        wait_s = dice.uniform(*self._reply_s)
        episode = self.schedule.strikes(asked.t_s, asked.unit)
        if episode is None or asked.function not in READS or self._is_too_soon(asked, episode):
            self._doubtful.get(asked.unit, set()).difference_update(_places(asked))
            return good(Exchange(asked, device, framing, earlier, dice, wait_s))
        self.struck.append((asked, episode.fault))
        exchange = Exchange(asked, device, framing, earlier, dice, wait_s, episode.options)
        parts = FAULTS[episode.fault](exchange)
        if (why := _excuse(asked, device, episode)) is not None:
            to_s = asked.t_s + sum(part.seconds for part in parts if isinstance(part, Wait))
            self.excused.append(Excuse(asked.unit, asked.t_s, to_s, why, asked))
        return parts

    def _is_too_soon(self, asked: Asked, episode: Episode) -> bool:
        """Whether a glitch would be no glitch: what it showed before was not read well since."""
        if episode.fault not in GLITCHES:
            return False
        since_s = asked.t_s - self._glitched_s.get(asked.unit, -_APART_S)
        if since_s < _APART_S or self._doubtful.get(asked.unit):
            return True
        self._glitched_s[asked.unit] = asked.t_s
        self._doubtful[asked.unit] = _places(asked)
        return False


def _excuse(asked: Asked, device: Device, episode: Episode) -> str | None:
    if episode.fault in LIES:
        return "lie"
    rounds = device.nearly_round(READS[asked.function], asked.t_s, _ROUND_S)
    return "rollover" if episode.fault == "zeros" and rounds else None


def _places(asked: Asked) -> set[tuple[int, int]]:
    return {(asked.function, asked.address + n) for n in range(max(asked.count, 0))}


class Conversation:
    """What was said on one connection, to know which reply may be taken for another.

    Args:
        bus: Whose connection it is.
        framing: How frames are wrapped on it.
    """

    def __init__(self, bus: Bus, framing: Framing) -> None:
        self.earlier: deque[Send] = deque(maxlen=_REMEMBERED)
        self._bus = bus
        self._framing = framing
        self._open: Asked | None = None
        self._confused: set[int] = set()

    def heard(self, asked: Asked) -> None:
        """A request came: from now on its reply is awaited."""
        self._open = asked

    def said(self, send: Send) -> None:
        """Bytes are about to go out; find out whether they can be mistaken."""
        origin, awaited = send.origin, self._open
        if origin is None:
            return
        if awaited is not None and origin.number == awaited.number:
            self._open = None
        elif awaited is not None and self._framing.serial and _alike(origin, awaited):
            # The master takes this for its answer, and then the true one for the next.
            if send.again or origin.number in self._confused:
                self._confused.add(awaited.number)
                self._bus.excused.append(
                    Excuse(awaited.unit, awaited.t_s, self._bus.now_s(), "duplicate", awaited)
                )
            self._open = None
        if not send.again:
            self.earlier.append(send)


def _alike(one: Asked, other: Asked) -> bool:
    return (one.unit, one.function, one.count) == (other.unit, other.function, other.count)
