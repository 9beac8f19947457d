"""BoardBook: what each board has sent, what of it is new, and when it was captured. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from agent.errors import BadMessageError
from agent.samples import Sample
from gateway.clock import Now
from gateway.config import Board
from gateway.historian.rows import Basis, Batch, Correction, Origin
from gateway.mqtt.shelf import Shelf
from gateway.mqtt.stream import Capture, Stream
from gateway.mqtt.taken import BoardStatus, Taken
from gateway.mqtt.told import day_of
from gateway.mqtt.uptime import Frame
from gateway.mqtt.wire import Alarm, Lost, Message, Record, Samples, State

KIND: Final = "board"
"""The kind of this room's rows in the journal's state tables."""

_DUES: Final = "~due"
"""Of each board's rows, the one with its calibrations; no stream has this name."""

_STAYS: Final = "~stays"
"""The one with where it hung, and since when."""

STREAMS_KEPT: Final = 16
"""Ring stores remembered per board; each re-creation of the store makes a new one."""

FUTURE_US: Final = 10_000_000
"""A board's own clock further ahead of a synchronised gateway than this is not believed [µs]."""


class BoardBook:
    """The boards of one site.

    Args:
        boards: The configured boards; messages of others are refused.
        boot_id: Boot of the gateway's machine, to know which monotonic times can be compared.
    """

    def __init__(self, boards: Sequence[Board], boot_id: str) -> None:
        self._boot_id = boot_id
        self._frame: Frame | None = None
        self._shelves = {board.id: Shelf(board) for board in boards}
        self._corrections: list[Correction] = []
        self._due: set[str] = set()
        self._touched: set[tuple[str, str]] = set()
        self._rows: dict[str, str | None] = {}
        self.refused: Counter[str] = Counter()

    def take(self, message: Message, arrival: Now, *, retained: bool = False) -> Taken:
        """Take one message; nothing of a record that was taken before comes out again.

        Args:
            message: The message as read from the wire.
            arrival: When the gateway received it.
            retained: Whether the broker had kept it, so that its age is unknown.

        Raises:
            BadMessageError: The board is not configured (reason unknown_board).
        """
        shelf = self._shelves.get(message.board)
        if shelf is None:
            self.refused["unknown_board"] += 1
            raise BadMessageError(
                "unknown_board",
                f"board {message.board!r} is not configured; add a [[board]] with this id",
            )
        frame = self._frame = Frame.at(arrival, self._boot_id)
        if isinstance(message, State):
            taken = shelf.note_state(message, arrival.utc_us, retained=retained)
            if shelf.dues_changed:
                shelf.dues_changed = False
                self._rows[f"{message.board}/{_DUES}"] = shelf.save_dues()
            return taken
        shelf.last_heard_us = arrival.utc_us
        shelf.stays.arrive(arrival)
        if shelf.stays.changed:
            self._rows[f"{message.board}/{_STAYS}"] = shelf.stays.save()
        if isinstance(message, Lost):
            return self._take_lost(shelf, message, arrival.utc_us)
        return self._take_record(shelf, message, arrival, frame)

    def refuse(self, reason: str, board: str | None = None) -> None:
        """Count a message that could not be read, under its board where that is known."""
        shelf = self._shelves.get(board) if board is not None else None
        (self.refused if shelf is None else shelf.refused)[reason] += 1

    def shift(self, now: Now) -> None:
        """The gateway's clock was set: `now` is already read in the new UTC."""
        self._frame = Frame.at(now, self._boot_id)
        for shelf in self._shelves.values():
            for name, stream in shelf.streams.items():
                for boot in stream.boots.values():
                    boot.stepped(self._frame)
                self._touched.add((shelf.board.id, name))
                self._correct(shelf, name, stream, self._frame)

    def corrections(self) -> list[Correction]:
        """Starts of boots learnt since the last call; each belongs into the next commit."""
        learnt, self._corrections = self._corrections, []
        return learnt

    def acks(self) -> list[tuple[str, str, int]]:
        """(board, stream, seq) to publish once what was taken so far is on disk."""
        due, self._due = self._due, set()
        return self._acks_of(due)

    def all_acks(self) -> list[tuple[str, str, int]]:
        """(board, stream, seq) of every board's present stream."""
        return self._acks_of(self._shelves)

    def _acks_of(self, boards: Iterable[str]) -> list[tuple[str, str, int]]:
        return [
            (board, shelf.current, mark)
            for board in boards
            if (shelf := self._shelves[board]).current is not None
            and (mark := shelf.streams[shelf.current].watermark.mark) > 0
        ]

    def restore(self, rows: Mapping[str, str]) -> None:
        """Start from the rows on disk, forgetting all that was not committed."""
        for shelf in self._shelves.values():
            shelf.streams, shelf.current = {}, None
            shelf.load_dues(rows.get(f"{shelf.board.id}/{_DUES}"))
            shelf.stays.load(rows.get(f"{shelf.board.id}/{_STAYS}"))
        self._due, self._touched, self._rows, self._corrections = set(), set(), {}, []
        boots: dict[tuple[str, str], dict[int, str]] = {}
        for key, text in rows.items():
            if len(parts := key.split("/")) == 3:
                boots.setdefault((parts[0], parts[1]), {})[int(parts[2])] = text
        for key, text in rows.items():
            board, _, stream = key.partition("/")
            if board not in self._shelves or "/" in stream or stream in {_DUES, _STAYS}:
                continue
            if stream:
                known = boots.get((board, stream), {})
                self._shelves[board].streams[stream] = Stream.load(text, known, self._boot_id)
        for board, shelf in self._shelves.items():
            if board in rows:
                order = msgspec.json.decode(rows[board], type=list[str])
                shelf.streams = {s: shelf.streams[s] for s in order if s in shelf.streams}
                shelf.current = order[-1] if order and order[-1] in shelf.streams else None

    def dirty(self) -> dict[str, str | None]:
        """Rows changed since the last call; None deletes."""
        rows, self._rows = self._rows, {}
        for board, name in self._touched:
            shelf = self._shelves[board]
            if name not in shelf.streams or self._frame is None:
                continue
            stream = shelf.streams[name]
            rows[f"{board}/{name}"] = stream.save()
            for count, text in stream.save_boots(self._frame):
                rows[f"{board}/{name}/{count}"] = text
        self._touched = set()
        return rows

    def status(self) -> list[BoardStatus]:
        """Every configured board, in the order of the configuration."""
        return [shelf.status(self._frame) for shelf in self._shelves.values()]

    def _stream(self, shelf: Shelf, name: str) -> Stream:
        board = shelf.board.id
        stream = shelf.streams.get(name)
        if stream is None:
            stream = shelf.streams[name] = Stream()
            while len(shelf.streams) > STREAMS_KEPT:
                self._forget(shelf, next(iter(shelf.streams)))
        if shelf.current != name:
            # The stream that spoke last is the one the retained ack is about.
            shelf.streams[name] = shelf.streams.pop(name)
            shelf.current = name
            self._rows[board] = msgspec.json.encode(list(shelf.streams)).decode()
        self._touched.add((board, name))
        self._due.add(board)
        return stream

    def _forget(self, shelf: Shelf, name: str) -> None:
        key = f"{shelf.board.id}/{name}"
        self._rows[key] = None
        for count in shelf.streams.pop(name).boots:
            self._rows[f"{key}/{count}"] = None

    def _take_lost(self, shelf: Shelf, message: Lost, arrival_us: int) -> Taken:
        stream = self._stream(shelf, message.stream)
        if not stream.watermark.settle(message.seq):
            stream.duplicates += 1
            return Taken()
        stream.lost += 1
        span = (message.seq, message.seq)
        batch = _loss(message.board, message.stream, span, message.lost, arrival_us)
        return Taken((batch,))

    def _take_record(
        self, shelf: Shelf, message: Samples | Alarm, arrival: Now, frame: Frame
    ) -> Taken:
        record, board = message.record, message.board
        stream = self._stream(shelf, record.stream)
        fresh = stream.watermark.settle(record.seq)
        batches = [
            _loss(board, record.stream, span, "gone", arrival.utc_us)
            for span in stream.watermark.give_up_below(record.oldest)
        ]
        stream.lost += sum(_length(batch.origin) for batch in batches)
        if not fresh:
            stream.duplicates += 1
            return Taken(tuple(batches))
        is_alarm = isinstance(message, Alarm)
        # An edge may have waited for a connection, and does not say so.
        waited = not isinstance(message, Samples) or message.history
        shelf.history += waited and not is_alarm
        capture = self._capture(shelf, stream, record, arrival, frame, waited=waited)
        origin = Origin(
            kind="board",
            name=board,
            stream=record.stream,
            boot=record.boot,
            seq=record.seq,
            seq_to=record.seq,
            up_ms=record.up_ms,
            message="alarm" if is_alarm else "samples",
        )
        samples: tuple[Sample, ...] = ()
        if isinstance(message, Samples):
            datable = capture.known or frame.synchronised
            samples = shelf.samples(message, capture, day_of(capture.t_us) if datable else None)
        batches.append(
            Batch(
                origin,
                capture.basis,
                arrival.utc_us,
                samples,
                capture.t_earliest_us,
                waits=capture.basis is Basis.UPTIME and not capture.known,
            )
        )
        self._correct(shelf, record.stream, stream, frame)
        edge = shelf.edge(message, capture) if isinstance(message, Alarm) else None
        return Taken(tuple(batches), edge)

    def _capture(
        self,
        shelf: Shelf,
        stream: Stream,
        record: Record,
        arrival: Now,
        frame: Frame,
        *,
        waited: bool,
    ) -> Capture:
        boot = stream.boot(record.boot)
        if record.t_us is not None:
            if not frame.synchronised or record.t_us <= arrival.utc_us + FUTURE_US:
                boot.learn_own(record.up_ms, record.t_us)
                stream.gave(record.boot, record.t_us)
                return Capture(record.t_us, Basis.BOARD, known=True)
            shelf.refused["clock_ahead"] += 1
        boot.learn(record.up_ms, arrival.mono_us, frame, waited=waited)
        capture = stream.capture(record.boot, record.up_ms, arrival.utc_us, frame)
        boot.unsure = boot.unsure or (capture.basis is Basis.UPTIME and not capture.known)
        return capture

    def _correct(self, shelf: Shelf, name: str, stream: Stream, frame: Frame) -> None:
        for boot, start_us in stream.corrections(frame):
            self._touched.add((shelf.board.id, name))
            self._corrections.append(
                Correction("board", start_us, board=shelf.board.id, stream=name, boot=boot)
            )


def _loss(board: str, stream: str, span: tuple[int, int], reason: str, arrival_us: int) -> Batch:
    first, last = span
    origin = Origin(
        kind="board",
        name=board,
        stream=stream,
        seq=first,
        seq_to=last,
        lost=reason,
        message="lost",
    )
    return Batch(origin, Basis.GATEWAY, arrival_us)


def _length(origin: Origin) -> int:
    return (origin.seq_to or 0) - (origin.seq or 0) + 1
