"""How slots that follow each other divide into periods, and their sums by period."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Periods:
    """Periods of slots. Where every slot is one by itself, nothing is summed.

    Args:
        starts: Number of the first slot of each period; each lasts to the next.
        count: How many slots there are.
    """

    def __init__(self, starts: Ints, count: int) -> None:
        self.starts, self.count = starts, count
        self.each = len(starts) == count

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def ends(self) -> Ints:
        """Number of the slot after each period."""
        return np.append(self.starts[1:], self.count)

    def of(self, slots: Ints) -> Ints:
        """In which period each of some slots lies."""
        return slots if self.each else np.searchsorted(self.starts, slots, side="right") - 1

    def add(self, values: Any) -> Any:
        """Sums of amounts."""
        return values if self.each else np.add.reduceat(values, self.starts)

    def number(self, flags: Flags) -> Ints:
        """In how many slots something is so."""
        return self.add(flags.astype(np.int64))  # type: ignore[no-any-return]

    def any(self, flags: Flags) -> Flags:
        """Where something is so in any slot."""
        return flags if self.each else np.logical_or.reduceat(flags, self.starts)

    def all(self, flags: Flags) -> Flags:
        """Where something is so in every slot."""
        return flags if self.each else np.logical_and.reduceat(flags, self.starts)

    def least(self, values: Floats) -> Floats:
        """The least known amount of a slot; NaN where none is known."""
        return values if self.each else np.fmin.reduceat(values, self.starts)

    def most(self, values: Floats) -> Floats:
        """The most."""
        return values if self.each else np.fmax.reduceat(values, self.starts)

    def first(self, flags: Flags) -> Ints:
        """Number of the first slot in which something is so; the number of slots where none is."""
        numbers = np.where(flags, np.arange(self.count), self.count)
        return numbers if self.each else np.minimum.reduceat(numbers, self.starts)

    def last(self, flags: Flags) -> Ints:
        """Number of the last one; −1 where there is none."""
        numbers = np.where(flags, np.arange(self.count), -1)
        return numbers if self.each else np.maximum.reduceat(numbers, self.starts)
