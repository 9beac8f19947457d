"""A period as one reporting scheme sees it: its own basis, gases, zero-rating and sharing.

Computed from the sums alone, for each scheme apart; rounding happens only where it is printed.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from agent.cofiring import conservative
from agent.cofiring.chosen import Chosen
from agent.cofiring.factors import Burnt
from agent.cofiring.fuels import Tables
from agent.cofiring.owed import MIX_UNKNOWN
from agent.cofiring.packs import Limit, Pack, SchemeSite
from agent.cofiring.plant import Plant
from agent.cofiring.portions import Portion, add_up
from agent.cofiring.rollup import Sums, Tally
from agent.cofiring.scheme_figures import LifeCycle, SchemeView, ZeroRated

_MJ_PER_KWH: Final = 3.6
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
    biomass = book.biomass(share)
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


def policy_zero_kg(tally: Tally, plant: Plant, tables: Tables, on: date) -> float | None:
    """Fossil CO₂ that the policy of any of a plant's schemes counts as nothing [kg]."""
    packs = [tables.schemes.find(site.id, on) for site in plant.schemes]
    return _left_out([pack for pack in packs if pack], tally, plant)


def _left_out(packs: Iterable[Pack], tally: Tally, plant: Plant) -> float | None:
    keys = {key for pack in packs for key in pack.policy_zero}
    fuels = {fuel.id for fuel in plant.fuels if fuel.entry.key in keys}
    return add_up(p.burnt.fossil_co2_kg for p in tally.portions if p.fuel in fuels)


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
        self._lines = {fuel.id: fuel for fuel in plant.fuels}
        self._sigmas = tables.norms.conservative_sigmas
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
            biogenic=add_up([*unknown, *(p.burnt.biogenic_co2_kg for p in lots)]),
            policy_zero=_left_out([self._pack], tally, self._plant),
            total=add_up(parts) if parts else None,
            reasons=tuple(reasons),
        )

    def heats(self, tally: Tally) -> dict[str, float | None]:
        """Heat by fuel in the scheme's basis [MJ]."""
        by_fuel: dict[str, list[float | None]] = {fuel: [None] for fuel in tally.unmeasured}
        for portion in tally.portions:
            by_fuel.setdefault(portion.fuel, []).append(self._heat(portion))
        return {fuel: add_up(heats) for fuel, heats in by_fuel.items()}

    def biomass(self, share: Mapping[str, float] | None) -> float | None:
        """Part of the heat of wholly biogenic fuels: what is mixed counts nothing."""
        if share is None:
            return None
        fuels = [fuel.id for fuel in self._plant.fuels if fuel.is_biomass]
        return math.fsum(share.get(fuel, 0.0) for fuel in fuels)

    def net_kwh(self, tally: Tally) -> float | None:
        """Net output by the scheme's estimate [kWh]."""
        if self._pack.estimate == "best":
            return tally.net_kwh
        return conservative.net_kwh(tally, self._plant, self._sigmas)

    def sold_kwh(self, tally: Tally) -> float | None:
        """Sold power by the scheme's estimate [kWh]."""
        count = tally.meters.get(self._plant.sold_point or "")
        if tally.sold_kwh is None or count is None or self._pack.estimate == "best":
            return tally.sold_kwh
        return tally.sold_kwh - self._sigmas * count.filled_sigma

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
        ceiling = limit.g_per_mj if limit else None
        if counted is None or not mj or heat_mj is None or per_kwh is None:
            return LifeCycle(portion.fuel, portion.lot, None, ceiling, None, None)
        g = counted * 1e3 / mj * heat_mj * per_kwh / _MJ_PER_KWH
        meets = None if ceiling is None else g <= ceiling
        return LifeCycle(portion.fuel, portion.lot, g, ceiling, 1.0 - g / comparator, meets)

    def _counted(self, portion: Portion) -> tuple[float | None, list[str]]:
        """CO₂e of a portion by the scheme's gases [kg], and what is not known of it."""
        burnt, gases, missing = portion.burnt, self._pack.gases, []
        parts: list[float | None] = []

        def take(name: str, kg: float | None, weight: float = 1.0) -> None:
            if kg is None:
                whose = f"{portion.fuel}, lot {portion.lot}" if portion.lot else portion.fuel
                missing.append(f"{name} of {whose} is not known")
            parts.append(None if kg is None else kg * weight)

        if "co2" in gases:
            take("fossil CO₂", self._fossil(portion))
            if self._evidence(portion) is None:
                take("biogenic CO₂", burnt.biogenic_co2_kg)
        if "ch4" in gases:
            take("methane", add_up([burnt.ch4_fossil_kg, burnt.ch4_biogenic_kg]), self._ch4)
        if "n2o" in gases:
            take("nitrous oxide", burnt.n2o_kg, self._n2o)
        if "upstream" in gases:
            take("the supply chain", burnt.upstream_co2e_kg)
        if "land_use" in gases and burnt.land_use_co2e_kg is not None:
            parts.append(burnt.land_use_co2e_kg)
        return add_up(parts), missing

    def _fossil(self, portion: Portion) -> float | None:
        """Fossil CO₂ by the scheme's estimate, without what its policy leaves out [kg]."""
        if self._lines[portion.fuel].entry.key in self._pack.policy_zero:
            return 0.0
        burnt, _, factor = self._leaned(portion)
        co2 = burnt.fossil_co2_kg
        return None if co2 is None else co2 * factor

    def _heat(self, portion: Portion) -> float | None:
        """Heat in the scheme's basis and estimate [MJ]."""
        net = self._pack.cv_basis == "ncv_ar"
        burnt, calorific, _ = self._leaned(portion)
        heat = burnt.mj if net else _gross(burnt.kg, portion.properties.gcv)
        return None if heat is None else heat * calorific

    def _leaned(self, portion: Portion) -> tuple[Burnt, float, float]:
        if self._pack.estimate == "best":
            return portion.burnt, 1.0, 1.0
        return conservative.leaned(portion, self._lines[portion.fuel], self._sigmas)

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


def _gross(kg: float, gcv: Chosen | None) -> float | None:
    if kg == 0.0:
        return 0.0
    return None if gcv is None else kg * gcv.value


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
