"""The report as an auditor reads it: files agree, columns add up, nothing is claimed unseen."""

import csv
import dataclasses
import io
import math
from collections import Counter

import msgspec
import openpyxl
import pypdfium2
import pytest

from agent.cofiring.output import ALL_TO_HEAT
from agent.cofiring.owed import BEYOND_DELIVERED, MIX_UNKNOWN
from gateway.command.month import read_site_month
from gateway.reports.books import certificates_part, life_cycle_part
from gateway.reports.cofiring import cofiring_report
from gateway.reports.cost_part import cost_part
from gateway.reports.document import Number, Unknown, Without
from gateway.reports.evidence import over_delivered, quality_of_data
from gateway.reports.files import write_files
from gateway.reports.lines import broken
from gateway.reports.lists import list_of
from gateway.reports.mix_part import mix_part
from gateway.reports.said import said
from gateway.reports.told_part import deliveries_table, told_table
from gateway.reports.words import Words
from gateway.site import load_site

WORDS = Words("en")


@pytest.fixture(scope="module")
def month(made):
    return read_site_month(load_site(made.config), "2026-10", None)


def with_record(month, **fields):
    record = msgspec.structs.replace(month.record, **fields)
    return dataclasses.replace(month, record=record, earlier={month.name: record})


def told(month, kind, **fields):
    """The month with the first entry of a kind told once more, changed."""
    first = month.of_kind(kind)[0]
    again = dataclasses.replace(first, key="again", body={**first.body, **fields})
    return dataclasses.replace(month, told=[*month.told, again])


def test_workbook_lists_and_paper_hold_the_same_figures(month, tmp_path):
    document = cofiring_report(month, Words("ja"))
    workbook, folder, paper = write_files(document, tmp_path)
    tables = [table for part in document.parts for table in part.tables]
    figures = [cell for t in tables for row in t.rows for cell in row if isinstance(cell, Number)]
    for table in tables:
        lists = [*csv.reader(io.StringIO(list_of(table, document)))][-len(table.rows) :]
        assert (folder / f"{table.key}.csv").exists()
        for cells, row in zip(table.rows, lists, strict=True):
            for cell, text in zip(cells, row, strict=True):
                assert not isinstance(cell, Number) or float(text) == cell.value
    sheets = [cell.value for s in openpyxl.load_workbook(workbook) for r in s.iter_rows()
              for cell in r if cell.data_type == "n" and cell.value is not None]  # fmt: skip
    assert Counter(f"{v:.12g}" for v in sheets) == Counter(f"{f.value:.12g}" for f in figures)
    printed = "".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(paper))
    assert [f.text for f in figures if f.text not in printed] == []
    notes = (folder / "notes.csv").read_text(encoding="utf-8-sig")
    assert all(note in notes for table in tables for note in table.notes if '"' not in note)


def test_the_mix_adds_up_and_its_power_is_net(month):
    mix = mix_part(month, WORDS).tables[0]
    *fuels, total = mix.rows
    assert WORDS.head("kwh", "kWh") == "Net power by heat [kWh]" == mix.columns[-1].head
    assert total[-1].value == pytest.approx(month.record.net_kwh)
    for column in (2, 3, 4, 7, 8, 9):
        assert total[column].value == pytest.approx(math.fsum(row[column].value for row in fuels))
    assert [total[column].value for column in (4, 7, 8)] == pytest.approx([100.0] * 3)
    lost = with_record(month, share_carbon=None)
    assert mix_part(lost, WORDS).tables[0].rows[-1][8] == Unknown(WORDS["total_lacks"])


def test_share_times_counted_power_is_what_is_claimed(month):
    view = {**month.record.schemes["jp_fit"], "biomass_kwh": 20_000.0}
    leaning = with_record(month, schemes={"jp_fit": view})
    rows = mix_part(leaning, WORDS).tables[1].rows
    assert [row[0] for row in rows][2] == WORDS["sold_counted"]
    assert rows[0][1].value / 100.0 * rows[2][1].value == pytest.approx(rows[3][1].value)
    whole = mix_part(month, WORDS).tables[1].rows
    assert whole[0][1].value / 100.0 * whole[1][1].value == pytest.approx(whole[2][1].value)


def test_what_was_told_is_listed_in_the_month_whose_books_it_is_in(month):
    early = told(month, "loss", at_utc="2026-09-30T16:00:00Z", kg=7.0)
    rows = told_table(early, WORDS).rows
    assert [row[2] for row in rows if row[0] == WORDS["loss"]] == [
        "2026-10-20 09:00", "2026-10-01 01:00",
    ]  # fmt: skip
    late = told(month, "loss", at_utc="2026-10-31T16:00:00Z", kg=7.0)
    assert len([row for row in told_table(late, WORDS).rows if row[0] == WORDS["loss"]]) == 1
    surveys = [row for row in rows if row[0] == WORDS["survey"]]
    assert [row[2] for row in surveys] == ["end of 2026-09", "end of 2026-10"]
    assert surveys[1][3].startswith("method: pile survey, mass 49,000 kg, ±900 kg (95 %), moisture")


