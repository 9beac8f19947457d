"""The board's own alarm: limits with hysteresis, and what horn and lamp make of them.

It knows neither network nor store. A value at or above its limit sounds at once; its condition is
over when the value has stayed below the lower threshold for the off-delay. A value that is missing
changes nothing about an alarm that stands, and one that was near its limit or rose steeply when it
went missing is an alarm itself: a sensor that rises and then dies is no mere fault.
"""

import gasp

OFF_SHARE = {"temp_high": 0.96, "co_high": 0.9}  # 48 of 50 °C, 2700 of 3000 ppm
# So near its limit, a value that goes missing is an alarm even if it did not rise: 45 °C, 2400 ppm.
NEAR_SHARE = {"temp_high": 0.9, "co_high": 0.8}

# States of an alarm, after ISA-18.2. None is normal.
SOUNDING = 1  # the condition stands, nobody has silenced it
SILENCED = 2  # the condition stands, the horn is silent for a while
RETURNED = 3  # the condition is over, nobody has silenced the horn yet
LATCHED = 4  # the condition is over and the horn silent; the lamp waits for a reset
STATES = (SOUNDING, SILENCED, RETURNED, LATCHED)

TRANSITIONS = {
    (None, "raised"): SOUNDING,
    (RETURNED, "raised"): SOUNDING,
    (LATCHED, "raised"): SOUNDING,
    (SOUNDING, "silenced"): SILENCED,
    (RETURNED, "silenced"): LATCHED,
    (SILENCED, "expired"): SOUNDING,
    (SOUNDING, "cleared"): RETURNED,
    (SILENCED, "cleared"): LATCHED,
    (RETURNED, "reset"): None,
    (LATCHED, "reset"): None,
}

TYPE_CHECKING = False
if TYPE_CHECKING:
    Edge = tuple[str, str, str, float | None, float | None]


class Standing:
    """One alarm that is not normal."""

    def __init__(self, condition: str, point: str, state: int) -> None:
        self.condition = condition
        self.point = point
        self.state = state
        self.died = False  # raised because the sensor died: it latches in any case
        self.until_ms = 0  # end of the silence


