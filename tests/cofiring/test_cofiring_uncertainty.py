"""Intervals against brute force, the `uncertainties` package and Monte Carlo."""

import math
from dataclasses import replace

import numpy as np
import pytest
from uncertainties import ufloat

from agent.cofiring.analyses import Analyses, Analysis, Result
from agent.cofiring.assess import DIRECT, FOSSIL
from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.factor import Span, build
from agent.cofiring.lots import Lot, LotBook
from agent.cofiring.rollup import minute, sums_of

Z95 = 1.959963984540054
BASE_US = 1_790_000_040_000_000
SPAN = Span("settlement", BASE_US, BASE_US + SLOT_US)
DRAWS = 400_000


def counted(amount):
    return MeterSlot(0.0, amount, SLOT_US, through=False)


@pytest.fixture(scope="module")
def known(plant, tables):
    """The unit with every meter of a class."""
    classes = {"gross_kwh": "electricity_0_5s", "aux_kwh": "electricity_0_5s"}
    classes |= {"steam_mj": "steam_heat"}
    table = tables.uncertainties
    accuracy = {p: table.meter(classes.get(p, "belt_weigher")) for p in plant.points()}
    return replace(plant, accuracy=accuracy)


def record_of(plant, tables, lots, **amounts):
    meters = {point: counted(0.0) for point in plant.points()}
    meters |= {point: counted(amount) for point, amount in amounts.items()}
    computed = minute(BASE_US, meters, plant, LotBook(lots), tables)
    return build(SPAN, sums_of(computed, plant), plant, tables, "electricity")


# ── The whole record ──────────────────────────────────────────────────────────────────────


def coal_lot(**given):
    return Lot("c1", "coal", 0, ncv_ar_mj_per_kg=25.0, **given)


def contributors(record, figure):
    return [each for each in record.contributors if each["figure"] == figure]


def relative(interval, value):
    return 0.5 * (interval["high"] - interval["low"]) / value


@pytest.mark.parametrize("belt", ["belt_weigher", "belt_weigher_1"])
def test_default_coal_factor_decides_the_fossil_factor(belt, known, tables):
    """Belts ±1 … 1.5 %, NCV ±2 %, power ±0.5 % and a default factor ±5.4 % give ±5.9 … 6.0 %."""
    meters = {**known.accuracy, "coal_kg": tables.uncertainties.meter(belt)}
    # Just calibrated, and over so long that the ends of the totalisers do not count.
    calibrated = {p: replace(m, drift_per_year=0.0, jitter_s=0.0) for p, m in meters.items()}
    plant = replace(known, accuracy=calibrated)
    record = record_of(plant, tables, [coal_lot()], coal_kg=2e5, gross_kwh=5e5)
    found = record.intervals[FOSSIL]
    assert round(relative(found, record.fossil_co2_kg_per_kwh), 3) in (0.059, 0.060)
    first = contributors(record, FOSSIL)[0]
    assert (first["quantity"], first["fuels"]) == ("co2", ["coal"])
    assert 0.82 <= round(first["share"], 2) <= 0.85


def test_an_analysed_coal_brings_two_and_a_half_percent(known, tables):
    lot = coal_lot(co2_total_g_per_mj_ncv=94.0)
    belts = {"coal_kg": tables.uncertainties.meter("belt_weigher_1")}
    plant = replace(known, accuracy={**known.accuracy, **belts})
    record = record_of(plant, tables, [lot], coal_kg=2e5, gross_kwh=5e5)
    half = relative(record.intervals[FOSSIL], record.fossil_co2_kg_per_kwh)
    assert round(half, 3) in (0.025, 0.026)


RPF = Lot(
    "r1",
    "rpf",
    0,
    ncv_dry_mj_per_kg=25.0,
    moisture=0.05,
    co2_total_g_per_mj_ncv=87.0,
    biogenic_carbon_fraction=0.3,
)
KG = {"coal_kg": 9e4, "rpf_kg": 4e4}
KWH = {"gross_kwh": 3e5, "aux_kwh": 2e4, "steam_mj": 3.6e5}


def model(
    belt_coal, belt_rpf, ncv_coal, ncv_dry, water, ef_coal, ef_rpf, biogenic, gross, aux, hot
):
    """Fossil CO₂ per net kWh and the share of RPF, by formulas of its own."""
    heat_coal = KG["coal_kg"] * belt_coal * 25.0 * ncv_coal
    moisture = 0.05 * water
    ncv_rpf = 25.0 * ncv_dry * (1.0 - moisture) - 2.442 * moisture
    heat_rpf = KG["rpf_kg"] * belt_rpf * ncv_rpf
    fossil = heat_coal * 0.0946 * ef_coal + heat_rpf * 0.087 * ef_rpf * (1.0 - 0.3 * biogenic)
    out = KWH["gross_kwh"] * gross - KWH["aux_kwh"] * aux + KWH["steam_mj"] / 3.6 * hot
    return fossil / out, heat_rpf / (heat_rpf + heat_coal)


