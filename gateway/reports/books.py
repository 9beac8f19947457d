"""The books of lots: certificates, life cycles and quality."""

from collections.abc import Mapping
from typing import Any, Final

from agent.cofiring.certificates import CertificateBalance, balances
from gateway.footprint.lots.grading import Graded
from gateway.footprint.lots.ledger import kind_of, ledger_of
from gateway.reports.cells import listed, number, percent, rounded, tonnes, words_of
from gateway.reports.document import NONE, Cell, Column, Number, Part, Table, Unknown, Without
from gateway.reports.figures import pack_of
from gateway.reports.month import Month, month_span
from gateway.reports.words import Words


def certificates_part(month: Month, words: Words) -> Part:
    """The ledger of certified fuel by mass balance, lots with their papers, certificates sold."""
    entries = ledger_of(month.lots.values(), month.told)
    rows = [_balance(month, each, words) for each in balances(entries, _edges(month))]
    columns = [
        Column(words["certificate"], 1.6),
        Column(words["balancing_period"], 2),
        *(Column(words.head(name, "t")) for name in ("ledger_opening", "received", "claimed")),
        *(Column(words.head(name, "t")) for name in ("expired", "ledger_closing")),
        Column(words["result"], 1.2),
    ]
    burnt = {one["lot"] for one in month.record.fuels if one.get("kg")}
    papers: list[list[Cell]] = [
        [
            lot.id,
            month.fuel_name(lot.fuel, words.language),
            kind_of(paper),
            paper.number,
            paper.valid_to or words["no_end"],
            words["in_ledger" if lot.delivery and lot.delivery.mass_kg else "no_mass"],
        ]
        for lot in month.lots.values()
        if lot.id in burnt
        for paper in lot.certificates
    ]
    heads = [Column(words[key]) for key in ("lot", "fuel", "certificate", "number", "valid_to")]
    sold = month.record.certificates_sold_kwh
    power: list[list[Cell]] = [
        [words["certificates_sold"], number(sold, 0, words["none_declared"]), "kWh"]
    ]
    figure = [Column(words["figure"], 3), Column(words["value"]), Column(words["unit"])]
    return Part(
        words["part_certificates"],
        [
            listed("ledger", words["ledger"], columns, rows, words, [words["ledger_note"]]),
            listed("papers", words["papers"], [*heads, Column(words["ledger"])], papers, words),
            Table("certificates_sold", words["power_certificates"], figure, power),
        ],
    )


