"""What the API shows of boards: heard, told, and what somebody should see to."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final

from gateway.boards import identity
from gateway.boards.certificates import WARN_DAYS
from gateway.boards.errors import BoardError
from gateway.boards.keyring import Keyring
from gateway.clock import Clock, Now
from gateway.config import Config
from gateway.http.board_views import BoardStatus as Status
from gateway.http.board_views import BoardView, Calibration, SensorView
from gateway.mqtt.taken import BoardStatus
from gateway.mqtt.told import SensorTold, day_of
from gateway.recording.desk import Desk

SOON_DAYS: Final = 30
"""How long before its last day a calibration is due [days]."""

_FULL: Final = 0.8
_MISSED_REPORTS: Final = 3
_LOOK_US: Final = 600_000_000
"""How often the papers are looked at [µs]; a board that was made meanwhile shows after that."""


class BoardTable:
    """The boards of a site, each with its status and what is amiss.

    Args:
        config: The site.
        desk: What was heard of them.
        clock: What time it is.
    """

    def __init__(self, config: Config, desk: Desk, clock: Clock) -> None:
        self._ring = Keyring(config.keyring())
        self._desk = desk
        self._clock = clock
        self._ends: dict[str, datetime] = {}
        self._looked_us: int | None = None
        self.use(config)

    def use(self, config: Config) -> None:
        """Show the boards of another site's file from now on."""
        self._report_s = {board.id: board.report_s for board in config.board}
        self._silences = {alarm.id for alarm in config.alarm if alarm.kind == "silence"}

    def boards(self) -> list[BoardView]:
        """Every board, in the order of the configuration."""
        now = self._clock.now()
        ends = self._papers(now)
        return [self._view(one, now, ends.get(one.board)) for one in self._desk.boards.status()]

    def _view(self, one: BoardStatus, now: Now, ends: datetime | None) -> BoardView:
        told = one.told
        report_s = self._report_s[one.board]
        sensors = _sensors(one, now)
        certificate_days = None if ends is None else (ends - _moment(now)).days
        found = amiss(one, sensors.values(), certificate_days)
        problems = tuple(word for word, stands in found.items() if stands)
        return BoardView(
            id=one.board,
            store=one.store,
            online=one.online,
            report_s=report_s,
            status=self._status(one, problems, now, report_s),
            problems=problems,
            heard_us=one.last_heard_us,
            stream=one.stream,
            boot=one.boot,
            watermark=one.watermark,
            held=one.held,
            lost=one.lost,
            duplicates=one.duplicates,
            history=one.history,
            bad_messages=sum(one.refused.values()) + sum(one.unlisted.values()),
            capture_known=one.clock_known,
            told_us=one.told_us,
            next_report_us=one.next_report_us,
            release=told.release,
            number=told.number,
            slot=told.slot,
            trial=told.trial,
            failed=told.failed,
            update=told.update,
            boots=told.boot,
            reset_cause=told.reset_cause,
            up_s=None if told.up_ms is None else told.up_ms // 1000,
            report_now_s=told.report_s,
            battery=told.battery,
            free_heap=told.free_heap,
            clock_synchronised=told.clock_synchronised,
            ring_fill=told.ring_fill,
            ring_days=told.ring_days,
            unacknowledged=told.held,
            oldest=told.oldest,
            dropped=told.dropped,
            alarms_dropped=told.alarms_dropped,
            alarm=told.alarm,
            horn=told.horn,
            silenced=told.silenced,
            died=told.died,
            crash=told.crash,
            reconnects=told.reconnects,
            certificate_ends_us=None if ends is None else round(ends.timestamp() * 1e6),
            sensors=sensors,
            state=one.state,
        )

    def _status(
        self, one: BoardStatus, problems: tuple[str, ...], now: Now, report_s: float
    ) -> Status:
        if one.last_heard_us is None:
            return "offline" if one.online is False else "unheard"
        # What a board that is gone said of itself tells nothing of now, its horn included.
        if one.online is False:
            return "offline"
        missed_us = _MISSED_REPORTS * round(report_s * 1e6)
        due_us = max(one.last_heard_us, one.next_report_us or 0) + missed_us
        if now.utc_us > due_us or any(
            alarm.in_alarm and alarm.condition in self._silences
            for alarm in self._desk.alarms.instances(one.board)
        ):
            return "silent"
        if one.told.alarm is not None:
            return "alarm"
        return "warning" if problems else "ok"

    def _papers(self, now: Now) -> dict[str, datetime]:
        """Board -> when its certificate ends, as far as this gateway keeps the papers."""
        if self._looked_us is None or now.mono_us - self._looked_us > _LOOK_US:
            self._looked_us = now.mono_us
            self._ends = dict(_ends(self._ring, now))
        return self._ends


