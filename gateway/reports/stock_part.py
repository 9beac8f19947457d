"""The books of stock beside what was surveyed, and consumption by both methods."""

from typing import Final

from agent.cofiring.stock import Amount, StockBooks, StockMonth
from gateway.reports.cells import number, tonnes
from gateway.reports.document import Cell, Column, Part, Table, Unknown
from gateway.reports.month import Month
from gateway.reports.stock_books import stock_of, unweighed
from gateway.reports.told_part import deliveries_table, told_table
from gateway.reports.words import Words


def stock_part(month: Month, words: Words) -> Part:
    """Stock by the books beside what was surveyed, and consumption by both methods."""
    books = [stock_of(month, line.id) for line in month.plant.fuels]
    dry = words["dry_t"]
    columns = [
        Column(words["fuel"], 1.3),
        *(Column(words.head(name, dry)) for name in _STOCK),
        Column(words.head("difference", dry)),
        Column(words.head("difference_of_burnt", "%")),
        Column(words.head("explained", f"± {dry}")),
        Column(words["tested"], 1.3),
    ]
    weighed = [Column(words["fuel"], 1.3), *(Column(words.head(name, "t")) for name in _STOCK)]
    names = [month.fuel_name(b.dry.fuel, words.language) for b in books]
    rows = [
        [name, *_dry(month, b, words), *_tested(month, b, words)]
        for name, b in zip(names, books, strict=True)
    ]
    wet = [
        [name, *_cells(b.wet, _why(month, b, words), words)]
        for name, b in zip(names, books, strict=True)
    ]
    primary = month.config.cofiring.books.primary
    used = [
        [
            name,
            tonnes(b.dry.burnt.kg if b.dry.burnt else None, reason=_of_burnt(b, words)),
            tonnes(b.dry.by_receipts_kg, reason=words["books_incomplete"]),
            words[primary],
        ]
        for name, b in zip(names, books, strict=True)
    ]
    heads = [
        Column(words["fuel"]),
        Column(words.head("by_feeders", dry)),
        Column(words.head("by_receipts", dry)),
        Column(words["primary"]),
    ]
    return Part(
        words["part_stock"],
        [
            Table("stock", "", columns, rows, [words["stock_note"], *_gaps(month, words)]),
            Table("stock_wet", words["as_weighed"], weighed, wet, [words["wet_note"]]),
            Table("consumption", words["consumption"], heads, used, [words["primary_note"]]),
            deliveries_table(month, words),
            told_table(month, words),
        ],
    )


_STOCK: Final = ("opening", "deliveries", "burnt", "transfers", "losses", "book_closing", "survey")
_PARTS: Final = ("opening", "deliveries", "burnt", "transfers", "losses", "book_closing", "closing")


def _why(month: Month, books: StockBooks, words: Words) -> list[str]:
    """Why each part of the books as weighed may be unknown."""
    lots = ", ".join(unweighed(month, books.wet.fuel))
    unknown = words["unweighed"].format(lots=lots) if lots else ""
    survey, incomplete = words["no_survey"], words["books_incomplete"]
    return [survey, unknown, words["no_feeder"], "", words["told_dry"], incomplete, survey]


def _dry(month: Month, books: StockBooks, words: Words) -> list[Cell]:
    """The dry books: what is known as weighed and not here lacks its moisture."""
    why = [
        reason if getattr(books.wet, name) is None else words["no_moisture"]
        for name, reason in zip(_PARTS, _why(month, books, words), strict=True)
    ]
    return _cells(books.dry, why, words)


def _cells(books: StockMonth, why: list[str], words: Words) -> list[Cell]:
    parts: list[Amount | None] = [getattr(books, name) for name in _PARTS]
    return [
        tonnes(part.kg if part else None, reason=reason)
        for part, reason in zip(parts, why, strict=True)
    ]


def _of_burnt(books: StockBooks, words: Words) -> str:
    return words["no_feeder" if books.wet.burnt is None else "no_moisture"]


def _gaps(month: Month, words: Words) -> list[str]:
    """Which feeders were not measured for all of the month."""
    return [
        words["burnt_gaps"].format(fuel=month.fuel_name(line.id, words.language), hours=hours)
        for line in month.plant.fuels
        if (hours := month.unmeasured_h(line.mass_point)) is not None
    ]


def _tested(month: Month, books: StockBooks, words: Words) -> list[Cell]:
    point = next(line.mass_point for line in month.plant.fuels if line.id == books.dry.fuel)
    gaps = month.unmeasured_h(point) is not None
    why = words["no_feeder_gaps" if gaps else "no_uncertainty"]
    difference = books.dry.difference()
    if difference is None:
        return [*[Unknown(words["books_or_survey"])] * 3, words["not_tested"]]
    tested = {None: "not_tested", True: "significant", False: "explained_yes"}
    return [
        tonnes(difference.kg),
        number(difference.percent_of_burnt, 2),
        tonnes(difference.half95_kg, reason=why),
        words[tested[difference.significant]],
    ]
