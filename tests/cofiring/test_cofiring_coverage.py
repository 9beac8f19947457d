"""Whether the truth lies in a record's own 95 % interval as often as the interval says.

Two thousand months, each with its own errors of meters, laboratories and published numbers; the
truth is the simulator's, the record is built as the gateway builds it. `--full` runs all of them.
They are told twice: each lot went to a laboratory of its own, or all lots of a fuel to one.
"""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from agent.cofiring.analyses import Analyses, Analysis, Result
from agent.cofiring.assess import FOSSIL
from agent.cofiring.balance import SLOT_US
from agent.cofiring.choosing import choose
from agent.cofiring.counted import Counted
from agent.cofiring.factor import Span, build
from agent.cofiring.factors import burn
from agent.cofiring.lot import Lot
from agent.cofiring.portions import Portion
from agent.cofiring.rollup import Sums, tally
from simulators import months

pytestmark = pytest.mark.long

FIRST_SEED = 6_000_000
"""Fixed before the first run; month n has seed FIRST_SEED + n."""
FULL, REDUCED = 2_000, 250
START_US = 1_790_812_800_000_000
SLOT = int(months.SLOT_S) * 1_000_000
POINTS = {
    "coal": ("coal_kg", "belt_weigher"),
    "pellets": ("pellets_kg", "belt_weigher"),
    "rpf": ("rpf_kg", "belt_weigher"),
    "gross": ("gross_kwh", "electricity_0_5s"),
    "aux": ("aux_kwh", "electricity_0_5s"),
    "steam": ("steam_mj", "steam_heat"),
}
QUANTITIES = (
    "ncv_dry_mj_per_kg",
    "moisture",
    "co2_total_g_per_mj_ncv",
    "biogenic_carbon_fraction",
)
FIGURES = {
    "lifecycle": "",
    "fossil": FOSSIL,
    "rpf": "share_heat.rpf",
    "pellets": "share_heat.pellets",
}


@pytest.fixture(scope="module")
def known(plant, tables):
    accuracy = {point: tables.uncertainties.meter(name) for point, name in POINTS.values()}
    return replace(plant, accuracy=accuracy)


def analyses_of(sheet):
    """Each sample as an analysis of its own; their mean is what the sheet says."""
    values = {name: Result(getattr(sheet, name)) for name in QUANTITIES if getattr(sheet, name)}
    return Analyses(
        tuple(
            Analysis(f"{sheet.id}/{n}", "2026-10-01", values, laboratory=sheet.laboratory)
            for n in range(sheet.samples)
        )
    )


def account(month, plant, tables):
    """The month's record, from what meters read in each slot and laboratories found in each lot."""
    amounts = {name: np.diff(readings) for name, readings in month.readings.items()}
    portions = []
    for fuel in plant.fuels:
        sheets = [sheet for sheet in month.sheets if sheet.fuel == fuel.id]
        starts = [sheet.from_slot for sheet in sheets]
        for sheet, kg in zip(sheets, np.add.reduceat(amounts[fuel.id], starts), strict=True):
            lot = Lot(
                sheet.id,
                fuel.id,
                START_US + sheet.from_slot * SLOT,
                upstream_co2e_g_per_mj_ncv=sheet.upstream_co2e_g_per_mj_ncv,
            ).with_analyses(analyses_of(sheet))
            day = datetime.fromtimestamp(lot.from_us // 1_000_000, UTC).date()
            properties = choose(fuel.entry, lot, day, tables.physics)
            portions.append(Portion(fuel.id, lot.id, properties, burn(float(kg), properties)))
    length_us = months.SLOTS * SLOT
    meters = {
        POINTS[name][0]: Counted(float(r[0]), float(r[-1]), covered_us=length_us, through=False)
        for name, r in month.readings.items()
    }
    whole = tally(length_us // SLOT_US, portions, meters, plant)
    sums = Sums(whole, whole, complete=length_us // SLOT_US, drawing=0)
    return build(Span("month", START_US, START_US + length_us), sums, plant, tables, "electricity")


@pytest.fixture(
    scope="module",
    params=[False, True],
    ids=["each_lot_another_laboratory", "all_lots_one_laboratory"],
)
def outcomes(request, known, tables, full_size):
    """By figure: what the record says, its interval, and the truth, one row for each month."""
    print("all lots of a fuel in one laboratory" if request.param else "each lot in another")  # noqa: T201
    rows = {name: [] for name in FIGURES}
    for n in range(FULL if full_size else REDUCED):
        month = months.draw(FIRST_SEED + n, one_laboratory=request.param)
        record = account(month, known, tables)
        said = {
            "lifecycle": (
                record.lifecycle_co2e_kg_per_kwh["AR5"],
                record.ci95_low,
                record.ci95_high,
            ),
            "fossil": (record.fossil_co2_kg_per_kwh, *ends(record, "fossil")),
            "rpf": (record.share_heat["rpf"], *ends(record, "rpf")),
            "pellets": (record.share_heat["pellets"], *ends(record, "pellets")),
        }
        for name, figures in said.items():
            rows[name].append((*figures, month.truth[name]))
    return {name: np.array(found) for name, found in rows.items()}


def ends(record, name):
    interval = record.intervals[FIGURES[name]]
    return interval["low"], interval["high"]


@pytest.mark.parametrize("figure", FIGURES)
def test_the_interval_covers_the_truth_as_often_as_it_says(figure, outcomes, full_size):
    said, low, high, truth = outcomes[figure].T
    below, above = np.count_nonzero(truth < low), np.count_nonzero(truth > high)
    covered = truth.size - below - above
    spread = np.diff(np.quantile(truth - said, [0.025, 0.975]))[0]
    width = np.mean(high - low) / spread
    print(  # noqa: T201
        f"{figure}: {covered} of {truth.size} covered, truth {below} below and {above} above, "
        f"mean width {width:.3f} of the empirical spread, mean error "
        f"{np.mean(said / truth - 1.0):+.2e}; seeds {FIRST_SEED}..{FIRST_SEED + truth.size - 1}"
    )
    if full_size:
        assert 1_869 <= covered <= 1_930
        assert 0.015 <= below / truth.size <= 0.035
        assert 0.015 <= above / truth.size <= 0.035
        assert 0.9 <= width <= 1.1
    else:
        assert 0.90 <= covered / truth.size <= 0.985
        assert 0.85 <= width <= 1.2
