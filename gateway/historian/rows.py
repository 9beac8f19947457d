"""What one commit carries: batches of samples with their origin, bookings, alarms, corrections."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import msgspec

from agent.alarms.events import AlarmEvent
from agent.samples import Sample


class Basis(IntEnum):
    """Whose clock a batch's capture time rests on, which decides how readers may correct it."""

    BOARD = 0
    """The board's own synchronised clock: final."""
    GATEWAY = 1
    """The gateway's clock: corrected by a clock correction of the same boot of the gateway."""
    UPTIME = 2
    """The board's uptime plus the least arrival delay seen: corrected by a board correction."""
    SPAN = 3
    """Only known to lie in [t_earliest_us, t_us]; never a good point in time. Bounds told by the
    gateway's clock while it was not right are corrected like `GATEWAY`."""


class Origin(msgspec.Struct, frozen=True, array_like=True):
    """Where a batch came from.

    Args:
        kind: "board", "meter" or "gateway".
        name: Board or meter id.
        stream: Board's stream id.
        boot: Board's boot count.
        seq: First sequence number of the batch in its stream.
        seq_to: Last one; differs from `seq` only for booked losses.
        up_ms: Board's uptime at capture [ms].
        request: Meter's request number since the gateway started.
        lost: Why the sequence numbers carry no samples ("gone", "crc", …), else None.
        message: "samples", "alarm" or "lost" for boards.
    """

    kind: str
    name: str
    stream: str | None = None
    boot: int | None = None
    seq: int | None = None
    seq_to: int | None = None
    up_ms: int | None = None
    request: int | None = None
    lost: str | None = None
    message: str | None = None


class Batch(msgspec.Struct, frozen=True, gc=False):
    """Samples that share an origin, a time basis and an arrival.

    Args:
        arrival_us: Arrival at the gateway by its clock, UTC [µs].
        t_earliest_us: For `Basis.SPAN`, the earliest the capture can have been, UTC [µs].
        waits: For `Basis.UPTIME`, whether a correction is still to tell the capture time.
    """

    origin: Origin
    basis: Basis
    arrival_us: int
    samples: tuple[Sample, ...] = ()
    t_earliest_us: int | None = None
    waits: bool = False


class Booking(msgspec.Struct, frozen=True, array_like=True):
    """One step of a totaliser, booked exactly once: bookings of a counter form a chain.

    A booking that begins and ends at the count where the one before it ended, but earlier in time,
    tells what an unknown interval was after all.

    Args:
        counter: Point of the totaliser, such as ``unit1.coal.mass_total_kg``.
        from_us: Capture time of the reading before, UTC [µs]; None for the first ever, and where
            it was told by a clock nobody can correct any more.
        to_us: Capture time of this reading, UTC [µs].
        from_raw: Register count before; None for the first ever.
        to_raw: Register count now.
        amount: What was counted between them, in the point's unit; None where it cannot be known.
        kind: "first", "step", "rollover", "reset", "gap", "swap".
        total: Sum of all amounts booked so far, in the point's unit.
        least: Where the amount is not known: it was at least this much, in the point's unit; None
            where nothing bounds it.
        most: Where the amount is not known: it was at most this much; None where nothing bounds it.
    """

    counter: str
    from_us: int | None
    to_us: int
    from_raw: int | None
    to_raw: int
    amount: float | None
    kind: str
    total: float
    least: float | None = None
    most: float | None = None


class Deed(msgspec.Struct, frozen=True, array_like=True):
    """What a person did to a meter or a board, or on a handheld round.

    Args:
        kind: "swap", "swap cancelled" or "swap amended" of a meter, "command" to a board, "round
            opened", "round entry" or "round closed".
        source: The meter's, board's or round's id.
        person: Who.
        t_us: When, UTC [µs].
        comment: Their words.
        details: What they told, such as ``unit1.gross_total_kwh final 1234.5``, or the command's
            number and words.
    """

    kind: str
    source: str
    person: str
    t_us: int
    comment: str | None = None
    details: tuple[str, ...] = ()


class Heard(msgspec.Struct, frozen=True, array_like=True):
    """A word of a board that brought no samples, such as one that came a second time.

    Args:
        board: Its id.
        at_us: When it arrived, UTC [µs].
    """

    board: str
    at_us: int


class Correction(msgspec.Struct, frozen=True, array_like=True):
    """A capture-time offset learnt after samples were journalled; readers apply it.

    Args:
        kind: "clock" (this gateway's clock, for one boot of its machine) or "board".
        boot_id: For "clock": the machine boot whose unsynchronised commits are corrected.
        offset_us: For "clock": true UTC − monotonic time of that boot [µs]. For "board":
            true UTC − board uptime [µs].
        board: For "board": its id.
        stream: For "board": its stream.
        boot: For "board": the boot count whose samples are corrected.
    """

    kind: str
    offset_us: int
    boot_id: str | None = None
    board: str | None = None
    stream: str | None = None
    boot: int | None = None


@dataclass(frozen=True, slots=True)
class Commit:
    """Everything that goes to disk in one transaction.

    Args:
        boot_id: Boot of the gateway's machine.
        utc_us: Gateway's UTC at commit [µs].
        mono_us: Gateway's monotonic time at commit [µs].
        synchronised: Whether its UTC could be believed; False marks the whole row.
        state: (kind, key) -> JSON text upserted into the state table, None deletes: watermarks,
            counter ledgers, alarm states.
        ticks_us: Silence ticks evaluated since the last commit, UTC [µs], for replay.
        deeds: What people did to meters.
        heard: Boards that were heard without samples, for replay.
    """

    boot_id: str
    utc_us: int
    mono_us: int
    synchronised: bool
    batches: tuple[Batch, ...] = ()
    bookings: tuple[Booking, ...] = ()
    alarm_events: tuple[AlarmEvent, ...] = ()
    corrections: tuple[Correction, ...] = ()
    state: Mapping[tuple[str, str], str | None] = field(default_factory=dict)
    ticks_us: tuple[int, ...] = ()
    deeds: tuple[Deed, ...] = ()
    heard: tuple[Heard, ...] = ()
