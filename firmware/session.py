"""The board's conversation with its broker: what the ring holds goes out, acks come in."""

import asyncio
import gc
import sys

import mqtt
import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext

    from board import Board
    from link import Reader, Writer
    from outbox import Outbox
    from sampler import Sampler
    from wallclock import WallClock

_STATE_EVERY_MS = 60000
_POLL_S = 5
_CONNECT_S = 15
_STOOD_MS = 5000
_FIRST_ACK_S = 0.5
_MOST_POSTS = 8
_MOST_IN_VAIN = 4  # repeats that bring no ack; then a new connection may
_TIME_AGAIN_S = 16
_TIME_EVERY_S = 3600
_BUSY_S = 0.2  # shorter than the shortest back-off
_BROKER, _TIME = 1, 2  # whose turn it is to take heap
_MOST_LATE = 4
_LENT = ("dial", "link", "datagram", "resolver", "trust", "clockwork", "hail", "greet", "parting",
         "telling", "ladder", "ntp", "stamps")  # fmt: skip


class Session:
    """Publishes records, obeys acks and tells the board's state.

    Other parts register handlers by noun in `routes`, and post small messages. What only finding
    the broker and greeting it needs is lent, and leaves the heap as soon as it has served.

    Args:
        settings: The board's config.
        board: For its network, free heap, reset cause and clocks.
        sampler: For the next report and its clock.
        outbox: What to send.
        boot: This boot's number.
        say: Where a lost connection is told.
        clock: For certificates, and kept right by `keep_time`.
        tellers: Tell further keys of the state, the most important first.
        alarm: Whether a local alarm stands; the board is not reset then.
    """

    def __init__(
        self,
        settings: "dict[str, object]",
        board: "Board",
        sampler: "Sampler",
        outbox: "Outbox",
        boot: int,
        *,
        say: "Callable[[str], None]",
        clock: "WallClock | None" = None,
        tellers: "list[Callable[[], dict[str, object]]] | None" = None,
        alarm: "Callable[[], bool]" = lambda: False,
    ) -> None:
        import greet

        self.settings = settings
        self.board = board
        self.sampler = sampler
        self.outbox = outbox
        self.boot = boot
        self.say = say
        self.clock = clock
        self.tellers = [] if tellers is None else tellers
        self.alarm = alarm
        self.now_ms = sampler.uptime.ms
        self.beat: "Callable[[], None]" = lambda: None  # called whenever the session moves
        self.wake = asyncio.Event()
        self.routes: "dict[str, Callable[[bytes], None]]" = {}
        self.net: "dict[str, object]" = {}  # what the state tells of the network
        self.context: "SSLContext | None" = None
        self.rungs: "tuple[int, int, int] | None" = None  # where the ladder stands
        self.turn = _BROKER  # who looks for the broker or the time: other work waits; 0 for nobody
        self._late: "list[tuple[str, bytes]]" = []  # messages that came in somebody's turn
        self._posts: "list[tuple[str, dict[str, object], bool]]" = []
        self.told: "dict[int, dict[str, object]]" = {}  # sensors, as last published
        self._tell = False
        self.acked = asyncio.Event()  # an ack has come
        self.prefix = wire.topic(str(settings["site"]), str(settings["board"]), "")
        self.known = False  # the broker has had our session since this boot
        self.client = mqtt.Client(
            greet.connect(greet.hello(settings, self.prefix)),
            int(str(settings["keepalive_s"])),
            self.now_ms,
            self._on_message,
            say=say,
        )

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and the connection stands."""
        return self.client.connected

    def section(self, name: str) -> "dict[str, object]":
        """One of the settings' sections; empty when the config has none."""
        given = self.settings.get(name)
        return given if isinstance(given, dict) else {}

    def post(self, noun: str, payload: "dict[str, object]", retain: bool = False) -> None:
        """Send a small message soon, after alarm edges and before samples; of many the newest."""
        self._posts.append((noun, payload, retain))
        del self._posts[:-_MOST_POSTS]
        self.wake.set()

    def tell_state(self) -> None:
        """Publish the state soon: something in it has changed that must not wait a minute."""
        self._tell = True
        self.wake.set()

    def unsaid(self) -> bool:
        """Whether the state, a posted message or a confirmation is still to come."""
        return self._tell or bool(self._posts) or self.client.unconfirmed() > 0

    async def run(self) -> None:
        """Stay in touch with the broker, for ever."""
        while True:
            self.beat()
            await self._take_turn(_BROKER)
            error: "Exception | None" = None
            try:
                streams: "tuple[Reader, Writer]" = await asyncio.wait_for(self.dial(), _CONNECT_S)
            except (OSError, EOFError, ValueError, asyncio.TimeoutError) as failed:
                self.say("no connection: %r" % failed)
                error = failed
            else:
                _give_back()
                await self.client.stay(streams, self._connected)
                error = self.client.failure
                await self._take_turn(_BROKER)
            _give_back()
            import ladder

            back_off_ms = ladder.recover(self, error)
            del ladder  # this frame lives as long as the next connection
            self._end_turn(_BROKER)
            await asyncio.sleep(back_off_ms / 1000)

    async def dial(self) -> "tuple[Reader, Writer]":
        """Find the broker and connect to it.

        Raises:
            OSError: There is no network, no address, or nobody answers.
            ValueError: The broker's certificate is not to be trusted.
        """
        import dial

        return await dial.dial(self)

    async def leave(self, limit_s: float = 10) -> bool:
        """Send what waits and say good-bye, as before a deep sleep; see `parting`."""
        import parting

        return await parting.leave(self, limit_s)

    async def keep_time(self) -> None:
        """Keep the clock right by time servers, for ever; without one in the config the broker."""
        given = self.section("time").get("ntp", [self.settings["broker_host"]])
        servers = [str(server) for server in given] if isinstance(given, list) else []
        wait_s = _TIME_AGAIN_S
        while servers and self.clock is not None:
            await self._take_turn(_TIME)
            try:
                import ntp

                took = await ntp.ask(self, servers)
                del ntp
            finally:
                self._end_turn(_TIME)
            wait_s = _TIME_EVERY_S if took else min(_TIME_EVERY_S, 2 * wait_s)
            await asyncio.sleep(wait_s)
        await asyncio.Event().wait()

    async def _take_turn(self, who: int) -> None:
        """Wait until nobody else has anything lent to it, so that the heap never holds both.

        A block of the store stands ready then: one that is opened in this turn takes little.
        """
        while self.turn and self.turn != who:
            await asyncio.sleep(_BUSY_S)
        if not self.turn:
            try:
                self.outbox.ring.prepare()
            except OSError:
                pass  # the next scan tries it again, and tells
        self.turn = who

    def _end_turn(self, who: int) -> None:
        """Give back what was lent; what waited for it goes on."""
        _give_back()
        if self.turn == who:
            self.turn = 0
            self.wake.set()

    async def _connected(self) -> None:
        """Everything that happens on one connection, until it ends."""
        _give_back()
        import greet

        await greet.begin(self)
        del greet  # it leaves the heap before the state takes its place
        _give_back()
        await self.publish_state()
        if self.outbox.ring.held():  # the retained ack saves sending what is on disk already
            try:
                await asyncio.wait_for(self.acked.wait(), _FIRST_ACK_S)
            except asyncio.TimeoutError:
                pass
        self.outbox.restart()
        self._end_turn(_BROKER)
        began_ms = state_ms = self.now_ms()
        settled = False
        while True:
            self.beat()
            now_ms = self.now_ms()
            if not self.turn:
                while self._late:
                    noun, payload = self._late.pop(0)
                    self.routes[noun](payload)
                if not settled and now_ms - began_ms >= _STOOD_MS:
                    settled = True
                    _settle(self)
            if self.outbox.tick(now_ms) and self.outbox.in_vain >= _MOST_IN_VAIN:
                raise OSError(110, "no ack of the gateway; our subscription may be lost")
            if not self.turn and (self._tell or now_ms - state_ms >= _STATE_EVERY_MS):
                state_ms = await self.publish_state()
            if not await self._send_next():
                try:
                    await asyncio.wait_for(self.wake.wait(), _POLL_S)
                except asyncio.TimeoutError:
                    pass
                self.wake.clear()

    async def _send_next(self) -> bool:
        """Send one message; returns whether there was one. Posts go after alarm edges."""
        message = None if self._posts and not self.outbox.urgent() else self.outbox.next()
        if message is not None:
            noun, retain = message[0], False
            payload = wire.encode(message[1])
            message = None  # only its bytes are kept while they are sent
        elif self._posts:
            noun, told, retain = self._posts.pop(0)
            payload = wire.encode(told)
            del told
        else:
            return False
        await self._publish(noun, payload, retain)
        await asyncio.sleep(0)
        return True

    async def _publish(self, noun: str, payload: bytes, retain: bool) -> None:
        """Publish one message of the board."""
        await self.client.publish((self.prefix + noun).encode(), payload, retain)

    async def publish_state(self) -> int:
        """Publish the state, and of the sensors what has changed; returns when [ms]."""
        self._tell = False
        import telling

        payload = wire.encode(telling.state(self))
        del telling
        sys.modules.pop("telling", None)
        await self._publish("state", payload, True)
        describe: "Callable[[int], dict[str, object] | None] | None"
        describe = getattr(self.board, "describe", None)
        for number in range(len(self.sampler.values) if describe is not None else 0):
            told = None if describe is None else describe(number)
            if told is not None and told != self.told.get(number):
                await self._publish("state/sensors/%d" % number, wire.encode(told), True)
                self.told[number] = told
        return self.now_ms()

    def _on_message(self, topic: str, payload: bytes) -> None:
        """Take an ack, or hand a message to the part that asked for it."""
        noun = topic[len(self.prefix) :] if topic.startswith(self.prefix) else ""
        if noun == "ack":
            self.outbox.take_ack(payload)
            self.acked.set()
            self.wake.set()
        elif noun in self.routes:
            if not self.turn and not self._late:
                self.routes[noun](payload)
            elif len(self._late) < _MOST_LATE:
                self._late.append((noun, payload))


def _settle(talk: Session) -> None:
    """A connection stands."""
    import parting

    parting.settled(talk)
    _give_back()


def _give_back() -> None:
    """Let what only finding a broker or the time needs leave the heap."""
    for name in _LENT:
        sys.modules.pop(name, None)
    gc.collect()
