"""Ledger: what is known of one totaliser, in whole counts, so that no sum ever drifts."""

import json
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Self

from gateway.modbus.scaling import exact


@dataclass(frozen=True, slots=True)
class Mark:
    """A register's count and when it was captured.

    Args:
        raw: The count.
        t_us: UTC [µs].
        mono_us: Monotonic time of the gateway's machine [µs], where it is known.
        boot_id: Boot of that machine.
        synchronised: Whether `t_us` can be believed.
    """

    raw: int
    t_us: int
    mono_us: int | None = None
    boot_id: str = ""
    synchronised: bool = True

    def until_us(self, later: "Mark") -> int | None:
        """Time that passed up to a later mark [µs]; None where nobody knows.

        Within one boot of the machine its monotonic clock tells, whatever UTC said meanwhile.
        """
        if self.mono_us is not None and later.mono_us is not None and self.boot_id == later.boot_id:
            return max(later.mono_us - self.mono_us, 0)
        if self.synchronised and later.synchronised:
            return max(later.t_us - self.t_us, later.mono_us or 0)
        return None


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

    def shift(self, step_us: int, boot_id: str, *, synchronised: bool) -> None:
        """The machine's clock was set: captures of this boot move by so much [µs].

        Those of an earlier boot were told by another clock and stay.
        """
        if self.last.boot_id == boot_id:
            self.last = _moved(self.last, step_us, synchronised=synchronised)
        if self.doubted is not None and self.doubted.boot_id == boot_id:
            self.doubted = _moved(self.doubted, step_us, synchronised=synchronised)

    def to_json(self) -> str:
        """The ledger as text."""
        return json.dumps(
            {
                "last": asdict(self.last),
                "scale": self.scale,
                "modulus": self.modulus,
                "counts": self.counts,
                "base": str(self.base),
                "doubted": None if self.doubted is None else asdict(self.doubted),
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """A ledger from the text `to_json` gave."""
        known = json.loads(text)
        return cls(
            last=Mark(**known["last"]),
            scale=known["scale"],
            modulus=known["modulus"],
            counts=known["counts"],
            base=Fraction(known["base"]),
            doubted=None if known["doubted"] is None else Mark(**known["doubted"]),
        )


def _moved(mark: Mark, step_us: int, *, synchronised: bool) -> Mark:
    return replace(mark, t_us=mark.t_us + step_us, synchronised=synchronised)
