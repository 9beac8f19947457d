"""The gateway's wiring: who hands what to whom. A crash of any part ends the process."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from agent.alarms.events import AlarmEvent
from agent.alarms.standing import AlarmView as Standing
from gateway import garbage
from gateway.balance_watch import BalanceWatch
from gateway.boards import messages
from gateway.boards.expiry import Expiry
from gateway.boards.keyring import Keyring
from gateway.clock import Clock, SystemTime, TimeSource
from gateway.config import Config
from gateway.disk_space import DiskSpace
from gateway.footprint.accountant import LOOK_S
from gateway.historian.journal import Journal
from gateway.historian.query import History
from gateway.historian.reader import Reader
from gateway.housekeeping import Housekeeper
from gateway.http.health_view import Health
from gateway.http.hub import Hub
from gateway.http.server import serve
from gateway.modbus.counters import CounterBook
from gateway.modbus.crosscheck import CrossChecks
from gateway.modbus.poller import Poller, Reading
from gateway.mqtt import wire
from gateway.mqtt.ack_post import AckPost
from gateway.mqtt.boards import BoardBook
from gateway.mqtt.inbox import Arrival
from gateway.mqtt.subscriber import WINDOW, BrokerError, Subscriber
from gateway.notify.heartbeat import Beat
from gateway.notify.horn import HornDriver
from gateway.notify.notifier import Around, Notifier
from gateway.paths import ARCHIVE, JOURNAL, NOTIFY, PEOPLE, SINKS, make_directory
from gateway.people import People
from gateway.recording.desk import Ack, Desk, Outcome
from gateway.recording.heir import heir_of
from gateway.recording.items import Change, Message, Polled, Started
from gateway.recording.recorder import Recorder
from gateway.reload import Reloader
from gateway.self_watch import SelfWatch
from gateway.sinks.influx import InfluxSink
from gateway.site import Site, rules_of
from gateway.views.alarm_records import AlarmRecords
from gateway.views.alarms import AlarmDesk
from gateway.views.answers import Answers
from gateway.views.boards import BoardTable
from gateway.views.crowd import CrowdView
from gateway.views.footprint import FootprintView
from gateway.views.freshness import Freshness
from gateway.views.health import health_of
from gateway.views.lots import LotBench
from gateway.views.meters import MeterDesk
from gateway.views.notifications import NotificationDesk
from gateway.views.orders import OrderDesk
from gateway.views.places import places
from gateway.views.plant import PlantView
from gateway.views.rounds import RoundDesk

SWITCH_S: Final = 0.0005
"""How long a thread may go on while others wait for the interpreter [s]."""


_NOT_HEARD: Final = frozenset({"silent", "offline", "unheard"})

Say = Callable[[str], None]


async def run_gateway(site: Site, say: Say, source: TimeSource | None = None) -> None:
    """Run until SIGTERM or Ctrl-C; then commit what was judged and end.

    Args:
        site: All that was read beforehand.
        say: Called with "ready …" once everything runs.
        source: Where time is read; the machine's clocks where None.

    Raises:
        HinobanError: It cannot start, or a part of it failed; alone or in a group.
    """
    gateway = Gateway(site, Clock(source or SystemTime(site.config.clock.synchronised_by)))
    running = asyncio.create_task(gateway.run(say), name="gateway")
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()

    def stop() -> None:
        # Once: a second signal must not cut off what the first one had begun to write.
        if not stopping.is_set():
            stopping.set()
            running.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    loop.add_signal_handler(signal.SIGHUP, gateway.reload)
    try:
        await running
    except asyncio.CancelledError:
        if not stopping.is_set():
            raise


class Gateway:
    """Everything of one site, wired.

    Args:
        site: All that was read beforehand.
        clock: What time it is.

    Raises:
        JournalError: Another gateway writes the journal, or it cannot be used.
    """

    def __init__(self, site: Site, clock: Clock) -> None:
        config = site.config
        rules = self._rules = rules_of(site)
        data = config.storage.directory
        make_directory(data)
        self._site = site
        self._clock = clock
        self._started_us = clock.now().utc_us
        self._journal = Journal.open(data / JOURNAL)
        self._desk = Desk(
            config.site.id,
            BoardBook(config.board, clock.boot_id),
            CounterBook(rules.counters, clock.boot_id),
            rules.engine(),
            CrossChecks(rules.comparisons),
        )
        self._desk.restore(self._journal)
        # Only what is on disk may be acknowledged: this holds the marks of finished commits.
        self._acked = {ack.board: ack for ack in self._desk.committed_acks()}
        self._ack_post = AckPost(self._publish_ack)
        self._hub = Hub(f"{clock.boot_id[:8]}-{clock.now().mono_us}")
        self._recorder = Recorder(
            self._desk,
            self._journal,
            clock,
            commit_interval_s=config.storage.commit_interval_s,
            window=WINDOW // 2,
            committed=self._committed,
            told=self._told,
        )
        self._subscriber = Subscriber(
            config.mqtt,
            config.site.id,
            clock.now,
            on_session_lost=self._republish,
            topics=messages.filters(config.site.id),
        )
        self._orders = OrderDesk(
            config,
            self._desk,
            self._recorder,
            clock,
            self._subscriber.publish,
            lambda: self._subscriber.status().connected,
        )
        self._poller = Poller(config.meter, config.line, site.profiles, clock, self._deliver)
        self._people = People(data / PEOPLE)
        self._sinks = [
            InfluxSink(sink, data / JOURNAL, data / SINKS) for sink in config.sink if sink.enabled
        ]
        self._freshness = Freshness(site, clock)
        self._footprint = FootprintView(site, data, clock, self._hub, self._freshness)
        self._expiry = Expiry(
            Keyring(config.keyring()), [board.id for board in config.board], clock.now
        )
        self._notifier = Notifier(
            config,
            data / NOTIFY,
            data / JOURNAL,
            clock,
            Around(self._standing, self._heard_boards),
        )
        self._horn = HornDriver(config.horn, self._notifier.ledger, self._standing, clock)
        self._beat = Beat(
            config.heartbeat,
            {
                "journal": lambda: not self._recorder.health.sick,
                "alarm engine": lambda: not self._recorder.health.failed,
                "broker": lambda: self._subscriber.status().connected,
                "notification (no recipient can be reached)": lambda: (
                    self._notifier.status().can_tell
                ),
            },
        )
        self._disk_space = DiskSpace(data, config.self_watch.disk_free_percent, clock)
        self._newest_n = self._journal.last_n()
        self._balance = BalanceWatch(
            config.unit.id, self._footprint.live, clock, self._recorder.put
        )
        self._self_watch = SelfWatch(
            {
                "broker_lost": lambda: not self._subscriber.status().connected,
                "account_failed": lambda: self._footprint.account.status().error is not None,
                "certificate_ends": lambda: bool(self._expiry.words),
                "disk_low": self._disk_space.is_low,
                "cursor_lag": self._lags,
                "notification_failed": lambda: self._notifier.status().is_failing,
                "horn_failed": lambda: self._horn.problem is not None,
            },
            clock,
            self._recorder.put,
        )
        self._housekeeper = Housekeeper(
            data, self._journal, clock, self._passed_ns, self._recorder.in_writer
        )
        self._reloader = Reloader(site, self._use)
        self._plant = PlantView(site, self._desk, self._poller, self._freshness)
        self._boards = BoardTable(config, self._desk, clock)
        self._alarms = AlarmDesk(
            self._desk,
            self._recorder,
            Reader(data / JOURNAL),
            clock,
            self._freshness,
            places(config),
        )
        self._crowd = CrowdView(self._desk, places(config), self._hub.view)
        self._records = AlarmRecords(data / JOURNAL, config, clock)
        self._rounds = RoundDesk(config, self._desk, self._recorder, clock)
        self._answers = Answers(
            config=config,
            clock=clock,
            hub=self._hub,
            people=self._people,
            plant=self._plant,
            boards=self._boards,
            history=History(data / JOURNAL, data / ARCHIVE),
            alarms=self._alarms,
            crowd=self._crowd,
            records=self._records,
            meters=MeterDesk(self._desk, self._recorder, clock),
            orders=self._orders,
            footprint=self._footprint,
            lots=LotBench(site, clock, self._plant.stores),
            rounds=self._rounds,
            notifications=NotificationDesk(self._notifier, self._horn),
            health=self._health,
        )

    @property
    def config(self) -> Config:
        """The site."""
        return self._site.config

    def reload(self) -> None:
        """Read the site's file again soon, and apply what changed."""
        self._reloader.ask()

    async def run(self, say: Say) -> None:
        """Run until cancelled. Feeders stop first, then what they delivered is committed."""
        try:
            self._subscriber.start(asyncio.get_running_loop())
        except BrokerError:
            self._journal.close()
            raise
        try:
            async with asyncio.TaskGroup() as writing:
                recorder = writing.create_task(self._recorder.run(), name="recorder")
                await self._recorder.put(Started(self._clock.now().mono_us))
                try:
                    await self._feed(say)
                finally:
                    recorder.cancel()
        finally:
            await asyncio.to_thread(self._subscriber.stop)
            self._journal.close()
            self._people.close()

    async def _feed(self, say: Say) -> None:
        # The journal's thread asks for the interpreter between any two rows: an alarm's commit
        # would wait 5 ms each time while messages are judged.
        sys.setswitchinterval(SWITCH_S)

        def ready(port: int) -> None:
            garbage.lasting()
            say(f"ready http://{self.config.http.host}:{port}")

        async with asyncio.TaskGroup() as feeding:
            feeding.create_task(self._poller.run(), name="poller")
            feeding.create_task(self._reloader.run(), name="reloader")
            feeding.create_task(self._self_watch.run(), name="self-watch")
            feeding.create_task(self._expiry.run(), name="expiry")
            feeding.create_task(self._balance.run(), name="balance")
            feeding.create_task(self._notifier.run(), name="notifier")
            feeding.create_task(self._beat.run(), name="heartbeat")
            feeding.create_task(self._crowd.run(), name="crowd")
            feeding.create_task(self._horn.run(), name="horn")
            feeding.create_task(self._take_messages(), name="messages")
            feeding.create_task(self._housekeeper.run(), name="housekeeping")
            feeding.create_task(self._footprint.account.run(LOOK_S), name="accountant")
            for sink in self._sinks:
                feeding.create_task(sink.run(), name=f"sink {sink.status().id}")
            feeding.create_task(serve(self._answers, self.config.http, ready=ready), name="http")

    async def _use(self, site: Site) -> None:
        """Put a changed site in force; raises before anything is touched where that cannot be."""
        # All that takes long is done in turns with all else, or in a thread.
        with garbage.while_much_is_made():
            await self._follow(site)

    async def _follow(self, site: Site) -> None:
        after = await asyncio.to_thread(rules_of, site)
        known = await asyncio.to_thread(places, site.config)
        before, present = self._rules, self._desk.alarms
        heir = await heir_of(self._desk, after)  # refused here, before anything is touched
        judged: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def between() -> None:
            await self._recorder.put(Change(before, after, judged, heir))
            await judged

        config = site.config
        await self._poller.apply(config.meter, config.line, site.profiles, between)
        self._site, self._rules = site, after
        uses: tuple[Callable[[], None], ...] = (
            lambda: self._freshness.use(site),
            lambda: self._plant.use(site),
            lambda: self._boards.use(config),
            lambda: self._rounds.use(config),
            lambda: self._notifier.use(config),
            lambda: self._beat.use(config.heartbeat),
            lambda: self._alarms.use(known),
            lambda: self._crowd.use(known),
            lambda: self._records.use(config),
        )
        for use in uses:
            use()
            await asyncio.sleep(0)
        for _ in present.let_go():
            await asyncio.sleep(0)

    async def _take_messages(self) -> None:
        while True:
            arrival = await self._subscriber.get()
            if self._orders.take(arrival):
                self._confirm(arrival)
                continue
            await self._recorder.put(Message(arrival, self._confirm))

    def _confirm(self, arrival: Arrival) -> None:
        self._subscriber.acknowledge(arrival.token)

    def _deliver(self, reading: Reading) -> Awaitable[None]:
        return self._recorder.put(Polled(reading))

    def _committed(self, number: int, outcomes: list[Outcome], acks: list[Ack]) -> None:
        self._newest_n = number
        for ack in acks:
            self._acked[ack.board] = ack
            self._ack_post.put(ack.board, ack.stream, ack.seq)
        self._hub.samples(
            sample for outcome in outcomes for batch in outcome.batches for sample in batch.samples
        )
        if any(outcome.alarm_events for outcome in outcomes):
            self._notifier.committed()

    def _told(self, events: Sequence[AlarmEvent]) -> None:
        for event in events:
            self._hub.alarm_event(event)
        # An alarm edge is not to wait for the stream's next tick, nor for the samples in that.
        self._hub.flush(samples=False)
        self._notifier.told(events)
        self._horn.told()

    def _publish_ack(self, board: str, stream: str, seq: int) -> None:
        settings = self.config.mqtt
        self._subscriber.publish_ack(
            wire.ack_topic(self.config.site.id, board),
            wire.encode_ack(settings.gateway, stream, seq),
        )

    def _republish(self) -> None:
        for ack in self._acked.values():
            self._ack_post.put(ack.board, ack.stream, ack.seq)

    def _lags(self) -> bool:
        """Whether a reader of the journal is further behind than the site allows."""
        behind = self._newest_n - min(self._passed_ns())
        return behind > self.config.self_watch.cursor_lag_commits

    def _passed_ns(self) -> list[int]:
        """The commit each reader of the journal has passed."""
        sinks = [sink.status().cursor_n for sink in self._sinks]
        return [self._footprint.account.status().journal_n or 0, *sinks]

    def _health(self) -> Health:
        return health_of(
            self.config.site.id,
            self._clock.now(),
            self._started_us,
            self._recorder.health,
            self._subscriber.status(),
            self._poller.status(),
            [sink.status() for sink in self._sinks],
            self._footprint.account.status(),
            self._newest_n,
            self._housekeeper.last_error,
            self._reloader.problem,
            self._expiry.words,
            (*self._notifier.status().problems, *self._beat.problems(), *self._horn.problems()),
        )

    def _standing(self) -> list[Standing]:
        """Every alarm that is not normal; the engine is another one after a reload."""
        return self._desk.alarms.active()

    def _heard_boards(self) -> tuple[int, int]:
        """How many boards the site has, and how many of them are not heard."""
        statuses = [board.status for board in self._boards.boards()]
        return len(statuses), sum(status in _NOT_HEARD for status in statuses)
