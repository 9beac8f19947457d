"""`hinoban report alarms`: how the alarms of a week or month loaded whoever had to answer them."""

import json
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from gateway.clock import Clock, SystemTime
from gateway.command.text_file import write_text
from gateway.command.words import ConfigPath, Json, out, plain_errors, print_table, say_line
from gateway.config_file import load_config
from gateway.historian.reader import Reader
from gateway.paths import JOURNAL
from gateway.views.kpi_report import read_report
from gateway.views.kpi_sheets import KpiReport
from gateway.views.kpis import kpis_json
from gateway.views.periods import Asked, instant_us
from gateway.views.sheets import Sheet

report_app = typer.Typer(no_args_is_help=True, help="Reports on paper or as data.")

Language = Annotated[str | None, typer.Option(help="en, ja or zh-Hant; the site's where left out.")]
Html = Annotated[Path | None, typer.Option(help="Write a page for the printer to this file.")]
From = Annotated[str | None, typer.Option("--from", help="Such as 2026-11-16T08:00.")]
To = Annotated[str | None, typer.Option("--to", help="Up to this instant.")]


@report_app.command("alarms")
def report_alarms(
    config: ConfigPath,
    *,
    week: Annotated[
        str | None, typer.Option(help="Such as 2026-W47; the last one if none.")
    ] = None,
    month: Annotated[str | None, typer.Option(help="Such as 2026-11.")] = None,
    from_: From = None,
    to: To = None,
    language: Language = None,
    html: Html = None,
    as_json: Json = False,
) -> None:
    """Alarm rates, floods, bad actors and more of a week, beside what is asked of them."""
    with plain_errors():
        site = load_config(config)
        zone = ZoneInfo(site.site.timezone)
        asked = Asked(
            week,
            month,
            None if from_ is None else instant_us(from_, zone),
            None if to is None else instant_us(to, zone),
        )
        now = Clock(SystemTime(site.clock.synchronised_by)).now()
        reader = Reader(site.storage.directory / JOURNAL)
        try:
            report = read_report(reader, site, asked, language, now.utc_us)
        finally:
            reader.close()
        if html is not None:
            write_text(html, [report.page()])
    if as_json:
        say_line(json.dumps(kpis_json(report.kpis)))
    elif html is None:
        _show(report)
    else:
        out.print(f"{html} is written", markup=False)


def _show(report: KpiReport) -> None:
    out.print(report.title, style="bold", markup=False)
    for line in report.lines():
        out.print(line, markup=False)
    for sheet in report.sheets():
        print_table(_table(sheet))


def _table(sheet: Sheet) -> Table:
    table = Table(title=sheet.title, title_justify="left", show_header=bool(sheet.columns))
    rows = [*sheet.rows]
    for name in sheet.columns or ("",) * max(map(len, rows), default=1):
        table.add_column(name)
    for row in rows:
        table.add_row(*row)
    return table
