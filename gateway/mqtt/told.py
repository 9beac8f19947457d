"""What a board says of itself and its sensors, read leniently: what makes no sense is None. Pure.

A state message of an older or newer board, or of a broken one, must neither hide its other keys nor
put anything on a page that is no number, no word or no date.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

_MOST_TEXT: Final = 120
_MOST_WHOLE: Final = 2**53
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class SensorTold:
    """One sensor, as its board describes it.

    Args:
        value: The board's name of what it measures.
        kind: Kind of sensor, such as ds18b20.
        place: Where it is: its ROM code, its pin or its address and channel.
        calibrated: When it was calibrated last.
        due: The last day its calibration holds.
        bump_due: The last day its test with gas holds.
        status: "good", or the reason of its last reading.
        judged: Whether the board itself knows the date, and so whether `due` is over.
        note: Words for a technician.
    """

    value: str | None = None
    kind: str | None = None
    place: str | None = None
    calibrated: date | None = None
    due: date | None = None
    bump_due: date | None = None
    status: str | None = None
    judged: bool | None = None
    note: str | None = None

    @property
    def trusted_until(self) -> date | None:
        """The last day on which its numbers are good."""
        return min((day for day in (self.due, self.bump_due) if day is not None), default=None)


@dataclass(frozen=True, slots=True)
class BoardTold:
    """A board, as it describes itself; None where it says nothing.

    Args:
        release: Version it runs, and the `number` that rises with each release.
        slot: The half of its flash it runs from.
        trial: Whether it runs a new release on trial.
        failed: The release that was given up last, and why.
        update: How far an update is.
        boot: Its boot count.
        reset_cause: Why it started.
        up_ms: Time since then [ms].
        report_s: Seconds between its samples now.
        next_report_up_ms: When it will report next, as its uptime [ms].
        battery: Whether it sleeps between its reports.
        free_heap: Memory left [bytes].
        clock_synchronised: Whether its own clock is right.
        ring_fill: How full its store is, 0–1.
        ring_days: How many days its store holds.
        held: Records it keeps until they are acknowledged.
        oldest: Lowest seq it keeps.
        newest: Highest seq it has given.
        dropped: Samples it gave up because its store was full.
        alarms_dropped: Alarm edges it gave up so.
        alarm: The condition its own alarm stands for.
        horn: Whether its horn sounds.
        silenced: Whether somebody has silenced it.
        died: Values whose sensor rose and then died, which is an alarm.
        guard_failures: Scans that failed.
        crash: The task that crashed last, and its words.
        reconnects: How often it connected anew.
        hold: Whether it has stopped resetting itself for want of a connection.
        command: Number of the last command it took.
    """

    release: str | None = None
    number: int | None = None
    slot: str | None = None
    trial: bool | None = None
    failed: str | None = None
    update: str | None = None
    boot: int | None = None
    reset_cause: str | None = None
    up_ms: int | None = None
    report_s: float | None = None
    next_report_up_ms: int | None = None
    battery: bool = False
    free_heap: int | None = None
    clock_synchronised: bool | None = None
    ring_fill: float | None = None
    ring_days: float | None = None
    held: int | None = None
    oldest: int | None = None
    newest: int | None = None
    dropped: int | None = None
    alarms_dropped: int | None = None
    alarm: str | None = None
    horn: bool | None = None
    silenced: bool | None = None
    died: str | None = None
    guard_failures: int | None = None
    crash: str | None = None
    reconnects: int | None = None
    hold: bool | None = None
    command: int | None = None


def sensor_told(fields: Mapping[str, Any]) -> SensorTold:
    """A `state/sensors/<n>` message."""
    places = [
        text if key == "rom" else f"{key} {text}"
        for key in ("rom", "pin", "cs", "address", "channel")
        if (text := _words(fields.get(key))) is not None
    ]
    return SensorTold(
        value=_text(fields, "value"),
        kind=_text(fields, "kind"),
        place=", ".join(places) or None,
        calibrated=_date(fields, "calibrated"),
        due=_date(fields, "due"),
        bump_due=_date(fields, "bump_due"),
        status=_text(fields, "status"),
        judged=_truth(fields, "judged"),
        note=_text(fields, "note"),
    )


def board_told(fields: Mapping[str, Any]) -> BoardTold:
    """A `state` message."""
    net, crash = _part(fields, "net"), _part(fields, "crash")
    return BoardTold(
        release=_text(fields, "release") or _text(fields, "firmware"),
        number=_whole(fields, "number"),
        slot=_text(fields, "slot"),
        trial=_truth(fields, "trial"),
        failed=_joined(fields.get("failed"), ": "),
        update=_text(fields, "update"),
        boot=_whole(fields, "boot"),
        reset_cause=_text(fields, "reset_cause"),
        up_ms=_whole(fields, "up_ms"),
        report_s=_real(fields, "report_s"),
        next_report_up_ms=_whole(fields, "next_report_up_ms"),
        battery=fields.get("power") == "battery",
        free_heap=_whole(fields, "free_heap"),
        clock_synchronised=_truth(fields, "clock_synchronised"),
        ring_fill=_real(fields, "ring_fill"),
        ring_days=_real(fields, "ring_days"),
        held=_whole(fields, "ring_records"),
        oldest=_whole(fields, "oldest"),
        newest=_whole(fields, "newest"),
        dropped=_whole(fields, "dropped"),
        alarms_dropped=_whole(fields, "alarms_dropped"),
        alarm=_text(fields, "alarm"),
        horn=_truth(fields, "horn"),
        silenced=_truth(fields, "silenced"),
        died=_joined(fields.get("died"), ", "),
        guard_failures=_whole(fields, "guard_failures"),
        crash=_joined([crash.get("task"), crash.get("text")], ": "),
        reconnects=_whole(net, "reconnects"),
        hold=_truth(net, "hold"),
        command=_whole(fields, "cmd_n"),
    )


def day_of(utc_us: int) -> date | None:
    """The UTC day of an instant [µs]; None beyond what a calendar has."""
    try:
        return date.fromordinal(_EPOCH.toordinal() + utc_us // 86_400_000_000)
    except (ValueError, OverflowError):
        return None


def date_of(text: object) -> date | None:
    """A date such as 2027-05-01; None for anything else."""
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _date(fields: Mapping[str, Any], key: str) -> date | None:
    return date_of(fields.get(key))


def _text(fields: Mapping[str, Any], key: str) -> str | None:
    value = fields.get(key)
    return value[:_MOST_TEXT] if isinstance(value, str) and value else None


def _words(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value)[:_MOST_TEXT] if isinstance(value, str) or abs(value) <= _MOST_WHOLE else None


def _joined(parts: object, between: str) -> str | None:
    listed = parts if isinstance(parts, list) else [parts]
    known = [text for part in listed if (text := _words(part))]
    return between.join(known)[:_MOST_TEXT] or None


def _whole(fields: Mapping[str, Any], key: str) -> int | None:
    value = fields.get(key)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _MOST_WHOLE else None


def _real(fields: Mapping[str, Any], key: str) -> float | None:
    value = fields.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 <= value <= _MOST_WHOLE and math.isfinite(value) else None


def _truth(fields: Mapping[str, Any], key: str) -> bool | None:
    """A truth; firmware says some of them as 0 or 1."""
    value = fields.get(key)
    return bool(value) if isinstance(value, bool) or value in (0, 1) else None


def _part(fields: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = fields.get(key)
    return value if isinstance(value, dict) else {}
