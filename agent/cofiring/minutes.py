"""Minutes: what each totaliser's slot gave in fuel, heat and gases.

A minute is complete when every totaliser it needs is bracketed by reads at both ends and every
fuel could be counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from agent.cofiring import counted
from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.choices import chosen
from agent.cofiring.counted import Counted, Fill
from agent.cofiring.delivered import Beyond, delivered_kg
from agent.cofiring.fuels import Tables
from agent.cofiring.lots import Burning
from agent.cofiring.plant import FuelLine, Plant
from agent.cofiring.portions import Portion, portion_of

_NO_FILLS: Final[Mapping[str, Fill]] = {}


@dataclass(frozen=True, slots=True)
class Minute:
    """One slot, computed.

    Args:
        slot_us: Start of the slot, UTC [µs].
        counts: What is known of each totaliser.
        complete: Whether all of it is measured and can be counted.
        coverage: Part of the slot measured by the totaliser that knows least, 0 … 1.
        usable: Whether a figure per kWh of a longer period may rest on it: it is complete, or
            all that is missing is filled.
    """

    slot_us: int
    counts: Mapping[str, Counted]
    portions: tuple[Portion, ...]
    complete: bool
    coverage: float
    usable: bool


def minute(
    slot_us: int,
    meters: Mapping[str, MeterSlot],
    plant: Plant,
    lots: Burning,
    tables: Tables,
    fills: Mapping[str, Fill] = _NO_FILLS,
) -> Minute:
    """Compute one slot from what its totalisers counted, and what stands in where they did not."""
    return stretch((slot_us, slot_us + SLOT_US), meters, plant, lots, tables, fills)


def stretch(
    span_us: tuple[int, int],
    meters: Mapping[str, MeterSlot],
    plant: Plant,
    lots: Burning,
    tables: Tables,
    fills: Mapping[str, Fill] = _NO_FILLS,
) -> Minute:
    """Compute any stretch of time as one slot; minutes are the stretches that are stored."""
    counts = {
        point: counted.counted(slot, fills.get(point), plant.correction(point, span_us[0]))
        for point, slot in meters.items()
    }
    day = plant.day(span_us[0])
    portions = [
        portion
        for fuel in plant.fuels
        for portion in _portions(span_us, fuel, counts[fuel.mass_point], lots, tables, day)
    ]
    known = all(p.burnt.mj is not None and p.burnt.fossil_co2_kg is not None for p in portions)
    needed = plant.needed()
    return Minute(
        span_us[0],
        counts,
        tuple(portions),
        complete=known and all(meters[point].covered for point in needed),
        coverage=min(meters[point].covered_us for point in needed) / SLOT_US,
        usable=known and all(meters[point].covered or point in fills for point in needed),
    )


def _portions(
    span_us: tuple[int, int],
    fuel: FuelLine,
    count: Counted,
    lots: Burning,
    tables: Tables,
    day: date,
) -> list[Portion]:
    total = count.total
    if total is None:
        return []
    from_us, to_us = span_us
    parts, others = lots.parts(fuel.id, *span_us), lots.other_parts(fuel.id, *span_us)
    same = parts == others
    by_other = {lot.id if lot else None: part for lot, part in others}
    # What only the other model lets burn is a portion of nothing, so that their spread is known.
    mine = {lot.id if lot else None for lot, _ in parts}
    parts += [(lot, 0.0) for lot, _ in others if (lot.id if lot else None) not in mine]
    beyond = tuple(
        Beyond(lot.id, delivered_kg(lot), total * part)
        for lot, part in lots.beyond(fuel.id, *span_us)
    )
    portions = []
    for lot, part in parts:
        kg = total * part
        moisture = lots.moisture_at(fuel.id, lot, from_us, to_us)
        properties = chosen(fuel.entry, lot, day, tables.physics, moisture)
        portions.append(
            portion_of(
                fuel.id,
                lot,
                properties,
                kg,
                other_kg=None if same else total * by_other.get(lot.id if lot else None, 0.0),
                filled=(count.filled * part, count.filled_sigma * part),
                substituted_kg=kg if moisture is not None and moisture.substituted else 0.0,
                zero_rated=lot.rated_on(day) if lot else (),
                beyond=() if lot else beyond,
            )
        )
    return portions
