"""Sharing between electricity and heat, kWh by fuel, and power that is not the plant's own."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cofiring import allocation, output
from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.factor import Span, build
from agent.cofiring.lots import LotBook
from agent.cofiring.plant import Boiler, CertificatesSold, PowerFactor
from agent.cofiring.rollup import add, minute
from agent.cofiring.steam import Water, exported
from agent.errors import BadSteamError

BASE_US = 1_790_000_040_000_000
SPAN = Span("settlement", BASE_US, BASE_US + SLOT_US)
METHODS = (
    "energy_content", "efficiency_method", "carnot", "work_potential", "defra_2_to_1",
    "power_bonus", "all_to_power",
)  # fmt: skip
STEAM = exported(Water(1.0, 180.0), Water(0.5, 80.0), Water(0.5, 15.0), 0.8, 25.0)


def counted(value):
    return MeterSlot(0.0, value, SLOT_US, through=False)


def sums_of(plant, tables, **amounts):
    meters = {point: counted(0.0) for point in plant.points()}
    meters |= {point: counted(value) for point, value in amounts.items()}
    return add([minute(BASE_US, meters, plant, LotBook(), tables)], plant)


@pytest.fixture(scope="session")
def chp(plant):
    """A plant that declares all that any method needs."""
    bonus = PowerFactor(0.5, "Reference plant of the tests")
    return dataclasses.replace(plant, steam=STEAM, bonus=bonus)


@given(
    coal=st.floats(1.0, 1e6),
    power=st.floats(10.0, 1e6),
    heat=st.just(0.0) | st.floats(1e-6, 1e7),
    method=st.sampled_from(METHODS),
)
def test_power_and_heat_carry_the_whole_by_every_method(coal, power, heat, method, chp, tables):
    declared = dataclasses.replace(chp, allocation_method=method)
    sums = sums_of(declared, tables, coal_kg=coal, gross_kwh=power, steam_mj=heat)
    el, steam = (build(SPAN, sums, declared, tables, p) for p in ("electricity", "steam"))
    shared = el.allocation
    assert next(iter(shared["alternatives"])) == method
    assert set(shared["alternatives"]) == set(METHODS)
    assert None not in shared["alternatives"].values()
    whole = el.fossil_co2_kg_per_kwh * power
    if heat:
        whole += steam.fossil_co2_kg_per_kwh * heat / 3.6
    assert whole == pytest.approx(el.fossil_co2_kg, rel=1e-9)
    for name, share in shared["alternatives"].items():
        assert share > 0.0, name
        assert share <= 1.0 or name == "power_bonus"


def test_steam_is_net_of_what_comes_back():
    """IAPWS-IF97: 1 MPa and 180 °C 2777.4 kJ/kg; water at 80 °C 335.3, at 15 °C 63.5 kJ/kg."""
    assert STEAM.heat_mj_per_kg == pytest.approx(2.7774 - 0.8 * 0.3353 - 0.2 * 0.0635, abs=2e-4)
    assert 0.0 < STEAM.work_share < 180.0 / 453.15
    with pytest.raises(BadSteamError, match="outside IAPWS-IF97"):
        exported(Water(200.0, 180.0), Water(0.5, 80.0), Water(0.5, 15.0), 1.0, 25.0)
    with pytest.raises(BadSteamError, match="more than what comes back"):
        exported(Water(0.5, 40.0), Water(0.5, 80.0), Water(0.5, 15.0), 1.0, 25.0)
    with pytest.raises(BadSteamError, match=r"write 0\.8 for 80 %"):
        exported(Water(1.0, 180.0), Water(0.5, 80.0), Water(0.5, 15.0), 80.0, 25.0)


def test_steam_by_its_mass_is_heat_by_its_state(chp, tables):
    by_mass = dataclasses.replace(chp, steam_by_mass=True)
    sums = sums_of(by_mass, tables, coal_kg=10.0, gross_kwh=100.0, steam_mj=1000.0)
    assert sums.everything.steam_mj == pytest.approx(1000.0 * STEAM.heat_mj_per_kg)


def test_a_power_bonus_that_leaves_heat_less_than_nothing_is_flagged(chp, tables):
    declared = dataclasses.replace(chp, allocation_method="power_bonus")
    sums = sums_of(declared, tables, coal_kg=100.0, gross_kwh=1000.0, steam_mj=3600.0)
    el, steam = (build(SPAN, sums, declared, tables, p) for p in ("electricity", "steam"))
    assert steam.fossil_co2_kg_per_kwh < 0.0
    assert allocation.NEGATIVE_HEAT in steam.marks
    assert el.direct_co2e_kg_per_kwh["AR5"] == pytest.approx(0.5)


def test_a_method_that_lacks_what_it_needs_gives_no_figure(plant, tables):
    declared = dataclasses.replace(plant, allocation_method="carnot")
    sums = sums_of(declared, tables, coal_kg=100.0, gross_kwh=1000.0, steam_mj=3600.0)
    found = build(SPAN, sums, declared, tables, "electricity")
    assert (found.fossil_co2_kg_per_kwh, found.no_factor_reason) == (None, output.NO_METHOD)
    assert found.fossil_co2_kg > 0.0


def test_boilers_share_power_by_their_steam_first(plant, tables):
    boilers = (Boiler("b1", "b1_mj", ("coal",)), Boiler("b2", "b2_mj", ("pellets", "rpf")))
    header = dataclasses.replace(plant, boilers=boilers)
    amounts = {"coal_kg": 100.0, "pellets_kg": 100.0, "b1_mj": 3000.0, "b2_mj": 1000.0}
    sums = sums_of(header, tables, gross_kwh=1000.0, aux_kwh=100.0, **amounts)
    assert output.kwh_by_fuel(sums.everything, header) == pytest.approx(
        {"coal": 675.0, "pellets": 225.0, "rpf": 0.0}
    )
    plain = output.kwh_by_fuel(sums.everything, plant)
    assert math.fsum(plain.values()) == pytest.approx(900.0)
    assert plain["coal"] < 675.0
    without = dataclasses.replace(sums.everything, meters={**sums.everything.meters})
    del without.meters["b2_mj"]
    assert output.kwh_by_fuel(without, header) is None


def test_imported_power_stands_on_its_own_line(plant, tables):
    grid = PowerFactor(0.43, "Grid factor of the tests")
    linked = dataclasses.replace(
        plant, imported_point="import_kwh", imported=grid, sold_point="sold_kwh"
    )
    amounts = {"coal_kg": 100.0, "gross_kwh": 1000.0, "sold_kwh": 700.0}
    alone = build(SPAN, sums_of(linked, tables, **amounts), linked, tables, "electricity")
    drawn = sums_of(linked, tables, import_kwh=50.0, **amounts)
    found = build(SPAN, drawn, linked, tables, "electricity")
    assert found.imported_co2e_kg == pytest.approx(21.5)
    assert found.own_use_kwh == pytest.approx(350.0)
    # The plant's own factor knows nothing of the grid's.
    for name in ("fossil_co2_kg", "fossil_co2_kg_per_kwh", "direct_co2e_kg_per_kwh", "net_kwh"):
        assert getattr(found, name) == getattr(alone, name)


def test_auxiliaries_are_told_by_name_counted_or_not(plant, tables):
    named = dataclasses.replace(
        plant, aux_names={"aux_kwh": "fuel yard"}, aux_left_out=("transformer loss",)
    )
    sums = sums_of(named, tables, coal_kg=10.0, gross_kwh=100.0, aux_kwh=8.0)
    assert build(SPAN, sums, named, tables, "electricity").auxiliaries == [
        {"name": "fuel yard", "kwh": 8.0, "counted": True},
        {"name": "transformer loss", "kwh": None, "counted": False},
    ]


def test_certificates_sold_of_more_than_was_made_are_a_double_claim(plant, tables):
    sold = CertificatesSold(BASE_US, BASE_US + SLOT_US, 400.0, "t-rec")
    selling = dataclasses.replace(plant, certificates_sold=(sold,))
    amounts = {"coal_kg": 100.0, "pellets_kg": 100.0, "gross_kwh": 1000.0}
    fair = build(SPAN, sums_of(selling, tables, **amounts), selling, tables, "electricity")
    if fair.kwh_by_fuel["pellets"] >= 400.0:
        assert not any(mark.startswith("double_claim") for mark in fair.marks)
    assert fair.certificates_sold_kwh == 400.0
    more = dataclasses.replace(
        plant, certificates_sold=(sold, dataclasses.replace(sold, kwh=900.0))
    )
    found = build(SPAN, sums_of(more, tables, **amounts), more, tables, "electricity")
    assert found.certificates_sold_kwh == 1300.0
    assert any(mark.startswith("double_claim: 1300 kWh") for mark in found.marks)


@pytest.mark.parametrize(("pellets", "landfill"), [(50.0, 0.1), (400.0, 1.0)])
def test_ash_goes_elsewhere_above_half_biomass(plant, tables, pellets, landfill):
    sums = sums_of(plant, tables, coal_kg=100.0, pellets_kg=pellets, gross_kwh=1000.0)
    found = build(SPAN, sums, plant, tables, "electricity").ash
    assert (found["landfill"], found["cement"]) == (landfill, 1.0 - landfill)
    assert (found["biomass_share_heat"] > 0.5) == (landfill == 1.0)


def test_heat_that_cannot_have_made_the_power_is_marked(plant, tables):
    sums = sums_of(plant, tables, coal_kg=10.0, gross_kwh=1000.0)
    found = build(SPAN, sums, plant, tables, "electricity")
    assert any(mark.startswith("implausible_heat_rate") for mark in found.marks)
