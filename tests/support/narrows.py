"""A proxy before a broker that holds back one of its answers until something has happened."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable

CONNACK, PUBACK, SUBACK = 2, 4, 9
_PATIENCE_S = 30.0


class Narrows:
    """Passes MQTT both ways, packet by packet towards the board.

    Args:
        broker: Its port.
        blocks: How many blocks of its store the board has opened.
    """

    def __init__(self, broker: int, blocks: Callable[[], int]) -> None:
        self._broker, self._blocks = broker, blocks
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._pairs: list[socket.socket] = []
        self._held: tuple[int, int, int | Callable[[], bool]] | None = None
        self.held = False  # an answer was held back, and went on once all was as it should be
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self, kind: int, nth: int, until: int | Callable[[], bool]) -> None:
        """Hold back, of the next connection, the nth packet of a kind.

        Args:
            kind: Of the packet.
            nth: Which of them, from 1 on.
            until: So many blocks more were opened, or a condition.
        """
        self._held, self.held = (kind, nth, until), False

    def cut(self) -> None:
        """End every connection."""
        pairs, self._pairs = self._pairs, []
        for end in pairs:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Serve no more."""
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError), self._server:
            while True:
                board, _ = self._server.accept()
                broker = socket.create_connection(("127.0.0.1", self._broker))
                self._pairs += [board, broker]
                threading.Thread(target=self._pass, args=(board, broker), daemon=True).start()
                threading.Thread(target=self._answer, args=(broker, board), daemon=True).start()

    @staticmethod
    def _pass(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_RDWR)

    def _answer(self, broker: socket.socket, board: socket.socket) -> None:
        seen: dict[int, int] = {}
        with contextlib.suppress(OSError, EOFError), broker.makefile("rb") as stream:
            while True:
                packet = _packet(stream.read)
                kind = packet[0] >> 4
                seen[kind] = seen.get(kind, 0) + 1
                if self._held is not None and self._held[:2] == (kind, seen[kind]):
                    self._wait(self._held[2])
                    self._held = None
                board.sendall(packet)
        with contextlib.suppress(OSError):
            board.shutdown(socket.SHUT_RDWR)
        board.close()
        broker.close()

    def _wait(self, until: int | Callable[[], bool]) -> None:
        before, deadline = self._blocks(), time.monotonic() + _PATIENCE_S
        while not (self._blocks() >= before + until if isinstance(until, int) else until()):
            if time.monotonic() > deadline:
                return
            time.sleep(0.01)
        self.held = True


def _packet(read: Callable[[int], bytes]) -> bytes:
    """One whole packet.

    Raises:
        EOFError: The broker ended the connection.
    """
    head = read(2)
    if len(head) < 2:
        raise EOFError
    while head[-1] & 0x80:
        head += read(1)
    length = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(head[1:]))
    return head + read(length)
