"""`hinoban check --live`: what every meter shows just now, and which fields are bad."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Final

import typer
from rich.table import Table
from rich.text import Text

from gateway import presence
from gateway.clock import Clock, SystemTime
from gateway.command.live import Live, read_site
from gateway.command.words import out, print_table, progress, say_line, shown
from gateway.modbus.line import line_of
from gateway.site import Site

_STYLES: Final = {"good": "green", "bad": "bold red"}


def check_live(site: Site, *, as_json: bool) -> None:
    """Read every meter once and print what it shows; exit code 1 if any field is bad."""
    clock = Clock(SystemTime(site.config.clock.synchronised_by))
    if not as_json:
        for warning in warnings(site):
            out.print(f"note: {warning}", style="yellow", markup=False)
    with progress("reading", len(site.config.meter)) as told:
        rows = asyncio.run(read_site(site, clock.now, told))
    print_live(rows, as_json=as_json)


def print_live(rows: Sequence[Live], *, as_json: bool) -> None:
    """The table; exit code 1 if any field is bad."""
    bad = sum(row.quality != "good" for row in rows)
    if as_json:
        say_line(json.dumps({"fields": [asdict(row) for row in rows], "bad": bad}))
    else:
        for meter in dict.fromkeys(row.meter for row in rows):
            print_table(_table(meter, [row for row in rows if row.meter == meter]))
        for reason in dict.fromkeys(f"{row.meter}: {row.reason}" for row in rows if row.reason):
            out.print(reason, markup=False)
        out.print(f"{len(rows)} fields read, {bad} of them bad" if bad else
                  f"{len(rows)} fields read, all good")  # fmt: skip
    if bad:
        raise typer.Exit(1)


def warnings(site: Site) -> Iterator[str]:
    """What this reading disturbs in the gateway that runs, if one does."""
    try:
        if presence.read(site.config.storage.directory) is None:
            return
    except OSError:
        yield "whether a gateway runs with this site cannot be told: the file is another user's"
    for meter in site.config.meter:
        line = line_of(meter, site.config.line)
        if site.profiles[meter.profile].limits.single_master or line.release:
            yield f"meter {meter.id!r} bears one master: the running gateway may miss a poll of it"
    for line in site.config.line:
        if line.transport == "rtu":
            yield f"line {line.id!r} belongs to the running gateway: stop it to read its meters"
        elif line.transport == "rtu_over_tcp":
            yield f"line {line.id!r} is shared with the running gateway: some boxes mix replies up"


def _table(meter: str, rows: Sequence[Live]) -> Table:
    table = Table(title=f"meter {meter}", title_justify="left")
    for name in ("field", "value", "unit", "quality", "reply", "point"):
        table.add_column(name, justify="right" if name in {"value", "reply"} else "left")
    for row in rows:
        reply = "" if row.reply_ms is None else f"{row.reply_ms:.0f} ms"
        quality = Text(row.quality, style=_STYLES[row.quality])
        value = shown(row.value, row.type)
        table.add_row(row.field, value, row.unit, quality, reply, row.point or "")
    return table
