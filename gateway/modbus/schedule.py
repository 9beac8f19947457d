"""Schedule: when the next poll is due, without drift, on multiples of the interval in UTC (pure).

All meters of all gateways that poll at one interval do so at the same instants, so that what is
compared was captured together. The tick is computed anew each time from the clock as it stands,
so that neither a slow poll nor a correction of the clock adds up.
"""

from dataclasses import dataclass

from gateway.clock import STEP_US, Now


@dataclass(slots=True)
class Beat:
    """The ticks of one interval.

    Args:
        interval_us: Between two of them [µs].
        last_us: When the last one was, monotonic [µs]; None before the first.
        due_us: When the next one is, monotonic [µs].
    """

    interval_us: int
    last_us: int | None = None
    due_us: int = 0

    def align(self, now: Now) -> None:
        """Find the next tick: the next multiple of the interval by the clock as it stands.

        After the clock was set it comes at least half an interval after the last one: none is
        repeated. One that a small correction moved into the past is due at once: none is lost.
        """
        interval_us = self.interval_us
        due_us = now.mono_us + interval_us - now.utc_us % interval_us
        if self.last_us is not None:
            passed_us = due_us - interval_us
            if passed_us - self.last_us >= interval_us // 2 and now.mono_us - passed_us <= min(
                interval_us // 2, STEP_US
            ):
                due_us = passed_us
            elif due_us - self.last_us < interval_us // 2:
                due_us += interval_us
        self.due_us = due_us

    def strike(self, now: Now) -> int:
        """Go on from a tick that is due.

        Returns:
            How many ticks after it have passed as well: the gateway itself was held up.
        """
        passed = max(0, (now.mono_us - self.due_us) // self.interval_us)
        self.last_us = self.due_us + passed * self.interval_us
        self.align(now)
        return passed


def interval_us(seconds: float) -> int:
    """An interval of the configuration [s] in whole microseconds, at least one [µs]."""
    return max(1, round(seconds * 1e6))
