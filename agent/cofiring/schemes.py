"""A period as one reporting scheme sees it: its own basis, gases, zero-rating and sharing.

Computed from the sums alone, for each scheme apart; rounding happens only where it is printed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from agent.cofiring.biomass import biomass_part, is_biomass
from agent.cofiring.chosen import Chosen
from agent.cofiring.conservative import Lean, gross_mj
from agent.cofiring.factors import Burnt
from agent.cofiring.fuels import Tables
from agent.cofiring.owed import MIX_UNKNOWN
from agent.cofiring.packs import Limit, Pack, SchemeSite
from agent.cofiring.plant import Plant
from agent.cofiring.policies import zeroed
from agent.cofiring.portions import Portion, add_up
from agent.cofiring.rollup import Sums, Tally
from agent.cofiring.scheme_figures import LifeCycle, SchemeView, ZeroRated

_MJ_PER_KWH: Final = 3.6
_LAND_USE: Final = "the change of land use"
_RULE: Final = "by the scheme's rule"


def scheme_view(
    sums: Sums,
    allocated: Mapping[str, Any] | None,
    plant: Plant,
    tables: Tables,
    pack: Pack,
    site: SchemeSite,
    on: date,
) -> SchemeView:
    """What a scheme would be told of a period.

    Args:
        sums: Over the period.
        allocated: The record's allocation: "method" and "alternatives" with every method's share.
        plant: The unit.
        tables: Reviewed tables.
        pack: The scheme's vintage.
        site: What the site says of itself under it.
        on: The period's last day, which decides the ceiling.
    """
    book = _Book(plant, tables, pack)
    everything, whole = book.masses(sums.everything), book.masses(sums.whole)
    method = pack.chp_method
    if method == "site" and allocated:
        method = allocated["method"]
    el_share = allocated["alternatives"].get(method) if allocated else None
    heats = book.heats(sums.mixed)
    share = _shares(heats)
    biomass = None if share is None else book.biomass(sums.mixed)
    sold = book.sold_kwh(sums.mixed)
    net = book.net_kwh(sums.whole)
    per_kwh = None if el_share is None or not net or net < 0.0 else el_share / net
    reasons = [*everything.reasons]
    if allocated and el_share is None:
        reasons.append(f"the site declares too little for {method}")
    if sums.unmixed:
        reasons.append(MIX_UNKNOWN.format(minutes=sums.unmixed))
    if share is None:
        reasons.append(f"a calorific value of basis {pack.cv_basis} is missing")
    return SchemeView(
        scheme=pack.id,
        vintage=pack.valid_from.isoformat(),
        cv_basis=pack.cv_basis,
        gwp_set=pack.gwp_set,
        chp_method=method,
        estimate=pack.estimate,
        share_heat=share,
        biomass_share=biomass,
        biomass_kwh=None if sold is None or biomass is None else sold * biomass,
        fossil_co2_kg=everything.fossil,
        biogenic_co2_counted_kg=everything.biogenic,
        policy_zero_co2_kg=everything.policy_zero,
        total_co2e_kg=everything.total,
        kg_per_kwh=None if whole.total is None or per_kwh is None else whole.total * per_kwh,
        el_share=el_share,
        zero_rated=book.zero_rated(sums.everything),
        life_cycle=book.life_cycles(sums.whole, per_kwh, pack.limit(site, on)),
        reasons=list(dict.fromkeys(reasons)),
    )


def views(
    sums: Sums, allocated: Mapping[str, Any] | None, plant: Plant, tables: Tables, on: date
) -> dict[str, dict[str, Any]]:
    """What each of a plant's schemes that counts on a day would be told, JSON-ready."""
    return {
        site.id: scheme_view(sums, allocated, plant, tables, pack, site, on).as_dict()
        for site in plant.schemes
        if (pack := tables.schemes.find(site.id, on))
    }


@dataclass(frozen=True, slots=True)
class _Masses:
    fossil: float | None
    biogenic: float | None
    policy_zero: float | None
    total: float | None
    reasons: tuple[str, ...]


