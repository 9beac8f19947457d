"""How well meters are known, and what they must fulfil together, as a site's file says."""

from pathlib import Path

import pytest

from agent.cofiring.accuracy import Accuracy
from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.factor import Span, build
from agent.cofiring.lots import LotBook
from agent.cofiring.plant import Plant
from agent.cofiring.rollup import add, minute
from gateway.footprint.site import plant_of
from gateway.problems import ConfigError
from gateway.site import load_site

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "gateway/deploy/example-plant.toml"
LOTS = EXAMPLE.with_name("example-lots.toml")
COAL = "unit1.coal.mass_total_kg"
CALIBRATED = """
[[meter.calibration]]
on = 2026-04-01T00:00:00Z
found_pct = 0.8
left_pct = 0.0

[[meter.calibration]]
on = 2026-10-01T00:00:00Z
found_pct = 0.4
"""
APRIL_US, OCTOBER_US = 1_775_001_600_000_000, 1_790_812_800_000_000


def plant(folder: Path, change: tuple[str, str] = ("", ""), more: str = "") -> Plant:
    text = EXAMPLE.read_text().replace(*change, 1) + more
    (folder / "site.toml").write_text(text)
    (folder / "example-lots.toml").write_text(LOTS.read_text())
    site = load_site(folder / "site.toml")
    return plant_of(site.config, site.tables)


def test_every_meter_of_the_example_has_a_class(tmp_path: Path) -> None:
    known = plant(tmp_path)
    assert known.accuracy.keys() >= set(known.points())
    assert known.accuracy[COAL].scale == pytest.approx(0.015)
    assert known.accuracy["unit1.sold_total_kwh"].scale == pytest.approx(0.003)


def test_a_point_says_what_it_knows_better(tmp_path: Path) -> None:
    line = f'mass_total_kg = "{COAL}"'
    own = f'mass_total_kg = {{ point = "{COAL}", scale_pct = 0.7, step = 10 }}'
    known = plant(tmp_path, (line, own)).accuracy[COAL]
    assert known == Accuracy(0.7 * 0.01, 10.0, 0.1, 0.005)


def test_without_class_or_scale_nothing_is_known(tmp_path: Path) -> None:
    known = plant(tmp_path, ('accuracy = "belt_weigher"\n', ""))
    assert COAL not in known.accuracy


def test_what_calibrations_found_is_undone_between_them(tmp_path: Path) -> None:
    rows = f'mass_rate_kg_per_s = "{COAL.replace("total_kg", "rate_kg_per_s")}"\n'
    known = plant(tmp_path, (rows, rows + CALIBRATED)).accuracy[COAL]
    assert known.correction(APRIL_US - 1) == pytest.approx(1.0 / 1.008)
    assert known.correction(APRIL_US) == 1.0
    assert known.correction((APRIL_US + OCTOBER_US) // 2) == pytest.approx(1.0 / 1.002)
    assert known.correction(OCTOBER_US) == pytest.approx(1.0 / 1.004)
    assert known.drifted((APRIL_US + OCTOBER_US) // 2) == 0.0
    year_us = 31_557_600_000_000
    assert known.drifted(OCTOBER_US + year_us) == pytest.approx(0.005)


@pytest.mark.parametrize(
    ("change", "more", "word"),
    [
        pytest.param(('"belt_weigher"', '"belt_weiger"'), "", "belt_weigher", id="class"),
        pytest.param(
            ("", ""),
            '\n[[balance]]\nid = "b"\nterms = { "unit1.gros_total_kwh" = 1, "heat.coal" = -1 }\n',
            "unit1.gross_total_kwh",
            id="total",
        ),
        pytest.param(
            ("", ""),
            '\n[[balance]]\nid = "b"\nterms = { "heat.coal" = 1.0, "heat.rpf" = -2.0 }\n'
            '\n[[balance]]\nid = "c"\nterms = { "heat.coal" = -0.5, "heat.rpf" = 1.0 }\n',
            "says the same as b",
            id="twice",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy(
    change: tuple[str, str], more: str, word: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=word):
        plant(tmp_path, change, more)


def test_balances_come_into_the_account(tmp_path: Path) -> None:
    terms = '{ "unit1.gross_total_kwh" = -3.6, "heat.coal" = 0.4 }'
    known = plant(tmp_path, more=f'\n[[balance]]\nid = "boiler"\nrest_pct = 2\nterms = {terms}\n')
    (found,) = known.balances
    assert found.terms == (("heat.coal", 0.4), ("unit1.gross_total_kwh", -3.6))
    assert (found.rest, found.points()) == (0.02, ("unit1.gross_total_kwh",))


def test_a_meter_without_accuracy_is_told_with_the_remedy(tmp_path: Path) -> None:
    text = EXAMPLE.read_text().replace('accuracy = "belt_weigher"\n', "", 1)
    (tmp_path / "site.toml").write_text(text)
    (tmp_path / "example-lots.toml").write_text(LOTS.read_text())
    told = [doubt for doubt in load_site(tmp_path / "site.toml").doubts() if COAL in doubt]
    assert len(told) == 1
    assert "scale_pct" in told[0]


def test_records_of_the_example_carry_their_intervals(tmp_path: Path) -> None:
    (tmp_path / "example-lots.toml").write_text(LOTS.read_text())
    (tmp_path / "site.toml").write_text(EXAMPLE.read_text())
    site = load_site(tmp_path / "site.toml")
    unit = plant_of(site.config, site.tables)
    amounts = {"unit1.gross_total_kwh": 2000.0, "unit1.aux_total_kwh": 100.0}
    meters = {
        point: MeterSlot(0.0, amounts.get(point, 300.0), SLOT_US, through=False)
        for point in unit.points()
    }
    at_us = OCTOBER_US + 1440 * SLOT_US
    made = minute(at_us, meters, unit, LotBook(site.lots), site.tables)
    span = Span("settlement", at_us, at_us + SLOT_US)
    record = build(span, add([made], unit), unit, site.tables, "electricity")
    assert record.no_interval_reason is None
    assert record.ci95_low < record.lifecycle_co2e_kg_per_kwh["AR5"] < record.ci95_high
    assert {f"share_heat.{fuel.id}" for fuel in unit.fuels} < record.intervals.keys()
    assert record.schemes.keys() == {"jp_fit"}
    assert len(unit.accuracy["unit1.pellets.mass_total_kg"].calibrations) == 1
