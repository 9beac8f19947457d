"""What the study prints, and what its numbers exactly are."""

import dataclasses
import math
from datetime import date

import pytest

from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.factor import Span, build, shares
from agent.cofiring.factors import burn, check, choose
from agent.cofiring.fuels import SITE, Entry, SiteValues
from agent.cofiring.lots import LotBook
from agent.cofiring.plant import FuelLine
from agent.cofiring.portions import Portion
from agent.cofiring.rollup import add, minute, tally
from agent.errors import MixedBasisError

TODAY = date(2026, 10, 1)

MILL_T = {"coal": 2000, "plastic": 10_000, "rpf": 3000, "wood": 12_000}
"""A mill's fuels of a year as the study prints them [t]."""

MILL_MJ_PER_KG = {
    "coal": (23.0, "ncv_ar"),
    "plastic": (25.0, "gcv_ar"),
    "rpf": (25.0, "gcv_ar"),
    "wood": (13.2, "gcv_ar"),
}
PRINTED_MASS = {"coal": 7.4, "plastic": 37.0, "rpf": 11.1, "wood": 44.4}
PRINTED_HEAT = {"coal": 8.7, "plastic": 47.2, "rpf": 14.2, "wood": 29.9}


def test_levelled_costs_are_printed_truncated(cases):
    printed = {
        c["name"]: (c["levelled_usd_t"], c["printed"]) for c in cases["fuel_cost_levelled_to_coal"]
    }
    pks, print_pks = printed["PKS"]
    assert (math.floor(pks), round(pks)) == (print_pks, print_pks + 1)
    rpf, print_rpf = printed["RPF"]
    assert math.floor(rpf * 100) / 100 == print_rpf
    assert round(rpf, 2) == pytest.approx(print_rpf + 0.01)


def test_a_mill_s_shares_by_mass_and_by_heat_are_not_one_number(plant, tables):
    lines, portions = [], []
    for fuel, tonnes in MILL_T.items():
        entry = declared(tables.fuel("waste_plastics"), *MILL_MJ_PER_KG[fuel])
        found = choose(entry, None, TODAY, tables.physics)
        lines.append(FuelLine(fuel, entry, f"{fuel}_kg"))
        portions.append(Portion(fuel, None, found, burn(tonnes * 1000.0, found)))
    sums = tally(1, portions, {}, dataclasses.replace(plant, fuels=tuple(lines)))
    for name, printed in (("kg", PRINTED_MASS), ("mj", PRINTED_HEAT)):
        found = shares(sums, name)
        assert {fuel: round(100 * share, 1) for fuel, share in found.items()} == printed
    # Only what is gross stands in for a net value, and says why it may.
    doubted = {p.fuel for p in portions if any("mixed_bases" in d for d in p.properties.doubts)}
    assert doubted == {"plastic", "rpf", "wood"}


def test_the_mill_s_gross_values_are_refused_where_nobody_acknowledged_them(tables):
    entry = declared(tables.fuel("waste_plastics"), 25.0, "gcv_ar", acknowledged="")
    with pytest.raises(MixedBasisError, match="25 MJ/kg is gross"):
        check(entry, None, TODAY, tables.physics)


def test_what_is_doubtful_stands_in_the_record_s_marks(plant, tables):
    coal, pellets, rpf = plant.fuels
    heavy = Entry(2.9, "kg/kg", "site", "", date(2020, 1, 1), per="kg", carbon="total", tier=SITE)
    lines = (
        dataclasses.replace(coal, entry=coal.entry.of_site(SiteValues(own={"co2": (heavy,)}))),
        pellets,
        dataclasses.replace(rpf, entry=rpf.entry.of_site(SiteValues(acknowledged="no lab yet"))),
    )
    site = dataclasses.replace(plant, fuels=lines)
    meters = {point: MeterSlot(0.0, 100.0, SLOT_US, through=False) for point in site.needed()}
    at_us = 1_790_000_040_000_000
    sums = add([minute(at_us, meters, site, LotBook(), tables)], site)
    made = build(Span("settlement", at_us, at_us + SLOT_US), sums, site, tables, "electricity")
    assert "rpf: mixed_bases: 25 MJ/kg is gcv_ar; no lab yet" in made.marks
    (implied,) = (mark for mark in made.marks if "implied_factor" in mark)
    assert implied.startswith("coal: implied_factor: 112.4 g/MJ is outside this fuel's 89.5–99.7")


def declared(entry, value, basis, acknowledged="illustrative: 23.0 is net, the others gross"):
    said = Entry(value, "MJ/kg", "site", "", date(2020, 1, 1), basis=basis, tier=SITE)
    return entry.of_site(SiteValues(own={basis[:3]: (said,)}, acknowledged=acknowledged))
