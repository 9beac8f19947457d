import math
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from simulators import lots
from simulators.lots import FUELS, Lot
from simulators.plant.truth import GASES
from simulators.plant.unit import (
    BOILER_EFFICIENCY,
    MINUTE_US,
    POWER_LOST_PER_STEAM,
    POWER_PER_LIVE_HEAT,
    QUANTITIES,
    Plant,
)

MakePlant = Callable[..., Plant]


def test_minutes_add_up_to_the_totals_at_any_instant(make_plant: MakePlant, start_us: int) -> None:
    plant = make_plant()
    end_us = start_us + 11 * MINUTE_US + 12_345_678
    _, totals = plant.at(end_us)
    minutes = plant.finish(end_us)
    for quantity in QUANTITIES:
        by_minute = math.fsum(minute.amounts[quantity] for minute in minutes)
        assert by_minute == pytest.approx(minutes[-1].totals[quantity], rel=1e-12)
        assert totals[quantity] == pytest.approx(by_minute, rel=1e-12)


def test_minutes_are_whole_utc_minutes_but_the_first_and_last(
    make_plant: MakePlant, start_us: int
) -> None:
    plant = make_plant()
    minutes = plant.finish(start_us + 3 * MINUTE_US)
    assert [minute.from_us for minute in minutes[1:]] == [m.to_us for m in minutes[:-1]]
    assert minutes[0].from_us == start_us
    assert all(minute.to_us % MINUTE_US == 0 for minute in minutes[:-1])
    assert all(m.to_us - m.from_us == MINUTE_US for m in minutes[1:-1])


def test_asking_often_changes_nothing(make_plant: MakePlant, start_us: int) -> None:
    often, once = make_plant(), make_plant()
    for step in range(1, 400):
        often.at(start_us + step * 333_333)
    end_us = start_us + 400 * 333_333
    assert often.at(end_us) == once.at(end_us)


def test_time_never_goes_back(make_plant: MakePlant, start_us: int) -> None:
    plant = make_plant()
    plant.at(start_us + 1_000_000)
    with pytest.raises(ValueError, match="in order of time"):
        plant.at(start_us)


def test_energy_closes_from_fuel_to_power_and_steam(make_plant: MakePlant, start_us: int) -> None:
    plant = make_plant("feeder-stops")
    for second in range(0, 600, 7):
        flows, _ = plant.at(start_us + second * 1_000_000)
        fuel_kw = sum(flows[f"{fuel}_mj"] for fuel in FUELS) * 1000.0
        gross_kw, steam_kw = flows["gross_kwh"] * 3600.0, flows["steam_mj"] * 1000.0
        live_kw = fuel_kw * BOILER_EFFICIENCY
        expected = POWER_PER_LIVE_HEAT * live_kw - POWER_LOST_PER_STEAM * steam_kw
        assert gross_kw == pytest.approx(expected, rel=1e-12)
        assert gross_kw + steam_kw < live_kw
        net_kw = (flows["gross_kwh"] - flows["aux_kwh"]) * 3600.0
        assert flows["sold_kwh"] * 3600.0 == pytest.approx(0.98 * net_kw, rel=1e-12)


def test_the_day_stays_within_the_unit_and_the_mix_within_the_promise(
    make_plant: MakePlant, start_us: int
) -> None:
    plant = make_plant()
    shares, gross_mw = [], []
    for second in range(0, 1440, 10):
        flows, _ = plant.at(start_us + second * 1_000_000)
        heat = {fuel: flows[f"{fuel}_mj"] for fuel in FUELS}
        shares.append(heat["pellets"] / sum(heat.values()))
        gross_mw.append(flows["gross_kwh"] * 3.6)
    assert min(shares) == 0.0
    assert 0.48 < max(shares) < 0.52
    assert min(gross_mw) > 40.0
    assert 70.0 < max(gross_mw) < 80.0


