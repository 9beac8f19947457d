"""How fast each value has been changing over the last minutes, in memory of fixed size."""

from array import array

_SLOT_MS = 60000
_SLOTS = 6  # the window: between 5 and 6 minutes
_LEAST_MS = 60000  # a slope over less than this would be noise

UNKNOWN = float("nan")


class Trend:
    """The first value of each of the last minutes, for every value that was ever seen."""

    def __init__(self) -> None:
        self._began_ms = array("L", [0] * _SLOTS)  # when a slot's first value came [s]
        self._minutes = array("L", [0] * _SLOTS)  # which minute a slot holds, counted from 1
        self._values: "dict[str, array[float]]" = {}
        self._last: "dict[str, float]" = {}

    def note(self, point: str, value: float, now_ms: int) -> None:
        """Take a known value."""
        minute = now_ms // _SLOT_MS + 1
        slot = minute % _SLOTS
        if self._minutes[slot] != minute:
            self._minutes[slot] = minute
            self._began_ms[slot] = now_ms // 1000
            for values in self._values.values():
                values[slot] = UNKNOWN
        if point not in self._values:
            self._values[point] = array("f", [UNKNOWN] * _SLOTS)
        values = self._values[point]
        if values[slot] != values[slot]:
            values[slot] = value
        self._last[point] = value

    def points(self) -> "list[str]":
        """Every value that was ever seen."""
        return list(self._values)

    def last(self, point: str) -> "float | None":
        """The newest known value, or None before the first."""
        return self._last.get(point)

    def per_min(self, point: str, now_ms: int) -> "float | None":
        """Change per minute over the window [unit/min]; None while there is too little of it.

        Args:
            point: The value.
            now_ms: When the newest value was seen, by the clock of `note` [ms].
        """
        values = self._values.get(point)
        if values is None:
            return None
        oldest = now_ms // _SLOT_MS + 2 - _SLOTS
        best, began_ms = None, now_ms - _LEAST_MS
        for slot in range(_SLOTS):
            known = values[slot] == values[slot]
            slot_ms = self._began_ms[slot] * 1000
            if known and self._minutes[slot] >= oldest and slot_ms <= began_ms:
                best, began_ms = values[slot], slot_ms
        if best is None:
            return None
        return (self._last[point] - best) * 60000 / (now_ms - began_ms)
