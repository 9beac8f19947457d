"""What burnt, by fuel; the biomass in it; the values it was counted with; the ash it left."""

from collections.abc import Mapping
from typing import Any, Final

from agent.cofiring.biomass import biomass_of_rows
from agent.cofiring.fuels import TIERS
from agent.cofiring.portions import add_up
from gateway.reports.cells import number, percent, tonnes, total
from gateway.reports.document import NONE, Cell, Column, Number, Part, Table
from gateway.reports.figures import pack_of
from gateway.reports.month import Month
from gateway.reports.words import Words

_SHARE_DIGITS: Final = 4
_SAME: Final = 1e-9
_VALUES: Final = ("ncv", "co2", "biogenic_carbon_fraction")


def mix_part(month: Month, words: Words) -> Part:
    """What burnt, by fuel, and the biomass in it."""
    tables = [_mix(month, words), _biomass(month, words), _values(month, words), _ash(month, words)]
    return Part(words["part_mix"], tables)


def _mix(month: Month, words: Words) -> Table:
    record, why = month.record, words["incomplete_mix"]
    sums: dict[str, list[float | None]] = {}
    rows: list[list[Cell]] = []
    for line in month.plant.fuels:
        mine = [one for one in record.fuels if one["fuel"] == line.id]
        figures = {
            "kg": _sum(mine, "kg"),
            "mj": _sum(mine, "mj"),
            "heat": _of(record.share_heat, line.id),
            "mass": _of(record.share_mass, line.id),
            "carbon": _of(record.share_carbon, line.id),
            "kwh": _of(record.kwh_by_fuel, line.id),
        }
        for name, figure in figures.items():
            sums.setdefault(name, []).append(figure)
        rows.append(
            [
                month.fuel_name(line.id, words.language),
                words[_is_biomass(mine, by_table=line.is_biomass)],
                number(figures["kg"], 0, why),
                number(figures["mj"], 0, why),
                percent(figures["heat"], _SHARE_DIGITS, why),
                *_range(record.intervals.get(f"share_heat.{line.id}", {})),
                percent(figures["mass"], _SHARE_DIGITS, why),
                percent(figures["carbon"], _SHARE_DIGITS, why),
                number(figures["kwh"], 0, why),
            ]
        )
    lacks = words["total_lacks"]
    shares = {name: _percents(sums[name]) for name in ("heat", "mass", "carbon")}
    rows.append(
        [
            words["total"],
            NONE,
            total(sums["kg"], 0, lacks),
            total(sums["mj"], 0, lacks),
            total(shares["heat"], _SHARE_DIGITS, lacks),
            NONE,
            NONE,
            total(shares["mass"], _SHARE_DIGITS, lacks),
            total(shares["carbon"], _SHARE_DIGITS, lacks),
            total(sums["kwh"], 0, lacks),
        ]
    )
    columns = [
        Column(words["fuel"], 1.5),
        Column(words["biomass"], 0.9),
        Column(words.head("mass", "kg"), 1.2),
        Column(words.head("heat", f"MJ, {words['net']}"), 1.3),
        Column(words.head("share_heat", "%")),
        Column(words.head("low", "%")),
        Column(words.head("high", "%")),
        Column(words.head("share_mass", "%")),
        Column(words.head("share_carbon", "%")),
        Column(words.head("kwh", "kWh"), 1.3),
    ]
    return Table("mix", "", columns, rows, [words["mix_note"]])


def _biomass(month: Month, words: Words) -> Table:
    record, why = month.record, words["incomplete_mix"]
    claimed = _claimed(month)
    share = biomass_share(month) if claimed is None else claimed["biomass_share"]
    sold = record.sold_kwh
    kwh = None if share is None or sold is None else share * sold
    notes, counted = [words["biomass_note"]], sold
    if claimed is not None:
        kwh, pack = claimed["biomass_kwh"], pack_of(month, claimed)
        counted = kwh / share if kwh is not None and share else sold
        said = {"scheme": words.get(pack.id), "cv": words[pack.cv_basis]}
        notes = [words["biomass_of_scheme"].format(estimate=words[pack.estimate], **said)]
    rows: list[list[Cell]] = [
        [words["biomass_share"], percent(share, _SHARE_DIGITS, why), "%"],
        [words["sold_kwh"], number(sold, 0, words["not_metered"]), "kWh"],
    ]
    if counted is not None and sold is not None and abs(counted - sold) > _SAME * sold:
        rows.append([words["sold_counted"], Number(counted, 0), "kWh"])
        notes.append(words["sold_counted_note"])
    unknown = why if share is None else words["not_metered"]
    rows.append([words["biomass_kwh"], number(kwh, 0, unknown), "kWh"])
    figure = [Column(words["figure"], 3), Column(words["value"]), Column(words["unit"])]
    return Table("biomass", words["biomass_power"], figure, rows, notes)


