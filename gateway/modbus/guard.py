"""Guard: a gauge that moved faster than it can is doubted until a read confirms it (pure)."""

from dataclasses import dataclass
from typing import Final

REASON: Final = "rate_of_change"
"""Why a value that moved too fast is uncertain, as in `agent.samples.REASONS`."""


@dataclass(frozen=True, slots=True)
class _Seen:
    value: float
    mono_us: int


class Guard:
    """One gauge's greatest rate of change.

    The first value ever is good: after a restart nobody knows how long the gauge had to move.

    Args:
        max_change_per_s: Fastest the gauge can change [unit/s].
        update_s: How often the device renews its register [s]: what changed since it last did
            shows at once, however short the poll interval.
    """

    __slots__ = ("_doubted", "_good", "_per_us", "_slack")

    def __init__(self, max_change_per_s: float, update_s: float = 0.0) -> None:
        self._per_us = max_change_per_s / 1e6
        self._slack = max_change_per_s * update_s
        self._good: _Seen | None = None
        self._doubted: _Seen | None = None

    def believes(self, value: float, mono_us: int) -> bool:
        """Judge a value in the order of capture.

        Args:
            value: In the gauge's unit.
            mono_us: When it was captured, monotonic [µs].

        Returns:
            Whether it is good: within the rate of the last good value, or of the doubted one read
            after it. Otherwise it is the doubted one from now on.
        """
        here = _Seen(value, mono_us)
        if (
            self._good is None
            or self._within(self._good, here)
            or (self._doubted is not None and self._within(self._doubted, here))
        ):
            self._good, self._doubted = here, None
            return True
        self._doubted = here
        return False

    def _within(self, before: _Seen, here: _Seen) -> bool:
        greatest = self._per_us * max(0, here.mono_us - before.mono_us) + self._slack
        return abs(here.value - before.value) <= greatest
