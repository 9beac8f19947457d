"""What a lot can stand for: no more burns of it than was delivered of it.

What burns beyond that is of an unknown lot of its fuel, until somebody tells which.
"""

import math
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace

from agent.cofiring.feeding import Event, Filling
from agent.cofiring.lot import Lot


@dataclass(frozen=True, slots=True)
class Beyond:
    """What burnt when a lot was used up and nobody had told what came after it.

    Args:
        lot: Id of the lot that was used up; what burnt is not of it.
        delivered_kg: What was delivered of that lot [kg]; None where only what was filled is known.
        kg: What burnt beyond it [kg].
    """

    lot: str
    delivered_kg: float | None
    kg: float


def delivered_kg(lot: Lot) -> float | None:
    """What was delivered of a lot as received [kg]; None where nobody told."""
    return None if lot.delivery is None else lot.delivery.mass_kg


def claims(lot: Lot) -> bool:
    """Whether a certificate or a zero-rating rests on a lot."""
    return bool(lot.certificates or lot.zero_rated)


def limit_kg(lot: Lot, uncounted: Container[str] = ()) -> float | None:
    """The most that can burn of a lot [kg]; None where nothing bounds it.

    Args:
        lot: The lot.
        uncounted: Fuels that cannot be counted without a lot: there a lot that no claim rests on
            stands for what follows, else nothing at all would be known of it.

    Returns:
        Its delivered mass and the half width of that mass's 95 % interval, where one is stated.
    """
    mass_kg = delivered_kg(lot)
    if mass_kg is None or lot.delivery is None or (lot.fuel in uncounted and not claims(lot)):
        return None
    return mass_kg + (lot.delivery.mass_half95_kg or 0.0)


def limits_kg(
    events: Iterable[Event], lots: Mapping[str, Lot], uncounted: Container[str] = ()
) -> dict[str, dict[str, float]]:
    """By silo and lot, the most that can come out of it [kg].

    What was delivered of a lot is shared out as it was filled. Of a lot that claims rest on and
    whose delivered mass nobody stated, what was filled is all there is.
    """
    filled: dict[str, dict[str, list[float]]] = {}
    for event in events:
        if isinstance(event, Filling):
            filled.setdefault(event.lot, {}).setdefault(event.silo, []).append(event.kg)
    found: dict[str, dict[str, float]] = {}
    for name, each in filled.items():
        into = {silo: math.fsum(kgs) for silo, kgs in each.items()}
        kg, limit = math.fsum(into.values()), limit_kg(lots[name], uncounted)
        if limit is None and claims(lots[name]):
            limit = kg
        if limit is not None and kg > 0.0:
            for silo, part in into.items():
                found.setdefault(silo, {})[name] = limit * (part / kg)
    return found


def added(each: Iterable[Beyond]) -> tuple[Beyond, ...]:
    """Summed by lot, in the order of first appearance."""
    found: dict[str, list[Beyond]] = {}
    for one in each:
        found.setdefault(one.lot, []).append(one)
    return tuple(replace(of[-1], kg=math.fsum(one.kg for one in of)) for of in found.values())
