"""Watch: how long a board has not been heard, across restarts and wrong clocks."""

from dataclasses import dataclass
from typing import Any

from msgspec.structs import astuple

from agent.alarms.instant import Instant, between_us


@dataclass(frozen=True, slots=True)
class BoardDuty:
    """What a board owes.

    Args:
        board: Its id.
        report_us: How often it reports [µs].
        store: The container or silo it watches; its points are ``yard.<store>.*``.
    """

    board: str
    report_us: int
    store: str | None = None


class Watch:
    """Elapsed time since a board was heard.

    The elapsed time is counted from an anchor that is stored. Within a boot of the machine the
    monotonic clock counts; across boots UTC does, if it could be believed on both sides; if not,
    counting goes on from what was stored, never from zero.

    Args:
        duty: What the board owes.
    """

    __slots__ = ("_anchor", "_elapsed_us", "_heard", "_saved_us", "duty", "unsaved")

    def __init__(self, duty: BoardDuty) -> None:
        self.duty = duty
        self._anchor: Instant | None = None
        self._heard: Instant | None = None
        self._elapsed_us = 0  # at the anchor
        self._saved_us = 0
        self.unsaved = False

    @property
    def heard_us(self) -> int | None:
        """When the board was last heard, UTC [µs]; None if never."""
        return None if self._heard is None else self._heard.utc_us

    def heard(self, now: Instant) -> None:
        """Something of the board arrived."""
        self._anchor = self._heard = now
        self._elapsed_us = self._saved_us = 0
        self.unsaved = True

    def elapsed_us(self, now: Instant) -> int:
        """Time since the board was heard, or first expected [µs]."""
        anchor = self._anchor
        if anchor is None:
            self._anchor, self.unsaved = now, True
            return 0
        elapsed_us = self._elapsed_us + (between_us(anchor, now) or 0)
        if anchor.boot_id != now.boot_id:
            self._anchor, self._elapsed_us = now, elapsed_us
            self.unsaved = True
        heard = self._heard
        if heard is not None and heard.boot_id != now.boot_id:
            # UTC that became right only after the restart tells how long that took.
            elapsed_us = max(elapsed_us, between_us(heard, now) or 0)
        if elapsed_us - self._saved_us >= self.duty.report_us:
            self._anchor, self._elapsed_us, self._saved_us = now, elapsed_us, elapsed_us
            self.unsaved = True
        return elapsed_us

    def unsaved_in_us(self, elapsed_us: int) -> int:
        """How long until the elapsed time is worth storing again [µs], at least 1."""
        return max(self.duty.report_us - (elapsed_us - self._saved_us), 1)

    def dump(self) -> list[Any]:
        """JSON-ready state."""
        self.unsaved = False
        anchor = None if self._anchor is None else astuple(self._anchor)
        heard = None if self._heard is None else astuple(self._heard)
        return [self._elapsed_us, self._saved_us, anchor, heard]

    def load(self, dumped: list[Any]) -> None:
        """Take over what `dump` gave."""
        self._elapsed_us, self._saved_us, anchor, heard = dumped
        self._anchor = None if anchor is None else Instant(*anchor)
        self._heard = None if heard is None else Instant(*heard)
        self.unsaved = False
