"""What a totaliser says about many slots, as arrays: `balance.MeterSlot`, a month at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from agent.cofiring.balance import SLOT_US, MeterSlot

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SlotColumns:
    """The fields of `MeterSlot` for slots that follow each other; NaN where nothing is known.

    Args:
        from_us: Start of the first slot, UTC [µs].
    """

    from_us: int
    from_total: Floats
    to_total: Floats
    covered_us: Ints
    head: Floats
    tail: Floats
    through: Flags

    @classmethod
    def unknown(cls, from_us: int, count: int) -> "SlotColumns":
        """Slots of which nothing is known."""
        nothing, zero = np.full(count, np.nan), np.zeros(count)
        return cls(
            from_us, nothing, nothing, np.zeros(count, np.int64), zero, zero, np.ones(count, bool)
        )

    @classmethod
    def between(
        cls,
        from_us: int,
        edges: tuple[Floats, Flags],
        read: Flags,
        reads: tuple[Floats, Floats],
        missing_us: tuple[Ints, Ints],
        broken: Flags,
    ) -> "SlotColumns":
        """Slots from what is known at their boundaries and of the reads in them.

        Args:
            from_us: Start of the first slot, UTC [µs].
            edges: Totals at the boundaries, and whether a long gap is around each.
            read: Whether a read lies in the slot.
            reads: Where one does, the totals of the first and the last.
            missing_us: Where one does, how much of the slot lies before the first and after the
                last [µs].
            broken: Whether a counter was reset in the slot.
        """
        at, long = edges
        start, end = at[:-1].copy(), at[1:].copy()
        covered_us = np.full(len(read), SLOT_US)
        for total, own, us in zip((start, end), reads, missing_us, strict=True):
            ragged = np.isnan(total) & read
            total[ragged] = own[ragged]
            covered_us[ragged] -= us[ragged]
        unknown = np.isnan(start) | np.isnan(end)
        covered_us[unknown | broken] = 0
        start[unknown] = end[unknown] = np.nan
        head, tail = np.zeros(len(read)), np.zeros(len(read))
        for gap, amount, inner, outer in (
            (long[:-1], head, reads[0], end),
            (long[1:], tail, reads[1], start),
        ):
            wide = np.flatnonzero(gap & ~unknown)
            till = np.where(read[wide], inner[wide], outer[wide])
            amount[wide] = np.abs(till - (start if amount is head else end)[wide])
        return cls(from_us, start, end, covered_us, head, tail, ~(read & ~unknown))

    @classmethod
    def of_slots(cls, from_us: int, count: int, slots: Mapping[int, MeterSlot]) -> "SlotColumns":
        """The slots that are at hand one by one, by their start [UTC µs]."""
        made = cls.unknown(from_us, count)
        from_total, to_total = made.from_total.copy(), made.to_total.copy()
        covered_us, through = made.covered_us, made.through
        head, tail = made.head.copy(), made.tail.copy()
        for slot_us, slot in slots.items():
            n = (slot_us - from_us) // SLOT_US
            if slot.from_total is not None and slot.to_total is not None:
                from_total[n], to_total[n] = slot.from_total, slot.to_total
                head[n], tail[n], through[n] = slot.head, slot.tail, slot.through
            covered_us[n] = slot.covered_us
        return cls(from_us, from_total, to_total, covered_us, head, tail, through)

    def __len__(self) -> int:
        return len(self.from_total)

    @property
    def known(self) -> Flags:
        """Where anything was counted."""
        return ~np.isnan(self.from_total)

    @property
    def amount(self) -> Floats:
        """What was counted; NaN where nothing is known."""
        return self.to_total - self.from_total

    @property
    def covered(self) -> Flags:
        """Where both ends of the slot are bracketed by reads."""
        covered: Flags = self.covered_us == SLOT_US
        return covered

    def only(self, use: Flags) -> "SlotColumns":
        """The same with nothing known of slots that do not count."""
        left_out = ~use

        def without(column: Any, nothing: Any) -> Any:
            kept = column.copy()
            np.copyto(kept, nothing, where=left_out)
            return kept

        return SlotColumns(
            self.from_us,
            without(self.from_total, np.nan),
            without(self.to_total, np.nan),
            without(self.covered_us, 0),
            without(self.head, 0.0),
            without(self.tail, 0.0),
            self.through | left_out,
        )

    def slot(self, n: int) -> MeterSlot:
        """One of them."""
        if not self.known[n]:
            return MeterSlot(covered_us=int(self.covered_us[n]))
        return MeterSlot(*(column[n].item() for column in self.fields()))

    def fields(self) -> tuple[Floats, Floats, Ints, Floats, Floats, Flags]:
        """The columns in the order of `MeterSlot`."""
        return (
            self.from_total, self.to_total, self.covered_us, self.head, self.tail, self.through
        )  # fmt: skip
