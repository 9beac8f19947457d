"""The hub of the live stream: events batched per tick and encoded once for all clients."""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from pydantic import TypeAdapter

from agent.alarms.events import AlarmEvent
from agent.samples import Sample
from gateway.http.alarm_views import EventView
from gateway.http.crowd_views import FloodView
from gateway.http.footprint_views import CofiringView, LiveFactor
from gateway.http.health_view import Health
from gateway.http.store_views import StoreView
from gateway.http.value_views import PointValue

RELOAD: Final = b"event: reload\ndata: {}\n\n"
"""What a client gets that has missed events the hub no longer holds."""

AT_ONCE: Final = 100
"""So many samples become text before anything else of the gateway has a turn."""

_SAMPLES: Final = TypeAdapter(list[PointValue])

_KINDS: Final[dict[type, str]] = {
    CofiringView: "cofiring",
    FloodView: "flood",
    Health: "health",
    LiveFactor: "factor",
    StoreView: "store",
}


@dataclass(frozen=True, slots=True)
class _Frame:
    number: int
    data: bytes


class Hub:
    """Collects events and hands out encoded frames; to be used from the loop only.

    A client is only the number of the last frame it has seen, so a slow one costs nothing; one
    that falls behind the buffer is told to reload. Until somebody listens, and again once nobody
    has for as many flushes as the buffer holds frames, nothing is encoded.

    Args:
        epoch: A name of this run of the gateway: numbers of another run are not comparable.
        keep: How many frames are held for clients that come back.
    """

    def __init__(self, epoch: str, keep: int = 240) -> None:
        self._epoch = epoch
        self._frames: deque[_Frame] = deque(maxlen=keep)
        self.number = 0
        self._samples: dict[str, Sample] = {}
        self._pending: dict[str, list[bytes]] = {}
        self._writers: dict[type, TypeAdapter[Any]] = {}
        self._news = asyncio.Event()
        self._listeners = 0
        self._unheard = keep + 1
        self.closed = False

    def samples(self, samples: Iterable[Sample]) -> None:
        """Stream samples: of each point the newest by capture time within a tick."""
        if self.is_idle:
            return
        for sample in samples:
            held = self._samples.get(sample.point)
            if held is None or sample.t_us >= held.t_us:
                self._samples[sample.point] = sample

    def alarm_event(self, event: AlarmEvent, number: int | None = None) -> None:
        """Stream what happened to an alarm; `number` is its place in the alarm journal, if any."""
        self._put("alarm_event", EventView.of(event, number))

    def view(self, view: CofiringView | FloodView | Health | LiveFactor | StoreView) -> None:
        """Stream one of the API's answers that has changed."""
        self._put(_KINDS[type(view)], view)

    def flush(self, *, samples: bool = True) -> None:
        """Encode what came since the last call as one frame and wake the clients.

        Args:
            samples: With the samples, which are many; else they stay for the next tick.
        """
        self._unheard = 0 if self._listeners else self._unheard + 1
        if self.is_idle:
            self._fall_idle()
            return
        if samples:
            self._encode(len(self._samples))
        if not self._pending:
            return
        self.number += 1
        body = b",".join(
            b'"%s":[%s]' % (kind.encode(), b",".join(items))
            for kind, items in self._pending.items()
        )
        self._pending = {}
        head = f"id: {self._epoch}-{self.number}\nevent: batch\ndata: ".encode()
        self._frames.append(_Frame(self.number, head + b"{" + body + b"}\n\n"))
        self._wake()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """While a client is there."""
        self._listeners += 1
        self._unheard = 0
        try:
            yield
        finally:
            self._listeners -= 1

    async def run(self, tick_s: float) -> None:
        """Flush at every tick, until cancelled."""
        while True:
            await asyncio.sleep(tick_s)
            for _ in range(len(self._samples) // AT_ONCE):
                self._encode(AT_ONCE)
                await asyncio.sleep(0)
            self.flush()

    def close(self) -> None:
        """Let every waiting client go, because the gateway goes down."""
        self.closed = True
        self._wake()

    def position(self, last_event_id: str | None) -> int | None:
        """Where a client continues: after the frame it saw last, or live; None: reload."""
        if not last_event_id:
            return self.number
        epoch, _, number = last_event_id.rpartition("-")
        if epoch != self._epoch or not number.isdecimal() or int(number) > self.number:
            return None
        return int(number)

    def greeting(self) -> bytes:
        """The first event: where the stream stands, so that a reconnect can continue there."""
        return f"id: {self._epoch}-{self.number}\nevent: hello\ndata: {{}}\n\n".encode()

    def after(self, number: int) -> tuple[int, bytes] | None:
        """Number of the newest frame and the frames after `number`; None where some are gone."""
        oldest = self._frames[0].number if self._frames else self.number + 1
        if number + 1 < oldest:
            return None
        return self.number, b"".join(f.data for f in self._frames if f.number > number)

    async def wait(self, timeout_s: float) -> None:
        """Wait for a frame, for the end, or for so long."""
        news = self._news
        try:
            async with asyncio.timeout(timeout_s):
                await news.wait()
        except TimeoutError:
            return

    @property
    def is_idle(self) -> bool:
        """Whether nobody listens, and nobody can come back to where they were."""
        return self._unheard > (self._frames.maxlen or 0)

    def _encode(self, count: int) -> None:
        """Make text of so many samples, those that came first."""
        points = list(islice(self._samples, count))
        if not points:
            return
        values = [PointValue.of(self._samples.pop(point)) for point in points]
        text = _SAMPLES.dump_json(values, by_alias=True)
        self._pending.setdefault("sample", []).append(text[1:-1])

    def _fall_idle(self) -> None:
        self._samples.clear()
        self._pending = {}
        if self._frames:
            # A number without a frame: who comes back with an earlier one has missed something.
            self._frames.clear()
            self.number += 1

    def _put(self, kind: str, view: Any) -> None:
        shape = type(view)
        if shape not in self._writers:
            self._writers[shape] = TypeAdapter(shape)
        text = self._writers[shape].dump_json(view, by_alias=True)
        self._pending.setdefault(kind, []).append(text)

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