def test_gases_by_hand_for_one_minute(make_plant: MakePlant, start_us: int) -> None:
    plant = make_plant()
    minute = plant.finish(start_us + 2 * MINUTE_US)[1]
    mj = {fuel: minute.amounts[f"{fuel}_mj"] for fuel in FUELS}
    rpf = next(lot for lot in lots.draw(_START, 2.0, 1) if lot.id == minute.lots["rpf"])
    assert rpf.co2_total_g_per_mj_ncv is not None
    assert rpf.biogenic_carbon_fraction is not None
    rpf_kg = mj["rpf"] * rpf.co2_total_g_per_mj_ncv / 1000.0
    fossil = mj["coal"] * 0.0946 + rpf_kg * (1.0 - rpf.biogenic_carbon_fraction)
    biogenic = mj["pellets"] * 0.112 + rpf_kg * rpf.biogenic_carbon_fraction
    n2o = (mj["coal"] * 1.5 + (mj["pellets"] + mj["rpf"]) * 4.0) / 1e6
    ch4 = (mj["coal"] * 1.0 + (mj["pellets"] + mj["rpf"]) * 30.0) / 1e6
    assert minute.amounts["fossil_co2_kg"] == pytest.approx(fossil, rel=1e-12)
    assert minute.amounts["biogenic_co2_kg"] == pytest.approx(biogenic, rel=1e-12)
    assert minute.amounts["n2o_kg"] == pytest.approx(n2o, rel=1e-12)
    both = minute.amounts["ch4_fossil_kg"] + minute.amounts["ch4_biogenic_kg"]
    assert both == pytest.approx(ch4, rel=1e-12)


def test_a_stop_has_no_output_but_keeps_its_kilograms(make_plant: MakePlant, start_us: int) -> None:
    plant = make_plant(stop=(30.0, 270.0))
    minutes = plant.finish(start_us + 6 * MINUTE_US)
    dark = minutes[2].amounts
    assert dark["gross_kwh"] == dark["sold_kwh"] == dark["steam_mj"] == 0.0
    assert dark["imported_kwh"] == pytest.approx(dark["aux_kwh"])
    assert dark["aux_kwh"] > 0.0
    assert dark["coal_kg"] == pytest.approx(0.4 * 60.0)
    assert dark["fossil_co2_kg"] > 0.0
    assert minutes[0].amounts["gross_kwh"] > 0.0
    assert minutes[5].amounts["gross_kwh"] > 0.0


def test_a_stopped_feeder_gives_nothing_and_output_falls(
    make_plant: MakePlant, start_us: int
) -> None:
    plant = make_plant("feeder-stops")
    before, _ = plant.at(start_us + 55_000_000)
    during, _ = plant.at(start_us + 120_000_000)
    after, _ = plant.at(start_us + 245_000_000)
    assert during["coal_kg"] == 0.0
    assert during["pellets_kg"] > 0.0
    assert during["gross_kwh"] < 0.7 * before["gross_kwh"]
    assert after["coal_kg"] > 0.0


def test_lots_change_calorific_value_at_whole_minutes() -> None:
    drawn = lots.draw(_START, 3.0, 5)
    for fuel in FUELS:
        own = [lot for lot in drawn if lot.fuel == fuel]
        assert len(own) > 5
        assert own[0].from_utc <= _START
        assert all(lot.from_utc.second == 0 for lot in own)
        assert len({lot.moisture for lot in own}) > 3
        assert len({round(lot.ncv_ar_mj_per_kg, 3) for lot in own}) == len(own)


def test_moisture_costs_its_own_evaporation() -> None:
    wet = Lot("w", "pellets", _START, 19.0, 0.25)
    assert wet.ncv_ar_mj_per_kg == pytest.approx(19.0 * 0.75 - 2.442 * 0.25)


def test_same_seed_same_plant_and_another_seed_another(
    make_plant: MakePlant, start_us: int
) -> None:
    end_us = start_us + 5 * MINUTE_US
    first, second, other = make_plant(seed=3), make_plant(seed=3), make_plant(seed=4)
    assert first.at(end_us) == second.at(end_us)
    assert first.at(end_us)[1]["coal_kg"] != other.at(end_us)[1]["coal_kg"]


def test_every_gas_is_counted() -> None:
    assert set(GASES) < set(QUANTITIES)


_START = datetime(2026, 3, 4, 1, 2, 3, 400_000, tzinfo=UTC)
