"""Back-off of login attempts, by user name and by address."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

FREE_ATTEMPTS: Final = 5
"""Failures in a row that cost nothing: people mistype."""

_FIRST_WAIT_US: Final = 2_000_000
_LONGEST_WAIT_US: Final = 300_000_000
_FORGET_US: Final = 3_600_000_000
_KEPT: Final = 10_000


@dataclass(slots=True)
class _Failures:
    count: int
    last_us: int


class Backoff:
    """Counts failures; after a few, each doubles the wait, up to five minutes.

    Times are monotonic [µs]. Memory is bounded: the keys that failed longest ago are forgotten.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def wait_us(self, keys: tuple[str, ...], mono_us: int) -> int:
        """How long until any of these keys may try again [µs]; 0: now."""
        return max((self._wait_us(key, mono_us) for key in keys), default=0)

    def failed(self, keys: tuple[str, ...], mono_us: int) -> None:
        """Count a failure for each key."""
        for key in keys:
            known = self._failures.pop(key, None)
            if known is None or mono_us - known.last_us > _FORGET_US:
                known = _Failures(0, mono_us)
            self._failures[key] = _Failures(known.count + 1, mono_us)
        while len(self._failures) > _KEPT:
            self._failures.popitem(last=False)

    def succeeded(self, keys: tuple[str, ...]) -> None:
        """Forget the failures of these keys."""
        for key in keys:
            self._failures.pop(key, None)

    def _wait_us(self, key: str, mono_us: int) -> int:
        known = self._failures.get(key)
        if known is None or known.count < FREE_ATTEMPTS:
            return 0
        doublings = min(known.count - FREE_ATTEMPTS, 20)
        wait_us = min(_FIRST_WAIT_US << doublings, _LONGEST_WAIT_US)
        return max(0, known.last_us + wait_us - mono_us)
