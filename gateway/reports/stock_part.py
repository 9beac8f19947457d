"""The books of stock beside what was surveyed, and consumption by both methods."""

from typing import Final

from agent.cofiring.stock import Amount, StockMonth
from gateway.reports.cells import listed, number, tonnes
from gateway.reports.document import Cell, Column, Part, Table, Unknown
from gateway.reports.month import Month
from gateway.reports.stock_books import stock_of, unweighed
from gateway.reports.words import Words


def stock_part(month: Month, words: Words) -> Part:
    """Stock by the books beside what was surveyed, and consumption by both methods."""
    books = [stock_of(month, line.id) for line in month.plant.fuels]
    columns = [
        Column(words["fuel"], 1.3),
        *(Column(words.head(name, "t")) for name in _STOCK),
        Column(words.head("difference", "t")),
        Column(words.head("difference_of_burnt", "%")),
        Column(words.head("explained", "± t")),
        Column(words["tested"], 1.3),
    ]
    rows = [[month.fuel_name(b.fuel, words.language), *_stock(month, b, words)] for b in books]
    primary = month.config.cofiring.books.primary
    used = [
        [
            month.fuel_name(b.fuel, words.language),
            tonnes(b.burnt.kg if b.burnt else None, reason=words["no_feeder"]),
            tonnes(b.by_receipts_kg, reason=words["no_survey"]),
            words[primary],
        ]
        for b in books
    ]
    heads = [
        Column(words["fuel"]),
        Column(words.head("by_feeders", "t")),
        Column(words.head("by_receipts", "t")),
        Column(words["primary"]),
    ]
    return Part(
        words["part_stock"],
        [
            Table("stock", "", columns, rows, [words["stock_note"]]),
            Table("consumption", words["consumption"], heads, used, [words["primary_note"]]),
            _events(month, words),
        ],
    )


_STOCK: Final = ("opening", "deliveries", "burnt", "transfers", "losses", "book_closing", "survey")


def _stock(month: Month, books: StockMonth, words: Words) -> list[Cell]:
    lots = ", ".join(unweighed(month, books.fuel))
    why = words["unweighed"].format(lots=lots) if lots else ""
    difference = books.difference()
    amounts: tuple[tuple[Amount | None, str], ...] = (
        (books.opening, words["no_survey"]),
        (books.deliveries, why),
        (books.burnt, words["no_feeder"]),
        (books.transfers, ""),
        (books.losses, ""),
        (books.book_closing, words["books_incomplete"]),
        (books.closing, words["no_survey"]),
    )
    cells: list[Cell] = [tonnes(a.kg if a else None, reason=reason) for a, reason in amounts]
    if difference is None:
        return [*cells, *[Unknown()] * 3, words["not_tested"]]
    tested = {None: "not_tested", True: "significant", False: "explained_yes"}
    return [
        *cells,
        tonnes(difference.kg),
        number(difference.percent_of_burnt, 2),
        tonnes(difference.half95_kg, reason=words["no_uncertainty"]),
        words[tested[difference.significant]],
    ]


def _events(month: Month, words: Words) -> Table:
    rows: list[list[Cell]] = []
    for kind in ("survey", "loss", "transfer"):
        for version in month.of_kind(kind):
            body = version.body or {}
            when = body.get("at_utc", body.get("month", ""))
            if not (body.get("month") == month.name or str(when)[:7] == month.name):
                continue
            about = ", ".join(f"{k} {v}" for k, v in body.items() if k not in _KNOWN)
            rows.append(
                [
                    words[kind],
                    month.fuel_name(body["fuel"], words.language),
                    str(when),
                    about,
                    version.person,
                ]
            )
    columns = [
        Column(words["kind"]),
        Column(words["fuel"]),
        Column(words["when"], 1.4),
        Column(words["told"], 4),
        Column(words["person"], 1.3),
    ]
    return listed("stock_told", words["stock_told"], columns, rows, words)


_KNOWN: Final = ("id", "fuel", "at_utc", "month")