class _Book:
    """One scheme's way of counting."""

    def __init__(self, plant: Plant, tables: Tables, pack: Pack) -> None:
        self._plant, self._pack = plant, pack
        self._zeroed = zeroed([pack], plant)
        self._norms = tables.norms
        self._lean = Lean(plant, tables) if pack.estimate == "conservative" else None
        gwp = tables.gwp[pack.gwp_set]
        self._ch4 = float(getattr(gwp, tables.combustion_ch4))
        self._n2o = gwp.n2o

    def masses(self, tally: Tally) -> _Masses:
        """Kilograms of a tally, as the scheme counts them."""
        reasons = [f"nothing is known of {fuel}" for fuel in tally.unmeasured]
        unknown: list[float | None] = [None] * (not tally.portions or bool(reasons))
        parts = [*unknown]
        for portion in tally.portions:
            counted, missing = self._counted(portion)
            parts.append(counted)
            reasons += missing
        lots = [p for p in tally.portions if self._evidence(p) is None]
        return _Masses(
            fossil=add_up([*unknown, *(self._fossil(p) for p in tally.portions)]),
            biogenic=add_up([*unknown, *(self._biogenic(p) for p in lots)]),
            policy_zero=add_up(
                self._emitted(p, self._burnt(p).fossil_co2_kg, p.properties.co2)
                for p in tally.portions
                if p.fuel in self._zeroed
            ),
            total=add_up(parts) if parts else None,
            reasons=tuple(reasons),
        )

    def heats(self, tally: Tally) -> dict[str, float | None]:
        """Heat by fuel in the scheme's basis [MJ]."""
        by_fuel: dict[str, list[float | None]] = {fuel: [None] for fuel in tally.unmeasured}
        for portion in tally.portions:
            by_fuel.setdefault(portion.fuel, []).append(self._heat(portion))
        return {fuel: add_up(heats) for fuel, heats in by_fuel.items()}

    def biomass(self, tally: Tally) -> float:
        """Part of the heat that counts as biomass, lot by lot; of mixed fuels by the pack's rule.

        The heat of every portion is known, and some burnt.
        """
        heats = [(p, self._heat(p) or 0.0) for p in tally.portions]
        mixed = self._pack.mixed_heat
        mine = math.fsum(mj * biomass_part(p, self._norms, mixed) for p, mj in heats)
        return mine / math.fsum(mj for _, mj in heats)

    def net_kwh(self, tally: Tally) -> float | None:
        """Net output by the scheme's estimate [kWh]."""
        return self._lean.net_kwh(tally) if self._lean else tally.net_kwh

    def sold_kwh(self, tally: Tally) -> float | None:
        """Sold power by the scheme's estimate [kWh]."""
        count = tally.meters.get(self._plant.sold_point or "")
        if tally.sold_kwh is None or count is None or self._lean is None:
            return tally.sold_kwh
        return tally.sold_kwh - self._lean.sigmas * count.filled_sigma

    def zero_rated(self, tally: Tally) -> list[ZeroRated]:
        """The lots whose biogenic CO₂ counts nothing, with their evidence."""
        found = []
        for portion in tally.portions:
            evidence = self._evidence(portion)
            if evidence is not None and _has_biogenic(portion):
                kg = portion.burnt.biogenic_co2_kg
                found.append(ZeroRated(portion.fuel, portion.lot, kg, *evidence))
        return found

    def life_cycles(
        self, tally: Tally, per_kwh: float | None, limit: Limit | None
    ) -> list[LifeCycle]:
        """The life cycle of each biogenic lot; none where the scheme compares with nothing."""
        comparator = self._pack.comparator_g_per_mj
        if comparator is None:
            return []
        heat = tally.gas("mj")
        lots = [p for p in tally.portions if _has_biogenic(p) and p.burnt.kg]
        return [self._life_cycle(p, heat, per_kwh, comparator, limit) for p in lots]

    def _life_cycle(
        self,
        portion: Portion,
        heat_mj: float | None,
        per_kwh: float | None,
        comparator: float,
        limit: Limit | None,
    ) -> LifeCycle:
        counted, _ = self._counted(portion)
        mj = portion.burnt.mj
        bound = self._pack.limits_bind == "biogenic" or is_biomass(portion, self._norms)
        ceiling = limit.g_per_mj if limit and bound else None
        if counted is None or not mj or heat_mj is None or per_kwh is None:
            return LifeCycle(portion.fuel, portion.lot, None, ceiling, None, None, bound)
        g = counted * 1e3 / mj * heat_mj * per_kwh / _MJ_PER_KWH
        meets = None if ceiling is None else g <= ceiling
        saving = 1.0 - g / comparator
        return LifeCycle(portion.fuel, portion.lot, g, ceiling, saving, meets, bound)

    def _counted(self, portion: Portion) -> tuple[float | None, list[str]]:
        """CO₂e of a portion by the scheme's gases [kg], and what is not known of it."""
        burnt, of, gases = self._burnt(portion), portion.properties, self._pack.gases
        missing: list[str] = []
        parts: list[float | None] = []
        whose = f"{portion.fuel}, lot {portion.lot}" if portion.lot else portion.fuel

        def take(name: str, kg: float | None, weight: float = 1.0) -> None:
            if kg is None:
                missing.append(f"{name} of {whose} is not known")
            parts.append(None if kg is None else kg * weight)

        if "co2" in gases:
            take("fossil CO₂", self._fossil(portion))
            if self._evidence(portion) is None:
                take("biogenic CO₂", self._biogenic(portion))
        if "ch4" in gases:
            ch4_kg = add_up([burnt.ch4_fossil_kg, burnt.ch4_biogenic_kg])
            take("methane", self._emitted(portion, ch4_kg, of.ch4), self._ch4)
        if "n2o" in gases:
            take("nitrous oxide", self._emitted(portion, burnt.n2o_kg, of.n2o), self._n2o)
        if "upstream" in gases:
            kg = self._emitted(portion, burnt.upstream_co2e_kg, of.upstream_co2e)
            take("the supply chain", kg)
        if "land_use" in gases:
            kg = self._emitted(portion, burnt.land_use_co2e_kg, of.land_use_co2e)
            parts.append(kg or 0.0)
            if kg is None and _has_biogenic(portion) and burnt.kg:
                missing.append(f"{_LAND_USE} of {whose} is not known and counts nothing")
        return add_up(parts), missing

    def _fossil(self, portion: Portion) -> float | None:
        """Fossil CO₂ by the scheme's estimate, without what its policy leaves out [kg]."""
        if portion.fuel in self._zeroed:
            return 0.0
        return self._emitted(portion, self._burnt(portion).fossil_co2_kg, portion.properties.co2)

    def _biogenic(self, portion: Portion) -> float | None:
        """Biogenic CO₂ by the scheme's estimate [kg]."""
        return self._emitted(portion, self._burnt(portion).biogenic_co2_kg, portion.properties.co2)

    def _emitted(self, portion: Portion, kg: float | None, factor: Chosen | None) -> float | None:
        """What it emits by the scheme's estimate of a factor [kg]."""
        return kg if kg is None or self._lean is None else kg * self._lean.gas(portion, factor)

    def _burnt(self, portion: Portion) -> Burnt:
        return self._lean.most(portion) if self._lean else portion.burnt

    def _heat(self, portion: Portion) -> float | None:
        """Heat in the scheme's basis and estimate [MJ]."""
        net = self._pack.cv_basis == "ncv_ar"
        if self._lean:
            return self._lean.heat_mj(portion, is_gross=not net)
        return portion.burnt.mj if net else gross_mj(portion.burnt.kg, portion.properties.gcv)

    def _evidence(self, portion: Portion) -> tuple[str, str] | None:
        """Why the biogenic CO₂ of a portion counts nothing here, and until when; None: it does."""
        if self._pack.zero_rating == "rule":
            return _RULE, ""
        if self._pack.zero_rating == "none":
            return None
        for rating in portion.zero_rated:
            if rating.scheme == self._pack.id:
                return rating.evidence, rating.valid_to
        return None if _may_hide_biogenic(portion) else ("nothing biogenic", "")


def _may_hide_biogenic(portion: Portion) -> bool:
    """Whether it gives biogenic CO₂, or may: a factor of the fossil part alone is silent of it."""
    co2 = portion.properties.co2
    return _has_biogenic(portion) or (co2 is not None and co2.carbon == "fossil_only")


def _has_biogenic(portion: Portion) -> bool:
    return portion.properties.biogenic_carbon_fraction.value > 0.0


def _shares(heats: Mapping[str, float | None]) -> dict[str, float] | None:
    known = {fuel: heat for fuel, heat in heats.items() if heat is not None}
    whole = math.fsum(known.values())
    if len(known) < len(heats) or whole <= 0.0:
        return None
    return {fuel: heat / whole for fuel, heat in known.items()}
