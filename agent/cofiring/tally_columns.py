"""The sums of many periods side by side: `rollup.Tally` as arrays, NaN where it says None."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from agent.cofiring.burning_columns import Stream
from agent.cofiring.counted_columns import CountedColumns
from agent.cofiring.periods import Periods
from agent.cofiring.slot_columns import Flags, Floats, Ints


@dataclass(frozen=True)
class PortionColumns:
    """What one fuel in one lot gave, by period.

    Args:
        stream: Fuel, lot and properties.
        kg: As fired; 0 where it does not burn.
        other_kg: What would have burnt of it by the other blending model [kg].
        blends: Where the two models differ.
        filled_kg: Part of `kg` that is estimated.
        filled_sigma_kg: Its standard uncertainty.
        substituted_kg: Part of `kg` whose moisture stands in for one at the feeder.
        beyond_kg: By lot that is used up, the part of `kg` that is beyond it.
        present: Slots in which anything is known of the fuel while it burns.
        periods: How slots divide into periods.
    """

    stream: Stream
    kg: Floats
    other_kg: Floats
    blends: Flags
    filled_kg: Floats
    filled_sigma_kg: Floats
    substituted_kg: Floats
    beyond_kg: Mapping[str, Floats]
    present: Flags
    periods: Periods

    @cached_property
    def first(self) -> Ints:
        """Number of the first slot that is present; that of slots where there is none."""
        return self.periods.first(self.present)

    def gas(self, name: str) -> Floats:
        """One field of `Burnt`, as a new column; NaN where what burnt has no such property."""
        per_kg: float | None = getattr(self.stream.unit, name)
        return np.where(self.kg == 0.0, 0.0, np.nan) if per_kg is None else self.kg * per_kg


@dataclass(frozen=True, slots=True)
class TallyColumns:
    """The fields of `rollup.Tally` by period.

    Args:
        unmeasured: By fuel, where nothing at all is known of it.
        measured_kwh: Gross output of the slots that are measured from end to end.
        periods: How slots divide into periods.
    """

    minutes: Ints
    portions: tuple[PortionColumns, ...]
    unmeasured: Mapping[str, Flags]
    meters: Mapping[str, CountedColumns]
    gross_kwh: Floats
    aux_kwh: Floats
    net_kwh: Floats
    sold_kwh: Floats
    steam_mj: Floats
    measured_kwh: Floats
    periods: Periods

    def gas(self, name: str) -> Floats:
        """Sum of one field of `Burnt` over all fuels; NaN where one of them is unknown."""
        return added(self.by_fuel(name).values(), len(self.periods))

    def by_fuel(self, name: str) -> dict[str, Floats]:
        """One field of `Burnt` by fuel; NaN where it is unknown."""
        found: dict[str, Floats] = {}
        for portion in self.portions:
            gas, fuel = portion.gas(name), portion.stream.fuel
            found[fuel] = gas if fuel not in found else np.add(found[fuel], gas, out=gas)
        for fuel, none in self.unmeasured.items():
            if fuel not in found:
                found[fuel] = np.zeros(len(none))
            np.copyto(found[fuel], np.nan, where=none)
        return {fuel: found[fuel] for fuel in self.unmeasured}


def added(columns: Iterable[Floats], count: int) -> Floats:
    """The sum of columns that are so long, as one of its own."""
    first, *others = [*columns] or [np.zeros(count)]
    whole = first.copy()
    for column in others:
        whole += column
    return whole
