"""What a totaliser counted over any period: the sum of its slots, which adds up further."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from agent.cofiring.balance import MeterSlot


@dataclass(frozen=True, slots=True)
class Fill:
    """What stands in for an amount that nobody measured, in the totaliser's unit.

    Args:
        amount: Best estimate.
        sigma: Its standard uncertainty; wholly correlated within a gap, so that it adds up.
        rule: Which rule gave it.
    """

    amount: float
    sigma: float
    rule: str


@dataclass(frozen=True, slots=True)
class Counted:
    """What is known of one totaliser over a run of slots, in the totaliser's unit.

    Where slots touch, the amount is exactly the difference of the totals at the ends.

    Args:
        from_total: Total at the start of the first slot of which something is known.
        to_total: Total at the end of the last one.
        jumped: What the total rose by between slots that do not touch: in no slot of the run.
        covered_us: Time measured [µs].
        head: Amount at the start whose split over time is interpolated over a long gap.
        tail: The same at the end.
        through: No read lies in the run.
        adjusted: What calibrations add to `amount`.
        filled: Estimated amount of what nobody measured; not in `amount`.
        filled_sigma: Its standard uncertainty.
        given: Whether an estimate stands in anywhere, be it of nothing.
    """

    from_total: float | None = None
    to_total: float | None = None
    jumped: float = 0.0
    covered_us: int = 0
    head: float = 0.0
    tail: float = 0.0
    through: bool = True
    adjusted: float = 0.0
    filled: float = 0.0
    filled_sigma: float = 0.0
    given: bool = False

    @property
    def amount(self) -> float | None:
        """What was measured; None where nothing is known."""
        if self.from_total is None or self.to_total is None:
            return None
        return math.fsum((self.to_total, -self.from_total, -self.jumped))

    @property
    def total(self) -> float | None:
        """Measured, corrected and estimated together; None where nothing is known."""
        amount = self.amount
        if amount is None:
            return self.filled if self.given else None
        return amount + self.adjusted + self.filled

    @property
    def estimated(self) -> float:
        """How much of `total` is estimated: in its amount, or in its place in time.

        A gap that lies wholly inside the run is measured by the run as a whole.
        """
        split = self.head if self.through else self.head + self.tail
        return split + abs(self.filled)


def counted(slot: MeterSlot, fill: Fill | None = None, correction: float = 1.0) -> Counted:
    """What is known of one slot.

    Args:
        slot: What was measured.
        fill: What stands in for the rest.
        correction: What the amount is multiplied with to undo a known error of the meter.
    """
    amount = slot.amount
    known = amount is not None
    return Counted(
        from_total=slot.from_total if known else None,
        to_total=slot.to_total if known else None,
        covered_us=slot.covered_us,
        head=slot.head if known else 0.0,
        tail=slot.tail if known else 0.0,
        through=slot.through or not known,
        adjusted=0.0 if amount is None else amount * (correction - 1.0),
        filled=fill.amount if fill else 0.0,
        filled_sigma=fill.sigma if fill else 0.0,
        given=fill is not None,
    )


def add(parts: Iterable[Counted]) -> Counted:
    """Sum runs of one totaliser, in time order."""
    run = list(parts)
    known = [part for part in run if part.from_total is not None]
    jumps = [part.jumped for part in known]
    jumps += [
        after.from_total - before.to_total
        for before, after in pairwise(known)
        if after.from_total is not None and before.to_total is not None
    ]
    return Counted(
        from_total=known[0].from_total if known else None,
        to_total=known[-1].to_total if known else None,
        jumped=math.fsum(jumps),
        covered_us=sum(part.covered_us for part in run),
        head=math.fsum(_until_a_read((part.head, part.through) for part in known)),
        tail=math.fsum(_until_a_read((part.tail, part.through) for part in known[::-1])),
        through=all(part.through for part in known),
        adjusted=math.fsum(part.adjusted for part in run),
        filled=math.fsum(part.filled for part in run),
        filled_sigma=math.fsum(part.filled_sigma for part in run),
        given=any(part.given for part in run),
    )


def _until_a_read(ends: Iterable[tuple[float, bool]]) -> Iterator[float]:
    """What a gap at one end of a run reaches over; nothing where the end lies in no gap."""
    for amount, through in ends:
        yield amount
        if not through or not amount:
            return
