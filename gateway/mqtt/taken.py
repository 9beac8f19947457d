"""What taking a message gives, and what is known of a board: the words of this room's door."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from gateway.historian.rows import Batch
from gateway.mqtt.told import BoardTold, SensorTold


@dataclass(frozen=True, slots=True)
class BoardEdge:
    """An edge of a board's own alarm, as the alarm engine takes it.

    Args:
        board: Board id.
        condition: "temp_high", "co_high", "sensor_fault", or a newer board's word.
        edge: "raised", "cleared" or "silenced".
        point: Full name of the point, or None if the board named none.
        value: The value that caused it, in the unit the point's name ends in, if any.
        limit: The limit it crossed, if any.
        t_us: Capture time, or the latest it can have been, UTC [µs].
        known: Whether `t_us` is a good point in time.
    """

    board: str
    condition: str
    edge: str
    point: str | None
    value: float | None
    limit: float | None
    t_us: int
    known: bool


class Taken(msgspec.Struct, frozen=True, gc=False):
    """What one message came to.

    Args:
        batches: For the journal: the record itself and losses booked with it; empty for a
            duplicate.
        edge: An alarm edge, if the message was a new one.
        heard: Whether the board itself spoke just now (a last will and a retained state do not
            count).
    """

    batches: tuple[Batch, ...] = ()
    edge: BoardEdge | None = None
    heard: bool = True


@dataclass(frozen=True, slots=True)
class BoardStatus:
    """What is known of a board since this gateway started; streams, marks and losses for ever.

    Args:
        online: What its last state message said; None before the first.
        last_heard_us: Last message it sent itself, UTC [µs].
        stream: Its present ring store.
        boot: Newest boot count seen in it.
        clock_known: Whether records of that boot get a good capture time.
        watermark: Every seq up to this is on disk or booked as lost.
        held: How many ranges above the watermark are on disk.
        lost: Sequence numbers booked as lost, over all streams.
        duplicates: Records that came more than once, over all streams.
        refused: Messages that could not be taken, by reason.
        unlisted: Values the configuration does not list for this board, by name.
        history: Records that it had kept since before its connection began.
        state: Its last state message, as sent.
        told: The same, as far as it makes sense.
        told_us: When it came, UTC [µs]; None where the broker had kept it.
        next_report_us: When it will report next, by its own word, UTC [µs].
        sensors: Its last `state/sensors/<n>` messages, by n.
        dues: The last day each value's calibration holds, by name.
    """

    board: str
    store: str
    online: bool | None
    last_heard_us: int | None
    stream: str | None
    boot: int | None
    clock_known: bool
    watermark: int
    held: int
    lost: int
    duplicates: int
    refused: dict[str, int]
    unlisted: dict[str, int]
    history: int
    state: dict[str, Any]
    told: BoardTold
    told_us: int | None
    next_report_us: int | None
    sensors: dict[str, SensorTold]
    dues: dict[str, date]