def _edges(month: Month) -> list[int]:
    """Edges of the balancing periods of this fiscal year, up to the one the month lies in."""
    length = month.config.cofiring.books.balancing_months
    year, number_ = (int(part) for part in month.name.split("-"))
    back = (number_ - month.plant.fiscal_month) % 12
    first = year * 12 + number_ - 1 - back
    edges = [first + n * length for n in range(back // length + 2)]
    return [month_span(f"{n // 12}-{n % 12 + 1:02d}", month.plant)[0] for n in edges]


def _balance(month: Month, each: CertificateBalance, words: Words) -> list[Cell]:
    until = month.local(each.to_us - 1)[:10]
    over = each.to_us <= month.span[1]
    booked = (each.opening_kg, each.received_kg, each.claimed_kg, each.expired_kg)
    result = "covered" if any(booked) else "nothing_booked"
    if not over or each.overdrawn:
        result = "overdrawn" if over else "running"
    return [
        each.kind,
        f"{month.local(each.from_us)[:10]} – {until}",
        tonnes(each.opening_kg),
        tonnes(each.received_kg),
        tonnes(each.claimed_kg),
        tonnes(each.expired_kg),
        tonnes(each.closing_kg),
        words[result],
    ]


def life_cycle_part(month: Month, words: Words) -> Part:
    """Each biogenic lot's life cycle against the comparator of each scheme that has one."""
    columns = [
        Column(words["fuel"]),
        Column(words["lot"], 1.3),
        Column(words.head("exact", "g CO2e/MJ-e")),
        Column(words.head("as_reported", "g CO2e/MJ-e")),
        Column(words.head("limit", "g CO2e/MJ-e")),
        Column(words.head("saving", "%")),
        Column(words["result"]),
    ]
    tables = []
    for scheme, view in month.record.schemes.items():
        pack = pack_of(month, view)
        if pack.comparator_g_per_mj is None:
            continue
        why = words["source_unknown"]
        said = any(
            bool(site.certified) and site.capacity_kw is not None
            for site in month.plant.schemes
            if site.id == scheme
        )
        rows: list[list[Cell]] = [
            [
                month.fuel_name(one["fuel"], words.language),
                one["lot"] or words["no_lot"],
                number(one["g_per_mj"], 4, why),
                rounded(one["g_per_mj"], pack.rounding["g_per_mj"], why),
                _limit(one, words, said=said),
                percent(one["saving"], 2, why),
                words[_met(one, said=said)],
            ]
            for one in view["life_cycle"]
        ]
        note = words["comparator"].format(value=f"{pack.comparator_g_per_mj:g}")
        notes = [note, words["life_cycle_note"].format(gwp=pack.gwp_set)]
        title = words.get(scheme)
        tables.append(listed(f"life_cycle_{scheme}", title, columns, rows, words, notes))
    if not tables:
        head = [Column(words["result"])]
        tables.append(Table("life_cycle", "", head, [[Unknown(words["no_comparator"])]]))
    return Part(words["part_life_cycle"], tables)


def _met(one: Mapping[str, Any], *, said: bool) -> str:
    """Whether a lot's life cycle keeps the limit; records of before bound every lot.

    Args:
        one: As the record has it.
        said: Whether the site says enough to know which limit binds.
    """
    if not one.get("bound", True):
        return "not_bound"
    if said and one["limit_g_per_mj"] is None:
        return "no_limit_binds"
    return {True: "within", False: "above", None: "cannot_tell"}[one["meets"]]


def _limit(one: Mapping[str, Any], words: Words, *, said: bool) -> Cell:
    none = _met(one, said=said)
    if none in {"not_bound", "no_limit_binds"}:
        return Without(words[none])
    return number(one["limit_g_per_mj"], 1, words["no_limit"])


def quality_part(month: Month, words: Words) -> Part:
    """Grades of RPF and classes of SRF."""
    columns = [
        Column(words["fuel"]),
        Column(words["grade"], 1.4),
        Column(words["tests"]),
        Column(words["means"], 3),
        Column(words["missing"], 2),
        Column(words["analysed_lots"], 2),
    ]
    rows = [_grade(month, one, words) for one in month.grades]
    notes = [words["quality_note"]]
    return Part(words["part_quality"], [listed("quality", "", columns, rows, words, notes)])


def _grade(month: Month, one: Graded, words: Words) -> list[Cell]:
    lots = words_of(one.lots, words)
    name = month.fuel_name(one.fuel, words.language)
    if one.srf is not None:
        values = [
            f"{_mean(prop, value, words)} ({words.get(which)})"
            for prop, found in one.srf.figures.items()
            for which, value in found.items()
        ]
        return [name, f"SRF {one.srf.code}", NONE, words_of(values, words), NONE, lots]
    grade: Cell = Unknown(words["tests_missing"])
    if one.rpf is None:
        return [name, grade, NONE, NONE, words["no_tests"], lots]
    if not one.rpf.missing:
        grade = f"RPF {one.rpf.grade}" if one.rpf.grade else words["no_grade"]
    means = [_mean(each, value, words) for each, value in one.rpf.means.items()]
    return [
        name,
        grade,
        Number(one.rpf.tests, 0),
        words_of(means, words),
        words_of([_missing(each, words) for each in one.rpf.missing], words),
        lots,
    ]


def _mean(quantity: str, value: float, words: Words) -> str:
    """A property with its unit: mass fractions as per cent."""
    if quantity in _FRACTIONS:
        return f"{words.get(quantity)} {100.0 * value:.4g} %"
    return f"{words.get(quantity)} {value:.4g}"


def _missing(text: str, words: Words) -> str:
    """What is missing for a grade: so many tests, or a property."""
    count, _, tests = text.partition(" ")
    return words["tests_owed"].format(count=count) if tests == "tests" else words.get(text)


_FRACTIONS: Final = ("moisture", "chlorine_dry", "ash_dry")
