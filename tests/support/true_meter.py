"""A true meter: it counts for ever, and a register shows it in its own way. Knows no ledger."""

from dataclasses import dataclass, field
from fractions import Fraction

SECOND = 1_000_000
DAY = 86_400 * SECOND


@dataclass(frozen=True)
class Make:
    """A product: how its register shows what it counts.

    Args:
        round: Count at which it shows 0 again; 0 for never.
        fastest: Counts per second.
        runs: "up", "down" or "both".
        signed: Whether it shows the upper half of a round as negative.
        scale: Units per count, as written.
        poll_s: How often it is asked, where that is known.
    """

    round: int
    fastest: int
    runs: str = "up"
    signed: bool = False
    scale: str = "0.1"
    poll_s: float = 0.0

    @property
    def silence_s(self) -> int:
        """How long it can run at full rate before a sixth of its round is over [s]."""
        return 3600 if not self.round else min(3600, self.round // self.fastest // 6)


@dataclass
class TrueMeter:
    """What was really counted, whatever became of registers and devices.

    Attributes:
        counted: Counts since the beginning, over all devices.
        shown_us: Real time [µs].
    """

    make: Make
    zero: int
    now_us: int = 0
    counted: int = 0
    at: dict[int, int] = field(default_factory=dict)

    def run(self, seconds: float, share: float) -> None:
        """Let time pass; `share` of the fastest it can, negative for a net total."""
        self.now_us += round(seconds * SECOND)
        if self.make.runs != "both":
            share = abs(share)
        self.counted += int(self.make.fastest * seconds * share)

    @property
    def register(self) -> int:
        """What its register shows."""
        return self._fold(self.zero + (-self.counted if self.make.runs == "down" else self.counted))

    def set_register(self, shown: int) -> None:
        """A reset, or another device: the register shows another count from now on."""
        self.zero += shown - self.register

    def elsewhere(self, part: Fraction) -> int:
        """A count so far from the one shown that it cannot have come about by counting."""
        if self.make.round:
            return self._fold(self.register + int(part * min(self.make.round, 1 << 50)))
        falls = self.register > 10**8 and part < Fraction(3, 8)
        return 0 if falls else self.register + int(part * 10**15)

    def is_far(self, shown: int, other: int, unseen_us: int = 0) -> bool:
        """Whether two counts are further apart than it counts while nobody looks.

        Args:
            shown: A count.
            other: Another.
            unseen_us: How long nobody has looked [µs], where that may be long.
        """
        reach = self.make.fastest * (unseen_us // SECOND + 3)
        if not self.make.round:
            return abs(shown - other) > max(10**8, reach)
        apart = (shown - other) % self.make.round
        least = min(self.make.round, 1 << 50) // 5
        return min(apart, self.make.round - apart) > max(least, reach)

    def amount(self, counts: int) -> float:
        """What some counts are worth."""
        return float(counts * Fraction(self.make.scale))

    def _fold(self, count: int) -> int:
        turn = self.make.round
        if not turn:
            return count
        if not self.make.signed:
            return count % turn
        return (count + turn // 2) % turn - turn // 2


@dataclass
class Machine:
    """The gateway's machine: monotonic since its boot, UTC right or days wrong.

    Attributes:
        ahead_us: How far its UTC is ahead of the true one [µs].
        booted_us: Real time of its boot [µs].
    """

    boot: int = 1
    booted_us: int = -100 * SECOND
    ahead_us: int = 0
    synchronised: bool = True

    def utc_us(self, real_us: int) -> int:
        """What its UTC says [µs]."""
        return 1_800_000_000 * SECOND + real_us + self.ahead_us

    def mono_us(self, real_us: int) -> int:
        """What its monotonic clock says [µs]."""
        return real_us - self.booted_us

    def reboot(self, real_us: int, uptime_s: int, ahead_us: int) -> None:
        """It was switched off and has been up again for some seconds."""
        self.boot += 1
        self.booted_us = real_us - uptime_s * SECOND
        self.ahead_us = ahead_us
        self.synchronised = ahead_us == 0

    def correct(self) -> int:
        """Its clock is set right; by how much [µs]."""
        step_us, self.ahead_us, self.synchronised = -self.ahead_us, 0, True
        return step_us
