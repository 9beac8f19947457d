"""What stands before the feeders: silos and feed lines, what went in and out, and moistures."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.cofiring.blending import Model
from agent.cofiring.moisture import Composite


@dataclass(frozen=True, slots=True)
class Silo:
    """A silo, bunker or feed line whose content is traced.

    Args:
        fuel: The fuel it feeds.
        outlet_point: Totaliser of what leaves it [kg]; "" where discharges are entered by hand.
        model: How it blends, as declared.
        delay_us: How much earlier its totals are looked up than what burns is asked for [µs]: the
            way from its outlet to the burner, as far as the totals are not shifted by it already.
        shift_us: By how much the times of its outlet's totals are shifted [µs]; events are not.
    """

    id: str
    fuel: str
    outlet_point: str
    model: Model = "fifo"
    delay_us: int = 0
    shift_us: int = 0


@dataclass(frozen=True, slots=True)
class Filling:
    """So much of a lot went into a silo."""

    id: str
    silo: str
    lot: str
    t_us: int
    kg: float


@dataclass(frozen=True, slots=True)
class EmptyCheck:
    """Somebody saw that a silo is empty: its ledger begins anew."""

    id: str
    silo: str
    t_us: int


@dataclass(frozen=True, slots=True)
class Discharge:
    """So much left a silo without an outlet meter, evenly over some time."""

    id: str
    silo: str
    from_us: int
    to_us: int
    kg: float


Event = Filling | EmptyCheck | Discharge


@dataclass(frozen=True, slots=True)
class OnLine:
    """A point that measures a fuel's moisture beside its weigher [%], and how surely [%]."""

    fuel: str
    point: str
    half95_percent: float | None = None


@dataclass(frozen=True, slots=True)
class Feeding:
    """All that is known of what stands before the feeders.

    Args:
        silos: Traced ones, and feed lines.
        events: In any order.
        composites: Moistures measured at feeders, in any order.
        on_line: Points that measure moisture at feeders.
        outdoors: Fuels that lie outdoors: a lot's own moisture is only a substitute.
    """

    silos: Sequence[Silo] = ()
    events: Sequence[Event] = ()
    composites: Sequence[Composite] = ()
    on_line: Sequence[OnLine] = ()
    outdoors: frozenset[str] = frozenset()


class Discharges:
    """Discharges entered by hand, as a total that rises.

    Args:
        each: In any order; they may overlap.
    """

    def __init__(self, each: Iterable[Discharge]) -> None:
        self._each = sorted(each, key=lambda one: (one.from_us, one.id))
        self._ends = [one.from_us for one in self._each]

    def total(self, t_us: int) -> float:
        """What had left by an instant [kg]."""
        begun = self._each[: bisect_right(self._ends, t_us)]
        return sum(
            one.kg * min((t_us - one.from_us) / max(one.to_us - one.from_us, 1), 1.0)
            for one in begun
        )
