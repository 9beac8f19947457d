"""Stock by the books: opened by surveys, tested where all is measured, spread over nothing."""

import dataclasses
import math

import msgspec
import pytest

from gateway.command.month import read_site_month
from gateway.reports.books import certificates_part
from gateway.reports.document import Number, Unknown
from gateway.reports.stock_books import stock_of
from gateway.reports.stock_part import stock_part
from gateway.reports.words import Words
from gateway.site import load_site

WORDS = Words("en")


DRY_BOOKS = 26_000 * 0.92 + (52_000 - 14_400 - 500) * 0.93 - 120
"""What the books leave of pellets [kg dry]; the loss was told in dry matter."""


@pytest.fixture(scope="module")
def month(made):
    """October as if all of it had been measured."""
    read = read_site_month(load_site(made.config), "2026-10", None)
    whole = msgspec.structs.replace(read.record, marks=[])
    return dataclasses.replace(read, record=whole, earlier={"2026-10": whole})


def told(month, kind, /, **fields):
    """The month with one entry changed, or added where it has another id."""
    first = month.of_kind(kind)[0]
    body = {**first.body, **fields}
    kept = [v for v in month.told if v is not first or "id" in fields]
    return dataclasses.replace(month, told=[*kept, dataclasses.replace(first, body=body)])


def test_a_difference_is_tested_against_what_both_sides_can_explain(month):
    books = stock_of(month, "pellets")
    wet, dry = books.wet, books.dry
    assert (wet.opening.kg, dry.opening.kg) == pytest.approx((26_000, 26_000 * 0.92))
    assert wet.opening.half95_kg == pytest.approx((650**2 + 520**2) ** 0.5)
    both = math.hypot(wet.opening.half95_kg * 0.92, 26_000 * 0.004)
    assert dry.opening.half95_kg == pytest.approx(both)
    scale = month.plant.accuracy["unit1.pellets.mass_total_kg"].scale
    assert wet.burnt.half95_kg == pytest.approx(14_400 * scale)
    assert dry.burnt.half95_kg > 14_400 * 0.93 * scale
    found = dry.difference()
    assert found.kg == pytest.approx(49_000 * 0.88 - DRY_BOOKS)
    assert found.significant is True
    fair = told(month, "survey", id="again", month="2026-10", kg=62_500.0, kg_u95=900.0,
                moisture=0.07)  # fmt: skip
    assert stock_of(fair, "pellets").dry.difference().significant is False
    row = next(r for r in stock_part(month, WORDS).tables[0].rows if r[0] == "White pellets")
    assert row[-1] == WORDS["significant"]


def test_both_methods_stand_side_by_side_and_one_is_declared(month):
    config = month.config
    books = config.cofiring.books.model_copy(update={"primary": "receipts_and_stock"})
    cofiring = config.cofiring.model_copy(update={"books": books})
    other = dataclasses.replace(month, config=config.model_copy(update={"cofiring": cofiring}))
    row = next(r for r in stock_part(other, WORDS).tables[2].rows if r[0] == "White pellets")
    burnt = 14.4 * 0.93
    by_receipts = DRY_BOOKS / 1000.0 + burnt - 49.0 * 0.88
    assert [cell.value for cell in row[1:3]] == pytest.approx([burnt, by_receipts])
    assert row[3] == WORDS["receipts_and_stock"]


def test_a_month_without_a_record_leaves_the_books_open_until_the_next_survey(month):
    late = told(month, "survey", month="2026-08", volume_m3=40.0)
    assert "2026-09" not in late.earlier
    books = stock_of(late, "pellets")
    assert (books.wet.opening, books.dry.opening) == (None, None)
    assert books.dry.book_closing is None
    assert books.wet.closing.kg == 49_000
    row = next(r for r in stock_part(late, WORDS).tables[0].rows if r[0] == "White pellets")
    assert row[1] == Unknown(WORDS["no_survey"])


def test_what_others_gave_counts_the_other_way(month):
    body = month.of_kind("transfer")[0].body
    taken = {k: v for k, v in body.items() if k != "given_kg"} | {"taken_kg": 700.0}
    versions = [
        dataclasses.replace(v, body=taken) if v.kind == "transfer" else v for v in month.told
    ]
    books = stock_of(dataclasses.replace(month, told=versions), "pellets")
    assert books.wet.transfers.kg == -700.0
    assert books.dry.book_closing.kg == pytest.approx(DRY_BOOKS + (500 + 700) * 0.93)


def test_rain_on_a_pile_is_no_surplus(month):
    """Ten per cent more water in all that lies there: the same dry matter."""
    kg = DRY_BOOKS / 0.80
    wet = told(month, "survey", id="rain", month="2026-10", kg=kg, kg_u95=900.0, moisture=0.20)
    found = stock_of(wet, "pellets")
    assert found.dry.difference().kg == pytest.approx(0.0, abs=1e-6)
    assert found.wet.closing.kg > 1.1 * DRY_BOOKS / 0.93


def test_without_a_moisture_there_are_no_dry_books_and_the_report_says_why(month):
    body = {k: v for k, v in month.of_kind("transfer")[0].body.items() if "moisture" not in k}
    versions = [
        dataclasses.replace(v, body=body) if v.kind == "transfer" else v for v in month.told
    ]
    bare = dataclasses.replace(month, told=versions)
    books = stock_of(bare, "pellets")
    assert (books.wet.transfers.kg, books.dry.transfers) == (500.0, None)
    assert (books.dry.book_closing, books.dry.difference()) == (None, None)
    row = next(r for r in stock_part(bare, WORDS).tables[0].rows if r[0] == "White pellets")
    assert row[4] == Unknown(WORDS["no_moisture"])


def test_more_claimed_than_came_in_is_printed_as_such(month):
    over = told(month, "claim", kg=60_000.0)
    rows = certificates_part(over, WORDS).tables[0].rows
    assert rows[-1][4:] == [Number(60.0, 3), Number(0.0, 3), Number(-8.0, 3), WORDS["running"]]
    ended = dataclasses.replace(over, span=(over.span[0], over.span[1] + 70 * 86_400 * 10**6))
    assert certificates_part(ended, WORDS).tables[0].rows[-1][-1] == WORDS["overdrawn"]
