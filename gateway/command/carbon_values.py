"""`hinoban fuels` and `hinoban schemes`: by which values is counted, and what schemes are told."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from agent.cofiring.chosen import Chosen
from agent.cofiring.factors import choose
from agent.cofiring.lots import Lot, LotBook
from agent.cofiring.plant import Plant
from agent.cofiring.scheme_figures import printed, printed_life_cycles
from agent.errors import HinobanError
from gateway.clock import Clock, SystemTime
from gateway.command.words import out, print_table, say_line
from gateway.footprint.kept import is_kept, kept_at
from gateway.footprint.lots.entries import Entries
from gateway.footprint.lots.supply import told_of
from gateway.footprint.site import fuel_doubts, plant_of
from gateway.footprint.store import FootprintStore
from gateway.site import Site, load_site

_PERIODS: Final = ("settlement", "day", "month", "fiscal_year")


class CarbonValuesError(HinobanError):
    """What was asked for cannot be shown, in words that say what to do."""


def fuels(config: Path, on: str, *, as_json: bool) -> None:
    """Print every value by which each fuel is counted.

    Args:
        config: The site's file.
        on: A day, ISO 8601; "" for today.
        as_json: Print data.

    Raises:
        CarbonValuesError: `on` is no day.
        ConfigError: The file cannot be used.
    """
    site = load_site(config)
    plant = plant_of(site.config, site.tables)
    lots = _lots(site)
    rows = list(_values(site, plant, lots, _day(on, site)))
    doubts = fuel_doubts(plant, site.tables, LotBook(lots))
    if as_json:
        say_line(json.dumps({"values": rows, "warnings": doubts}, ensure_ascii=False))
        return
    table = Table(title="By these values is counted", title_justify="left")
    columns = ("fuel", "lot", "value of", "value", "unit", "basis", "95 %", "how", "mark", "source")
    for column in (*columns, "why"):
        table.add_column(column)
    for row in rows:
        ends = f"{row['low']:.6g}–{row['high']:.6g}" if "low" in row and "high" in row else ""
        cells = {**row, "value": f"{row['value']:.6g}", "95 %": ends, "value of": row["quantity"]}
        table.add_row(*(str(cells.get(name) or "") for name in columns), str(row.get("reason", "")))
    print_table(table)
    for doubt in doubts:
        out.print(f"warning: {doubt}", markup=False)


def schemes(config: Path, period: str, *, as_json: bool) -> None:
    """Print what each declared scheme would be told of closed periods.

    Raises:
        CarbonValuesError: There is no such period, or the gateway has not run here.
        ConfigError: The file cannot be used.
    """
    if period not in _PERIODS:
        raise CarbonValuesError(f"{period!r} is no period here; use one of {', '.join(_PERIODS)}")
    rows = list(_told(load_site(config), period))
    if as_json:
        say_line(json.dumps(rows, ensure_ascii=False))
        return
    table = Table(title="What schemes would be told", title_justify="left")
    for column in ("scheme", "from", "to", "figure", "as printed"):
        table.add_column(column)
    for row in rows:
        for name, text in row["printed"].items():
            begin, end = row["valid_from_utc"], row["valid_to_utc"]
            table.add_row(row["scheme"], begin, end, name, "–" if text is None else text)
    for row in rows:
        for lot in row["printed_life_cycle"]:
            table_row = (row["scheme"], row["valid_from_utc"], row["valid_to_utc"])
            table.add_row(*table_row, f"g CO₂e/MJ of lot {lot['lot'] or lot['fuel']}", _of(lot))
    print_table(table)
    for row in rows:
        for reason in row["reasons"]:
            out.print(f"{row['scheme']}, {row['valid_from_utc']}: {reason}", markup=False)


def _of(lot: dict[str, Any]) -> str:
    limit = "" if lot["limit_g_per_mj"] is None else f" (at most {lot['limit_g_per_mj']:g})"
    return f"{lot['g_per_mj'] or '–'}{limit}"


def _day(text: str, site: Site) -> date:
    if not text:
        now = Clock(SystemTime(site.config.clock.synchronised_by)).now()
        return datetime.fromtimestamp(now.utc_us // 1_000_000, UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError as err:
        raise CarbonValuesError(f"{text!r} is no day; write it like 2026-10-01") from err


def _lots(site: Site) -> list[Lot]:
    """Those of the lots file and, where the gateway has run, those that were imported."""
    if not is_kept(site.config):
        return list(site.lots)
    store = FootprintStore.of(site.config)
    try:
        return list(told_of(site.lots, Entries(store.engine).newest()).lots.values())
    finally:
        store.close()


def _values(site: Site, plant: Plant, lots: list[Lot], on: date) -> Iterator[dict[str, Any]]:
    for fuel in plant.fuels:
        own: list[Lot | None] = [lot for lot in lots if lot.fuel == fuel.id]
        for lot in own or [None]:
            found = choose(fuel.entry, lot, on, site.tables.physics)
            for quantity in type(found).__dataclass_fields__:
                value = getattr(found, quantity)
                if isinstance(value, Chosen):
                    named = {"fuel": fuel.id, "lot": lot.id if lot else "", "quantity": quantity}
                    yield named | value.as_dict()


def _told(site: Site, period: str) -> Iterator[dict[str, Any]]:
    series = f"{site.config.site.id}.{site.config.unit.id}.electricity.{period}"
    if not is_kept(site.config):
        where = kept_at(site.config)
        raise CarbonValuesError(f"{where}: there is nothing yet; has the gateway run here?")
    store = FootprintStore.of(site.config)
    records = store.factors(series=series, period=period, limit=10_000)
    store.close()
    for record in records:
        for scheme, figures in record.schemes.items():
            pack = site.tables.schemes.at(scheme, date.fromisoformat(figures["vintage"]))
            yield {
                "scheme": scheme,
                "valid_from_utc": record.valid_from_utc,
                "valid_to_utc": record.valid_to_utc,
                "status": record.status,
                "printed": printed(figures, pack),
                "printed_life_cycle": printed_life_cycles(figures, pack),
                "reasons": figures["reasons"],
            }