def amiss(
    one: BoardStatus, sensors: Iterable[SensorView], certificate_days: int | None
) -> dict[str, bool]:
    """What somebody should see to: words of the message catalogue, the worst first.

    Args:
        one: The board.
        sensors: Its sensors, judged.
        certificate_days: How long its certificate holds, where that is known [days].

    Returns:
        Each word, and whether it is so.
    """
    told, sensors = one.told, list(sensors)
    heard = one.last_heard_us is not None
    calibrations = {sensor.calibration for sensor in sensors}
    return {
        "died": told.died is not None,
        "alarms_dropped": bool(told.alarms_dropped),
        "guard": bool(told.guard_failures),
        "no_state": heard and not one.state,
        "sensor": any(s.status not in {None, "good", "expired_calibration"} for s in sensors),
        "calibration_expired": "expired" in calibrations,
        "no_time": heard and not one.clock_known,
        "ring_full": told.ring_fill is not None and told.ring_fill >= _FULL,
        "hold": told.hold is True,
        "trial": told.trial is True,
        "update_failed": told.failed is not None,
        "certificate_ended": certificate_days is not None and certificate_days < 0,
        "certificate_soon": certificate_days is not None and 0 <= certificate_days < WARN_DAYS,
        "calibration_soon": "soon" in calibrations,
        "refused": bool(one.refused),
        "unlisted": bool(one.unlisted),
    }


def _ends(ring: Keyring, now: Now) -> list[tuple[str, datetime]]:
    try:
        return [(paper.owner, paper.ends_utc) for paper in identity.papers(ring, _moment(now))]
    except (BoardError, OSError):
        return []  # `hinoban board list` says what is wrong with them


def _moment(now: Now) -> datetime:
    return datetime.fromtimestamp(now.utc_us / 1e6, UTC)


def _sensors(one: BoardStatus, now: Now) -> dict[str, SensorView]:
    today = day_of(now.utc_us) if now.synchronised else None
    by_number = sorted(one.sensors.items(), key=lambda item: int(item[0]))
    found = {number: _sensor(told, _due(told, one), today) for number, told in by_number}
    spoken = {view.value for view in found.values()}
    silent = [name for name in one.dues if name not in spoken]
    # Planned in the site's file; the board has not described them yet.
    planned = [SensorTold(value=name) for name in silent]
    return found | {f"plan_{t.value}": _sensor(t, _due(t, one), today) for t in planned}


def _due(told: SensorTold, one: BoardStatus) -> date | None:
    return told.trusted_until or (one.dues.get(told.value) if told.value is not None else None)


def _sensor(told: SensorTold, due: date | None, today: date | None) -> SensorView:
    calibration: Calibration | None = None
    if due is not None and today is not None:
        soon = today > due - timedelta(days=SOON_DAYS)
        calibration = "expired" if today > due else "soon" if soon else "held"
    return SensorView(
        value=told.value,
        kind=told.kind,
        place=told.place,
        calibrated=None if told.calibrated is None else told.calibrated.isoformat(),
        due=None if due is None else due.isoformat(),
        calibration=calibration,
        status=told.status,
        note=told.note,
    )
