"""A service on loopback that takes whatever it is sent, in whatever way a test wants it to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Listener:
    """A real HTTP server.

    Attributes:
        status: What it answers.
        got: What it was sent: JSON bodies, or paths where there is none.
        holding: While clear, answers wait.
    """

    status: int = 200
    got: list[Any] = field(default_factory=list)
    holding: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    port: int = 0

    def __post_init__(self) -> None:
        self.holding.set()

    def url(self, scheme: str = "json", path: str = "x") -> str:
        """An Apprise address, or an http:// one, that leads here."""
        return f"{scheme}://127.0.0.1:{self.port}/{path}"

    def wait(self, count: int = 1, within_s: float = 20.0) -> None:
        """Wait until so many more requests have come."""
        for _ in range(count):
            assert self.arrived.acquire(timeout=within_s), f"nothing came within {within_s} s"


@contextmanager
def listening(status: int = 200) -> Iterator[Listener]:
    """A listener on a free port."""
    listener = Listener(status)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                said: Any = json.loads(body)
            except ValueError:
                said = body.decode(errors="replace")
            self.take(said)

        def do_GET(self) -> None:
            self.take(self.path)

        def take(self, said: Any) -> None:
            listener.got.append(said)
            listener.arrived.release()
            listener.holding.wait(30)
            try:
                self.send_response(listener.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")
            except OSError:
                self.close_connection = True  # whoever asked has hung up

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield listener
    finally:
        listener.holding.set()
        server.shutdown()
        server.server_close()
        thread.join()
