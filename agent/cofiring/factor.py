"""The factor: from a period's sums to the figures of a FactorRecord."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from agent.cofiring import conservative, output, owed, per_kwh, rollup
from agent.cofiring.assess import Figures, assess
from agent.cofiring.biomass import biomass_heat_share, biomass_kwh, is_biomass
from agent.cofiring.fuels import Tables
from agent.cofiring.output import GASES, MJ_PER_KWH, Allocated
from agent.cofiring.plant import Plant
from agent.cofiring.policies import policy_zero_kg
from agent.cofiring.reconciliation import reconciliation
from agent.cofiring.record import FactorRecord
from agent.cofiring.rollup import Sums, Tally
from agent.cofiring.schemes import views
from agent.cofiring.uncertainty import PerKwh

__all__ = ["MJ_PER_KWH", "Span", "build", "series_id", "shares", "utc_text"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SHORT: Final = "minute"
"""The kind of which there are half a million a year: where their values come from, and what
contributes to shares and parts of the factor, stands in the record of the settlement period."""
_MASSES: Final = (*GASES, "upstream_co2e_kg", "land_use_co2e_kg")


@dataclass(frozen=True, slots=True)
class Span:
    """A period: its kind ("minute", "settlement", …), start and end, UTC [µs]."""

    kind: str
    from_us: int
    to_us: int


def utc_text(t_us: int) -> str:
    """An instant as records write it: ISO 8601, UTC, microseconds only where there are any."""
    return (_EPOCH + timedelta(microseconds=t_us)).isoformat().replace("+00:00", "Z")


def series_id(plant: Plant, product: str, kind: str) -> str:
    """Name of a series of records, such as ``example.unit1.electricity.minute``."""
    return f"{plant.plant_id}.{plant.unit_id}.{product}.{kind}"


def build(span: Span, sums: Sums, plant: Plant, tables: Tables, product: str) -> FactorRecord:
    """The record of one product over one period, before it is stored.

    Args:
        span: The period.
        sums: Over the period's slots; missing ones lower the coverage.
        plant: The unit and the site's choices.
        tables: Reviewed tables.
        product: "electricity" or "steam".

    Returns:
        The record without number, digest and chain.
    """
    everything, whole, mixed = sums.everything, sums.whole, sums.mixed
    span_us = span.to_us - span.from_us
    shared = output.allocate(sums, plant, tables, product)
    ratios = per_kwh.figures(whole, shared.output, tables)
    share_heat = shares(mixed, "mj")
    biomass = biomass_heat_share(mixed, tables.norms)
    kwh_by_fuel = output.kwh_by_fuel(mixed, plant)
    sold_kwh, double = output.certificates(
        span.from_us, span.to_us, biomass_kwh(kwh_by_fuel, mixed, tables.norms), plant
    )
    waits = owed.marks(sums, plant, span_us)
    substitutions = owed.substitutions(sums)
    last_day = plant.day(span.to_us - 1)
    masses: dict[str, Any] = {name: everything.gas(name) for name in _MASSES}
    figures = Figures(
        ratios["fossil_co2_kg_per_kwh"],
        _in_set(ratios["direct_co2e_kg_per_kwh"], plant),
        _in_set(ratios["lifecycle_co2e_kg_per_kwh"], plant),
        share_heat,
        _per(shared, product),
    )
    return FactorRecord(
        series_id=series_id(plant, product, span.kind),
        plant_id=plant.plant_id,
        unit_id=plant.unit_id,
        product=product,
        valid_from_utc=utc_text(span.from_us),
        valid_to_utc=utc_text(span.to_us),
        period=span.kind,
        timezone=plant.timezone,
        status=owed.PROVISIONAL if waits or substitutions else owed.VALIDATED,
        gross_kwh=everything.gross_kwh,
        aux_kwh=everything.aux_kwh,
        net_kwh=everything.net_kwh,
        steam_mj=everything.steam_mj,
        **output.trade(sums, plant),
        **masses,
        **ratios,
        **per_kwh.of_gross(whole, shared, tables),
        upstream_by_stage=per_kwh.upstream_by_stage(everything),
        no_factor_reason=shared.reason,
        gwp_set=plant.gwp_set,
        share_heat=share_heat,
        share_mass=shares(mixed, "kg"),
        share_carbon=_carbon_shares(mixed),
        kwh_by_fuel=kwh_by_fuel,
        fuels=_recipe(everything, span.kind, tables),
        allocation=shared.record,
        ash=_ash(everything, biomass, tables),
        zero_rated=_zero_rated(everything),
        policy_zero_rated_co2_kg_per_kwh=per_kwh.per_kwh(
            rollup.add_up(
                (
                    _zero_rated_kg(whole),
                    policy_zero_kg(whole, plant, tables, last_day),
                )
            ),
            shared.output,
        ),
        certificates_sold_kwh=sold_kwh,
        conservative=conservative.figures(
            sums, plant, tables, shared.record["el_share"] if shared.record else None
        ),
        schemes=views(sums, shared.record, plant, tables, last_day)
        if product == "electricity" and span.kind != "minute"
        else {},
        primary_data_share=rollup.primary_data_share(sums),
        coverage=rollup.coverage(sums, plant, span_us),
        estimated_fraction=max(
            rollup.estimated_fraction(sums, plant), owed.owed_share(sums, plant)
        ),
        substitutions=substitutions,
        marks=[
            *([per_kwh.UPSTREAM_MIXED] if ratios["upstream_co2e_kg_per_kwh"] else []),
            *_doubts(everything),
            *shared.marks,
            *double,
            *waits,
            *(owed.implausible(whole, tables.norms) if shared.output else []),
        ],
        tables=[
            {"name": t.name, "version": t.version, "sha256": t.sha256} for t in tables.versions
        ],
        reconciliation=reconciliation(sums, (span.from_us, span.to_us), plant, tables)
        if span.kind == "settlement"
        else None,
        **assess(
            sums, (span.from_us, span.to_us), figures, plant, tables, short=span.kind == _SHORT
        ),
    )


def shares(sums: Tally, name: str) -> dict[str, float] | None:
    """Shares by fuel of heat ("mj") or mass ("kg"); they sum to one.

    None where a fuel is unknown or nothing was burnt: a share of an incomplete mix would mislead.
    """
    return None if sums.unmeasured else _parts(sums.by_fuel(name))


def _carbon_shares(sums: Tally) -> dict[str, float] | None:
    """Shares by fuel of the carbon burnt; None where a fossil-only factor hides some of it."""
    fossil, biogenic = sums.by_fuel("fossil_co2_kg"), sums.by_fuel("biogenic_co2_kg")
    both = {fuel: rollup.add_up((fossil[fuel], biogenic[fuel])) for fuel in fossil}
    return None if sums.unmeasured else _parts(both)


def _parts(by_fuel: dict[str, float | None]) -> dict[str, float] | None:
    whole = rollup.add_up(by_fuel.values()) if by_fuel else None
    if whole is None or whole <= 0.0:
        return None
    return {fuel: (value or 0.0) / whole for fuel, value in by_fuel.items()}


def _ash(sums: Tally, biomass: float | None, tables: Tables) -> dict[str, Any] | None:
    """Ash of the fuels and where it goes; None where a fuel's ash is unknown."""
    burnt = [p for p in sums.portions if p.burnt.kg]
    ash = [p.properties.ash.value * p.burnt.kg if p.properties.ash else None for p in burnt]
    kg = None if sums.unmeasured or not sums.portions else rollup.add_up(ash)
    if biomass is None:
        return None
    route = tables.norms.ash_route(biomass)
    return {
        "kg": kg,
        "biomass_share_heat": biomass,
        "cement": route.cement,
        "landfill": route.landfill,
        "source": route.source,
        "mark": route.mark,
    }