def errors_of(plant):
    """Standard uncertainties of the model's eleven factors, from the table's own percentages."""
    drift = {"belt": 0.005, "power": 0.0005, "steam": 0.005}
    scale = {"belt": 0.015, "power": 0.005, "steam": 0.02}
    meter = {k: math.hypot(scale[k] / Z95, drift[k] / math.sqrt(3.0)) for k in scale}
    lab = 0.02 / Z95
    water = math.hypot(0.005, 0.01) / Z95 / 0.05
    biogenic = math.hypot(0.02, 0.02) / Z95 / 0.3
    return (
        *(meter["belt"],) * 2, lab, lab, water, 5.1 / 94.6 / Z95, 0.01 / Z95, biogenic,
        *(meter["power"],) * 2, meter["steam"],
    )  # fmt: skip


def ends(plant, point, amount):
    """Relative standard uncertainty of what the two ends of a totaliser leave open."""
    known = plant.accuracy[point]
    return math.sqrt(2.0 / 3.0) * (known.step + amount / 60.0 * known.jitter_s) / amount


def whole(interval):
    return math.hypot(interval["u_systematic"], interval["u_random"])


@pytest.fixture(scope="module")
def mixed(known, tables):
    return record_of(known, tables, [coal_lot(), RPF], **KG, **KWH)


def inputs(plant):
    """One factor per source: eleven, and one more for the ends of each totaliser."""
    amounts = {**KG, **KWH}
    order = ["coal_kg", "rpf_kg", "gross_kwh", "aux_kwh", "steam_mj"]
    counts = [ends(plant, point, amounts[point]) for point in order]
    found = list(errors_of(plant))
    for n, count in zip((0, 1, 8, 9, 10), counts, strict=True):
        found[n] = math.hypot(found[n], count)
    return found


def test_first_order_against_the_uncertainties_package(known, mixed):
    factors = [ufloat(1.0, u) for u in inputs(known)]
    fossil, share = model(*factors)
    assert mixed.fossil_co2_kg_per_kwh == pytest.approx(fossil.nominal_value, rel=1e-9)
    assert whole(mixed.intervals[FOSSIL]) == pytest.approx(fossil.std_dev, rel=1e-9)
    assert whole(mixed.intervals["share_heat.rpf"]) == pytest.approx(share.std_dev, rel=1e-9)
    coal = mixed.intervals["share_heat.coal"]
    assert whole(coal) == pytest.approx(share.std_dev, rel=1e-9)


def test_interval_against_monte_carlo(known, mixed):
    rng = np.random.default_rng(20261002)
    factors = [1.0 + u * rng.standard_normal(DRAWS) for u in inputs(known)]
    for name, drawn in zip((FOSSIL, "share_heat.rpf"), model(*factors), strict=True):
        low, high = np.quantile(drawn, [0.025, 0.975])
        found = mixed.intervals[name]
        assert (found["low"], found["high"]) == pytest.approx((low, high), abs=0.02 * (high - low))


def test_what_contributes_is_named_and_adds_up(mixed):
    for figure in mixed.intervals.keys() - {"share_heat.pellets"}:
        shares = [each["share"] for each in contributors(mixed, figure)]
        assert shares == sorted(shares, reverse=True)
        assert 0.5 < math.fsum(shares) <= 1.0
    names = {(c["source"], c["quantity"]) for c in contributors(mixed, FOSSIL)}
    assert ("IPCC 2006 Guidelines, volume 2, tables 1.2 and 2.2", "co2") in names
    unburnt = {"low": 0.0, "high": 0.0, "u_systematic": 0.0, "u_random": 0.0}
    assert mixed.intervals["share_heat.pellets"] == unburnt


def test_skewed_methane_makes_a_skewed_interval(known, tables):
    lot = Lot("p1", "pellets", 0, ncv_ar_mj_per_kg=17.0)
    record = record_of(known, tables, [lot], pellets_kg=1e5, gross_kwh=3e5)
    assert record.fossil_co2_kg_per_kwh == 0.0
    assert record.intervals[FOSSIL]["high"] == pytest.approx(0.0, abs=1e-12)
    found, value = record.intervals[DIRECT], record.direct_co2e_kg_per_kwh["AR5"]
    assert found["low"] > 0.0
    assert found["high"] - value > 1.5 * (value - found["low"])


# ── What is shared, what is repeated, what is not known ───────────────────────────────────