class LocalAlarm:
    """The alarm state of every value of one board.

    Args:
        limits: ``temp_degc`` [°C] and ``co_ppm`` [ppm], at or above which it alarms.
        off_ms: How long a value stays below the lower threshold before the alarm clears [ms].
        fault_ms: How long a value is missing before it is a sensor fault [ms].
        latch: Whether an alarm whose condition is over stays until it is silenced and reset.
    """

    def __init__(
        self, limits: "dict[str, float]", off_ms: int, fault_ms: int, *, latch: bool = True
    ) -> None:
        self.limits = limits
        self.off_ms = off_ms
        self.fault_ms = fault_ms
        self.latch = latch
        self.gasp = gasp.Gasp(fault_ms)
        self.standing: "list[Standing]" = []  # in the order in which they were raised
        self.faults: "list[str]" = []  # points whose sensor is faulty
        # What must survive a restart; replaced whole, since other threads read it.
        self.saved: "list[list[object]]" = []
        self._since: "dict[tuple[str, str], int]" = {}

    def evaluate(self, v: "dict[str, float]", bad: "dict[str, str]", now_ms: int) -> "list[Edge]":
        """Judge one reading. A value that is also in ``bad`` is doubtful: it raises, never clears.

        Returns:
            Edges as (condition, edge, point, value or None, limit or None).
        """
        edges: "list[Edge]" = []
        for point in list(v) + [name for name in bad if name not in v]:
            value = v.get(point)
            condition, limit = self.duty(point)
            above = value is None and bad[point] == "over_range" and condition is not None
            missing = value is None and not above
            if condition is not None and limit is not None and not missing:
                high = above or (value is not None and value >= limit)
                low = value is not None and value < limit * OFF_SHARE[condition]
                low = low and point not in bad
                alarm = self._find(condition, point)
                stands = alarm is not None and alarm.state in (SOUNDING, SILENCED)
                edge = self._judge((condition, point), stands, high, low, 0, now_ms)
                if edge is not None:
                    self._move(alarm or Standing(condition, point, 0), edge)
                    edges.append((condition, edge, point, value, limit))
            elif condition is not None:
                self._since.pop((condition, point), None)  # what is missing is not below
            key, faulty = ("sensor_fault", point), point in self.faults
            edge = self._judge(key, faulty, missing, not missing, self.fault_ms, now_ms)
            if edge is not None:
                edges.append(("sensor_fault", edge, point, value, None))
                if edge == "cleared":
                    self.faults.remove(point)
                else:
                    self.faults.append(point)
                    edges += self._die(point) if self._was_near(point) else []
                self.save()
        for point in self.gasp.judge(v, bad, now_ms):
            edges += self._die(point)
        return edges

    def silence(self, now_ms: int, silence_ms: int) -> "list[Edge]":
        """Silence the horn for every alarm that stands now; a new one sounds again.

        Returns:
            An edge for each alarm that fell silent.
        """
        edges: "list[Edge]" = []
        for alarm in self.standing:
            if alarm.state in (SOUNDING, RETURNED):
                self._move(alarm, "silenced")
                alarm.until_ms = now_ms + silence_ms
                limit = self.duty(alarm.point)[1]
                edges.append((alarm.condition, "silenced", alarm.point, None, limit))
        return edges

    def tick(self, now_ms: int) -> None:
        """End silences that are over while the condition still stands."""
        for alarm in self.standing:
            if alarm.state == SILENCED and now_ms >= alarm.until_ms:
                self._move(alarm, "expired")

    def reset_latch(self) -> int:
        """Let go of alarms whose condition is over; returns how many."""
        over = [alarm for alarm in self.standing if alarm.state in (RETURNED, LATCHED)]
        for alarm in over:
            self._move(alarm, "reset")
        return len(over)

    def sounding(self) -> "str | None":
        """The condition that sounds the horn, the first raised first; a fault does not sound."""
        for alarm in self.standing:
            if alarm.state in (SOUNDING, RETURNED):
                return alarm.condition
        return None

    def active(self) -> bool:
        """Whether any condition stands now, silenced or not."""
        return any(alarm.state in (SOUNDING, SILENCED) for alarm in self.standing)

    def unsettled(self) -> bool:
        """Whether a delay runs at whose end something may be raised or cleared."""
        return bool(self._since)

    def shown(self) -> "str | None":
        """The condition the lamp tells of, silenced and latched ones included."""
        condition = self.sounding()
        if condition is None and self.standing:
            condition = self.standing[0].condition
        return condition

    def save(self) -> None:
        """Make `saved` anew."""
        rows = [[one.condition, one.point, one.state, one.died] for one in self.standing]
        self.saved = rows + [["sensor_fault", point, 0, False] for point in self.faults]

    def duty(self, point: str) -> "tuple[str | None, float | None]":
        """Which condition watches a value, by its unit."""
        if point.endswith("_degc"):
            return "temp_high", self.limits["temp_degc"]
        if point.endswith("co_ppm"):
            return "co_high", self.limits["co_ppm"]
        return None, None

    def _find(self, condition: str, point: str) -> "Standing | None":
        """The alarm of a value when it is not normal."""
        for alarm in self.standing:
            if alarm.point == point and alarm.condition == condition:
                return alarm
        return None

    def _move(self, alarm: Standing, event: str) -> None:
        """Move one alarm by the table; without the latch, a condition that is over is normal."""
        state = TRANSITIONS[(alarm.state or None, event)]
        if event == "cleared" and not (self.latch or alarm.died):
            state = None
        if not alarm.state:
            self.standing.append(alarm)
        alarm.state = state or 0
        if state is None:
            self.standing.remove(alarm)
        self.save()

    def _was_near(self, point: str) -> bool:
        """Whether a value was near its limit when it was last seen."""
        condition, limit = self.duty(point)
        last = self.gasp.last(point)
        if condition is None or limit is None or last is None:
            return False
        return last >= limit * NEAR_SHARE[condition]

    def _die(self, point: str) -> "list[Edge]":
        """Raise the alarm of a sensor that died while its value rose or was near its limit."""
        condition, limit = self.duty(point)
        if condition is None:
            return []
        alarm = self._find(condition, point)
        if alarm is not None and alarm.state in (SOUNDING, SILENCED):
            return []
        alarm = alarm or Standing(condition, point, 0)
        alarm.died = True
        self._move(alarm, "raised")
        return [(condition, "raised", point, None, limit)]

    def _judge(
        self, key: "tuple[str, str]", stands: bool, high: bool, low: bool, on_ms: int, now_ms: int
    ) -> "str | None":
        """Whether a condition comes or goes; between the thresholds nothing moves."""
        if (stands and not low) or (not stands and not high):
            self._since.pop(key, None)
            return None
        since = self._since.setdefault(key, now_ms)
        if now_ms - since < (self.off_ms if stands else on_ms):
            return None
        del self._since[key]
        return "cleared" if stands else "raised"
