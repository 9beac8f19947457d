"""The month's figures: output, factors with their intervals, and what schemes are told."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from agent.cofiring.packs import Pack
from agent.cofiring.record import FactorRecord
from agent.cofiring.scheme_figures import ROUNDED
from gateway.reports.cells import number, percent, rounded, words_of
from gateway.reports.document import NONE, Cell, Column, Number, Part, Table, Unknown
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
_MASSES: Final = {
    "fossil_co2_kg": "kg",
    "biogenic_co2_kg": "kg",
    "ch4_fossil_kg": "kg",
    "ch4_biogenic_kg": "kg",
    "n2o_kg": "kg",
    "upstream_co2e_kg": "kg CO2e",
    "land_use_co2e_kg": "kg CO2e",
}
_GROSS: Final = {
    "gross_fossil": "fossil_co2_kg_per_gross_kwh",
    "gross_direct": "direct_co2e_kg_per_gross_kwh",
}
_OUTPUT: Final = (
    "gross_kwh",
    "aux_kwh",
    "net_kwh",
    "sold_kwh",
    "own_use_kwh",
    "imported_kwh",
)


def month_part(month: Month, words: Words) -> Part:
    """Output, masses and factors."""
    record = month.record
    figure = [Column(words["figure"], 3), Column(words["value"], 1.4), Column(words["unit"], 1.2)]
    output: list[list[Cell]] = [
        [words[name], number(getattr(record, name), 0, words["not_metered"]), "kWh"]
        for name in _OUTPUT
    ]
    auxiliaries = [_auxiliaries(record, words, counted=counted) for counted in (True, False)]
    if month.steam is not None:
        output.append([words["steam_mj"], number(record.steam_mj, 0), "MJ"])
    masses: list[list[Cell]] = [
        [words[name], number(getattr(record, name), 1, words["source_unknown"]), unit]
        for name, unit in _MASSES.items()
    ]
    return Part(
        words["part_month"],
        [
            Table("output", words["output"], figure, output, [one for one in auxiliaries if one]),
            Table("masses", words["masses"], figure, masses, [words["masses_note"]]),
            *_factors(month, words),
            *_sharing(month, words),
        ],
    )


def _factors(month: Month, words: Words) -> list[Table]:
    columns = [
        Column(words["figure"], 2.4),
        Column(words.head("value", "kg/kWh")),
        Column(words.head("low", "kg/kWh")),
        Column(words.head("high", "kg/kWh")),
        Column(f"{words['u_systematic']} [kg/kWh]"),
        Column(f"{words['u_random']} [kg/kWh]"),
    ]
    tables = []
    for record in (month.record, month.steam):
        if record is None:
            continue
        rows = [_factor(words[name], name, record, words) for name in _FACTORS]
        if record.product == "electricity":
            rows += [_factor(words[key], name, record, words) for key, name in _GROSS.items()]
        method = record.allocation["method"] if record.allocation else words["unknown"]
        power = "per_net_kwh_alone" if month.steam is None else "per_net_kwh"
        per = words[power if record.product == "electricity" else "per_heat_kwh"]
        notes = [per.format(gwp=record.gwp_set, method=words.get(str(method))), words["no_range"]]
        if record.no_interval_reason:
            reason = said(record.no_interval_reason, month, words)
            notes.append(words["no_interval"].format(reason=reason))
        title = words["factors"].format(product=words[record.product])
        tables.append(Table(f"factors_{record.product}", title, columns, rows, notes))
    return tables


def _factor(title: str, name: str, record: FactorRecord, words: Words) -> list[Cell]:
    value = getattr(record, name)
    reason = words.get(record.no_factor_reason or "source_unknown")
    one = value.get(record.gwp_set) if isinstance(value, Mapping) else value
    interval = record.intervals.get(name, {})
    ends: list[Cell] = [
        Number(interval[end], 6) if interval.get(end) is not None else NONE
        for end in ("low", "high", "u_systematic", "u_random")
    ]
    return [title, number(one, 6, reason), *ends]


def _auxiliaries(record: FactorRecord, words: Words, *, counted: bool) -> str:
    names = [str(one["name"]) for one in record.auxiliaries if one["counted"] is counted]
    key = "aux_counted" if counted else "aux_left_out"
    return words[key].format(names=words["comma"].join(names)) if names else ""


def _sharing(month: Month, words: Words) -> list[Table]:
    """What electricity carries by every method; none where no heat is sold."""
    shared = month.record.allocation
    if month.steam is None or not shared:
        return []
    columns = [
        Column(words.head("method"), 2),
        Column(words.head("el_share", "%"), 1.2),
        Column(words["declared"], 1.2),
    ]
    rows: list[list[Cell]] = [
        [
            words.get(method),
            percent(share, 2, words["not_computable"]),
            words["yes"] if method == shared["method"] else NONE,
        ]
        for method, share in sorted(
            shared["alternatives"].items(), key=lambda one: (one[0] != shared["method"], one[0])
        )
    ]
    return [Table("sharing", words["sharing"], columns, rows, [words["sharing_note"]])]


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
        why = words["between"].join(said(reason, month, words) for reason in view["reasons"])
        rows: list[list[Cell]] = [
            [words[name], number(view[name], 6, why), rounded(view[name], pack.rounding[key], why),
             _unit(name, words)]
            for name, key in ROUNDED.items()
            if name != "biomass_kwh" or pack.claims_kwh
        ]  # fmt: skip
        basis = words["scheme_basis"].format(
            cv=words[pack.cv_basis],
            gwp=pack.gwp_set,
            chp=words["no_heat_sold"] if month.steam is None else words.get(view["chp_method"]),
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


def _unit(name: str, words: Words) -> str:
    """The unit of a scheme's figure; CO₂e is named."""
    unit = _UNITS[ROUNDED[name]]
    return words[unit] if unit in words else unit.format(gas=_GAS.get(name, "CO2"))


_UNITS: Final = {
    "share": "fraction",
    "kwh": "kWh",
    "kg": "kg {gas}",
    "kg_per_kwh": "kg {gas}/kWh",
}
_GAS: Final = {"total_co2e_kg": "CO2e", "kg_per_kwh": "CO2e"}
