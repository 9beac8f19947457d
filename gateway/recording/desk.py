"""The desk judges items in memory: who sent it, when was it captured, what does it raise.

All it knows can be written as state rows and read back, so that a gateway that was killed goes on
where its last commit ended.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from agent.alarms.deeds import carry_out
from agent.alarms.engine import AlarmEngine
from agent.alarms.instant import Instant
from agent.errors import BadMessageError
from agent.samples import Sample
from gateway.boards.commands import CommandBook
from gateway.clock import Clock, Now, Step
from gateway.historian.rows import Basis, Batch, Correction, Heard, Origin
from gateway.modbus.counters import CounterBook
from gateway.modbus.crosscheck import CrossChecks
from gateway.modbus.reading import Reading
from gateway.mqtt import wire
from gateway.mqtt.boards import BoardBook
from gateway.mqtt.inbox import Arrival
from gateway.recording import drift
from gateway.recording.alarm_rows import AlarmRows
from gateway.recording.asked import exchange, order
from gateway.recording.heir import Heir, successor
from gateway.recording.items import (
    Change,
    Decision,
    Exchange,
    Item,
    Message,
    Order,
    Polled,
    Started,
    SystemCondition,
    Tick,
)
from gateway.recording.outcome import Ack, Outcome
from gateway.recording.rules import Rules
from gateway.recording.timing import restamped, unsynchronised
from gateway.recording.walks import Walk

__all__ = ["KINDS", "Ack", "Desk", "Outcome", "StateSource"]

KINDS: Final = ("board", "counter", "crosscheck", "alarm", "command")
"""Kinds of state rows, as the journal's state table names them."""

_GATEWAY: Final = Basis.GATEWAY

_OUTLOOK: Final = Origin("gateway", "outlook")
"""Origin of what early warning derived; it rests on capture times that are final."""


class StateSource(Protocol):
    """Where the last commit's state is read: the journal, or what was read of it."""

    def state(self, kind: str) -> dict[str, str]:
        """Key -> JSON text of a kind."""
        ...


