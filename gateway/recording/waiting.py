"""Waiting: what was judged and is not on disk yet, in the order in which it goes there."""

from collections import deque
from collections.abc import Iterator

from gateway.clock import Clock, Step
from gateway.historian.journal import Journal
from gateway.historian.rows import Correction
from gateway.recording.commits import Judged, Sealed, seal
from gateway.recording.desk import Desk
from gateway.recording.items import Message


class Waiting:
    """Judged items: sealed into commits, or pending until the next seal.

    Args:
        desk: Its changed state goes into each commit.
        clock: Stamped on commits.

    Attributes:
        pending: Judged since the last seal.
        unconfirmed: How many of these are messages, of which the broker hands out only so many.
        sealed: Commits in the order in which they are to be written.
        corrections: Of the gateway's clock, for the next commit.
        steps: Of the clock, adopted since the last seal.
    """

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock
        self.pending: list[Judged] = []
        self.unconfirmed = 0
        self.sealed: deque[Sealed] = deque()
        self.corrections: list[Correction] = []
        self.steps: list[Step] = []

    def __len__(self) -> int:
        waiting = len(self.pending)
        for sealed in self.sealed:
            waiting += len(sealed.judged)
        return waiting

    def __iter__(self) -> Iterator[Judged]:
        for sealed in self.sealed:
            yield from sealed.judged
        yield from self.pending

    def add(self, judged: Judged, *, merge_idle: bool) -> bool:
        """Append a judged item.

        Args:
            judged: The item.
            merge_idle: A tick on which nothing happened takes the place of one before it.

        Returns:
            Whether more waits than before.
        """
        if merge_idle and judged.is_idle and self.pending and self.pending[-1].is_idle:
            self.pending[-1] = judged
            return False
        self.pending.append(judged)
        if isinstance(judged.item, Message):
            self.unconfirmed += 1
        return True

    def close(self, *, again: bool = False) -> None:
        """Seal what is pending into a commit."""
        sealed = seal(
            self.pending,
            self._desk,
            self._clock,
            corrections=self.corrections,
            steps=self.steps,
            again=again,
        )
        self.pending, self.corrections, self.steps = [], [], []
        self.unconfirmed = 0
        self.sealed.append(sealed)

    def reopen(self) -> list[Judged]:
        """Take everything back, to be judged again.

        Boards' corrections are learnt anew from their messages, the clock's are not.
        """
        judged = list(self)
        learnt = [c for sealed in self.sealed for c in sealed.commit.corrections]
        self.corrections = [c for c in learnt if c.kind == "clock"] + self.corrections
        self.steps = [step for sealed in self.sealed for step in sealed.steps] + self.steps
        self.sealed.clear()
        self.pending, self.unconfirmed = [], 0
        return judged

    def catch_up(self, journal: Journal) -> None:
        """The clock may have been put right while no gateway ran in this boot of the machine."""
        now = self._clock.now()
        if now.synchronised and journal.awaits_clock(self._clock.boot_id):
            self._correct_clock(now.utc_us - now.mono_us)
            self._desk.boards.shift(now)

    def adopt(self, step: Step) -> None:
        """Take over a new clock between two commits: all judged so far keeps the old one."""
        if self.pending:
            self.close()
        self._clock.adopt(step)
        self._desk.shift(step, self._clock.now())
        self.steps.append(step)
        if step.became_synchronised:
            self._correct_clock(step.offset_us)

    def _correct_clock(self, offset_us: int) -> None:
        self.corrections.append(Correction("clock", offset_us, boot_id=self._clock.boot_id))
