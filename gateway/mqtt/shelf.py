"""Shelf: everything the gateway keeps of one configured board. Pure."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from agent.samples import Quality, Sample
from gateway.config import Board
from gateway.mqtt.stream import Capture, Stream
from gateway.mqtt.taken import BoardEdge, BoardStatus, Taken
from gateway.mqtt.uptime import Frame
from gateway.mqtt.wire import Alarm, Samples, State


@dataclass(slots=True)
class Shelf:
    """Everything about one configured board.

    Args:
        board: Its configuration.
    """

    board: Board
    points: dict[str, str] = field(init=False)
    streams: dict[str, Stream] = field(default_factory=dict)
    current: str | None = None
    online: bool | None = None
    last_heard_us: int | None = None
    refused: Counter[str] = field(default_factory=Counter)
    unlisted: Counter[str] = field(default_factory=Counter)
    state: dict[str, Any] = field(default_factory=dict)
    sensors: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        store = self.board.store
        self.points = {name: f"yard.{store}.{name}" for name in self.board.values}

    def note_state(self, message: State, arrival_us: int, *, retained: bool) -> Taken:
        """Keep what the board says of itself."""
        if message.part != "state":
            self.sensors[message.part.rpartition("/")[2]] = message.fields
        else:
            self.online = message.online
            # A last will says no more than "offline": what the board said before still stands.
            self.state = {**self.state, **message.fields}
        heard = not retained and message.online is not False
        if heard:
            self.last_heard_us = arrival_us
        return Taken(heard=heard)

    def samples(self, message: Samples, capture: Capture) -> tuple[Sample, ...]:
        """The samples of a message; values that are not configured are counted only."""
        taken = []
        for name, value in message.values.items():
            if (point := self.points.get(name)) is None:
                self.unlisted[name] += 1
            elif capture.known:
                taken.append(Sample(point, capture.t_us, value))
            else:
                taken.append(
                    Sample(point, capture.t_us, value, Quality.UNCERTAIN, "clock_unsynced")
                )
        for name, reason in message.bad.items():
            if (point := self.points.get(name)) is None:
                self.unlisted[name] += 1
            else:
                # Above its range a cell still says something: more than any limit.
                quality = Quality.UNCERTAIN if reason == "over_range" else Quality.BAD
                taken.append(Sample(point, capture.t_us, None, quality, reason))
        return tuple(taken)

    def edge(self, message: Alarm, capture: Capture) -> BoardEdge:
        """The alarm edge of a message."""
        point = None
        if message.point is not None:
            point = self.points.get(message.point)
            if point is None:
                self.unlisted[message.point] += 1
                point = f"yard.{self.board.store}.{message.point}"
        return BoardEdge(
            board=message.board,
            condition=message.condition,
            edge=message.edge,
            point=point,
            value=message.value,
            limit=message.limit,
            t_us=capture.t_us,
            known=capture.known,
        )

    def status(self, frame: Frame | None) -> BoardStatus:
        """What is known of the board."""
        stream = self.streams.get(self.current or "")
        boot = max(stream.boots, default=None) if stream is not None else None
        known = (
            stream is not None
            and boot is not None
            and frame is not None
            and stream.boots[boot].known(frame)
        )
        return BoardStatus(
            board=self.board.id,
            store=self.board.store,
            online=self.online,
            last_heard_us=self.last_heard_us,
            stream=self.current,
            boot=boot,
            clock_known=known,
            watermark=stream.watermark.mark if stream is not None else 0,
            held=len(stream.watermark.held) if stream is not None else 0,
            lost=sum(s.lost for s in self.streams.values()),
            duplicates=sum(s.duplicates for s in self.streams.values()),
            refused=dict(self.refused),
            unlisted=dict(self.unlisted),
            state=self.state,
            sensors=self.sensors,
        )
