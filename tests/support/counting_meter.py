"""A Modbus TCP device in a thread of its own, for processes to read: it counts what it is asked."""

import socketserver
import struct
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from simulators.modbus import HEADER, answer, testify


@dataclass(frozen=True)
class Asked:
    """One request: on which connection, and the PDU."""

    connection: int
    pdu: bytes

    @property
    def place(self) -> tuple[int, int, int]:
        """Function code, address and count."""
        return self.pdu[0], *struct.unpack(">HH", self.pdu[1:5])


class CountingMeter:
    """Shows `registers` as holding and input registers, until it falls silent.

    Args:
        registers: Address -> contents.
        port: Where it listens; any free port where 0.
    """

    def __init__(self, registers: dict[int, int], port: int = 0) -> None:
        self.registers = registers
        self.asked: list[Asked] = []
        self.connections = 0
        meter = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                meter._serve(self)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False

        self._server = Server(("127.0.0.1", port), Handler)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, talk: socketserver.StreamRequestHandler) -> None:
        self.connections += 1
        connection = self.connections
        while len(head := talk.rfile.read(HEADER.size)) == HEADER.size:
            transaction, protocol, length, unit = HEADER.unpack(head)
            pdu = talk.rfile.read(length - 1)
            testify("counting meter", pdu[0])
            self.asked.append(Asked(connection, pdu))
            reply = answer(pdu, lambda _kind: self.registers)
            talk.wfile.write(HEADER.pack(transaction, protocol, len(reply) + 1, unit) + reply)
