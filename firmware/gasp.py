"""The last gasp: a sensor that rose and then died is a fire until someone has looked."""

_BUCKET_MS = 300000  # the rise is taken over the last five to ten minutes
RISE = (("_degc", 5.0), ("co_ppm", 300.0))  # by how much a value rose, in its unit


class Gasp:
    """Follows every value of a board; pure, moved by the times it is given.

    Args:
        dead_ms: How long a value is missing before its sensor is dead [ms].
    """

    def __init__(self, dead_ms: int = 10000) -> None:
        self.dead_ms = dead_ms
        # Per name: start of the bucket, its lowest, the lowest of the one before, the last
        # value, since when it is missing (-1: it is not), and whether that has been judged.
        self._seen: "dict[str, list[float]]" = {}

    def judge(self, v: "dict[str, float]", bad: "dict[str, str]", now_ms: int) -> "list[str]":
        """The names whose sensors rose and are now found dead; each is told once.

        Args:
            v: The values that are known, doubtful ones among them.
            bad: Reasons, by name.
            now_ms: Monotonic time of the reading [ms].
        """
        for name in v:
            self._saw(name, v[name], now_ms)
        dead = []
        for name in bad:
            if name in v or name not in self._seen or bad[name] == "over_range":
                continue
            seen = self._seen[name]
            if seen[4] < 0:
                seen[4] = now_ms
            if now_ms - seen[4] >= self.dead_ms and not seen[5]:
                seen[5] = 1
                if self.rise(name) >= _rise(name):
                    dead.append(name)
        return dead

    def last(self, name: str) -> "float | None":
        """The newest known value, or None before the first."""
        seen = self._seen.get(name)
        return None if seen is None else seen[3]

    def rise(self, name: str) -> float:
        """By how much a value stands above its lowest of the last five to ten minutes."""
        seen = self._seen.get(name)
        return 0.0 if seen is None else seen[3] - min(seen[1], seen[2])

    def _saw(self, name: str, value: float, now_ms: int) -> None:
        """Keep the lowest value of two buckets of time, and the last value."""
        if _rise(name) < 0:
            return
        seen = self._seen.get(name)
        if seen is None or now_ms - seen[0] >= 2 * _BUCKET_MS:
            self._seen[name] = [now_ms, value, value, value, -1, 0]
            return
        if now_ms - seen[0] >= _BUCKET_MS:
            seen[0] = now_ms
            seen[2] = seen[1]
            seen[1] = value
        elif value < seen[1]:
            seen[1] = value
        seen[3] = value
        seen[4], seen[5] = -1, 0


def _rise(name: str) -> float:
    """By how much a value must rise, by its unit; -1 for one that is not followed."""
    for unit, rise in RISE:
        if name.endswith(unit):
            return rise
    return -1
