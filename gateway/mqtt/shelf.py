"""Shelf: everything the gateway keeps of one configured board. Pure."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import msgspec

from agent.samples import Quality, Sample
from gateway.config import Board
from gateway.mqtt.stays import Stays
from gateway.mqtt.stream import Capture, Stream
from gateway.mqtt.taken import BoardEdge, BoardStatus, Taken
from gateway.mqtt.told import BoardTold, SensorTold, board_told, date_of, sensor_told
from gateway.mqtt.uptime import Frame
from gateway.mqtt.wire import Alarm, Samples, State

_CO: Final = "co_ppm"
_O2: Final = "o2_percent"


@dataclass(slots=True)
class Shelf:
    """Everything about one configured board.

    Args:
        board: Its configuration.
    """

    board: Board
    points: dict[str, str] = field(init=False)
    stays: Stays = field(init=False)
    _planned: dict[str, date] = field(init=False)
    streams: dict[str, Stream] = field(default_factory=dict)
    current: str | None = None
    online: bool | None = None
    last_heard_us: int | None = None
    refused: Counter[str] = field(default_factory=Counter)
    unlisted: Counter[str] = field(default_factory=Counter)
    state: dict[str, Any] = field(default_factory=dict)
    told: BoardTold = field(default_factory=BoardTold)
    told_us: int | None = None
    sensors: dict[str, SensorTold] = field(default_factory=dict)
    dues: dict[str, date] = field(default_factory=dict)
    dues_changed: bool = False
    history: int = 0

    def __post_init__(self) -> None:
        self.points = {name: self.board.point(name) for name in self.board.values}
        self.stays = Stays(self.board)
        self._planned = _planned_dues(self.board)

    def note_state(self, message: State, arrival_us: int, *, retained: bool) -> Taken:
        """Keep what the board says of itself."""
        if message.part != "state":
            self._note_sensor(message)
        elif message.online:
            self.online, self.state = True, message.fields
            self.told = board_told(message.fields)
            self.told_us = None if retained else arrival_us
        else:
            # A last will says no more than "offline": what the board said before still stands.
            self.online = False
            self.state = {**self.state, "online": False}
        heard = not retained and message.online is not False
        if heard:
            self.last_heard_us = arrival_us
        return Taken(heard=heard)

    def samples(self, message: Samples, capture: Capture, day: date | None) -> tuple[Sample, ...]:
        """The samples of a message; values that are not configured are counted only.

        Args:
            message: What the board sent.
            capture: When it was captured.
            day: The UTC day of that; None where no clock can be believed, so that nothing is
                judged expired.
        """
        taken = []
        points, low_o2 = self._points_at(capture.t_us), self._low_o2(message)
        for name, value in message.values.items():
            # A doubtful value must not return an alarm; one of unsure time may. So doubt is first.
            doubt = message.doubt.get(name)
            if doubt is None and low_o2 and name.endswith(_CO):
                doubt = "low_o2"
            doubt = doubt or self._expired(name, day)
            if doubt is None and not capture.known:
                doubt = "clock_unsynced"
            if (point := points.get(name)) is None:
                self.unlisted[name] += 1
            elif doubt is None:
                taken.append(Sample(point, capture.t_us, value))
            else:
                taken.append(Sample(point, capture.t_us, value, Quality.UNCERTAIN, doubt))
        for name, reason in message.bad.items():
            if (point := points.get(name)) is None:
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
            point = self._points_at(capture.t_us).get(message.point)
            if point is None:
                self.unlisted[message.point] += 1
                point = self.stays.prefix(capture.t_us) + message.point
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

    def _low_o2(self, message: Samples) -> bool:
        """Whether a CO cell has too little oxygen to be believed, by the same message."""
        least = self.board.o2_least_percent
        return any(v < least for name, v in message.values.items() if name.endswith(_O2))

    def _points_at(self, t_us: int) -> dict[str, str]:
        """The points that its values were at a time [µs]."""
        if not self.stays.moved:
            return self.points
        prefix = self.stays.prefix(t_us)
        return {name: prefix + name for name in self.points}

    def due(self, name: str) -> date | None:
        """The last day a value's calibration holds: what its board says, else what is planned."""
        return self.dues.get(name) or self._planned.get(name)

    def save_dues(self) -> str:
        """The calibrations that the board has told of, as the row to keep."""
        return msgspec.json.encode({k: day.isoformat() for k, day in self.dues.items()}).decode()

    def load_dues(self, text: str | None) -> None:
        """Take over the row that was kept."""
        rows = {} if text is None else msgspec.json.decode(text, type=dict[str, str])
        self.dues = {k: day for k, row in rows.items() if (day := date_of(row)) is not None}
        self.dues_changed = False

    def _note_sensor(self, message: State) -> None:
        told = sensor_told(message.fields)
        self.sensors[str(int(message.part.rpartition("/")[2]))] = told
        if told.value not in self.points or self.dues.get(told.value) == told.trusted_until:
            return
        if told.trusted_until is None:
            del self.dues[told.value]
        else:
            self.dues[told.value] = told.trusted_until
        self.dues_changed = True

    def _expired(self, name: str, day: date | None) -> str | None:
        due = self.due(name)
        expired = due is not None and day is not None and day > due
        return "expired_calibration" if expired else None

    def _next_report_us(self, stream: Stream | None, frame: Frame | None) -> int | None:
        """When the board said that it would report next, UTC [µs]; None where that is not known."""
        told = self.told
        if told.next_report_up_ms is None or told.up_ms is None:
            return None
        if self.told_us is not None:
            return self.told_us + (told.next_report_up_ms - told.up_ms) * 1000
        boot = stream.boots.get(told.boot) if stream is not None and told.boot is not None else None
        if boot is None or frame is None or not boot.known(frame):
            return None
        start_us = boot.start_us(frame)
        return None if start_us is None else start_us + told.next_report_up_ms * 1000

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
            store=self.board.place,
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
            history=self.history,
            state=self.state,
            told=self.told,
            told_us=self.told_us,
            next_report_us=self._next_report_us(stream, frame),
            sensors=dict(self.sensors),
            dues={name: due for name in self.points if (due := self.due(name)) is not None},
        )


def _planned_dues(board: Board) -> dict[str, date]:
    """The calibrations that the site's file has for a board: its word until the board speaks."""
    section = board.config.get("sensors")
    found = {}
    for entry in section if isinstance(section, list | tuple) else ():
        told = sensor_told(entry) if isinstance(entry, dict) else SensorTold()
        if told.value is not None and told.trusted_until is not None:
            found[told.value] = told.trusted_until
    return found