def test_one_published_number_is_one_error_however_many_lots_use_it(known, tables):
    one = record_of(known, tables, [coal_lot()], coal_kg=2e5, gross_kwh=5e5)
    late = BASE_US + SLOT_US // 2
    second = Lot("c2", "coal", late, ncv_ar_mj_per_kg=25.0)
    two = record_of(known, tables, [coal_lot(), second], coal_kg=2e5, gross_kwh=5e5)

    def of(record, quantity, source=""):
        return next(
            each["share"] * whole(record.intervals[FOSSIL]) ** 2
            for each in contributors(record, FOSSIL)
            if each["quantity"] == quantity and source in each["source"]
        )

    assert of(two, "co2") == pytest.approx(of(one, "co2"), rel=1e-9)
    # So is what a laboratory is wrong by; what each sample adds, half of the heat each, is not.
    laboratory = "laboratory not named, coal"
    assert of(two, "ncv", laboratory) == pytest.approx(of(one, "ncv", laboratory), rel=1e-9)
    assert of(one, "ncv", "lot c1") == pytest.approx(3.0 * of(one, "ncv", laboratory), rel=1e-9)


def test_more_samples_help_only_what_is_random(known, tables):
    lot = coal_lot(co2_total_g_per_mj_ncv=94.0)
    single = record_of(known, tables, [lot], coal_kg=2e5, gross_kwh=5e5).intervals[FOSSIL]
    assert single["u_random"] < single["u_systematic"]
    late = record_of(known, tables, [lot], coal_kg=2e7, gross_kwh=5e7).intervals[FOSSIL]
    assert late["u_systematic"] == pytest.approx(single["u_systematic"], rel=1e-6)


def found_in(lot, quantity, known, tables):
    """Relative standard uncertainty that one quantity of a lot brings into the fossil factor."""
    record = record_of(known, tables, [lot], coal_kg=2e5, gross_kwh=5e5)
    shares = [c["share"] for c in contributors(record, FOSSIL) if c["quantity"] == quantity]
    part = math.sqrt(math.fsum(shares)) * whole(record.intervals[FOSSIL])
    return part / record.fossil_co2_kg_per_kwh


def analysed(half95, samples, **value):
    """A coal lot whose laboratory says how sure one of its analyses is."""
    ((name, number),) = value.items()
    each = [Analysis(f"r{n}", "2026-10-01", {name: Result(number, half95)}) for n in range(samples)]
    return Lot("c9", "coal", 0, moisture=0.1).with_analyses(Analyses(tuple(each)))


def test_a_laboratory_that_says_how_sure_it_is_is_believed(known, tables):
    lot = analysed(0.6, 1, ncv_ar_mj_per_kg=25.0)
    assert found_in(lot, "ncv", known, tables) == pytest.approx(0.6 / 25.0 / Z95, rel=1e-9)
    # Of four samples the half that is random is halved; the other half they share.
    four = found_in(analysed(0.6, 4, ncv_ar_mj_per_kg=25.0), "ncv", known, tables)
    assert four == pytest.approx(0.6 / 25.0 / Z95 * math.sqrt(0.25 + 0.75 / 4.0), rel=1e-9)


def test_hydrogen_comes_on_top_of_the_laboratory(known, tables):
    lot = Lot("c8", "coal", 0, gcv_dry_mj_per_kg=30.0, moisture=0.1)
    made = found_in(lot, "ncv", known, tables)
    assert made > 0.02 / Z95


def test_a_meter_of_unknown_accuracy_leaves_no_interval_and_is_named(known, tables):
    bare = replace(known, accuracy={p: a for p, a in known.accuracy.items() if p != "coal_kg"})
    record = record_of(bare, tables, [coal_lot()], coal_kg=2e5, gross_kwh=5e5)
    assert record.intervals == {}
    assert record.ci95_low is None
    assert record.no_interval_reason == "unknown_accuracy: coal_kg"
    bare = replace(known, accuracy={p: a for p, a in known.accuracy.items() if p != "gross_kwh"})
    record = record_of(bare, tables, [coal_lot()], coal_kg=2e5, gross_kwh=5e5)
    assert FOSSIL not in record.intervals
    assert "share_heat.coal" in record.intervals


def test_pedigree_is_better_for_an_analysis_than_for_a_default(known, tables):
    default = record_of(known, tables, [], coal_kg=2e5, gross_kwh=5e5).pedigree
    lot = coal_lot(co2_total_g_per_mj_ncv=94.0)
    lab = record_of(known, tables, [lot], coal_kg=2e5, gross_kwh=5e5).pedigree
    assert lab == dict.fromkeys(lab, 1.0)
    assert all(lab[name] < default[name] for name in lab)


def test_every_uncertainty_says_where_it_comes_from(tables):
    table = tables.uncertainties
    assert all(table.score(how, 0.0).keys() == table.added.keys() for how in table.scores)
    assert table.score("ipcc", 20.0)["temporal"] == 5
    assert table.score("no such tier", 0.0) == table.score("table", 0.0)