class Desk:
    """Boards' watermarks, meters' counters and alarms, judged together.

    Args:
        site: Id of the site, as in topics.
        boards: Watermarks and capture times of the boards.
        counters: Ledgers of the totalisers.
        alarms: The alarm engine.
        crosschecks: Totalisers compared with their rates.

    Attributes:
        alarm_rows: What the alarm engine told of its state.
        faults: Of single parts of the alarm engine, which kept no other part from its work.
    """

    def __init__(
        self,
        site: str,
        boards: BoardBook,
        counters: CounterBook,
        alarms: AlarmEngine,
        crosschecks: CrossChecks | None = None,
    ) -> None:
        self.site = site
        self.boards = boards
        self.counters = counters
        self.alarms = alarms
        self.crosschecks = CrossChecks({}) if crosschecks is None else crosschecks
        self.commands = CommandBook()
        self.latest: dict[str, Sample] = {}
        self.faults: list[Exception] = []
        alarms.bulkhead.contain(self.faults.append)
        self.alarm_rows = AlarmRows()

    def restore(self, source: StateSource) -> None:
        """Go back to the last commit on disk."""
        self.boards.restore(source.state("board"))
        self.counters.restore(source.state("counter"))
        self.crosschecks.restore(source.state("crosscheck"))
        self.alarms.restore(source.state("alarm"))
        self.alarm_rows.forget()
        self.commands.restore(source.state("command"))

    def dirty(self) -> dict[tuple[str, str], str | None]:
        """State rows changed since the last call, for the commit."""
        self.alarm_rows.note(self.alarms.dirty())
        kinds: Mapping[str, Mapping[str, str | None]] = {
            "board": self.boards.dirty(),
            "counter": self.counters.dirty(),
            "crosscheck": self.crosschecks.dirty(),
            "alarm": self.alarm_rows.owed(),
            "command": self.commands.dirty(),
        }
        return {(kind, key): text for kind, rows in kinds.items() for key, text in rows.items()}

    def acks(self) -> list[Ack]:
        """Watermarks that moved since the last call; to be sent once the commit is on disk."""
        return [Ack(*moved) for moved in self.boards.acks()]

    def committed_acks(self) -> list[Ack]:
        """Every board's watermark, right after `restore`: all of it is on disk."""
        return [Ack(*mark) for mark in self.boards.all_acks()]

    def corrections(self) -> list[Correction]:
        """Capture-time offsets of boards learnt since the last call."""
        return list(self.boards.corrections())

    def shift(self, step: Step, now: Now) -> None:
        """The gateway's clock was adopted: offsets that rest on it move with it."""
        # A sample that now lies in the future would hide every later one.
        self.latest = {p: s for p, s in self.latest.items() if s.t_us <= now.utc_us}
        self.boards.shift(now)
        self.counters.shift(step.step_us, synchronised=step.synchronised)

    def use(self, rules: Rules, heir: Heir | None = None) -> None:
        """Judge by other rules from now on; all that was counted and stands goes on.

        Args:
            rules: The rules.
            heir: An engine of theirs that took over most already.

        Raises:
            BadConditionError: The alarm conditions cannot stand together; nothing changed.
        """
        engine = successor(self.alarms, self.alarm_rows, rules, heir)
        self.counters.respec(rules.counters)
        self.crosschecks.respec(rules.comparisons)
        engine.bulkhead.contain(self.faults.append)
        self.alarms = engine

    def take(self, item: Item, clock: Clock, outcome: Outcome | None = None) -> Outcome:
        """Judge one item.

        Args:
            item: What came.
            clock: Reads its monotonic time in UTC.
            outcome: Filled as things are found, so that samples whose alarms could not be judged
                are journalled all the same.

        Returns:
            The outcome.

        Raises:
            HinobanError: The item cannot be accepted; what `outcome` holds is true.
        """
        if outcome is None:
            outcome = Outcome()
        match item:
            case Message():
                self._message(item, clock, outcome)
            case Polled():
                self._reading(item.reading, clock, outcome)
            case Tick():
                instant = _instant(clock.at(item.mono_us), clock)
                outcome.ticks_us.append(instant.utc_us)
                outcome.alarm_events += self.alarms.on_tick(instant)
                outcome.alarm_events += drift.left_over(self.crosschecks, self.alarms, instant)
            case Started():
                instant = _instant(clock.at(item.mono_us), clock)
                outcome.alarm_events += self.alarms.announce(instant)
            case SystemCondition():
                instant = _instant(clock.at(item.mono_us), clock)
                outcome.alarm_events += self.alarms.system(
                    item.condition, item.source, item.active, instant, priority=item.priority
                )
            case Decision():
                instant = _instant(clock.at(item.mono_us), clock)
                item.events = carry_out(self.alarms, item.deed, instant)
                outcome.alarm_events += item.events
            case Change():
                self.use(item.after, item.heir)
                item.holds()
            case Exchange() | Order() | Walk():
                self._asked(item, clock.at(item.mono_us), clock, outcome)
            case _:
                raise TypeError(f"no rule for {type(item).__name__}")
        return outcome

    def _message(self, item: Message, clock: Clock, outcome: Outcome) -> None:
        arrival = item.arrival
        now = clock.at(arrival.now.mono_us)
        if item.read is None:
            item.read = self._decode(arrival)
        message = item.read
        taken = self.boards.take(message, now, retained=arrival.retained)
        outcome.batches += taken.batches
        if taken.heard:
            if not taken.batches:
                outcome.heard.append(Heard(message.board, now.utc_us))
            outcome.alarm_events += self.alarms.on_heard(message.board, _instant(now, clock))
        if isinstance(message, wire.State) and message.part == "state":
            online = message.online is not False
            outcome.alarm_events += self.alarms.on_board_presence(
                message.board, _instant(now, clock), online=online
            )
        for batch in taken.batches:
            self._judge(outcome, batch.samples, _instant(now, clock))
        if (edge := taken.edge) is not None:
            outcome.alarm_events += self.alarms.on_board_edge(
                edge.board,
                edge.condition,
                edge.edge,
                edge.point or edge.board,
                edge.value,
                edge.limit,
                edge.t_us,
                _instant(now, clock),
            )

    def _decode(self, arrival: Arrival) -> wire.Message:
        try:
            return wire.decode(arrival.topic, arrival.payload, self.site)
        except BadMessageError as err:
            self.boards.refuse(err.reason, _board_of(arrival.topic))
            # Booked as lost where its place is known: else the board would resend it for ever.
            lost = wire.salvage(arrival.topic, arrival.payload, self.site, err.reason)
            if lost is None:
                raise
            return lost

    def _asked(
        self, item: Exchange | Order | Walk, now: Now, clock: Clock, outcome: Outcome
    ) -> None:
        match item:
            case Exchange():
                bookings, deed = exchange(item, self.counters, now)
                outcome.bookings += bookings
            case Order():
                deed = order(item, self.commands, now)
            case Walk():
                events, deed = item.carry_out(self.alarms, _instant(now, clock))
                outcome.alarm_events += events
                self._take_along(Origin("gateway", item.about), now, outcome)
        outcome.deeds.append(deed)

    def _take_along(self, origin: Origin, now: Now, outcome: Outcome) -> None:
        """Samples that people made, into the same commit."""
        samples = self.alarms.derived()
        if samples and not now.synchronised:
            samples = [unsynchronised(sample) for sample in samples]
        if samples:
            self.latest.update((sample.point, sample) for sample in samples)
            outcome.batches.append(Batch(origin, Basis.GATEWAY, now.utc_us, tuple(samples)))

    def _reading(self, reading: Reading, clock: Clock, outcome: Outcome) -> None:
        now = clock.at(reading.mono_us)
        reading = restamped(reading, now)
        samples = list(reading.gauges)
        for read in reading.counters:
            sample, bookings = self.counters.book(read)
            samples.append(sample)
            outcome.bookings += bookings
        instant = _instant(now, clock)
        outcome.alarm_events += drift.judged(samples, self.crosschecks, self.alarms, instant)
        if not now.synchronised:
            samples = [unsynchronised(sample) for sample in samples]
        origin = Origin("meter", reading.meter, request=reading.request)
        outcome.batches.append(Batch(origin, _GATEWAY, now.utc_us, tuple(samples)))
        self._judge(outcome, samples, instant)

    def _judge(self, outcome: Outcome, samples: Sequence[Sample], now: Instant) -> None:
        latest = self.latest
        for sample in samples:
            point = sample.point
            known = latest.get(point)
            if known is None or known.t_us <= sample.t_us:
                latest[point] = sample
        outcome.alarm_events += self.alarms.on_samples(samples, now)
        if derived := self.alarms.derived():
            self.latest.update((sample.point, sample) for sample in derived)
            outcome.batches.append(Batch(_OUTLOOK, Basis.BOARD, now.utc_us, tuple(derived)))


def _instant(now: Now, clock: Clock) -> Instant:
    return Instant(now.utc_us, now.mono_us, now.synchronised, clock.boot_id)


def _board_of(topic: str) -> str | None:
    parts = topic.split("/")
    return parts[3] if len(parts) > 4 else None
