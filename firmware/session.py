"""The board's conversation with its broker: what the ring holds goes out, acks come in."""

import asyncio
import gc

import ladder
import link
import mqtt
import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext

    from board import Board
    from outbox import Outbox
    from resolver import Resolver
    from sampler import Sampler
    from wallclock import WallClock

VERSION = "0.1.0"
_STATE_EVERY_MS = 60000
_FIRST_ACK_S = 0.5
_POLL_S = 5
_CONNECT_S = 15
_MOST_POSTS = 8
_DATE_WORDS = ("expired", "future", "not yet valid")


class Session:
    """Publishes records, obeys acks and tells the board's state.

    Other parts register handlers by noun in `routes`, post small messages, and are asked for the
    state's further keys.

    Args:
        settings: The board's config.
        board: For its network, free heap, reset cause and clocks.
        sampler: For the next report and its clock.
        outbox: What to send.
        boot: This boot's number.
        say: Where a lost connection is told.
        clock: For certificates, and kept right by `keep_time`.
        state: Adds the further keys to the state.
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
        state: "Callable[[dict[str, object]], dict[str, object]] | None" = None,
        alarm: "Callable[[], bool]" = lambda: False,
    ) -> None:
        self.settings = settings
        self.board = board
        self.sampler = sampler
        self.outbox = outbox
        self.boot = boot
        self.say = say
        self.clock = clock
        self._extend = state
        self._tell = False
        self.alarm = alarm
        self.now_ms = sampler.uptime.ms
        self.wake = asyncio.Event()
        self.beat: "Callable[[], None]" = lambda: None  # called whenever the session moves
        self.routes: "dict[str, Callable[[bytes], None]]" = {}
        self._posts: "list[tuple[str, dict[str, object], bool]]" = []
        self._told: "dict[int, dict[str, object]]" = {}  # sensors, as last published
        self._acked = asyncio.Event()
        self._prefix = wire.topic(str(settings["site"]), str(settings["board"]), "")
        self._tls: "dict[str, object]" = _section(settings, "tls")
        self._context: "SSLContext | None" = None
        self._resolver: "Resolver | None" = None
        self._lost_sessions = 0
        self._known = False  # the broker has had our session since this boot
        self._directory = str(settings.get("ring", "ring"))
        self.ladder = ladder.Ladder(_section(settings, "net"), self._directory, self.now_ms)
        self.client = mqtt.Client(
            {
                "client_id": "hinoban-%s-%s" % (settings["site"], settings["board"]),
                "keepalive_s": settings["keepalive_s"],
                "username": settings["username"],
                "password": settings["password"],
                "will_topic": self._prefix + "state",
                "will_payload": wire.encode(wire.offline()),
            },
            self.now_ms,
            self._on_message,
            say=say,
        )

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and the connection stands."""
        return self.client.connected

    def acked_ms(self) -> "int | None":
        """When the gateway or the broker last confirmed anything [uptime, ms]; None for never."""
        known = [at for at in (self.client.acked_ms, self.outbox.moved_ms) if at is not None]
        return max(known) if known else None

    def post(self, noun: str, payload: "dict[str, object]", retain: bool = False) -> None:
        """Send a small message soon, after alarm edges and before samples; of many the newest."""
        self._posts.append((noun, payload, retain))
        del self._posts[:-_MOST_POSTS]
        self.wake.set()

    def tell_state(self) -> None:
        """Publish the state soon: something in it has changed that must not wait a minute."""
        self._tell = True
        self.wake.set()

    def state(self) -> "dict[str, object]":
        """The board's state, as published and retained."""
        ring, sampler = self.outbox.ring, self.sampler
        report_s = sampler.report_ms / 1000
        gc.collect()
        told: "dict[str, object]" = {
            "online": True,
            "format": 1,
            "firmware": VERSION,
            "stream": ring.stream,
            "boot": self.boot,
            "reset_cause": self.board.reset_cause(),
            "up_ms": self.now_ms(),
            "t_us": self.board.utc_us(),
            "clock": self.settings["clock"],
            "report_s": int(report_s) if report_s == int(report_s) else report_s,
            "next_report_up_ms": sampler.next_report_ms,
            "free_heap": self.board.free_heap(),
            "ring_fill": round(ring.fill(), 3),
            "ring_records": ring.held(),
            "ring_days": round(ring.days(report_s), 1),
            "newest": ring.newest,
            "oldest": ring.oldest(),
            "acked": ring.acked,
            "dropped": ring.dropped,
            "acks_ignored": self.outbox.ignored_acks,
            "sensors": len(sampler.values),
        }
        return told if self._extend is None else self._extend(told)

    def net_state(self) -> "dict[str, object]":
        """Further keys of the state: the network, and whether the clock is right."""
        net = self.ladder.state()
        net["lost_sessions"] = self._lost_sessions
        net["lost_pubacks"] = self.client.lost_pubacks
        net["refused_topics"] = self.client.refused_topics
        if self._resolver is not None:
            net["dns_failures"] = self._resolver.failures
        told: "dict[str, object]" = {"net": net}
        if self.clock is not None:
            told.update(self.clock.state())
        return told

    async def keep_time(self) -> None:
        """Keep the clock right by time servers, for ever; without one in the config the broker."""
        given = _section(self.settings, "time").get("ntp", [self.settings["broker_host"]])
        servers = [str(server) for server in given] if isinstance(given, list) else []
        if not servers or self.clock is None:
            await asyncio.Event().wait()
            return
        import ntp

        await ntp.Ntp(servers, self.resolver(), self.clock, self.now_ms, say=self.say).run()

    def resolver(self) -> "Resolver":
        """The board's resolver; made when there is a name to resolve."""
        if self._resolver is None:
            import resolver

            given = _section(self.settings, "net").get("dns")
            servers = [str(server) for server in given] if isinstance(given, list) else []
            self._resolver = resolver.Resolver(
                lambda: servers or self.board.dns_servers(), self._directory, self.now_ms
            )
        return self._resolver

    async def run(self) -> None:
        """Stay in touch with the broker, for ever."""
        while True:
            self.beat()
            await self._once()
            rung, wait_ms = self.ladder.failed(self.alarm())
            if rung == ladder.RESET:
                self.say("the broker has been silent for too long; the board starts anew")
                self.board.reset()
            elif rung == ladder.RESTART_NETWORK:
                self.say("the broker is silent; the network starts anew")
                self.board.restart_network()
            await asyncio.sleep(wait_ms / 1000)

    async def leave(self, limit_s: float = 10) -> bool:
        """Send what waits and say good-bye, as before a deep sleep.

        Args:
            limit_s: How long the gateway may take to acknowledge [s].

        Returns:
            Whether the ring is empty: everything is on the gateway's disk.
        """
        until_ms = self.now_ms() + int(1000 * limit_s)
        while self.connected and self.outbox.ring.held() and self.now_ms() < until_ms:
            await asyncio.sleep(0.05)
        if self.connected:
            await self._tell_state()
            while self.connected and self.client.unconfirmed() and self.now_ms() < until_ms:
                await asyncio.sleep(0.05)
            await self.client.leave()
        return self.outbox.ring.held() == 0

    async def _once(self) -> None:
        """One connection, from the address to its end."""
        try:
            streams: "tuple[link.Reader, link.Writer]" = await asyncio.wait_for(
                self._dial(), _CONNECT_S
            )
        except (OSError, EOFError, ValueError, asyncio.TimeoutError) as error:
            self.say("no connection: %r" % error)
            self._judge(error)
            return
        await self.client.stay(streams, self._connected)
        if self.client.failure is not None:
            self._judge(self.client.failure)

    async def _dial(self) -> "tuple[link.Reader, link.Writer]":
        """Find the broker and connect to it.

        Raises:
            OSError: There is no network, no address, or nobody answers.
            ValueError: The broker's certificate is not to be trusted.
        """
        host = str(self.settings["broker_host"])
        port = int(str(self.settings["broker_port"]))
        if not link.is_number(host):
            host = await self.resolver().address(host)
        if not self._tls:
            return await link.open_stream(host, port, None, None)
        if self._context is None:
            import trust

            self._context = trust.context(self._tls, str(self.settings["board"]))
        if self.clock is not None:
            self.clock.set_rtc(self.board)
        gc.collect()  # the handshake wants one block of 16 KiB
        return await link.open_stream(host, port, self._context, str(self._tls["name"]))

    def _judge(self, error: Exception) -> None:
        """Learn from a failed connection: ask for the address again, doubt a clock."""
        if self._resolver is not None:
            self._resolver.forget(str(self.settings["broker_host"]))
        if self.clock is not None and any(word in str(error) for word in _DATE_WORDS):
            self.clock.distrust()

    async def _connected(self) -> None:
        """Everything that happens on one connection, until it ends."""
        if self._tls and self.clock is not None:
            self.clock.confirm()
        if not self.client.session_kept:
            self._lost_sessions += self._known
            self._told.clear()
        self._known = True
        self._acked.clear()
        if not await self.client.subscribe(self._prefix + "ack"):
            raise OSError(13, "the broker refuses the acks; check its ACL")
        for noun in self.routes:
            await self.client.subscribe(self._prefix + noun)
        state_ms = await self._tell_state()
        if self.outbox.ring.held():  # the retained ack saves sending what is on disk already
            try:
                await asyncio.wait_for(self._acked.wait(), _FIRST_ACK_S)
            except asyncio.TimeoutError:
                pass
        self.outbox.restart()
        while True:
            self.beat()
            self.ladder.heard()
            now_ms = self.now_ms()
            self.outbox.tick(now_ms)
            if self._tell or now_ms - state_ms >= _STATE_EVERY_MS:
                state_ms = await self._tell_state()
            if not await self._send_next():
                await self._pause()

    async def _send_next(self) -> bool:
        """Send one message; returns whether there was one. Posts go after alarm edges."""
        message = None if self._posts and not self.outbox.urgent() else self.outbox.next()
        if message is not None:
            await self._publish(message[0], message[1])
        elif self._posts:
            await self._publish(*self._posts.pop(0))
        else:
            return False
        await asyncio.sleep(0)
        return True

    async def _publish(self, noun: str, payload: "dict[str, object]", retain: bool = False) -> None:
        """Publish one message of the board."""
        await self.client.publish((self._prefix + noun).encode(), wire.encode(payload), retain)

    async def _pause(self) -> None:
        """Wait for a new record or an ack, or a moment."""
        try:
            await asyncio.wait_for(self.wake.wait(), _POLL_S)
        except asyncio.TimeoutError:
            pass
        self.wake.clear()

    async def _tell_state(self) -> int:
        """Publish the state, and of the sensors what has changed; returns when [ms]."""
        self._tell = False
        if self.clock is not None:
            self.clock.keep()
        await self._publish("state", self.state(), True)
        describe: "Callable[[int], dict[str, object] | None] | None"
        describe = getattr(self.board, "describe", None)
        for number in range(len(self.sampler.values) if describe is not None else 0):
            told = None if describe is None else describe(number)
            if told is not None and told != self._told.get(number):
                await self._publish("state/sensors/%d" % number, told, True)
                self._told[number] = told
        return self.now_ms()

    def _on_message(self, topic: str, payload: bytes) -> None:
        """Take an ack, or hand a message to the part that asked for it."""
        noun = topic[len(self._prefix) :] if topic.startswith(self._prefix) else ""
        if noun == "ack":
            self.outbox.take_ack(payload, self.now_ms())
            self._acked.set()
            self.wake.set()
        elif noun in self.routes:
            self.routes[noun](payload)


def _section(settings: "dict[str, object]", name: str) -> "dict[str, object]":
    """One of the settings' sections; empty when the config has none."""
    given = settings.get(name)
    return given if isinstance(given, dict) else {}
