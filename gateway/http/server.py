"""The server: Uvicorn inside the gateway's own loop, and what must hold before it listens."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import uvicorn

from agent.errors import HinobanError
from gateway.config import Http
from gateway.http.app import made_ready
from gateway.http.context import Context
from gateway.people import People

TICK_S: Final = 0.5
"""How often the live stream sends what is new [s]."""

_GRACE_S: Final = 2


class ListeningError(HinobanError):
    """The page and the API cannot be served as configured."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a host's name or address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_listening(http: Http, people: People) -> list[str]:
    """What forbids listening as configured, in plain words; empty where nothing does."""
    problems = []
    if (http.tls_certificate is None) != (http.tls_key is None):
        problems.append("[http] tls_certificate and tls_key belong together; name both or neither")
    for key, path in (("tls_certificate", http.tls_certificate), ("tls_key", http.tls_key)):
        if path is not None and not path.is_file():
            problems.append(f"[http] {key}: there is no file {path}")
    if not is_loopback(http.host):
        beyond = f"[http] host = {http.host!r} can be reached from other machines"
        if http.tls_certificate is None:
            problems.append(f"{beyond}: name tls_certificate and tls_key, or use 127.0.0.1")
        if not people.list_users():
            problems.append(f"{beyond}: add a user with `hinoban user add`, or use 127.0.0.1")
    return problems


async def serve(
    context: Context,
    http: Http,
    *,
    page: Path | None = None,
    ready: Callable[[int], None] | None = None,
) -> None:
    """Serve until cancelled; then let the streams go and close within two seconds.

    Args:
        context: The gateway.
        http: Where to listen; port 0 lets the system choose.
        page: Folder of the built page; where None, the wheel's or the checkout's.
        ready: Called with the port once requests are answered.

    Raises:
        ListeningError: The address cannot be used, or must not be.
    """
    if problems := check_listening(http, context.people):
        raise ListeningError("; ".join(problems))
    listener = _listener(http)
    config = uvicorn.Config(
        # Meters are polled already: a second of the loop would be a second late for all of them.
        await asyncio.to_thread(made_ready, context, page),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=_GRACE_S,
        ssl_certfile=http.tls_certificate,
        ssl_keyfile=http.tls_key,
    )
    server = _Server(config, ready)
    stream = asyncio.create_task(context.hub.run(TICK_S), name="stream ticks")
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    try:
        # Shielded, so that a cancelled gateway still closes its connections in order.
        await asyncio.shield(serving)
    finally:
        stream.cancel()
        context.hub.close()
        server.end()
        with contextlib.suppress(asyncio.CancelledError):
            await stream
        await serving
        listener.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[int], None] | None) -> None:
        super().__init__(config)
        self._ready = ready
        self._ending = asyncio.Event()

    def end(self) -> None:
        """Close the connections and return from `serve`."""
        self.should_exit = True
        self._ending.set()

    async def main_loop(self) -> None:
        """Renew the date in the headers; Uvicorn's own loop wakes ten times a second for it."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._ending.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the gateway."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        if self._ready is not None and sockets:
            self._ready(sockets[0].getsockname()[1])


def _listener(http: Http) -> socket.socket:
    try:
        found = socket.getaddrinfo(http.host, http.port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ListeningError(f"[http] host = {http.host!r} is no address here: {error}") from error
    try:
        # A restart must not wait for connections of the run before.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise ListeningError(
            f"[http] {http.host}:{http.port} cannot be listened on: {error.strerror};"
            " stop whoever holds it or choose another port"
        ) from error
    return listener
