"""Back-off: how long a silent device is left alone, so that it costs little and returns soon."""

from dataclasses import dataclass
from typing import Final

STEP_S: Final = 2.0
"""Each further failure lengthens the wait by this [s]."""

LONGEST_S: Final = 300.0
"""No wait is longer [s]."""


@dataclass(slots=True)
class Backoff:
    """Failures in a row, and when the next attempt may be made.

    The first failure costs no wait: a lost reply is common, and the connection that must be
    dropped after it can be opened again at once. After that it is 2 s × the failed reconnections.
    """

    failures: int = 0
    _until_s: float = 0.0

    def failed(self, now_s: float) -> None:
        """An attempt failed; `now_s` is any monotonic time [s]."""
        self._until_s = now_s + min(STEP_S * self.failures, LONGEST_S)
        self.failures += 1

    def succeeded(self) -> None:
        """A good read came: the next failure starts from the beginning."""
        self.failures = 0
        self._until_s = 0.0

    def wait_s(self, now_s: float) -> float:
        """How long to leave the device alone from now on [s]; 0 if it may be tried."""
        return max(0.0, self._until_s - now_s)
