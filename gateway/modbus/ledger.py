"""Ledger: what is known of one totaliser, in whole counts, so that no sum ever drifts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any, Self

import msgspec

from gateway.modbus.scaling import exact, worth
from gateway.modbus.totaliser import CounterSpec


@lru_cache(maxsize=64)
def _quoted(words: str) -> str:
    return json.dumps(words)


class Mark(msgspec.Struct, frozen=True, gc=False):
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

    def to_json(self) -> str:
        """The mark as text, put together by hand: it is written for each read of a totaliser.

        A library's encoder that is as fast takes no whole number above 64 bits, and the count of a
        float totaliser may be one.
        """
        mono = "null" if self.mono_us is None else self.mono_us
        synchronised = "true" if self.synchronised else "false"
        return (
            f'{{"raw":{self.raw},"t_us":{self.t_us},"mono_us":{mono},'
            f'"boot_id":{_quoted(self.boot_id)},"synchronised":{synchronised}}}'
        )


class Swap(msgspec.Struct, frozen=True, gc=False):
    """A person's word that a device is being exchanged.

    Args:
        person: Who said so.
        t_us: When, UTC [µs].
        comment: Their words.
        final: Count that the old device showed last, if they know it.
        initial: Count that the new device showed first, if they know it.
    """

    person: str
    t_us: int
    comment: str | None = None
    final: int | None = None
    initial: int | None = None


class Lost(msgspec.Struct, frozen=True, gc=False):
    """An interval whose amount was booked as unknown, kept because somebody may yet tell it.

    Args:
        kind: Of the booking.
        before: The last read before it.
        beginning: The first read after it.
        least: Bound in counts, as booked.
        most: Bound in counts, as booked.
    """

    kind: str
    before: Mark
    beginning: Mark
    least: int | None
    most: int | None


@dataclass(slots=True)
class Ledger:
    """One totaliser.

    Args:
        last: The last read that was believed.
        scale: Units per count.
        modulus: Count at which the register shows 0 again.
        runs: Which way it counts.
        counts: Counts booked since `base`.
        base: What was booked under an earlier scale, in units.
        doubted: A read that could not be believed and waits for a second one to confirm it.
        swap: A device's exchange that was announced and not seen yet.
        lost: The newest interval of unknown amount.
        jumped: An amount was booked later than it was counted: the next sample does not go on
            from the one before.
    """

    last: Mark
    scale: float
    modulus: int
    runs: str = "up"
    counts: int = 0
    base: Fraction = Fraction(0)
    doubted: Mark | None = None
    swap: Swap | None = None
    lost: Lost | None = None
    jumped: bool = False
    _terms: str | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def total(self) -> float:
        """Everything booked so far [units], rounded once."""
        (above, below), base = worth(self.scale), self.base
        if not base.numerator:
            return self.counts * above / below
        # In whole numbers: the sum of two fractions costs ten times as much.
        return (base.numerator * below + self.counts * above * base.denominator) / (
            base.denominator * below
        )

    def amount(self, counts: int) -> float:
        """What some counts are worth [units], rounded once."""
        above, below = worth(self.scale)
        return counts * above / below

    def fits(self, spec: CounterSpec) -> bool:
        """Whether its counts mean what the register map now says."""
        return self.scale == spec.scale and self.modulus == spec.modulus and self.runs == spec.runs

    def begin_again(self, here: Mark) -> None:
        """Count from here on."""
        self.last = here
        self.doubted = None

    def rebase(self, spec: CounterSpec) -> None:
        """Go on by another register map; the total stays what it was."""
        self.base += self.counts * exact(self.scale)
        self.counts = 0
        self.scale, self.modulus, self.runs = spec.scale, spec.modulus, spec.runs
        # Counts told or booked by the map before mean nothing in this one.
        self.swap = self.lost = self._terms = None

    def shift(self, step_us: int, boot_id: str, *, synchronised: bool) -> None:
        """The machine's clock was set: captures of this boot move by so much [µs].

        Those of an earlier boot were told by another clock and stay.
        """

        def moved(mark: Mark) -> Mark:
            if mark.boot_id != boot_id:
                return mark
            return Mark(mark.raw, mark.t_us + step_us, mark.mono_us, boot_id, synchronised)

        self.last = moved(self.last)
        if self.doubted is not None:
            self.doubted = moved(self.doubted)
        if (lost := self.lost) is not None:
            before, beginning = moved(lost.before), moved(lost.beginning)
            self.lost = Lost(lost.kind, before, beginning, lost.least, lost.most)

    def to_json(self) -> str:
        """The ledger as text."""
        # Written for each step of each totaliser: what does not change is put into words once.
        if self._terms is None:
            terms = {
                "scale": self.scale,
                "modulus": self.modulus,
                "runs": self.runs,
                "base": str(self.base),
            }
            self._terms = json.dumps(terms, separators=(",", ":"))[1:-1]
        text = f'{{"last":{self.last.to_json()},"counts":{self.counts},{self._terms}'
        if self.doubted is not None:
            text += f',"doubted":{self.doubted.to_json()}'
        if self.swap is not None:
            text += f',"swap":{json.dumps(msgspec.structs.asdict(self.swap))}'
        if (lost := self.lost) is not None:
            text += (
                f',"lost":{{"kind":{_quoted(lost.kind)},"before":{lost.before.to_json()},'
                f'"beginning":{lost.beginning.to_json()},'
                f'"least":{json.dumps(lost.least)},"most":{json.dumps(lost.most)}}}'
            )
        return text + (',"jumped":true}' if self.jumped else "}")

    @classmethod
    def from_json(cls, text: str) -> Self:
        """A ledger from the text `to_json` gave, or an earlier version's."""
        known = json.loads(text)
        return cls(
            last=Mark(**known["last"]),
            scale=known["scale"],
            modulus=known["modulus"],
            runs=known.get("runs", "up"),
            counts=known["counts"],
            base=Fraction(known["base"]),
            doubted=None if known.get("doubted") is None else Mark(**known["doubted"]),
            swap=Swap(**known["swap"]) if "swap" in known else None,
            lost=_lost(known["lost"]) if "lost" in known else None,
            jumped=known.get("jumped", False),
        )


def _lost(known: Mapping[str, Any]) -> Lost:
    return Lost(
        known["kind"],
        Mark(**known["before"]),
        Mark(**known["beginning"]),
        known["least"],
        known["most"],
    )
