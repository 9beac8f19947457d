"""The sums of many periods side by side: `rollup.Tally` as arrays, NaN where it says None."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from agent.cofiring.burning_columns import Stream
from agent.cofiring.counted_columns import CountedColumns
from agent.cofiring.slot_columns import Flags, Floats, Ints


@dataclass(frozen=True, slots=True)
class PortionColumns:
    """What one fuel in one lot gave, by period.

    Args:
        stream: Fuel, lot and properties.
        kg: As fired; 0 where it does not burn.
        first: Number of the first slot in which anything is known of the fuel while it burns; −1
            where there is none.
        other_kg: What would have burnt of it by the other blending model [kg].
        blends: Where the two models differ.
        filled_kg: Part of `kg` that is estimated.
        filled_sigma_kg: Its standard uncertainty.
        substituted_kg: Part of `kg` whose moisture stands in for one at the feeder.
        beyond_kg: By lot that is used up, the part of `kg` that is beyond it.
    """

    stream: Stream
    kg: Floats
    first: Ints
    other_kg: Floats
    blends: Flags
    filled_kg: Floats
    filled_sigma_kg: Floats
    substituted_kg: Floats
    beyond_kg: Mapping[str, Floats]

    def gas(self, name: str) -> Floats:
        """One field of `Burnt`; NaN where something burnt that has no such property."""
        per_kg: float | None = getattr(self.stream.unit, name)
        return np.where(self.kg == 0.0, 0.0, np.nan) if per_kg is None else self.kg * per_kg


@dataclass(frozen=True, slots=True)
class TallyColumns:
    """The fields of `rollup.Tally` by period.

    Args:
        unmeasured: By fuel, where nothing at all is known of it.
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
    least_gross_kwh: Floats
    most_gross_kwh: Floats

    def gas(self, name: str) -> Floats:
        """Sum of one field of `Burnt` over all fuels; NaN where one of them is unknown."""
        return sum(self.by_fuel(name).values(), np.zeros(len(self.minutes)))

    def by_fuel(self, name: str) -> dict[str, Floats]:
        """One field of `Burnt` by fuel; NaN where it is unknown."""
        found = {fuel: np.where(none, np.nan, 0.0) for fuel, none in self.unmeasured.items()}
        for portion in self.portions:
            found[portion.stream.fuel] = found[portion.stream.fuel] + portion.gas(name)
        return found
