"""Ledger: what is known of one totaliser, in whole counts, so that no sum ever drifts."""

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from gateway.modbus.scaling import exact


@dataclass(frozen=True, slots=True)
class Mark:
    """A register's count and when it was captured, UTC [µs]."""

    raw: int
    t_us: int


@dataclass(slots=True)
class Ledger:
    """One totaliser.

    Args:
        last: The last read that was believed.
        scale: Units per count.
        modulus: Count at which the register shows 0 again.
        counts: Counts booked since `base`.
        base: What was booked under an earlier scale, in units.
        doubted: A read that could not be believed and waits for a second one to confirm it.
    """

    last: Mark
    scale: float
    modulus: int
    counts: int = 0
    base: Fraction = Fraction(0)
    doubted: Mark | None = None

    @property
    def total(self) -> float:
        """Everything booked so far [units], rounded once."""
        return float(self.base + self.amount(self.counts))

    def amount(self, counts: int) -> Fraction:
        """What some counts are worth [units], exactly."""
        return counts * exact(self.scale)

    def go_on(self, here: Mark, counts: int) -> None:
        """Book some counts up to a believed read."""
        self.counts += counts
        self.begin_again(here)

    def begin_again(self, here: Mark) -> None:
        """Count from here on; what was counted before this read stays unknown."""
        self.last = here
        self.doubted = None

    def rebase(self, scale: float, modulus: int) -> None:
        """Go on in another scale; the total stays what it was."""
        self.base += self.amount(self.counts)
        self.counts = 0
        self.scale = scale
        self.modulus = modulus

    def shift(self, step_us: int) -> None:
        """Move every capture time by so much [µs]."""
        self.last = Mark(self.last.raw, self.last.t_us + step_us)
        if self.doubted is not None:
            self.doubted = Mark(self.doubted.raw, self.doubted.t_us + step_us)

    def to_json(self) -> str:
        """The ledger as text."""
        doubted = None if self.doubted is None else [self.doubted.raw, self.doubted.t_us]
        return json.dumps(
            {
                "raw": self.last.raw,
                "t_us": self.last.t_us,
                "scale": self.scale,
                "modulus": self.modulus,
                "counts": self.counts,
                "base": str(self.base),
                "doubted": doubted,
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """A ledger from the text `to_json` gave."""
        known = json.loads(text)
        return cls(
            last=Mark(known["raw"], known["t_us"]),
            scale=known["scale"],
            modulus=known["modulus"],
            counts=known["counts"],
            base=Fraction(known["base"]),
            doubted=None if known["doubted"] is None else Mark(*known["doubted"]),
        )
