"""Laws of the values: the biogenic fraction is applied once at most, by whatever route."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cofiring.factors import burn, choose
from agent.cofiring.fuels import SITE, TIERS, Entry, FuelEntry, SiteValues
from agent.cofiring.lot import Lot

TODAY = date(2026, 10, 1)
BEGINNING = date(2020, 1, 1)
fractions = st.floats(0.0, 1.0)
calorific = st.floats(5.0, 40.0)
UNITS = {"mj_ncv": "g/MJ", "mj_gcv": "g/MJ", "kg": "g/kg"}


def entry(value, unit, tier, **more):
    return Entry(value, unit, "drawn", "M", BEGINNING, tier=tier, **more)


@st.composite
def routes(draw):
    """A fuel whose values come from any tier and any basis, and a lot that brings some itself."""
    tiers = st.sampled_from(TIERS)
    per, carbon = (
        draw(st.sampled_from(list(UNITS))),
        draw(st.sampled_from(["total", "fossil_only"])),
    )
    ncv, gcv = draw(calorific), draw(calorific)
    co2 = entry(draw(st.floats(10.0, 3000.0)), UNITS[per], draw(tiers), per=per, carbon=carbon)
    biogenic, oxidation = draw(fractions), draw(st.floats(0.9, 1.0))
    known = {
        "ncv": (entry(ncv, "MJ/kg", draw(tiers), basis="ncv_ar"),),
        "gcv": (entry(gcv, "MJ/kg", draw(tiers), basis="gcv_ar"),),
        "co2": (co2,),
        "oxidation": (entry(oxidation, "1", draw(tiers)),),
    }
    by_lot = draw(st.booleans())
    if not by_lot:
        known["biogenic_carbon_fraction"] = (entry(biogenic, "1", draw(tiers)),)
    site = {name: known.pop(name) for name in list(known) if known[name][0].tier == SITE}
    fuel = FuelEntry("drawn", "Drawn", known, SiteValues(own=site))
    lot = Lot("a", "drawn", 0, biogenic_carbon_fraction=biogenic) if by_lot else None
    per_kg = {"mj_ncv": ncv, "mj_gcv": gcv, "kg": 1.0}[per] * co2.value * 1e-3 * oxidation
    return fuel, lot, per_kg, biogenic, carbon


@given(routes(), st.floats(0.001, 1e6))
def test_no_route_applies_the_biogenic_fraction_twice(tables, route, kg):
    fuel, lot, per_kg, biogenic, carbon = route
    burnt = burn(kg, choose(fuel, lot, TODAY, tables.physics))
    whole = kg * per_kg
    if carbon == "fossil_only":
        assert burnt.fossil_co2_kg == pytest.approx(whole, rel=1e-12)
        assert burnt.biogenic_co2_kg is None
    else:
        assert burnt.fossil_co2_kg == pytest.approx(whole * (1.0 - biogenic), rel=1e-12, abs=1e-12)
        assert burnt.fossil_co2_kg + burnt.biogenic_co2_kg == pytest.approx(whole, rel=1e-12)


@given(st.sampled_from(["", "JP", "TW"]), st.data())
def test_no_shipped_fuel_does_either(tables, country, data):
    key = data.draw(st.sampled_from(sorted(tables.fuels)))
    biogenic = data.draw(fractions)
    fuel = tables.fuel(key).of_site(SiteValues(country))
    lot = Lot("a", key, 0, ncv_ar_mj_per_kg=20.0, gcv_ar_mj_per_kg=21.5)
    plain = choose(fuel, lot, TODAY, tables.physics)
    mixed = choose(
        fuel,
        Lot(
            "a", key, 0, ncv_ar_mj_per_kg=20.0, gcv_ar_mj_per_kg=21.5,
            biogenic_carbon_fraction=biogenic,
        ),
        TODAY,
        tables.physics,
    )  # fmt: skip
    if plain.co2 is None:
        return
    assert mixed.co2 == plain.co2
    fossil = burn(1.0, mixed).fossil_co2_kg
    if mixed.co2.carbon == "fossil_only":
        assert fossil == burn(1.0, plain).fossil_co2_kg
    else:
        both = fossil + burn(1.0, mixed).biogenic_co2_kg
        before = burn(1.0, plain)
        assert both == pytest.approx(before.fossil_co2_kg + before.biogenic_co2_kg, rel=1e-12)
