"""Lots: delivered batches with their own analysis, and which one burns when."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from agent.cofiring.fuels import Physics
from agent.errors import BadMoistureError, UnknownFuelError


@dataclass(frozen=True, slots=True)
class Lot:
    """A delivered batch.

    Dry and as-received values are never mixed: `dry` fields need `moisture` to be used.

    Args:
        fuel: Id of the fuel in the site's configuration.
        from_us: When it begins to burn, UTC [µs].
        ncv_dry_mj_per_kg: Net calorific value of the dry matter [MJ/kg].
        gcv_dry_mj_per_kg: Gross calorific value of the dry matter [MJ/kg].
        hydrogen_dry: Hydrogen in the dry matter [mass fraction].
        moisture: Water as received [mass fraction, wet basis], 0 ≤ M < 1.
        ncv_ar_mj_per_kg: Net calorific value as received, where the laboratory gives it [MJ/kg].
        gcv_ar_mj_per_kg: Gross calorific value as received [MJ/kg].
        co2_total_g_per_mj_ncv: CO₂ of all carbon, fossil and biogenic [g/MJ net].
        biogenic_carbon_fraction: Biogenic part of the carbon, by ¹⁴C or selective dissolution.
        upstream_co2e_g_per_mj_ncv: Supply chain of this delivery [g CO₂e/MJ net].
        analysis: Laboratory, method, date, sample point: kept as written.

    Raises:
        BadMoistureError: The moisture is no mass fraction.
    """

    id: str
    fuel: str
    from_us: int
    ncv_dry_mj_per_kg: float | None = None
    gcv_dry_mj_per_kg: float | None = None
    hydrogen_dry: float | None = None
    moisture: float | None = None
    ncv_ar_mj_per_kg: float | None = None
    gcv_ar_mj_per_kg: float | None = None
    co2_total_g_per_mj_ncv: float | None = None
    biogenic_carbon_fraction: float | None = None
    upstream_co2e_g_per_mj_ncv: float | None = None
    analysis: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.moisture is not None:
            _check_moisture(self.moisture, f"lot {self.id}")

    def ncv_ar(self, physics: Physics) -> float | None:
        """Net calorific value as received [MJ/kg], as given or from dry matter and moisture."""
        if self.ncv_ar_mj_per_kg is not None:
            return self.ncv_ar_mj_per_kg
        dry = self.ncv_dry_mj_per_kg
        if dry is None and self.gcv_dry_mj_per_kg is not None and self.hydrogen_dry is not None:
            dry = ncv_dry(self.gcv_dry_mj_per_kg, self.hydrogen_dry, physics)
        if dry is None or self.moisture is None:
            return None
        return ncv_as_received(dry, self.moisture, physics.latent_mj_per_kg)

    def gcv_ar(self) -> float | None:
        """Gross calorific value as received [MJ/kg], as given or from dry matter and moisture."""
        if self.gcv_ar_mj_per_kg is not None:
            return self.gcv_ar_mj_per_kg
        if self.gcv_dry_mj_per_kg is None or self.moisture is None:
            return None
        return self.gcv_dry_mj_per_kg * (1.0 - self.moisture)

    def as_dict(self) -> dict[str, Any]:
        """The lot as JSON-ready fields."""
        return asdict(self)


def ncv_as_received(ncv_dry_mj_per_kg: float, moisture: float, latent_mj_per_kg: float) -> float:
    """Net calorific value as received, at constant pressure.

    Args:
        ncv_dry_mj_per_kg: Of the dry matter [MJ/kg].
        moisture: Mass fraction, wet basis, 0 ≤ M < 1.
        latent_mj_per_kg: Enthalpy of evaporation [MJ/kg].

    Returns:
        NCV_d·(1 − M) − latent·M [MJ/kg].

    Raises:
        BadMoistureError: The moisture is no mass fraction.
    """
    _check_moisture(moisture, "this fuel")
    return ncv_dry_mj_per_kg * (1.0 - moisture) - latent_mj_per_kg * moisture


def ncv_dry(gcv_dry_mj_per_kg: float, hydrogen_dry: float, physics: Physics) -> float:
    """Net from gross calorific value of the dry matter [MJ/kg], by its hydrogen [kg/kg]."""
    water = physics.water_per_hydrogen * hydrogen_dry
    return gcv_dry_mj_per_kg - physics.latent_mj_per_kg * water


class LotBook:
    """Which lot of a fuel burns at an instant: the one that began last.

    Args:
        lots: In any order.

    Raises:
        UnknownFuelError: Two lots share an id, or begin at the same instant for one fuel.
    """

    def __init__(self, lots: Iterable[Lot] = ()) -> None:
        self._by_fuel: dict[str, list[Lot]] = {}
        self._by_id: dict[str, Lot] = {}
        for lot in sorted(lots, key=lambda item: (item.from_us, item.id)):
            if lot.id in self._by_id:
                raise UnknownFuelError(f"lot {lot.id!r} is declared twice; give each its own id")
            self._by_id[lot.id] = lot
            queue = self._by_fuel.setdefault(lot.fuel, [])
            if queue and queue[-1].from_us == lot.from_us:
                raise UnknownFuelError(
                    f"lots {queue[-1].id!r} and {lot.id!r} of {lot.fuel} begin at the same "
                    "instant; move one of them"
                )
            queue.append(lot)

    def of(self, fuel: str) -> tuple[Lot, ...]:
        """The lots of a fuel in the order they burn."""
        return tuple(self._by_fuel.get(fuel, ()))

    def __getitem__(self, lot_id: str) -> Lot:
        return self._by_id[lot_id]

    def at(self, fuel: str, t_us: int) -> Lot | None:
        """The lot of a fuel burning at an instant, UTC [µs]; None before the first."""
        queue = self._by_fuel.get(fuel, [])
        index = bisect_right(queue, t_us, key=lambda lot: lot.from_us)
        return queue[index - 1] if index else None

    def parts(self, fuel: str, from_us: int, to_us: int) -> list[tuple[Lot | None, float]]:
        """How an interval divides over lots, by time.

        Returns:
            (lot, fraction of the interval), in time order; the fractions sum to one.
        """
        cuts = [lot.from_us for lot in self._by_fuel.get(fuel, []) if from_us < lot.from_us < to_us]
        edges = [from_us, *cuts, to_us]
        span = to_us - from_us
        return [(self.at(fuel, start), (end - start) / span) for start, end in pairwise(edges)]


def _check_moisture(moisture: float, whose: str) -> None:
    if not 0.0 <= moisture < 1.0:
        raise BadMoistureError(
            f"{whose}: moisture {moisture} is no mass fraction; write 0.10 for 10 %"
        )
