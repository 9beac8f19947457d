"""A lot: a delivered batch with its own analyses, and what follows from them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Final

from agent.cofiring.analyses import Analyses, Measured
from agent.cofiring.deliveries import Certificate, Delivery, Leg, ZeroRating
from agent.cofiring.fuels import Physics
from agent.cofiring.moisture import FeederMoisture, check_moisture, dried, ncv_as_received

_EMPTY: Final = Analyses()


@dataclass(frozen=True, slots=True)
class Lot:
    """A delivered batch.

    Dry and as-received values are never mixed: `dry` fields need `moisture` to be used. The
    figures are those that count: with several analyses what their rule gives (`with_analyses`).

    Args:
        fuel: Id of the fuel in the site's configuration.
        from_us: When it begins to burn, UTC [µs]; of a lot in a traced silo, when it was delivered.
        ncv_dry_mj_per_kg: Net calorific value of the dry matter [MJ/kg].
        gcv_dry_mj_per_kg: Gross calorific value of the dry matter [MJ/kg].
        hydrogen_dry: Hydrogen in the dry matter [mass fraction].
        moisture: Water as received [mass fraction, wet basis], 0 ≤ M < 1.
        ncv_ar_mj_per_kg: Net calorific value as received, where the laboratory gives it [MJ/kg].
        gcv_ar_mj_per_kg: Gross calorific value as received [MJ/kg].
        co2_total_g_per_mj_ncv: CO₂ of all carbon, fossil and biogenic [g/MJ net as received].
        biogenic_carbon_fraction: Biogenic part of the carbon, by ¹⁴C or selective dissolution.
        upstream_co2e_g_per_mj_ncv: Supply chain of this delivery [g CO₂e/MJ net].
        analysis: Laboratory, method, date, sample point: kept as written.
        carbon_dry: Carbon in the dry matter [mass fraction].
        chlorine_dry: Chlorine in the dry matter [mass fraction].
        ash_dry: Ash of the dry matter [mass fraction].
        sulphur_dry: Sulphur in the dry matter [mass fraction].
        mercury_mg_per_mj_ncv: Mercury [mg/MJ net as received].
        analyses: Each analysis, and the rule by which they count.
        delivery: How it was received.
        certificates: Of sustainability and origin.
        legs: Its way here, stage by stage.
        zero_rated: Which schemes count its biogenic CO₂ as zero, and why.
        land_use_co2e_g_per_mj_ncv: Change of land use [g CO₂e/MJ net], apart from the rest.
        dry_matter_loss_kg: Dry matter that storage cost it so far [kg], a line of its own.

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
    carbon_dry: float | None = None
    chlorine_dry: float | None = None
    ash_dry: float | None = None
    sulphur_dry: float | None = None
    mercury_mg_per_mj_ncv: float | None = None
    analyses: Analyses = _EMPTY
    delivery: Delivery | None = None
    certificates: tuple[Certificate, ...] = ()
    legs: tuple[Leg, ...] = ()
    zero_rated: tuple[ZeroRating, ...] = ()
    land_use_co2e_g_per_mj_ncv: float | None = None
    dry_matter_loss_kg: float | None = None

    def __post_init__(self) -> None:
        if self.moisture is not None:
            check_moisture(self.moisture, f"lot {self.id}")

    def with_analyses(self, analyses: Analyses) -> "Lot":
        """The same lot with the figures that these analyses give; others stay as they are."""
        found = {name: analyses.measured(name) for name in analyses.quantities()}
        figures: dict[str, Any] = {name: one.value for name, one in found.items() if one}
        return replace(self, analyses=analyses, **figures)

    def measured(self, quantity: str) -> Measured | None:
        """A figure with how sure it is and where it is from; None where nobody measured it.

        Args:
            quantity: Name of a field, such as "ncv_dry_mj_per_kg".
        """
        found = self.analyses.measured(quantity)
        if found is not None:
            return found
        value = getattr(self, quantity)
        return None if value is None else Measured(value, source=f"lot {self.id}")

    def dry_ncv(self, physics: Physics) -> float | None:
        """Net calorific value of the dry matter [MJ/kg], by the shortest way there is."""
        if self.ncv_dry_mj_per_kg is not None:
            return self.ncv_dry_mj_per_kg
        if self.ncv_ar_mj_per_kg is not None and self.moisture is not None:
            return dried(self.ncv_ar_mj_per_kg, self.moisture, physics.latent_mj_per_kg)
        if self.gcv_dry_mj_per_kg is not None and self.hydrogen_dry is not None:
            return ncv_dry(self.gcv_dry_mj_per_kg, self.hydrogen_dry, physics)
        return None

    def ncv_ar(self, physics: Physics, moisture: float | None = None) -> float | None:
        """Net calorific value as received [MJ/kg], as given or from dry matter and moisture.

        Args:
            physics: Constants.
            moisture: At the feeder [mass fraction]; None for the lot's own. Where the dry value
                is not known, the value as received stands as it was given.
        """
        if self.ncv_ar_mj_per_kg is not None and moisture in {None, self.moisture}:
            return self.ncv_ar_mj_per_kg
        water = self.moisture if moisture is None else moisture
        dry = self.dry_ncv(physics)
        if dry is None or water is None:
            return self.ncv_ar_mj_per_kg
        return ncv_as_received(dry, water, physics.latent_mj_per_kg)

    def gcv_ar(self, moisture: float | None = None) -> float | None:
        """Gross calorific value as received [MJ/kg], or at the feeder's moisture."""
        if self.gcv_ar_mj_per_kg is not None and moisture in {None, self.moisture}:
            return self.gcv_ar_mj_per_kg
        dry = self.gcv_dry_mj_per_kg
        if dry is None and self.gcv_ar_mj_per_kg is not None and self.moisture is not None:
            dry = self.gcv_ar_mj_per_kg / (1.0 - self.moisture)
        water = self.moisture if moisture is None else moisture
        if dry is None or water is None:
            return self.gcv_ar_mj_per_kg
        return dry * (1.0 - water)

    def co2_total(self, physics: Physics, moisture: float | None = None) -> float | None:
        """CO₂ of all its carbon [g/MJ net as received], of the same dry carbon at any moisture.

        Args:
            physics: Constants.
            moisture: At the feeder [mass fraction]; None for the lot's own.
        """
        given, own = self.co2_total_g_per_mj_ncv, self.ncv_ar(physics)
        water = self.moisture if moisture is None else moisture
        here = self.ncv_ar(physics, moisture)
        if given is not None:
            if moisture is None or own is None or here is None or self.moisture is None:
                return given
            return given * own / (1.0 - self.moisture) * (1.0 - moisture) / here
        if self.carbon_dry is None or water is None or not here:
            return None
        co2_kg_per_kg = self.carbon_dry * (1.0 - water) * physics.co2_per_carbon
        return co2_kg_per_kg * 1000.0 / here

    def upstream_by_stage(self, physics: Physics) -> dict[str, float | None]:
        """What its way here gave by stage [g CO₂e/MJ net]; None where a stage is not known."""
        own = self.ncv_ar(physics)
        stages: dict[str, float | None] = {}
        for leg in self.legs:
            before, more = stages.get(leg.stage, 0.0), leg.co2e(own)
            stages[leg.stage] = None if before is None or more is None else before + more
        return stages

    def upstream(self, physics: Physics) -> float | None:
        """What its way here gave [g CO₂e/MJ net]: as given, or the sum of all its stages."""
        if self.upstream_co2e_g_per_mj_ncv is not None or not self.legs:
            return self.upstream_co2e_g_per_mj_ncv
        stages = self.upstream_by_stage(physics).values()
        known = [one for one in stages if one is not None]
        return sum(known) if len(known) == len(stages) else None

    def rated_on(self, day: date) -> tuple[ZeroRating, ...]:
        """Its zero-ratings that hold for what burns on a day: in time, and with evidence."""
        return tuple(each for each in self.zero_rated if each.valid_on(day.isoformat()))

    def own_moisture(self, *, outdoors: bool) -> FeederMoisture | None:
        """Its own moisture in place of one at the feeder; None where it has none.

        Args:
            outdoors: Whether rain and sun had it since it was sampled: then it is marked.
        """
        found = self.measured("moisture")
        if found is None:
            return None
        return FeederMoisture(found.value, found.half95, found.source, substituted=outdoors)

    def as_dict(self) -> dict[str, Any]:
        """The lot as JSON-ready fields."""
        return asdict(self)


def ncv_dry(gcv_dry_mj_per_kg: float, hydrogen_dry: float, physics: Physics) -> float:
    """Net from gross calorific value of the dry matter [MJ/kg], by its hydrogen [kg/kg]."""
    water = physics.water_per_hydrogen * hydrogen_dry
    return gcv_dry_mj_per_kg - physics.latent_mj_per_kg * water
