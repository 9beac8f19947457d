"""TCP: a bus behind a port of its own; Modbus TCP, with TLS around it, or RTU over TCP."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from simulators.fieldbus.bus import Bus
from simulators.fieldbus.frames import Framing, Mbap
from simulators.fieldbus.talk import Talk

_WAITING: Final = 16
"""Connections that may wait to be taken."""

_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""A socket that lingers for no time says reset, not goodbye."""


class TcpLine:
    """A bus on loopback.

    Args:
        bus: Who answers.
        port: Where; 0 picks a free one.
        framing: Makes the framing of each connection.
        tls: Certificate and key to serve under; None serves without TLS.
    """

    def __init__(
        self,
        bus: Bus,
        port: int = 0,
        framing: Callable[[], Framing] = Mbap,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.bus = bus
        self.port = port
        self.connections = 0
        self._framing = framing
        self._tls = tls
        self._place: socket.socket | None = None
        self._listening: asyncio.Task[None] | None = None
        self._refusing: asyncio.Task[None] | None = None
        self._open: set[_Protocol] = set()

    async def __aenter__(self) -> Self:
        """Listen.

        Raises:
            OSError: The port is taken.
        """
        # Bound and never listened to: it keeps the port ours while connections are refused.
        self._place = _bound(self.port)
        self.port = self._place.getsockname()[1]
        self.accept()
        self._refusing = asyncio.create_task(self._refuse_as_planned())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the port and every connection."""
        if self._refusing is not None:
            self._refusing.cancel()
            await asyncio.gather(self._refusing, return_exceptions=True)
        await self.refuse()
        if self._place is not None:
            self._place.close()

    def accept(self) -> None:
        """From now on connections are taken."""
        if self._listening is None:
            listening = _bound(self.port)
            listening.listen(_WAITING)
            self._listening = asyncio.create_task(self._accept(listening))

    async def refuse(self) -> None:
        """Reset all connections and refuse new ones; the port stays ours."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            self._listening = None
        for protocol in tuple(self._open):
            protocol.reset()

    async def _refuse_as_planned(self) -> None:
        for from_s, to_s in self.bus.schedule.refusals():
            await asyncio.sleep(from_s - self.bus.now_s())
            await self.refuse()
            await asyncio.sleep(to_s - self.bus.now_s())
            self.accept()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        handshakes: set[asyncio.Task[None]] = set()
        with listening:
            while True:
                connection, _ = await loop.sock_accept(listening)
                self.connections += 1
                task = loop.create_task(self._take(connection))
                handshakes.add(task)
                task.add_done_callback(handshakes.discard)

    async def _take(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await loop.connect_accepted_socket(
                lambda: _Protocol(self.bus, self._framing(), self._open), connection, ssl=self._tls
            )
        except (OSError, ssl.SSLError):
            connection.close()  # a client that does not get through TLS is none of ours


def _bound(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setblocking(False)
    bound.bind(("127.0.0.1", port))
    return bound


class _Protocol(asyncio.Protocol):
    def __init__(self, bus: Bus, framing: Framing, all_open: set["_Protocol"]) -> None:
        self._bus = bus
        self._framing = framing
        self._all_open = all_open
        self._transport: asyncio.Transport | None = None
        self._talk: Talk | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - it is a stream
        self._transport = transport
        self._all_open.add(self)
        self._talk = Talk(self._bus, self._framing, transport.write, self.reset)

    def data_received(self, data: bytes) -> None:
        try:
            if self._talk is not None:
                self._talk.feed(data)
        except ValueError:
            self.reset()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._all_open.discard(self)
        if self._talk is not None:
            self._talk.close()

    def reset(self) -> None:
        """Reset the connection: no goodbye, and what was not sent yet is lost."""
        if self._transport is not None and not self._transport.is_closing():
            connection = self._transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            self._transport.abort()
