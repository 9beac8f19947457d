"""Streams to an address, the same on every port; nothing here resolves a name."""

import asyncio
import select
import socket
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from typing import Protocol

    class Reader(Protocol):
        """What a connection reads from."""

        async def read(self, n: int) -> bytes:
            """At most ``n`` bytes; none at the end."""

    class Writer(Protocol):
        """What a connection writes to."""

        def write(self, data: "bytes | memoryview") -> None:
            """Put bytes on the way."""

        async def drain(self) -> None:
            """Wait until they are."""

        def close(self) -> None:
            """End the connection."""

        async def wait_closed(self) -> None:
            """Wait until it has ended."""


ON_MICROPYTHON = sys.implementation.name == "micropython"
_POLL_S = 0.05
_BUSY = (11, 115, 118, 119, 120)  # EAGAIN and EINPROGRESS, as the ports number them


async def open_stream(
    address: str, port: int, context: "ssl.SSLContext | None", name: "str | None"
) -> "tuple[Reader, Writer]":
    """Connect to an address; on MicroPython the TLS handshake runs with the first write.

    Args:
        address: IPv4 address in numbers.
        port: TCP port.
        context: With TLS, whom to trust and who we are.
        name: With TLS, the name that the server's certificate must bear.

    Raises:
        OSError: Nobody answers, or the handshake fails.
        ValueError: The server's certificate is not to be trusted (MicroPython).
    """
    if not ON_MICROPYTHON:
        return await asyncio.open_connection(address, port, ssl=context, server_hostname=name)
    raw = socket.socket()
    try:
        raw.setblocking(False)
        _connect(raw, address, port)
        await _writable(raw)
        if context is None:
            stream: object = asyncio.StreamReader(raw)
        else:
            stream = _secure(context, raw, str(name))
    except BaseException:  # a cancelled attempt too must not leave its socket open
        raw.close()
        raise
    return stream, stream  # type: ignore[return-value]  # MicroPython's stream is both


if ON_MICROPYTHON:

    class _SecureStream(asyncio.StreamReader):
        """A stream under TLS; after a failed handshake the socket must be closed on its own."""

        raw: "socket.socket"

        async def wait_closed(self) -> None:
            """Close the connection and its socket."""
            try:
                await super().wait_closed()  # type: ignore[misc]
            finally:
                self.raw.close()


def _secure(context: "ssl.SSLContext", raw: "socket.socket", name: str) -> object:
    """A stream that makes the handshake step by step, as its reads and writes go on."""
    wrapped = context.wrap_socket(raw, server_hostname=name, do_handshake_on_connect=False)
    wrapped.setblocking(False)
    stream = _SecureStream(wrapped)
    stream.raw = raw
    return stream


def _connect(raw: "socket.socket", address: str, port: int) -> None:
    """Begin to connect; a number needs no query."""
    try:
        raw.connect(socket.getaddrinfo(address, port)[0][-1])
    except OSError as error:
        if error.args[0] not in _BUSY:
            raise


async def _writable(raw: "socket.socket") -> None:
    """Wait until a connection stands or has failed; the first write tells which."""
    poller = select.poll()
    poller.register(raw, select.POLLOUT)
    while not poller.poll(0):
        await asyncio.sleep(_POLL_S)
