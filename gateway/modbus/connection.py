"""Connection: the bytes' way to a line, over the network or a serial port.

The only importer of pymodbus, and of that only the transports. pymodbus takes a reply with
transaction id 0 or too few registers for a good one, tries again and reconnects by itself; here
every byte goes to a `Framing` instead, nothing is tried twice, and `Line` says when to connect.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from pymodbus.transport import CommParams, CommType, ModbusProtocol

from gateway import config
from gateway.clock import Now
from gateway.modbus import security
from gateway.modbus.errors import LateError, LinkError, MeterError
from gateway.modbus.frames import Framing, Question
from gateway.modbus.link import Answer

_TYPES = {
    "tcp": CommType.TCP,
    "rtu_over_tcp": CommType.TCP,
    "tls": CommType.TLS,
    "rtu": CommType.SERIAL,
}

_KEEP_ALIVE_S: Final = 15
"""After so long without traffic the system asks whether the other end still lives [s]."""

_RECEIVED_BYTES: Final = 1024
"""What is taken off the network at once, some frames. Without a buffer of its own every reply costs
a quarter of a megabyte, asked of the system and given back."""


class Connection(ModbusProtocol, asyncio.BufferedProtocol):
    """One connection, opened once; after that a new one is made.

    Args:
        line: What to open.
        framing: How requests and replies look on it.
        now: Tells when a request was sent and its reply came.
        secret: Keys and authorities where the transport is "tls".
    """

    def __init__(
        self,
        line: config.Line,
        framing: Framing,
        now: Callable[[], Now],
        secret: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(
            CommParams(
                comm_name=line.id,
                comm_type=_TYPES[line.transport],
                host=str(line.device or line.host),
                port=line.port,
                reconnect_delay=0,
                sslctx=secret,
                baudrate=line.baud,
                bytesize=8,
                parity=line.parity[0].upper(),
                stopbits=line.stop_bits,
            ),
            is_server=False,
        )
        if secret is not None:
            create: Callable[..., Coroutine[Any, Any, Any]] = self.call_create
            self.call_create = partial(create, server_hostname=line.tls_name or line.host)
        self.framing = framing
        self._line = line
        self.opened_s = self.heard_s = self.sent_s = 0.0
        self._now = now
        self._made = self.loop.create_future()
        self._waiter: asyncio.Future[tuple[tuple[int, ...], Now]] | None = None
        self._patience_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._lost = ""
        self._received = memoryview(bytearray(_RECEIVED_BYTES))

    @property
    def usable(self) -> bool:
        """Whether a request may be sent."""
        return not self._lost and self.framing.clean

    async def open(self, timeout_s: float) -> None:
        """Connect.

        Raises:
            OSError: It cannot be reached; TimeoutError after `timeout_s` [s].
        """
        try:
            async with asyncio.timeout(timeout_s):
                self.transport, _ = await self.call_create()
                await self._made
        except BaseException:
            # A serial port begins to read in a later turn of the loop: it is closed after that.
            self.loop.call_soon(self.close)
            raise
        self.opened_s = self.heard_s = self.loop.time()

    async def ask(self, question: Question, timeout_s: float) -> Answer:
        """Send one request and wait for its reply.

        Raises:
            RefusedError: It is a refusal.
            LateError: It lay there for longer than that.
            LinkError: None came within `timeout_s` [s], or what came cannot be trusted.
        """
        if self._lost:
            raise LinkError(self._lost)
        frame = self.framing.ask(question)
        self._waiter = waiter = self.loop.create_future()
        sent = self._now()
        self.transport.write(frame)  # type: ignore[attr-defined]  # declared as BaseTransport
        self.sent_s, self._patience_s = self.loop.time(), timeout_s
        self._watch()
        try:
            values, received = await waiter
        finally:
            self._waiter = None
            self.framing.forget()
        return Answer(values, sent, received)

    def close(self, reconnect: bool = False) -> None:
        """Drop the connection at once, and with it what may still arrive."""
        self._lost = self._lost or "the connection was dropped"
        if self._timer is not None:
            self._timer.cancel()
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()  # close() would wait half a minute for a TLS goodbye
        super().close(reconnect)
        self._settle(LinkError(self._lost))

    def take_strays(self) -> int:
        """What answered no request, since the last call."""
        strays, self.framing.strays = self.framing.strays, 0
        return strays

    def get_buffer(self, sizehint: int) -> memoryview:
        """Called by the network's transports: where to put what has come."""
        return self._received

    def buffer_updated(self, nbytes: int) -> None:
        """Called by the network's transports: so much has come."""
        self.data_received(bytes(self._received[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """Called by the serial transport, and with what came over the network."""
        self.heard_s = self.loop.time()
        try:
            values = self.framing.receive(data)
        except MeterError as error:
            if not self._settle(error):
                self._lost = str(error)
                self.close()
        else:
            if values is None or self._waiter is None or self._waiter.done():
                return
            waited_s = self.heard_s - self.sent_s
            if waited_s <= self._patience_s:
                self._waiter.set_result((values, self._now()))
            else:
                # Only a program that was held up looks so late; the reply has lain there since
                # nobody knows when, and so has what the meter counted meanwhile.
                held_up = (
                    f"the gateway was held up: answer taken {waited_s:.3g} s after the request"
                )
                self._settle(
                    LateError(f"{held_up}, which was to be within {self._patience_s:.3g} s")
                )

    def callback_connected(self) -> None:
        """Called when the transport is ready to read and write."""
        if (wire := self.transport.get_extra_info("socket")) is not None:
            # A meter that is asked every few minutes must not be lost to a firewall, nor found
            # dead only by the request that its value was wanted from.
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEP_ALIVE_S)
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _KEEP_ALIVE_S)
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
        if not self._made.done():
            self._made.set_result(None)

    def callback_disconnected(self, exc: Exception | None) -> None:
        """Called when the other end has gone."""
        answered = self.heard_s > self.opened_s
        self._lost = self._lost or security.goodbye(exc, self._line, answered=answered)
        self._settle(LinkError(self._lost))

    def callback_data(self, data: bytes, addr: tuple[str, int] | None = None) -> int:
        """Not called: `data_received` keeps what is not used yet in the framing."""
        raise NotImplementedError

    def callback_new_connection(self) -> ModbusProtocol:
        """Not called: nothing listens here."""
        raise NotImplementedError

    def _watch(self) -> None:
        """See to it that the wait for a reply ends in time.

        One timer goes from request to request: nearly all are answered long before, and a timer of
        its own for each, made and cancelled, costs as much as sending it.
        """
        until_s = self.sent_s + self._patience_s
        if self._timer is not None:
            if self._timer.when() <= until_s:
                return
            self._timer.cancel()
        self._timer = self.loop.call_at(until_s, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if self.loop.time() < self.sent_s + self._patience_s:
            self._watch()
            return
        patience_s = self._patience_s
        self._settle(LinkError(f"no answer within {patience_s:.3g} s{self.framing.missing()}"))

    def _settle(self, error: MeterError) -> bool:
        """End the wait for a reply; False where none is awaited."""
        self.framing.forget()
        if self._waiter is None or self._waiter.done():
            return False
        self._waiter.set_exception(error)
        return True
