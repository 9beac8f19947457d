"""Elapsed: time that passed since something began, across restarts and wrong clocks."""

from typing import Any

from msgspec.structs import astuple

from agent.alarms.instant import Instant, between_us


class Elapsed:
    """Elapsed time since a beginning.

    It is counted from an anchor that is stored. Within a boot of the machine the monotonic clock
    counts; across boots UTC does, if it could be believed on both sides; if not, counting goes on
    from what was stored, never from zero.

    Args:
        save_each_us: After so long it is worth storing again [µs].
        begun: When it began; None while it has not, where the first look begins it.
    """

    __slots__ = ("_anchor", "_begun", "_elapsed_us", "_save_each_us", "_saved_us", "unsaved")

    def __init__(self, save_each_us: int, begun: Instant | None = None) -> None:
        self._save_each_us = save_each_us
        self._anchor = self._begun = begun
        self._elapsed_us = 0  # at the anchor
        self._saved_us = 0
        self.unsaved = begun is not None

    @property
    def begun_us(self) -> int | None:
        """When it began, UTC as it was told then [µs]; None if it never did."""
        return None if self._begun is None else self._begun.utc_us

    def begin(self, now: Instant) -> None:
        """It begins, or begins anew."""
        self._anchor = self._begun = now
        self._elapsed_us = self._saved_us = 0
        self.unsaved = True

    def elapsed_us(self, now: Instant) -> int:
        """Time since it began, or since it was first looked at [µs]."""
        anchor = self._anchor
        if anchor is None:
            self._anchor, self.unsaved = now, True
            return 0
        elapsed_us = self._elapsed_us + (between_us(anchor, now) or 0)
        if anchor.boot_id != now.boot_id or (now.synchronised and not anchor.synchronised):
            # From here on UTC can be believed on one side more.
            self._anchor, self._elapsed_us = now, elapsed_us
            self.unsaved = True
        begun = self._begun
        if begun is not None and begun.boot_id != now.boot_id:
            # UTC that became right only after the restart tells how long that took.
            elapsed_us = max(elapsed_us, between_us(begun, now) or 0)
        if elapsed_us - self._saved_us >= self._save_each_us:
            self._anchor, self._elapsed_us, self._saved_us = now, elapsed_us, elapsed_us
            self.unsaved = True
        return elapsed_us

    def unsaved_in_us(self, elapsed_us: int) -> int:
        """How long until the elapsed time is worth storing again [µs], at least 1."""
        return max(self._save_each_us - (elapsed_us - self._saved_us), 1)

    def dump(self) -> list[Any]:
        """JSON-ready state."""
        self.unsaved = False
        anchor = None if self._anchor is None else astuple(self._anchor)
        begun = None if self._begun is None else astuple(self._begun)
        return [self._elapsed_us, self._saved_us, anchor, begun]

    def load(self, dumped: list[Any]) -> None:
        """Take over what `dump` gave."""
        self._elapsed_us, self._saved_us, anchor, begun = dumped
        self._anchor = None if anchor is None else Instant(*anchor)
        self._begun = None if begun is None else Instant(*begun)
        self.unsaved = False
