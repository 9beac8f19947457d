"""The month's figures: output, mix, factors with their intervals, and what schemes are told."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from agent.cofiring.biomass import biomass_of_rows
from agent.cofiring.packs import Pack
from agent.cofiring.record import FactorRecord
from agent.cofiring.scheme_figures import ROUNDED
from gateway.reports.cells import number, percent, rounded, words_of
from gateway.reports.document import Cell, Column, Number, Part, Table, Unknown
from gateway.reports.month import Month
from gateway.reports.said import said
from gateway.reports.words import Words

_FACTORS: Final = (
    "fossil_co2_kg_per_kwh",
    "direct_co2e_kg_per_kwh",
    "lifecycle_co2e_kg_per_kwh",
    "biogenic_co2_kg_per_kwh",
    "upstream_co2e_kg_per_kwh",
    "land_use_co2e_kg_per_kwh",
)
_MASSES: Final = (
    "fossil_co2_kg",
    "biogenic_co2_kg",
    "ch4_fossil_kg",
    "ch4_biogenic_kg",
    "n2o_kg",
    "upstream_co2e_kg",
    "land_use_co2e_kg",
)
_OUTPUT: Final = (
    "gross_kwh",
    "aux_kwh",
    "net_kwh",
    "sold_kwh",
    "own_use_kwh",
    "imported_kwh",
)
_SHARE_DIGITS: Final = 4
_NO_RANGE: Final = "–"


def month_part(month: Month, words: Words) -> Part:
    """Output, masses and factors."""
    record = month.record
    figure = [Column(words["figure"], 3), Column(words["value"], 1.4), Column(words["unit"], 1.2)]
    output: list[list[Cell]] = [
        [words[name], number(getattr(record, name), 0, words["not_metered"]), "kWh"]
        for name in _OUTPUT
    ]
    if month.steam is not None:
        output.append([words["steam_mj"], number(record.steam_mj, 0), "MJ"])
    masses: list[list[Cell]] = [
        [words[name], number(getattr(record, name), 1, words["source_unknown"]), "kg"]
        for name in _MASSES
    ]
    return Part(
        words["part_month"],
        [
            Table("output", words["output"], figure, output),
            Table("masses", words["masses"], figure, masses, [words["masses_note"]]),
            *_factors(month, words),
        ],
    )


def _factors(month: Month, words: Words) -> list[Table]:
    columns = [
        Column(words["figure"], 2.4),
        Column(words.head("value", "kg/kWh")),
        Column(words.head("low", "kg/kWh")),
        Column(words.head("high", "kg/kWh")),
        Column(words.head("u_systematic", "kg/kWh")),
        Column(words.head("u_random", "kg/kWh")),
    ]
    tables = []
    for record in (month.record, month.steam):
        if record is None:
            continue
        rows = [_factor(name, record, words) for name in _FACTORS]
        method = record.allocation["method"] if record.allocation else words["unknown"]
        per = words["per_net_kwh" if record.product == "electricity" else "per_heat_kwh"]
        notes = [per.format(gwp=record.gwp_set, method=words.get(str(method))), words["no_range"]]
        if record.no_interval_reason:
            reason = said(record.no_interval_reason, month, words)
            notes.append(words["no_interval"].format(reason=reason))
        title = words["factors"].format(product=words[record.product])
        tables.append(Table(f"factors_{record.product}", title, columns, rows, notes))
    return tables


def _factor(name: str, record: FactorRecord, words: Words) -> list[Cell]:
    value = getattr(record, name)
    reason = words.get(record.no_factor_reason or "source_unknown")
    one = value.get(record.gwp_set) if isinstance(value, Mapping) else value
    interval = record.intervals.get(name, {})
    ends: list[Cell] = [
        Number(interval[end], 6) if interval.get(end) is not None else _NO_RANGE
        for end in ("low", "high", "u_systematic", "u_random")
    ]
    return [words[name], number(one, 6, reason), *ends]


def mix_part(month: Month, words: Words) -> Part:
    """What burnt, by fuel, and the biomass in it."""
    record = month.record
    rows: list[list[Cell]] = []
    why = words["incomplete_mix"]
    for line in month.plant.fuels:
        mine = [one for one in record.fuels if one["fuel"] == line.id]
        interval = record.intervals.get(f"share_heat.{line.id}", {})
        rows.append(
            [
                month.fuel_name(line.id, words.language),
                words[_is_biomass(mine, by_table=line.is_biomass)],
                number(_sum(mine, "kg"), 0, why),
                number(_sum(mine, "mj"), 0, why),
                percent(_of(record.share_heat, line.id), _SHARE_DIGITS, why),
                _range(interval),
                percent(_of(record.share_mass, line.id), _SHARE_DIGITS, why),
                percent(_of(record.share_carbon, line.id), _SHARE_DIGITS, why),
                number(_of(record.kwh_by_fuel, line.id), 0, why),
            ]
        )
    columns = [
        Column(words["fuel"], 1.5),
        Column(words["biomass"], 0.7),
        Column(words.head("mass", "kg"), 1.2),
        Column(words.head("heat", f"MJ, {words['net']}"), 1.3),
        Column(words.head("share_heat", "%")),
        Column(words.head("interval", "%"), 1.5),
        Column(words.head("share_mass", "%")),
        Column(words.head("share_carbon", "%")),
        Column(words.head("kwh", "kWh"), 1.2),
    ]
    claimed = _claimed(month)
    share = biomass_share(month) if claimed is None else claimed["biomass_share"]
    sold = record.sold_kwh
    kwh = None if share is None or sold is None else share * sold
    note = words["biomass_note"]
    if claimed is not None:
        kwh, pack = claimed["biomass_kwh"], pack_of(month, claimed)
        name, estimate = words.get(pack.id), words[pack.estimate]
        note = words["biomass_of_scheme"].format(scheme=name, estimate=estimate)
    biomass: list[list[Cell]] = [
        [words["biomass_share"], percent(share, _SHARE_DIGITS, why), "%"],
        [words["sold_kwh"], number(sold, 0, words["not_metered"]), "kWh"],
        [words["biomass_kwh"], number(kwh, 0, why if share is None else words["not_metered"]),
         "kWh"],
    ]  # fmt: skip
    figure = [Column(words["figure"], 3), Column(words["value"]), Column(words["unit"])]
    return Part(
        words["part_mix"],
        [
            Table("mix", "", columns, rows, [words["mix_note"]]),
            Table("biomass", words["biomass_power"], figure, biomass, [note]),
        ],
    )


def biomass_share(month: Month) -> float | None:
    """Part of the heat, net as received, of fuels that are biomass throughout."""
    if month.record.share_heat is None:
        return None
    by_table = {line.id: line.is_biomass for line in month.plant.fuels}
    return biomass_of_rows(month.record.fuels, "mj", by_table)


def _claimed(month: Month) -> Mapping[str, Any] | None:
    """What the scheme is told under which power of biomass is claimed; None where none is."""
    views = month.record.schemes.values()
    return next((view for view in views if pack_of(month, view).claims_kwh), None)


def _is_biomass(rows: list[dict[str, Any]], *, by_table: bool) -> str:
    burnt = [row.get("biomass", by_table) for row in rows if row.get("kg")] or [by_table]
    return "yes" if all(burnt) else "partly" if any(burnt) else "no"


def schemes_part(month: Month, words: Words) -> Part:
    """What each declared scheme is told, exact and rounded once as it asks."""
    columns = [
        Column(words["figure"], 2.4),
        Column(words["exact"], 1.4),
        Column(words["as_reported"], 1.4),
        Column(words["unit"], 1.1),
    ]
    tables = []
    for scheme, view in month.record.schemes.items():
        pack = pack_of(month, view)
        why = "; ".join(said(reason, month, words) for reason in view["reasons"])
        rows: list[list[Cell]] = [
            [words[name], number(view[name], 6, why), rounded(view[name], pack.rounding[key], why),
             _UNITS[key]]
            for name, key in ROUNDED.items()
            if name != "biomass_kwh" or pack.claims_kwh
        ]  # fmt: skip
        basis = words["scheme_basis"].format(
            cv=words[pack.cv_basis],
            gwp=pack.gwp_set,
            chp=words.get(view["chp_method"]),
            estimate=words[pack.estimate],
            vintage=view["vintage"],
        )
        proofs = [
            f"{month.fuel_name(one['fuel'], words.language)} {one['lot'] or '–'}: "
            f"{said(one['evidence'], month, words)} {one['valid_to']}".strip()
            for one in view["zero_rated"]
            if one["biogenic_co2_kg"]
        ]
        notes = [basis, words["zero_rated"].format(proofs=words_of(proofs, words))]
        if why:
            notes.append(words["because"].format(reasons=why))
        title = f"{words.get(scheme)} ({scheme})"
        tables.append(Table(f"scheme_{scheme}", title, columns, rows, notes))
    if not tables:
        head = [Column(words["figure"])]
        tables.append(Table("schemes", "", head, [[Unknown(words["no_scheme"])]]))
    return Part(words["part_schemes"], tables)


def pack_of(month: Month, view: Mapping[str, Any]) -> Pack:
    """The vintage of a scheme that a view was made by."""
    return month.tables.schemes.at(view["scheme"], date.fromisoformat(view["vintage"]))


_UNITS: Final = {"share": "1", "kwh": "kWh", "kg": "kg", "kg_per_kwh": "kg/kWh"}


def _range(interval: Mapping[str, Any]) -> Cell:
    low, high = interval.get("low"), interval.get("high")
    if low is None or high is None:
        return _NO_RANGE
    return f"{100 * low:.2f} – {100 * high:.2f}"


def _sum(rows: list[dict[str, Any]], name: str) -> float | None:
    values = [row.get(name) for row in rows]
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _of(by_fuel: Mapping[str, float] | None, fuel: str) -> float | None:
    return None if by_fuel is None else by_fuel.get(fuel)
