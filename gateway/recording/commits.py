"""What goes to the journal together, and how the journal is doing."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from agent.alarms.events import AlarmEvent
from gateway.clock import Clock, Step
from gateway.historian.rows import Commit, Correction
from gateway.recording.desk import Ack, Desk, Outcome
from gateway.recording.items import Item, Tick


class Judged(msgspec.Struct, eq=False):
    """An item and what it gave."""

    item: Item
    outcome: Outcome

    @property
    def is_idle(self) -> bool:
        """A tick on which nothing happened."""
        return isinstance(self.item, Tick) and not self.outcome.alarm_events

    def untold(self) -> list[AlarmEvent]:
        """Its alarm events that were not told before."""
        return self.item.untold(self.outcome.alarm_events)


@dataclass(slots=True)
class Sealed:
    """A commit that waits for the disk.

    Args:
        steps: Clock steps adopted within it.
        again: It was judged after a failed commit, from what is on disk.
    """

    judged: list[Judged]
    commit: Commit
    acks: list[Ack]
    steps: list[Step]
    again: bool


@dataclass(slots=True)
class Health:
    """How the journal is doing.

    Args:
        commits: Commits since the start.
        failures: Commits that failed since the start.
        last_error: Words of the last failure, None once a commit succeeded again.
        sick: Whether alarm edges are being told before they are on disk.
        waiting: Items judged but not yet on disk.
        refused: Messages that could not be read, since the start, by reason.
        failed: Items on which the program failed or which the journal could not hold, by error.
        steps: Clock steps since the start.
    """

    commits: int = 0
    failures: int = 0
    last_error: str | None = None
    sick: bool = False
    waiting: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    steps: int = 0


def seal(
    judged: list[Judged],
    desk: Desk,
    clock: Clock,
    *,
    corrections: Sequence[Correction],
    steps: list[Step],
    again: bool,
) -> Sealed:
    """Close judged items into a commit, stamped now.

    The state rows are those of the desk as it is, so `judged` is all it took since the last seal.
    """
    now = clock.now()
    given = Outcome()
    for one in judged:
        given.take(one.outcome)
    commit = Commit(
        boot_id=clock.boot_id,
        utc_us=now.utc_us,
        mono_us=now.mono_us,
        synchronised=now.synchronised,
        batches=tuple(given.batches),
        bookings=tuple(given.bookings),
        alarm_events=tuple(given.alarm_events),
        corrections=(*corrections, *desk.corrections()),
        state=desk.dirty(),
        ticks_us=tuple(given.ticks_us),
        deeds=tuple(given.deeds),
        heard=tuple(given.heard),
    )
    return Sealed(judged, commit, desk.acks(), steps, again)