def biomass_share(month: Month) -> float | None:
    """Part of the heat, net as received, of fuels that are biomass throughout."""
    if month.record.share_heat is None:
        return None
    by_table = {line.id: line.is_biomass for line in month.plant.fuels}
    return biomass_of_rows(month.record.fuels, "mj", by_table)


def _values(month: Month, words: Words) -> Table:
    """Which moisture, calorific value and factor each lot was counted with, and where from."""
    columns = [
        Column(words["fuel"], 1.2),
        Column(words["lot"], 1.2),
        Column(words.head("mass", "kg"), 1.1),
        Column(words.head("moisture", "%"), 0.8),
        Column(words.head("ncv", "MJ/kg")),
        Column(words["factor_of"]),
        Column(words["unit"], 1.2),
        Column(words.head("biogenic_carbon_fraction", "%")),
        Column(words["origin"], 3),
    ]
    why = words["source_unknown"]
    rows: list[list[Cell]] = []
    for one in month.record.fuels:
        if not one.get("kg"):
            continue
        of: Mapping[str, Any] = one.get("properties") or {}
        value = {name: (of.get(name) or {}).get("value") for name in (*_VALUES, "moisture")}
        rows.append(
            [
                month.fuel_name(one["fuel"], words.language),
                one["lot"] or words["no_lot"],
                number(one["kg"], 0),
                percent(value["moisture"], 2, words["no_moisture"]),
                number(value["ncv"], 3, why),
                number(value["co2"], 3, why),
                _per(of.get("co2"), words),
                percent(value["biogenic_carbon_fraction"], 1, why),
                words["between"].join(
                    _origin(name, of[name], words) for name in _VALUES if of.get(name)
                ),
            ]
        )
    return Table("values", words["values"], columns, rows, [words["values_note"]])


def _per(factor: Mapping[str, Any] | None, words: Words) -> str:
    """The unit of a CO₂ factor with its basis, and whether it is of the fossil part alone."""
    if factor is None:
        return NONE
    said = words.get(f"per_{factor['basis']}").format(unit=factor["unit"])
    return f"{said}, {words['fossil_only']}" if factor.get("carbon") == "fossil_only" else said


def _origin(name: str, value: Mapping[str, Any], words: Words) -> str:
    how, source = str(value["how"]), str(value.get("source") or "")
    said = words.get(f"from_{how.replace(' ', '_')}")
    if how in TIERS and source:
        said = source if source.startswith(said) else f"{said} ({source})"
    return words["of_what"].format(what=words[name], said=said)


def _ash(month: Month, words: Words) -> Table:
    """What ash the fuels left, by their ash contents, and where it goes."""
    columns = [Column(words["figure"], 3), Column(words["value"]), Column(words["unit"])]
    ash = month.record.ash or {}
    kg, why = ash.get("kg"), words["ash_unknown"]
    parts = ((words["ash_total"], 1.0), (words["ash_cement"], ash.get("cement")),
             (words["ash_landfill"], ash.get("landfill")))  # fmt: skip
    rows: list[list[Cell]] = [
        [name, tonnes(None if kg is None or part is None else kg * part, 3, why), "t"]
        for name, part in parts
    ]
    share = ash.get("biomass_share_heat")
    notes = [] if share is None else [words["ash_note"].format(share=f"{100.0 * share:.2f}")]
    return Table("ash", words["ash_part"], columns, rows, notes)


def _claimed(month: Month) -> Mapping[str, Any] | None:
    """What the scheme is told under which power of biomass is claimed; None where none is."""
    views = month.record.schemes.values()
    return next((view for view in views if pack_of(month, view).claims_kwh), None)


def _is_biomass(rows: list[dict[str, Any]], *, by_table: bool) -> str:
    burnt = [row.get("biomass", by_table) for row in rows if row.get("kg")] or [by_table]
    return "yes" if all(burnt) else "partly" if any(burnt) else "no"


def _range(interval: Mapping[str, Any]) -> list[Cell]:
    low, high = interval.get("low"), interval.get("high")
    if low is None or high is None:
        return [NONE, NONE]
    return [percent(low, _SHARE_DIGITS), percent(high, _SHARE_DIGITS)]


def _sum(rows: list[dict[str, Any]], name: str) -> float | None:
    return add_up(row.get(name) for row in rows) if rows else None


def _of(by_fuel: Mapping[str, float] | None, fuel: str) -> float | None:
    return None if by_fuel is None else by_fuel.get(fuel)


def _percents(shares: list[float | None]) -> list[float | None]:
    return [None if share is None else 100.0 * share for share in shares]
