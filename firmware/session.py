"""The board's conversation with its broker: what the ring holds goes out, acks come in."""

import asyncio
import gc

import mqtt
import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from board import Board
    from outbox import Outbox
    from sampler import Sampler

VERSION = "0.1.0"
_STATE_EVERY_MS = 60000
_FIRST_ACK_S = 0.5
_POLL_S = 1


class Session:
    """Publishes records, obeys acks and tells the board's state.

    Args:
        settings: The board's config.
        board: For its free heap, reset cause and clock.
        sampler: For the next report and its clock.
        outbox: What to send.
        boot: This boot's number.
        say: Where a lost connection is told.
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
    ) -> None:
        self.settings = settings
        self.board = board
        self.sampler = sampler
        self.outbox = outbox
        self.boot = boot
        self.wake = asyncio.Event()
        self._acked = asyncio.Event()
        self.client = mqtt.Client(
            str(settings["broker_host"]),
            int(str(settings["broker_port"])),
            {
                "client_id": "hinoban-%s-%s" % (settings["site"], settings["board"]),
                "keepalive_s": settings["keepalive_s"],
                "username": settings["username"],
                "password": settings["password"],
                "will_topic": self._topic("state"),
                "will_payload": wire.encode(wire.offline()),
            },
            sampler.uptime.ms,
            self._on_message,
            say=say,
        )

    async def run(self) -> None:
        """Stay in touch with the broker, for ever."""
        await self.client.serve(self._connected)

    def state(self) -> "dict[str, object]":
        """The board's state, as published and retained."""
        ring, sampler = self.outbox.ring, self.sampler
        report_s = sampler.report_ms / 1000
        gc.collect()
        return {
            "online": True,
            "format": 1,
            "firmware": VERSION,
            "stream": ring.stream,
            "boot": self.boot,
            "reset_cause": self.board.reset_cause(),
            "up_ms": sampler.uptime.ms(),
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

    async def _connected(self) -> None:
        """Everything that happens on one connection, until it ends."""
        self._acked.clear()
        await self.client.subscribe(self._topic("ack"))
        state_ms = await self._tell_state()
        if self.outbox.ring.held():  # the retained ack saves sending what is on disk already
            try:
                await asyncio.wait_for(self._acked.wait(), _FIRST_ACK_S)
            except asyncio.TimeoutError:
                pass
        self.outbox.restart()
        while True:
            now_ms = self.sampler.uptime.ms()
            self.outbox.tick(now_ms)
            if now_ms - state_ms >= _STATE_EVERY_MS:
                state_ms = await self._tell_state()
            message = self.outbox.next()
            if message is None:
                await self._pause()
            else:
                await self.client.publish(self._topic(message[0]), wire.encode(message[1]))
                await asyncio.sleep(0)

    async def _pause(self) -> None:
        """Wait for a new record or an ack, or a moment."""
        try:
            await asyncio.wait_for(self.wake.wait(), _POLL_S)
        except asyncio.TimeoutError:
            pass
        self.wake.clear()

    async def _tell_state(self) -> int:
        """Publish the state; returns when [ms]."""
        await self.client.publish(self._topic("state"), wire.encode(self.state()), retain=True)
        return self.sampler.uptime.ms()

    def _on_message(self, topic: str, payload: bytes) -> None:
        """Take an ack; nothing else was subscribed to."""
        if topic == self._topic("ack"):
            self.outbox.take_ack(payload)
            self._acked.set()
            self.wake.set()

    def _topic(self, noun: str) -> str:
        """One of the board's topics."""
        return wire.topic(str(self.settings["site"]), str(self.settings["board"]), noun)
