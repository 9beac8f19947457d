"""What a laboratory is wrong by, it is wrong by in all lots of a fuel: it does not average out."""

from dataclasses import replace

import pytest

from agent.cofiring.analyses import Analyses, Analysis, Result
from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.factor import Span, build
from agent.cofiring.lots import Lot, LotBook
from agent.cofiring.rollup import add, minute

BASE_US = 1_790_000_040_000_000
LOTS = 40
Z95 = 1.959963984540054


@pytest.fixture(scope="module")
def known(plant, tables):
    """The unit with meters that are never wrong, so that only the laboratory is."""
    sure = replace(tables.uncertainties.meter("belt_weigher"), scale=0.0, step=0.0, jitter_s=0.0)
    sure = replace(sure, drift_per_year=0.0)
    return replace(plant, accuracy=dict.fromkeys(plant.points(), sure))


def year(plant, tables, laboratory_of):
    """As many lots of pellets as there are minutes beside a coal that is known exactly."""
    lots = [Lot("c", "coal", 0, ncv_ar_mj_per_kg=25.0, co2_total_g_per_mj_ncv=94.0)]
    for n in range(LOTS):
        values = {"ncv_ar_mj_per_kg": Result(17.0)}
        one = Analysis(f"R{n}", "2026-09-01", values, laboratory=laboratory_of(n))
        lot = Lot(f"p{n}", "pellets", BASE_US + n * SLOT_US)
        lots.append(lot.with_analyses(Analyses((one,))))
    book = LotBook(lots)
    minutes = []
    for n in range(LOTS):
        meters = {p: MeterSlot(0.0, 0.0, SLOT_US, through=False) for p in plant.points()}
        amounts = {"coal_kg": 800.0, "pellets_kg": 800.0, "gross_kwh": 3000.0}
        meters |= {p: MeterSlot(0.0, kg, SLOT_US, through=False) for p, kg in amounts.items()}
        minutes.append(minute(BASE_US + n * SLOT_US, meters, plant, book, tables))
    span = Span("month", BASE_US, BASE_US + LOTS * SLOT_US)
    return build(span, add(minutes, plant), plant, tables, "electricity")


def of_pellets(record):
    """Relative systematic uncertainty of the heat of pellets, from that of their share."""
    share = record.share_heat["pellets"]
    return record.intervals["share_heat.pellets"]["u_systematic"] / (share * (1.0 - share))


def test_lots_of_one_laboratory_share_what_it_is_wrong_by(known, tables):
    one = of_pellets(year(known, tables, lambda n: "TestCo"))
    many = of_pellets(year(known, tables, lambda n: f"laboratory {n}"))
    coal = tables.uncertainties.laboratory["calorific"].systematic / Z95
    # Coal is of one lot in both.
    assert one == pytest.approx(coal * 2.0**0.5, rel=1e-9)
    assert many == pytest.approx(coal * (1.0 + 1.0 / LOTS) ** 0.5, rel=1e-9)


def test_reports_that_do_not_say_who_analysed_are_of_one_laboratory(known, tables):
    named = year(known, tables, lambda n: "TestCo")
    silent = year(known, tables, lambda n: "")
    assert of_pellets(silent) == of_pellets(named)
    sources = {each["source"] for each in silent.contributors if each["quantity"] == "ncv"}
    assert "laboratory not named, pellets" in sources
    assert silent.intervals == named.intervals
