"""`hinoban plan`: what other shares of co-firing would give and cost."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from gateway.command.words import Json, out, plain_errors, print_table, say_line

File = Annotated[
    Path | None, typer.Argument(help="A plan in TOML; where left out, the example of 300 MW.")
]


def plan(file: File = None, as_json: Json = False) -> None:
    """Factor, cost, ash and days of storage for each step of a plan; it writes nothing."""
    from gateway.footprint.plans import EXAMPLE, plan_file, planned  # noqa: PLC0415 -- tables
    from gateway.footprint.tables import load_tables  # noqa: PLC0415

    with plain_errors():
        found = planned(plan_file(file or EXAMPLE), load_tables())
    if as_json:
        say_line(json.dumps(found))
    else:
        _show(found)


def _show(found: dict[str, Any]) -> None:
    currency = found["currency"]
    out.print(f"{found['name']}: a plan, no record; CO2 at {found['carbon_price_per_t']:g} "
              f"{currency}/t, GWP set {found['gwp_set']}", markup=False)  # fmt: skip
    figures = (
        ("biomass, % of heat", "biomass_share", 100.0, 1),
        ("fossil CO2, g/kWh", "fossil_co2_kg_per_kwh", 1e3, 1),
        ("biogenic CO2 (memo), g/kWh", "biogenic_co2_kg_per_kwh", 1e3, 1),
        ("direct CO2e, g/kWh", "direct_co2e_kg_per_kwh", 1e3, 1),
        ("life cycle CO2e, g/kWh", "lifecycle_co2e_kg_per_kwh", 1e3, 1),
        (f"fuel and carbon, {currency}/MWh", "cost_per_kwh", 1e3, 2),
        (f"CO2 price to break even, {currency}/t", "break_even", 1.0, 2),
        ("ash, t/a", "ash_t", 1.0, 0),
        ("ash to landfill, t/a", "ash_to_landfill_t", 1.0, 0),
    )
    table = Table()
    table.add_column("per net kWh")
    for stage in found["stages"]:
        table.add_column(stage["stage"], justify="right")
    for words, name, scale, digits in figures:
        cells = [_number(stage[name], scale, digits) for stage in found["stages"]]
        if name == "break_even":
            cells[0] = "–"
        table.add_row(words, *cells)
    for fuel in found["fuels"]:
        supplies = [_supply(stage, fuel["id"]) for stage in found["stages"]]
        rows = (("t/d", "t_per_day", 0), ("days of storage", "storage_days", 1))
        for words, name, digits in rows:
            cells = ["–" if s is None else _number(s[name], 1.0, digits) for s in supplies]
            table.add_row(f"{fuel['id']}, {words}", *cells)
    print_table(table)
    _show_changes(found)


def _show_changes(found: dict[str, Any]) -> None:
    """Each change with its boundary; what all of them rest on stands once under them."""
    changes = [(stage["stage"], one) for stage in found["stages"] for one in stage["changes"]]
    for stage, one in changes:
        percent = "not known" if one["percent"] is None else f"{one['percent']:+.1f} %"
        words = f"{one['figure']} {percent} against {one['against']}; {one['boundary']}"
        out.print(f"{stage}: {words}", markup=False)
    for basis in dict.fromkeys(one["basis"] for _, one in changes):
        out.print(f"All of them {basis}.", markup=False)


def _supply(stage: dict[str, Any], fuel: str) -> dict[str, Any] | None:
    return next((one for one in stage["supplies"] if one["fuel"] == fuel), None)


def _number(value: float | None, scale: float, digits: int) -> str:
    return "unknown" if value is None else f"{value * scale:,.{digits}f}"
