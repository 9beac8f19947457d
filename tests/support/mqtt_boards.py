"""Many boards at a broker, each with a connection and a last will of its own, in one loop.

They speak as little MQTT 3.1.1 as a board needs: connect, publish, and be cut off.
"""

import asyncio
import contextlib
import json
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_CONNECT, _PUBLISH = 0x10, 0x32  # at QoS 1
_CLEAN_WITH_WILL = 0x02 | 0x04 | 0x08 | 0x20  # will at QoS 1, retained
_KEEPALIVE_S = 60
_TRIES = 20
_PAUSE_S = 0.25
"""A broker that 600 boards call at once may reset some of them."""


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def _packet(kind: int, body: bytes) -> bytes:
    size, length = bytearray(), len(body)
    while True:
        length, digit = divmod(length, 128)
        size.append(digit | (0x80 if length else 0))
        if not length:
            return bytes([kind, *size]) + body


@dataclass
class MqttBoard:
    """One board.

    Args:
        name: Its id.
        site: The site, as in topics.
        port: Of the broker, on loopback.
    """

    name: str
    site: str
    port: int
    seq: int = 0
    packet: int = 0
    began: float = field(default_factory=time.monotonic)
    _writer: asyncio.StreamWriter | None = None
    _listening: "asyncio.Task[None] | None" = None

    async def connect(self) -> None:
        """Connect and say that it is there; like any board, once more where it is cut off."""
        for rest in reversed(range(_TRIES)):
            try:
                reader = await self._log_in()
                break
            except (ConnectionError, asyncio.IncompleteReadError):
                if not rest:
                    raise
                await asyncio.sleep(_PAUSE_S)
        self._listening = asyncio.create_task(self._listen(reader))
        self._publish("state", {"online": True}, retained=True)

    async def _log_in(self) -> asyncio.StreamReader:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        will = _text(self._topic("state")) + _text(json.dumps({"online": False}))
        head = _text("MQTT") + bytes([4, _CLEAN_WITH_WILL]) + struct.pack(">H", _KEEPALIVE_S)
        self._writer.write(_packet(_CONNECT, head + _text(self.name) + will))
        try:
            answer = await reader.readexactly(4)
        except BaseException:
            self._writer.close()
            raise
        assert answer == b"\x20\x02\x00\x00", f"{self.name}: the broker said {answer!r}"
        return reader

    def report(self, **values: float) -> None:
        """Say what it measures."""
        self.seq += 1
        up_ms = round((time.monotonic() - self.began) * 1000)
        record = {"stream": f"of-{self.name}", "boot": 1, "seq": self.seq, "oldest": 1}
        t_us = time.time_ns() // 1000
        self._publish("samples", {**record, "up_ms": up_ms, "t_us": t_us, "v": values})

    async def cut(self) -> None:
        """Lose the connection without a word."""
        assert self._writer is not None
        assert self._listening is not None
        writer, self._writer = self._writer, None
        writer.transport.abort()
        await asyncio.wait({self._listening})
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    @property
    def is_cut(self) -> bool:
        """Whether nothing it says arrives."""
        return self._writer is None

    def _publish(self, what: str, content: dict[str, Any], *, retained: bool = False) -> None:
        assert self._writer is not None
        self.packet = self.packet % 65535 + 1
        body = _text(self._topic(what)) + struct.pack(">H", self.packet)
        self._writer.write(_packet(_PUBLISH | retained, body + json.dumps(content).encode()))

    def _topic(self, what: str) -> str:
        return f"hinoban/1/{self.site}/{self.name}/{what}"

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(ConnectionError):
            while await reader.read(4096):
                pass


async def report_for_ever(boards: Iterable[MqttBoard], every_s: float, **values: float) -> None:
    """Every board that is connected reports again and again, evenly spread, until cancelled."""
    boards = list(boards)
    slices = 20
    n = 0
    while True:
        for board in boards[n % slices :: slices]:
            if not board.is_cut:
                board.report(**values)
        n += 1
        await asyncio.sleep(every_s / slices)


async def all_at_once(boards: Iterable[MqttBoard], *, cut: bool) -> None:
    """Cut all boards off, or connect them."""
    await asyncio.gather(*(board.cut() if cut else board.connect() for board in boards))
