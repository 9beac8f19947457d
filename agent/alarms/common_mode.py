"""CommonMode: what a whole yard does at once, so that sun on it is not forty advisories."""

import statistics
from typing import Final

LEAST_STORES: Final = 3
"""With fewer stores nothing is common: one of two may be the one that burns."""

_FRESH_HOURS: Final = 3


class CommonMode:
    """One derived value over all stores, hour by hour.

    It only says what is common. Whoever takes that off an advisory still judges every limit, and
    every alarm of the class fire, on the store's own full value.
    """

    __slots__ = ("_common", "_hour", "_newest")

    def __init__(self) -> None:
        self._newest: dict[str, tuple[int, float]] = {}
        self._hour = -1
        self._common = 0.0

    def post(self, store: str, hour: int, value: float) -> None:
        """What one store found in an hour, whole numbers of hours since 1970."""
        self._newest[store] = (hour, value)

    def common(self, hour: int) -> float:
        """What at least half of the stores did in the hours before; 0 where nothing is common.

        It is found once an hour, by the first that asks. Only a common rise counts: it is never
        below 0.
        """
        if hour > self._hour:
            since = hour - _FRESH_HOURS
            self._newest = {s: found for s, found in self._newest.items() if found[0] >= since}
            values = [value for _, value in self._newest.values()]
            enough = len(values) >= LEAST_STORES
            self._common = max(statistics.median_low(values), 0.0) if enough else 0.0
            self._hour = hour
        return self._common

    def dump(self) -> tuple[int, float]:
        """JSON-ready state, without what the stores found: each of them keeps its own."""
        return self._hour, self._common

    def load(self, dumped: tuple[int, float]) -> None:
        """Take over what `dump` gave."""
        self._hour, self._common = dumped
