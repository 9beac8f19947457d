"""Tally: what some minutes gave, summed: fuel, heat, gases, power and steam."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.cofiring import counted
from agent.cofiring.counted import Counted
from agent.cofiring.plant import Plant
from agent.cofiring.portions import Portion, add_up, merged


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over some minutes; None where nothing is known.

    Args:
        portions: By fuel, lot and properties, in the plant's order of fuels and the lots' order
            of burning.
        unmeasured: Fuels of which nothing at all is known.
        meters: By totaliser.
        least_gross_kwh: Least gross output of a minute that is measured from end to end.
        most_gross_kwh: The most.
    """

    minutes: int
    portions: tuple[Portion, ...]
    unmeasured: tuple[str, ...]
    meters: Mapping[str, Counted]
    gross_kwh: float | None
    aux_kwh: float | None
    net_kwh: float | None
    sold_kwh: float | None
    steam_mj: float | None
    least_gross_kwh: float | None = None
    most_gross_kwh: float | None = None
    _gases: dict[str, float | None] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def gas(self, name: str) -> float | None:
        """Sum of one field of `Burnt` over all fuels; None where one of them is unknown."""
        if self.unmeasured or not self.portions:
            return None
        if name not in self._gases:
            self._gases[name] = add_up([getattr(p.burnt, name) for p in self.portions])
        return self._gases[name]

    def by_fuel(self, name: str) -> dict[str, float | None]:
        """One field of `Burnt` by fuel."""
        grouped: dict[str, list[float | None]] = {}
        for portion in self.portions:
            grouped.setdefault(portion.fuel, []).append(getattr(portion.burnt, name))
        return {fuel: add_up(values) for fuel, values in grouped.items()}


def tally(
    minutes: int,
    portions: Sequence[Portion],
    meters: Mapping[str, Counted],
    plant: Plant,
    gross_range_kwh: tuple[float | None, float | None] = (None, None),
) -> Tally:
    """Sums that are at hand already, with what follows from the plant.

    Args:
        minutes: How many minutes they are of.
        portions: At most one by fuel, lot and properties.
        meters: By totaliser; one that is left out is not known.
        plant: Which fuels there are, and which totaliser counts what.
        gross_range_kwh: Least and most gross output of a measured minute [kWh].
    """
    order = {fuel.id: n for n, fuel in enumerate(plant.fuels)}
    burnt = {portion.fuel for portion in portions}

    def total(point: str | None) -> float | None:
        count = meters.get(point) if point else None
        return count.total if count else None

    gross = total(plant.gross_point)
    aux = add_up([total(point) for point in plant.aux_points]) if plant.aux_points else 0.0
    return Tally(
        minutes=minutes,
        portions=tuple(sorted(portions, key=lambda portion: order[portion.fuel])),
        unmeasured=tuple(fuel.id for fuel in plant.fuels if fuel.id not in burnt),
        meters=meters,
        gross_kwh=gross,
        aux_kwh=aux,
        net_kwh=None if gross is None or aux is None else gross - aux,
        sold_kwh=total(plant.sold_point),
        steam_mj=plant.steam_mj(total(plant.steam_point)),
        least_gross_kwh=gross_range_kwh[0],
        most_gross_kwh=gross_range_kwh[1],
    )


def add_tallies(parts: Sequence[Tally], plant: Plant) -> Tally:
    """Sum runs of minutes, in time order."""
    if len(parts) == 1:
        return parts[0]
    meters: dict[str, list[Counted]] = {}
    for part in parts:
        for point, count in part.meters.items():
            meters.setdefault(point, []).append(count)
    least = [part.least_gross_kwh for part in parts if part.least_gross_kwh is not None]
    most = [part.most_gross_kwh for part in parts if part.most_gross_kwh is not None]
    return tally(
        sum(part.minutes for part in parts),
        merged(portion for part in parts for portion in part.portions),
        {point: counted.add(run) for point, run in meters.items()},
        plant,
        (min(least, default=None), max(most, default=None)),
    )
