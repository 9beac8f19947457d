"""Portions: what one fuel in one lot gave, minute by minute and summed."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from agent.cofiring.delivered import Beyond, added
from agent.cofiring.deliveries import ZeroRating
from agent.cofiring.factors import Burnt, Chosen, Properties, burn
from agent.cofiring.lots import Lot

_GASES: Final = tuple(name for name in Burnt.__dataclass_fields__ if name != "kg")


@dataclass(frozen=True, slots=True)
class Portion:
    """What one fuel in one lot gave; `lot` is None where no lot was declared.

    Args:
        properties: What it was computed with. Where only the moisture at the feeder moved within
            a sum, the values that follow from it are means over what was burnt.
        dry_kg: Dry matter in `burnt.kg`; None where no moisture is known.
        other_kg: What would have burnt of the lot by the other blending model [kg]; None where
            both agree.
        filled_kg: Part of `burnt.kg` that is estimated.
        filled_sigma_kg: Its standard uncertainty.
        substituted_kg: Part of `burnt.kg` whose moisture stands in for one at the feeder.
        lost_kg: Dry matter that storage cost what burnt here; None where nobody booked any.
        zero_rated: Which schemes count its biogenic CO₂ as zero, and by what evidence that held on
            the day it burnt.
        beyond: Of a portion without a lot: what of it burnt when a lot was used up.
    """

    fuel: str
    lot: str | None
    properties: Properties
    burnt: Burnt
    dry_kg: float | None = None
    other_kg: float | None = None
    filled_kg: float = 0.0
    filled_sigma_kg: float = 0.0
    substituted_kg: float = 0.0
    lost_kg: float | None = None
    zero_rated: tuple[ZeroRating, ...] = ()
    beyond: tuple[Beyond, ...] = ()


def portion_of(
    fuel: str,
    lot: Lot | None,
    properties: Properties,
    kg: float,
    *,
    other_kg: float | None,
    filled: tuple[float, float],
    substituted_kg: float,
    zero_rated: tuple[ZeroRating, ...] = (),
    beyond: tuple[Beyond, ...] = (),
) -> Portion:
    """What an amount of a fuel in a lot gave.

    Args:
        fuel: Which fuel.
        lot: Which lot; None where none was declared.
        properties: The values that count.
        kg: As fired.
        other_kg: What would have burnt by the other blending model; None where both agree.
        filled: Estimated part of `kg` and its standard uncertainty.
        substituted_kg: Part of `kg` whose moisture stands in for one at the feeder.
        zero_rated: The lot's zero-ratings that held on the day it burnt.
        beyond: What of it burnt when a lot was used up.
    """
    water = properties.moisture
    dry_kg = None if water is None else kg * (1.0 - water.value)
    return Portion(
        fuel,
        lot.id if lot else None,
        properties,
        burn(kg, properties),
        dry_kg,
        other_kg,
        *filled,
        substituted_kg,
        None if lot is None or dry_kg is None else _lost(lot, dry_kg),
        zero_rated,
        beyond,
    )


def merged(portions: Iterable[Portion]) -> list[Portion]:
    """Sum portions of equal fuel, lot, evidence and origin of their values, in time order.

    Returns:
        In the order of their first appearance.
    """
    grouped: dict[tuple[object, ...], list[list[Portion]]] = {}
    for portion in portions:
        alike = grouped.setdefault((portion.fuel, portion.lot, portion.zero_rated), [])
        group = next((g for g in alike if _alike(g[0].properties, portion.properties)), None)
        if group is None:
            alike.append([portion])
        else:
            group.append(portion)
    return [_sum(group) for alike in grouped.values() for group in alike]


def add_up(values: Iterable[float | None]) -> float | None:
    """The exact sum; None where a value is unknown."""
    known = []
    for value in values:
        if value is None:
            return None
        known.append(value)
    return math.fsum(known)


def _lost(lot: Lot, dry_kg: float) -> float | None:
    """Dry matter that storage cost a part of a lot, in proportion to what is left of it [kg]."""
    delivered = lot.delivery.mass_kg if lot.delivery else None
    loss, moisture = lot.dry_matter_loss_kg, lot.moisture
    if loss is None or delivered is None or moisture is None:
        return None
    left = delivered * (1.0 - moisture) - loss
    return dry_kg * loss / left if left > 0.0 else None


def _alike(a: Properties, b: Properties) -> bool:
    if a is b or a == b:
        return True
    if a.moisture is None or b.moisture is None:
        return False
    return _without_values(a) == _without_values(b)


def _without_values(properties: Properties) -> Properties:
    """Where the values come from that follow from the moisture, without themselves."""

    def bare(chosen: Chosen | None) -> Chosen | None:
        if chosen is None:
            return None
        return replace(chosen, value=0.0, low=None, high=None, source="", reason="")

    return replace(
        properties,
        ncv=bare(properties.ncv),
        gcv=bare(properties.gcv),
        moisture=bare(properties.moisture),
        co2=bare(properties.co2),
        ash=bare(properties.ash),
    )


def _sum(portions: Sequence[Portion]) -> Portion:
    first = portions[0]
    if len(portions) == 1:
        return first
    gases = {name: add_up([getattr(p.burnt, name) for p in portions]) for name in _GASES}
    both = all(portion.other_kg is None for portion in portions)
    other = [p.burnt.kg if p.other_kg is None else p.other_kg for p in portions]
    return Portion(
        first.fuel,
        first.lot,
        _mean(portions),
        Burnt(kg=math.fsum(portion.burnt.kg for portion in portions), **gases),
        add_up([portion.dry_kg for portion in portions]),
        None if both else math.fsum(other),
        math.fsum(portion.filled_kg for portion in portions),
        math.fsum(portion.filled_sigma_kg for portion in portions),
        math.fsum(portion.substituted_kg for portion in portions),
        add_up([portion.lost_kg for portion in portions]),
        first.zero_rated,
        added(beyond for portion in portions for beyond in portion.beyond),
    )


def _mean(portions: Sequence[Portion]) -> Properties:
    first = portions[0].properties
    if all(p.properties is first or p.properties == first for p in portions):
        return first
    return replace(
        first,
        ncv=_weighted(portions, "ncv", _kg),
        gcv=_weighted(portions, "gcv", _kg),
        moisture=_weighted(portions, "moisture", _kg),
        ash=_weighted(portions, "ash", _kg),
        co2=_weighted(portions, "co2", lambda portion: portion.burnt.mj),
    )


def _kg(portion: Portion) -> float:
    return portion.burnt.kg


def _weighted(
    portions: Sequence[Portion], name: str, weight: Callable[[Portion], float | None]
) -> Chosen | None:
    pairs = [(getattr(p.properties, name), weight(p) or 0.0) for p in portions]
    first: Chosen | None = pairs[0][0]
    whole = math.fsum(w for _, w in pairs)
    if first is None or whole <= 0.0 or all(chosen.value == first.value for chosen, _ in pairs):
        return first

    def mean(field: str) -> float | None:
        values = [(getattr(chosen, field), w) for chosen, w in pairs]
        total = add_up([None if value is None else value * w for value, w in values])
        return None if total is None else total / whole

    value = mean("value")
    # A sum of sums names no report twice.
    sources = ", ".join(dict.fromkeys(each for c, _ in pairs for each in c.source.split(", ")))
    if value is None:
        return first
    return replace(first, value=value, low=mean("low"), high=mean("high"), source=sources)