def _zero_rated(sums: Tally) -> list[dict[str, Any]]:
    """Biogenic CO₂ that schemes count as zero, each with the evidence that held as it burnt."""
    return [
        {
            "fuel": p.fuel,
            "lot": p.lot,
            "scheme": rating.scheme,
            "evidence": rating.evidence,
            "valid_to": rating.valid_to,
            "biogenic_co2_kg": p.burnt.biogenic_co2_kg,
        }
        for p in sums.portions
        for rating in p.zero_rated
    ]


def _zero_rated_kg(sums: Tally) -> float | None:
    """Biogenic CO₂ that any scheme counts as zero [kg]; it stays in the physical figures."""
    return rollup.add_up(p.burnt.biogenic_co2_kg for p in sums.portions if p.zero_rated)


def _doubts(sums: Tally) -> list[str]:
    """What looks wrong in the values that counted, by fuel."""
    found = [f"{p.fuel}: {doubt}" for p in sums.portions for doubt in p.properties.doubts]
    return list(dict.fromkeys(found))


def _per(shared: Allocated, product: str) -> PerKwh | None:
    if shared.output is None or shared.record is None:
        return None
    scale = shared.output.share / shared.output.kwh
    el_share, method = shared.record["el_share"], shared.record["method"]
    return PerKwh(scale, el_share, method, product != "electricity")


def _in_set(by_set: dict[str, float] | None, plant: Plant) -> float | None:
    return None if by_set is None else by_set[plant.gwp_set]


def _recipe(sums: Tally, kind: str, tables: Tables) -> list[dict[str, Any]]:
    burnt = [
        {
            "fuel": p.fuel,
            "lot": p.lot,
            "biomass": is_biomass(p, tables.norms),
            "kg": p.burnt.kg,
            "dry_kg": p.dry_kg,
            "lost_kg": p.lost_kg,
            "mj": p.burnt.mj,
            "fossil_co2_kg": p.burnt.fossil_co2_kg,
            "biogenic_co2_kg": p.burnt.biogenic_co2_kg,
        }
        | ({"beyond": [asdict(each) for each in p.beyond]} if p.beyond else {})
        | ({} if kind == _SHORT else {"properties": p.properties.as_dict()})
        for p in sums.portions
    ]
    return burnt + [{"fuel": fuel, "lot": None, "kg": None} for fuel in sums.unmeasured]
