"""Line: a connection that units share, asked one request at a time."""

import asyncio
import random
import ssl
import termios
from collections.abc import Callable, Sequence

from gateway import config
from gateway.clock import Now
from gateway.modbus import airtime, security
from gateway.modbus.connection import Connection
from gateway.modbus.errors import LinkError, RefusedError, SilentUnitError
from gateway.modbus.frames import Question
from gateway.modbus.link import Answer, Link, Timing
from gateway.modbus.mbap import Mbap
from gateway.modbus.remedy import unreachable
from gateway.modbus.rtu import REQUEST_SIZE, Rtu, reply_size

__all__ = ["Answer", "Line", "Link", "Timing", "line_of"]


def line_of(meter: config.Meter, lines: Sequence[config.Line]) -> config.Line:
    """The line a meter is on; one of its own where it has a host.

    Raises:
        KeyError: The site has no line of that name.
    """
    if meter.line is None:
        return config.Line(id=meter.id, host=meter.host, port=meter.port)
    return {line.id: line for line in lines}[meter.line]


class Line:
    """A line; requests are sent in the order in which they were asked.

    After a request that failed a late reply may still come. With transaction ids it cannot be
    taken for another, unless the device lies: the connection is dropped. Without, the line is
    silent, and all that comes is thrown away, until the unit cannot reply any more.

    Args:
        settings: What to open.
        now: Tells when requests were sent and replies came.
    """

    def __init__(self, settings: config.Line, now: Callable[[], Now]) -> None:
        self.connections = 0
        self._settings = settings
        self._now = now
        self._names_requests = settings.transport in {"tcp", "tls"}
        self._connection: Connection | None = None
        self._secret: ssl.SSLContext | None = None
        self._turn = asyncio.Lock()
        self._asking = 0
        self._character_s = airtime.character_s(settings) if airtime.is_serial(settings) else 0.0
        # Behind a converter the gap is the converter's business.
        self._gap_s = airtime.gap_s(settings) if settings.transport == "rtu" else 0.0
        self._quiet_until_s = 0.0
        self._links: set[Link] = set()
        self._last: Link | None = None
        self._failed_opens = 0
        self._failed_open = ""
        self._failures_in_a_row = 0
        self._last_transaction = random.randrange(0x10000)  # noqa: S311 - no secret
        self._release = False
        self._closed = False

    def link(self, unit: int, timing: Timing) -> Link:
        """A unit on this line."""
        link = Link(self, unit, timing)
        self._links.add(link)
        return link

    def leave(self, link: Link) -> None:
        """A unit is not asked any more; the last one drops the connection."""
        self._links.discard(link)
        if not self._links:
            self.close()

    def poll_done(self, link: Link) -> None:
        """A unit has been asked all; drop the connection, once it is idle, where it must be."""
        if link.timing.release or self._settings.release:
            self._release = True
            self._release_if_idle()

    def close(self) -> None:
        """Drop the connection for good."""
        self._closed = True
        self._drop()

    async def ask(self, link: Link, question: Question) -> Answer:
        """Send a request of a unit in its turn, and wait for the reply.

        Raises:
            RefusedError: The unit refused.
            LinkError: Nothing trustworthy came.
        """
        self._asking += 1
        try:
            if link.quiet_until_s:  # before its turn: others need not wait for that
                await _until(link.quiet_until_s)
            failed_opens = self._failed_opens
            await self._turn.acquire()  # `async with` would make two more coroutines a request
            try:
                if self._failed_opens != failed_opens:
                    raise LinkError(self._failed_open)  # tried while this one was waiting
                connection = await self._ready(link)
                return await self._exchange(connection, link, question)
            finally:
                self._turn.release()
        finally:
            self._asking -= 1
            self._release_if_idle()

    async def _ready(self, link: Link) -> Connection:
        """The connection, open and quiet for as long as line and unit need."""
        if self._quiet_until_s:
            await _until(self._quiet_until_s)
        if self._closed:
            raise LinkError("the line was closed")
        connection = self._connection
        if connection is None or not connection.usable or self._may_be_dead():
            connection = await self._open()
        if delay_s := max(self._settings.connect_delay_s, link.timing.connect_delay_s):
            await _until(connection.opened_s + delay_s)
        if link.quiet_until_s:
            await _until(link.quiet_until_s)
        if not self._names_requests:
            await self._silence(connection, link.timing.timeout_s)
        return connection

    async def _exchange(self, connection: Connection, link: Link, question: Question) -> Answer:
        self._note_strays(connection, link)
        self._last = link
        wire_s = 0.0
        if self._character_s:
            wire_s = self._character_s * (REQUEST_SIZE + reply_size(question))
        try:
            answer = await connection.ask(question, link.timing.timeout_s + wire_s)
        except (RefusedError, SilentUnitError):
            self._failures_in_a_row = 0
            raise
        except (LinkError, asyncio.CancelledError):
            self._failures_in_a_row += 1
            if self._names_requests:
                self._drop()
            else:
                self._quiet_until_s = connection.sent_s + link.timing.longest_reply_s + wire_s
            raise
        finally:
            if link.timing.pause_s:
                link.quiet_until_s = connection.loop.time() + link.timing.pause_s
            if self._settings.pause_s:
                quiet_until_s = connection.loop.time() + self._settings.pause_s
                self._quiet_until_s = max(self._quiet_until_s, quiet_until_s)
            self._note_strays(connection, link)
        self._failures_in_a_row = 0
        return answer

    async def _open(self) -> Connection:
        self._drop()
        # All units wait together: the one with the least patience must not fail the others.
        timeout_s = max(link.timing.timeout_s for link in self._links)
        try:
            connection = await self._opened(timeout_s)
        except LinkError as error:
            self._failed_opens += 1
            self._failed_open = str(error)
            raise
        if self._closed:  # in the meantime
            connection.close()
            raise LinkError("the line was closed")
        self._connection = connection
        self.connections += 1
        self._failures_in_a_row = 0
        return connection

    async def _opened(self, timeout_s: float) -> Connection:
        settings = self._settings
        if settings.transport == "tls" and self._secret is None:
            self._secret = security.context(settings)
        framing = Mbap(self._last_transaction) if self._names_requests else Rtu()
        connection = Connection(settings, framing, self._now, self._secret)
        try:
            await connection.open(timeout_s)
        except (OSError, ValueError, termios.error) as error:
            self._secret = None  # its files may be renewed before the next attempt
            raise LinkError(unreachable(error, settings, timeout_s)) from error
        return connection

    async def _silence(self, connection: Connection, timeout_s: float) -> None:
        """Let what has come be thrown away, and wait for the gap between two frames."""
        loop = connection.loop
        give_up_s = loop.time() + timeout_s
        while True:
            heard_s = connection.heard_s
            # Two turns of the loop: the first finds what lies in the kernel, the second reads it.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            now_s = loop.time()
            left_s = connection.heard_s + self._gap_s - now_s
            if left_s <= 0 and connection.heard_s == heard_s:
                return
            if now_s > give_up_s:
                raise LinkError(
                    f"the line has not been silent for {timeout_s:g} s: check that nothing else"
                    " asks on it, and its termination"
                )
            await asyncio.sleep(left_s)

    def _may_be_dead(self) -> bool:
        """Whether a network connection without transaction ids should be tried anew.

        One silent unit does not say that the connection is dead; two failures in a row may.
        """
        return self._settings.transport == "rtu_over_tcp" and self._failures_in_a_row > 1

    def _note_strays(self, connection: Connection, link: Link) -> None:
        """Strays are the doing of the unit asked last."""
        if strays := connection.take_strays():
            (self._last or link).strays += strays

    def _release_if_idle(self) -> None:
        if self._release and not self._asking:
            self._release = False
            self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            if isinstance(connection.framing, Mbap):
                self._last_transaction = connection.framing.transaction
            connection.close()


async def _until(when_s: float) -> None:
    """Wait until an instant of the loop's clock, if it is not past."""
    if (left_s := when_s - asyncio.get_running_loop().time()) > 0:
        await asyncio.sleep(left_s)
