"""A Modbus TCP server that reads only, and counts everything it is asked."""

import asyncio
from collections.abc import Callable

from simulators.modbus import HEADER, LARGEST_PDU, TARGET_SILENT, Requests, answer, refusal
from simulators.plant.registers import Device
from simulators.plant.unit import Amounts

Instant = Callable[[], tuple[Amounts, Amounts]]
"""Flows and totals of the plant at the moment of the call."""


class DeviceServer:
    """One device on one port.

    Args:
        device: Its registers.
        instant: Gives the plant at this moment.
        requests: Counts what is asked.
    """

    def __init__(self, device: Device, instant: Instant, requests: Requests) -> None:
        self.device = device
        self._instant = instant
        self._requests = requests
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self.port = 0

    async def start(self, port: int) -> None:
        """Listen on loopback; port 0 picks a free one.

        Raises:
            OSError: The port is taken.
        """
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._server is not None:
            self._server.close()
        for writer in self._open.values():
            writer.transport.abort()
        await asyncio.gather(*self._open)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: asyncio.Task[None] | None = asyncio.current_task()
        assert task is not None  # noqa: S101 - a connection is always served by a task
        self._open[task] = writer
        try:
            while True:
                transaction, protocol, length, unit = HEADER.unpack(
                    await reader.readexactly(HEADER.size)
                )
                if protocol != 0 or not 2 <= length <= LARGEST_PDU + 1:
                    break
                pdu = await reader.readexactly(length - 1)
                self._requests.count(pdu[0])
                if unit == self.device.unit:
                    reply = answer(pdu, self._table)
                else:
                    reply = refusal(pdu[0], TARGET_SILENT)
                writer.write(HEADER.pack(transaction, 0, len(reply) + 1, unit) + reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away; the next one is welcome
        finally:
            del self._open[task]
            writer.transport.abort()

    def _table(self, register: str) -> dict[int, int]:
        return self.device.table(register, *self._instant())
