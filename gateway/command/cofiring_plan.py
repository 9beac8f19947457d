"""`hinoban plan`: what other shares of co-firing would give and cost."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.table import Table

from gateway.command.words import Json, out, plain_errors, print_table, say_line

if TYPE_CHECKING:
    from gateway.views.plan_words import PlanWords

File = Annotated[
    Path | None, typer.Argument(help="A plan in TOML; where left out, the example of 300 MW.")
]
Site = Annotated[
    Path | None, typer.Option("--config", "-c", help="The site's TOML file, for its language.")
]
Language = Annotated[str | None, typer.Option(help="en, ja or zh-Hant; the site's where left out.")]

_FIGURES: Final = (
    ("biomass_share", 100.0, 1),
    ("net_efficiency", 100.0, 1),
    ("fossil_co2_kg_per_kwh", 1e3, 1),
    ("biogenic_co2_kg_per_kwh", 1e3, 1),
    ("direct_co2e_kg_per_kwh", 1e3, 1),
    ("lifecycle_co2e_kg_per_kwh", 1e3, 1),
    ("cost_per_kwh", 1e3, 2),
    ("break_even", 1.0, 2),
    ("ash_t", 1.0, 0),
    ("ash_to_landfill_t", 1.0, 0),
)
"""Figures that are printed, by what and with how many digits."""

_SUPPLIES: Final = (("t_per_day", 0), ("storage_days", 1))
_NOT_HERE: Final = "–"


def plan(
    file: File = None, *, config: Site = None, language: Language = None, as_json: Json = False
) -> None:
    """Factor, cost, ash and days of storage for each step of a plan; it writes nothing."""
    # Loads the tables, which no other command needs before it is asked.
    from gateway.config_file import load_config  # noqa: PLC0415
    from gateway.footprint.plans import EXAMPLE, plan_file  # noqa: PLC0415
    from gateway.footprint.tables import load_tables  # noqa: PLC0415
    from gateway.views.plan_words import PlanWords  # noqa: PLC0415
    from gateway.views.plans import told  # noqa: PLC0415

    with plain_errors():
        if language is None and config is not None:
            language = load_config(config).site.language
        words = PlanWords(language or "en")
        found = told(plan_file(file or EXAMPLE), load_tables(), words)
    if as_json:
        say_line(json.dumps(found))
    else:
        _show(found, words)


def _show(found: Mapping[str, Any], words: "PlanWords") -> None:
    currency = found["currency"]
    head = words["head"].format(
        name=found["name"],
        price=f"{found['carbon_price_per_t']:g}",
        currency=currency,
        gwp=found["gwp_set"],
    )
    out.print(head, markup=False)
    table = Table()
    table.add_column(words["figure"])
    for stage in found["stages"]:
        table.add_column(stage["stage"], justify="right")
    for name, scale, digits in _FIGURES:
        cells = [_number(stage[name], scale, digits, words) for stage in found["stages"]]
        if name == "break_even":
            cells[0] = _NOT_HERE
        table.add_row(words[name].format(currency=currency), *cells)
    for fuel in found["fuels"]:
        supplies = [_supply(stage, fuel["id"]) for stage in found["stages"]]
        for name, digits in _SUPPLIES:
            cells = [
                _NOT_HERE if s is None else _number(s[name], 1.0, digits, words) for s in supplies
            ]
            table.add_row(words[name].format(fuel=fuel["name"]), *cells)
    print_table(table)
    _show_fuels(found, words)
    _show_changes(found, words)


def _show_fuels(found: Mapping[str, Any], words: "PlanWords") -> None:
    """What each fuel is counted with, on which basis, and where it is from."""
    currency = found["currency"]
    table = Table(title=words["counted_with"], title_justify="left")
    table.add_column(words["fuel"])
    for name in ("ncv", "co2", "ash", "price", "stored"):
        table.add_column(words[name].format(currency=currency), justify="right")
    for fuel in found["fuels"]:
        values = fuel["values"]
        ash = values["ash"]
        table.add_row(
            fuel["name"],
            _value(values["ncv"], words),
            _value(values["co2"], words),
            _value(ash and {**ash, "value": 100.0 * ash["value"], "unit": "%"}, words),
            _number(fuel["price_per_t"], 1.0, 2, words),
            _number(fuel["stored_t"], 1.0, 0, words),
        )
    print_table(table)


def _show_changes(found: Mapping[str, Any], words: "PlanWords") -> None:
    """Each change with its boundary; what all of them rest on stands once under them."""
    changes = [(stage["stage"], one) for stage in found["stages"] for one in stage["changes"]]
    for stage, one in changes:
        out.print(words["in_stage"].format(stage=stage, change=one["short"]), markup=False)
    if changes:
        out.print(words["all_of_them"].format(basis=found["basis"]), markup=False)


def _supply(stage: Mapping[str, Any], fuel: str) -> dict[str, Any] | None:
    return next((one for one in stage["supplies"] if one["fuel"] == fuel), None)


def _value(value: Mapping[str, Any] | None, words: "PlanWords") -> str:
    """A value with its unit, on which basis it is where a factor has several, and its origin."""
    if value is None:
        return words["unknown"]
    said = [words[value["basis"]]] if value["basis"] in {"mj_ncv", "mj_gcv", "kg"} else []
    said.append(words.get(value["from"]))
    return f"{value['value']:.4g} {value['unit']} ({', '.join(said)})"


def _number(value: float | None, scale: float, digits: int, words: "PlanWords") -> str:
    return words["unknown"] if value is None else f"{value * scale:,.{digits}f}"
