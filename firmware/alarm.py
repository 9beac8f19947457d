"""The board's own alarm: limits with hysteresis, and the horn.

It knows neither network nor store. A value at or above its limit sounds at once; it falls silent
when the value has stayed below the lower threshold for the off-delay. A value that is missing
changes nothing about an alarm that stands: a sensor that rises and then dies stays an alarm.
"""

OFF_SHARE = {"temp_high": 0.96, "co_high": 0.9}  # 48 of 50 °C, 2700 of 3000 ppm


class LocalAlarm:
    """The alarm state of every value of one board.

    Args:
        limits: ``temp_degc`` [°C] and ``co_ppm`` [ppm], at or above which it alarms.
        off_ms: How long a value stays below the lower threshold before the alarm clears [ms].
        fault_ms: How long a value is missing before it is a sensor fault [ms].
    """

    def __init__(self, limits: "dict[str, float]", off_ms: int, fault_ms: int) -> None:
        self.limits = limits
        self.off_ms = off_ms
        self.fault_ms = fault_ms
        self.active: "list[tuple[str, str]]" = []
        self._since: "dict[tuple[str, str], int]" = {}

    def evaluate(
        self, v: "dict[str, float]", bad: "dict[str, str]", now_ms: int
    ) -> "list[tuple[str, str, str, float | None, float | None]]":
        """Judge one scan.

        Returns:
            Edges as (condition, edge, point, value or None, limit or None).
        """
        edges: "list[tuple[str, str, str, float | None, float | None]]" = []
        for point in list(v) + [name for name in bad if name not in v]:
            value = v.get(point)
            above = value is None and bad[point] == "over_range" and point.endswith("co_ppm")
            condition, limit = self._duty(point)
            if condition is not None and limit is not None and (above or value is not None):
                high = above or (value is not None and value >= limit)
                low = value is not None and value < limit * OFF_SHARE[condition]
                edge = self._step((condition, point), high, low, 0, now_ms)
                if edge is not None:
                    edges.append((condition, edge, point, value, limit))
            missing = value is None and not above
            edge = self._step(("sensor_fault", point), missing, not missing, self.fault_ms, now_ms)
            if edge is not None:
                edges.append(("sensor_fault", edge, point, value, None))
        return edges

    def sounding(self) -> "str | None":
        """The condition that sounds the horn, the first raised first; a fault does not sound."""
        for condition, _ in self.active:
            if condition in OFF_SHARE:
                return condition
        return None

    def _duty(self, point: str) -> "tuple[str | None, float | None]":
        """Which condition watches a value, by its unit."""
        if point.endswith("_degc"):
            return "temp_high", self.limits["temp_degc"]
        if point.endswith("co_ppm"):
            return "co_high", self.limits["co_ppm"]
        return None, None

    def _step(
        self, key: "tuple[str, str]", high: bool, low: bool, on_ms: int, now_ms: int
    ) -> "str | None":
        """Move one state; between the thresholds nothing moves."""
        standing = key in self.active
        if (standing and not low) or (not standing and not high):
            self._since.pop(key, None)
            return None
        since = self._since.setdefault(key, now_ms)
        if now_ms - since < (self.off_ms if standing else on_ms):
            return None
        del self._since[key]
        if standing:
            self.active.remove(key)
            return "cleared"
        self.active.append(key)
        return "raised"
