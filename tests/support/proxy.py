"""A TCP proxy on loopback that can cut every connection, at once or right after a PUBLISH."""

import contextlib
import selectors
import socket
import threading

PUBLISH = 0x30


class Proxy:
    """Forwards a free local port to ``target_port`` until closed."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._cut_on_publish = threading.Event()
        self.cuts = 0
        self._closing = False
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection now."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            for end in pair:
                _break(end)
        self.cuts += 1

    def cut_after_next_publish(self) -> None:
        """Break every connection as soon as a PUBLISH went to the client, before it can answer."""
        self._cut_on_publish.set()

    @property
    def is_armed(self) -> bool:
        """Whether the next PUBLISH will be cut."""
        return self._cut_on_publish.is_set()

    def close(self) -> None:
        """Stop listening and break what is open."""
        self._closing = True
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while not self._closing:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target_port), timeout=2)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            with self._lock:
                self._pairs.add((client, server))
            threading.Thread(target=self._pump, args=(client, server), daemon=True).start()

    def _pump(self, client: socket.socket, server: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError, ValueError, KeyError):
                self._forward(client, server)
        finally:
            for end in (client, server):
                _break(end)
            with self._lock:
                self._pairs.discard((client, server))

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        selector = selectors.DefaultSelector()
        selector.register(client, selectors.EVENT_READ, server)
        selector.register(server, selectors.EVENT_READ, client)
        while True:
            for key, _ in selector.select():
                source: socket.socket = key.fileobj  # type: ignore[assignment]
                data = source.recv(65536)
                if not data:
                    return
                key.data.sendall(data)
                if source is server and data[0] & 0xF0 == PUBLISH and self.is_armed:
                    self._cut_on_publish.clear()
                    self.cut()
                    return


def _break(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
