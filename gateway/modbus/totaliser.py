"""CounterSpec: what a totaliser can do, and so what the way from one count to another may mean."""

from dataclasses import dataclass
from typing import Final, Literal

_CAPTURE_SLACK_S: Final = 1.0
"""How far two capture times can be from the instants the device counted at [s]."""

_USUAL_POLLS: Final = 3
"""A step larger than can be counted in so many polls is believed on a second read only."""


@dataclass(frozen=True, slots=True)
class CounterSpec:
    """What a totaliser can do.

    Args:
        unit: Unit of its total, as it ends the point's name.
        scale: Units per count; for a float totaliser the resolution it is booked in.
        modulus: Count at which it shows 0 again; 0 if it never does, so that a fall is a reset.
        max_rate_per_s: Fastest it can run [unit/s].
        update_s: How often the device renews its register [s].
        runs: Which way it counts: "up", "down", or "both" for a net total. What a totaliser that
            runs down has counted is booked as positive.
        signed: Whether its register can show negative counts.
        poll_s: How often it is read [s]; 0 where that is not known.
        meter: Id of the meter it belongs to; a swap of the meter exchanges all its totalisers.
    """

    unit: str
    scale: float
    modulus: int
    max_rate_per_s: float
    update_s: float = 1.0
    runs: Literal["up", "down", "both"] = "up"
    signed: bool = False
    poll_s: float = 0.0
    meter: str = ""

    def shows(self, raw: int) -> bool:
        """Whether its register can show a count."""
        if not self.modulus:
            return True
        return (-self.modulus if self.signed else -1) < raw < self.modulus

    def greatest_step(self, elapsed_us: int) -> int:
        """Most counts the totaliser can have gone on by in so much time [µs]."""
        seconds = max(elapsed_us, 0) / 1e6 + self.update_s + _CAPTURE_SLACK_S
        return int(self.max_rate_per_s * seconds / self.scale) + 1

    @property
    def usual_us(self) -> float:
        """Time between polls as they usually are, and some [µs]."""
        return _USUAL_POLLS * self.poll_s * 1e6

    def usual_step(self) -> int | None:
        """Most counts between polls as they usually are; None where that is not known."""
        return self.greatest_step(int(self.usual_us)) if self.poll_s else None

    def step(self, before: int, here: int) -> int | None:
        """Counts from one shown count to another, by the shortest way it can have gone.

        Returns:
            Never negative but for a totaliser that runs both ways; None where there is no way
            without a reset.
        """
        gone = before - here if self.runs == "down" else here - before
        if not self.modulus:
            return gone if gone >= 0 or self.runs == "both" else None
        if self.runs == "both":
            half = self.modulus // 2
            return (gone + half) % self.modulus - half
        return gone % self.modulus

    def goes_round(self, greatest: int) -> bool:
        """Whether so many counts are enough for two ways from one shown count to another."""
        ways = 2 * greatest if self.runs == "both" else greatest
        return 0 < self.modulus <= ways

    def bounds(self, step: int | None, greatest: int | None) -> tuple[int | None, int | None]:
        """Least and most counts of an amount that nobody knows; None where nothing bounds it.

        Args:
            step: Counts by the shortest way, if the totaliser went on and only its rounds are not
                known; None if its register was set anew.
            greatest: Most counts in the time that passed; None where nobody knows the time.
        """
        if greatest is None:
            return (None if self.runs == "both" else step or 0), None
        lowest = -greatest if self.runs == "both" else 0
        if step is None or not self.modulus:
            return lowest, greatest
        least = step - (step - lowest) // self.modulus * self.modulus
        return least, step + (greatest - step) // self.modulus * self.modulus