def test_deliveries_are_listed_lot_by_lot(month):
    rows = {row[1]: row for row in deliveries_table(month, Words("zh-Hant")).rows}
    pellets, rpf = rows["P-2610-07"], rows["R-2610-03"]
    assert pellets[2:5] == ["2026-10-05 09:00", "=Ōsaka 木質", "地磅"]
    assert [pellets[5].value, pellets[8].value] == pytest.approx([52.0, 52.0 * 0.93])
    assert isinstance(rpf[5], Unknown)


def test_a_balancing_period_with_nothing_booked_is_not_called_covered(month):
    results = [row[-1] for row in certificates_part(month, WORDS).tables[0].rows]
    assert results == [WORDS["nothing_booked"], WORDS["nothing_booked"], WORDS["running"]]


def test_more_burnt_of_a_lot_than_came_is_a_contradiction_on_every_page(month):
    assert over_delivered(month, WORDS) == []
    lot = month.lots["P-2610-07"]
    small = dataclasses.replace(lot, delivery=dataclasses.replace(lot.delivery, mass_kg=5_000.0))
    over = dataclasses.replace(month, lots={**month.lots, lot.id: small})
    (text,) = over_delivered(over, WORDS)
    assert "14.400 t counted as burnt, 5.000 t delivered" in text
    assert WORDS["over_page"] in cofiring_report(over, WORDS).warning
    rows = quality_of_data(over, WORDS).tables[2].rows
    assert [WORDS["contradiction"], text] in [list(row) for row in rows]


def test_a_month_that_is_mostly_not_measured_says_so_on_every_page(month):
    document = cofiring_report(month, WORDS)
    assert "INCOMPLETE: some totaliser measured only 0.13 %" in document.warning
    whole = with_record(month, marks=[], coverage=1.0, status="validated")
    assert cofiring_report(whole, WORDS).warning == ""


def test_no_limit_is_not_an_unknown_limit(month):
    rows = life_cycle_part(month, WORDS).tables[0].rows
    assert rows[-1][4] == Without(WORDS["not_bound"])
    view = month.record.schemes["jp_fit"]
    free = [{**one, "limit_g_per_mj": None, "meets": None} for one in view["life_cycle"]]
    old = with_record(month, schemes={"jp_fit": {**view, "life_cycle": free}})
    first = life_cycle_part(old, WORDS).tables[0].rows[0]
    assert (first[4], first[6]) == (Without(WORDS["no_limit_binds"]), WORDS["no_limit_binds"])


def test_a_bill_without_a_price_leaves_the_sum_unknown(month):
    *_, rpf, total = cost_part(month, WORDS).tables[0].rows
    assert rpf[1] == Unknown(WORDS["no_price"])
    assert total[-2] == Unknown(WORDS["total_lacks"])
    assert isinstance(total[-1], Number)
    priced = told(month, "price", fuel="rpf", per_t=9000.0)
    *fuels, total = cost_part(priced, WORDS).tables[0].rows
    assert total[-2].value == pytest.approx(math.fsum(row[-2].value for row in fuels))


def test_estimates_stand_beside_what_they_may_be_against_the_claim(month):
    lean = {"sigmas": 2.0, "fossil_co2_kg": 95_000.0, "net_kwh": None, "share_heat": None,
            "fossil_co2_kg_per_net_kwh": None}  # fmt: skip
    table = quality_of_data(with_record(month, conservative=lean), WORDS).tables[1]
    best, conservative = table.rows[0][1:3]
    assert (best.value, conservative.value) == (month.record.fossil_co2_kg, 95_000.0)
    assert isinstance(table.rows[1][2], Unknown)
    assert quality_of_data(month, WORDS).tables[1].rows == [[WORDS["nothing_estimated"]]]


@pytest.mark.parametrize(
    "text",
    [
        MIX_UNKNOWN.format(minutes=7),
        ALL_TO_HEAT,
        "lot C-2610-01",
        "filling f-1 (Sato, 2026-11-02 09:00)",
        "lab_owed: pellets, lot unknown: ncv, co2",
        BEYOND_DELIVERED.format(fuel="pellets", lot="c2", delivered="20000", kg=348800.0),
    ],
)
def test_what_the_account_may_say_is_not_left_in_english(month, text):
    for language in ("ja", "zh-Hant"):
        shown = said(text, month, Words(language))
        assert not any(
            word in shown for word in ("lack", "all_to_heat", "lot ", "filling", "beyond")
        )
        assert "unknown" not in shown


def test_a_unit_stays_on_one_line():
    head = "他への払出 [乾\u00a0t]"
    assert "[乾\u00a0t]" in broken(head, 9.0, len).split("\n")
