"""Boards and their sensors, as the API tells them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from gateway.http.moments import Moment, named

BoardStatus = Literal["ok", "warning", "alarm", "silent", "offline", "unheard"]
"""How a board stands; "ok" only where it is heard, told its state and has nothing to see to."""

Calibration = Literal["held", "soon", "expired"]


@dataclass(frozen=True, slots=True)
class SensorView:
    """One of a board's sensors, as the board describes it.

    Args:
        value: The board's name of what it measures; None where it says none.
        place: Its ROM code, pin, or address and channel.
        due: The last day its calibration, or its test with gas, holds, as year-month-day.
        calibration: How `due` stands to today; None without a date or a clock to judge it by.
        status: "good", or the reason of its last reading; None before the first.
        note: Words for a technician.
    """

    value: str | None
    kind: str | None = None
    place: str | None = None
    calibrated: str | None = None
    due: str | None = None
    calibration: Calibration | None = None
    status: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class BoardView:
    """A board: is it heard, what did it lose, what does it say of itself. Unknown is None.

    Args:
        status: The worst of what is known of it; the gateway's restart makes it "unheard" until
            it speaks again.
        problems: What somebody should see to, as words of the message catalogue, the worst first.
        report_s: Seconds between its samples, as configured.
        watermark: Everything up to this sequence number is on disk or booked as lost.
        held: How many ranges above the watermark are on disk.
        history: Records it had kept since before its connection began.
        bad_messages: Messages and values that could not be taken, since the gateway started.
        capture_known: Whether its samples get a capture time that can be believed.
        told_us: When it last described itself; None where only the broker's copy is known.
        next_report_us: When it will report next, by its own word.
        release: Version it runs.
        slot: The half of its flash it runs from.
        trial: Whether that release is on trial.
        failed: The release that was given up last, and why.
        boots: Its boot count.
        up_s: Time since its start, when it last described itself [s].
        report_now_s: Seconds between its samples now, which an alarm shortens.
        battery: Whether it sleeps between its reports.
        free_heap: Memory left [bytes].
        clock_synchronised: Whether its own clock is right.
        ring_fill: How full its store is, 0–1.
        ring_days: How many days its store holds.
        unacknowledged: Records it keeps until this gateway has them on disk.
        oldest: Lowest seq it keeps.
        dropped: Samples it gave up because its store was full.
        alarms_dropped: Alarm edges it gave up so.
        alarm: The condition its own alarm stands for.
        horn: Whether its horn sounds.
        silenced: Whether somebody silenced it.
        died: Values whose sensor rose and then died, which is an alarm.
        crash: The task that crashed last, and its words.
        certificate_ends_us: When its certificate ends, where this gateway keeps the papers.
        sensors: Its sensors, by the number in their topic.
        state: Its own state message, as sent.
    """

    id: str
    store: str
    online: bool | None
    report_s: float
    status: BoardStatus = "unheard"
    problems: tuple[str, ...] = ()
    heard_us: Annotated[Moment | None, named("heard_utc")] = None
    stream: str | None = None
    boot: int | None = None
    watermark: int | None = None
    held: int = 0
    lost: int = 0
    duplicates: int = 0
    history: int = 0
    bad_messages: int = 0
    capture_known: bool = False
    told_us: Annotated[Moment | None, named("told_utc")] = None
    next_report_us: Annotated[Moment | None, named("next_report_utc")] = None
    release: str | None = None
    number: int | None = None
    slot: str | None = None
    trial: bool | None = None
    failed: str | None = None
    update: str | None = None
    boots: int | None = None
    reset_cause: str | None = None
    up_s: int | None = None
    report_now_s: float | None = None
    battery: bool = False
    free_heap: int | None = None
    clock_synchronised: bool | None = None
    ring_fill: float | None = None
    ring_days: float | None = None
    unacknowledged: int | None = None
    oldest: int | None = None
    dropped: int | None = None
    alarms_dropped: int | None = None
    alarm: str | None = None
    horn: bool | None = None
    silenced: bool | None = None
    died: str | None = None
    crash: str | None = None
    reconnects: int | None = None
    certificate_ends_us: Annotated[Moment | None, named("certificate_ends_utc")] = None
    sensors: Mapping[str, SensorView] = field(default_factory=dict)
    state: Mapping[str, object] = field(default_factory=dict)
