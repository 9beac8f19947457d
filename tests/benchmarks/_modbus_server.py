"""The meters of the Modbus benchmark: as fast as asyncio goes, and it notes when it was asked.

``python _modbus_server.py NOTES`` prints its port, answers reads of any unit with the registers
of `_modbus_map`, and writes NOTES, a JSON file, when its standard input is closed.

Around each whole second it looks for requests without ever sleeping. Else a program's first
requests of a second would be charged, by the kernel, with waking the process that stands for the
meters, and a program with few meters most of all; meters on a wire are not woken.
"""

import asyncio
import json
import struct
import sys
import time
from pathlib import Path

from _modbus_map import LAST, write_registers

HEADER = struct.Struct(">HHHBBHH")
EARLY_S = 0.02
LATE_S = 0.1


class Meters(asyncio.Protocol):
    """One connection; notes [UTC in s, unit, function, address] of each request."""

    # Shared by all connections.
    notes: list[tuple[float, int, int, int]] = []  # noqa: RUF012
    registers = bytearray(2 * LAST)
    second = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.waiting = b""

    def data_received(self, data: bytes) -> None:
        data = self.waiting + data if self.waiting else data
        now = time.time()
        if int(now) != Meters.second:
            Meters.second = int(now)
            write_registers(self.registers, Meters.second)
        start = 0
        while len(data) - start >= HEADER.size:
            tid, _, _, unit, function, address, count = HEADER.unpack_from(data, start)
            start += HEADER.size
            self.notes.append((now, unit, function, address))
            if function == 4 and address + count <= LAST:
                body = self.registers[2 * address : 2 * (address + count)]
                head = struct.pack(">HHHBBB", tid, 0, 3 + len(body), unit, function, len(body))
                self.transport.write(head + body)  # type: ignore[attr-defined]
        self.waiting = data[start:]


def stay_awake(loop: asyncio.AbstractEventLoop) -> None:
    """Look for requests again and again from just before a whole second until after it."""
    past_s = time.time() % 1.0
    if past_s < LATE_S or past_s > 1.0 - EARLY_S:
        loop.call_soon(stay_awake, loop)
    else:
        loop.call_later(1.0 - EARLY_S / 2 - past_s, stay_awake, loop)


async def main() -> None:
    loop = asyncio.get_running_loop()
    stay_awake(loop)
    server = await loop.create_server(Meters, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
    Path(sys.argv[1]).write_text(json.dumps(Meters.notes))
