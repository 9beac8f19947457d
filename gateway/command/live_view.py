"""`hinoban check --live`: what every meter shows just now, and which fields are bad.

Where the site keeps its factors on a server, whether that can be used is looked at as well.
"""

import asyncio
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import typer
from rich.table import Table
from rich.text import Text

from gateway import presence
from gateway.clock import Clock, SystemTime
from gateway.command.live import Live, read_site
from gateway.command.words import out, print_table, progress, say_line, shown
from gateway.config import Config
from gateway.modbus.line import line_of
from gateway.modbus.profile import Field
from gateway.modbus.remarks import remarks
from gateway.site import SiteMeters

_NAMED: Final = 6
"""Fields that are not read and are named; a map may hold hundreds."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How the server fares that factors are kept on.

    Args:
        place: Server, database and schema.
        state: What was found there.
        problem: Why it cannot be used, and what to do; None where it can.
    """

    place: str
    state: str | None
    problem: str | None


_STYLES: Final = {"good": "green", "bad": "bold red"}


def check_live(site: SiteMeters, config: Config | None, *, as_json: bool) -> None:
    """Read every meter once and print what it shows; exit code 1 if anything is bad.

    Args:
        site: Which meters.
        config: The whole site; None where only some of its meters are looked at.
        as_json: Whether data are printed.
    """
    kept = None if config is None or config.footprint is None else _kept(config)
    clock = Clock(SystemTime("assume"))
    if not as_json:
        for warning in warnings(site):
            out.print(f"note: {warning}", style="yellow", markup=False)
    with progress("reading", len(site.tables.meter)) as told:
        rows = asyncio.run(read_site(site, clock.now, told))
    print_live(rows, list(_of_maps(site)), kept, as_json=as_json)


def print_live(
    rows: Sequence[Live], notes: Sequence[str], kept: Kept | None = None, *, as_json: bool
) -> None:
    """The table, and what to look at again; exit code 1 if any field or the server is bad.

    Args:
        rows: What was read.
        notes: What is odd about the register maps.
        kept: How the server of the factors fares; None where there is none.
        as_json: Whether data are printed.
    """
    bad = sum(row.quality != "good" for row in rows)
    odd = [*(f"{row.meter}: {row.remark}" for row in rows if row.remark), *notes]
    if as_json:
        fields = [asdict(row) for row in rows]
        said = {} if kept is None else {"footprint": asdict(kept)}
        say_line(json.dumps({"fields": fields, "bad": bad, "remarks": odd, **said}))
    else:
        for meter in dict.fromkeys(row.meter for row in rows):
            print_table(_table(meter, [row for row in rows if row.meter == meter]))
        for reason in dict.fromkeys(f"{row.meter}: {row.reason}" for row in rows if row.reason):
            out.print(reason, markup=False)
        for note in odd:
            out.print(f"note: {note}", style="yellow", markup=False)
        none = "none implausible" if not any(row.remark for row in rows) else "none bad, some odd"
        out.print(
            f"{len(rows)} fields read, {bad} of them bad"
            if bad
            else f"{len(rows)} fields read, {none}. Now compare each with the meter's display."
        )
        if kept is not None:
            style = "green" if kept.problem is None else "bold red"
            out.print(kept.problem or f"{kept.place}: {kept.state}", style=style, markup=False)
    if bad or (kept is not None and kept.problem is not None):
        raise typer.Exit(1)


def map_notes(meter: str, fields: Mapping[str, Field], read: Collection[str]) -> Iterator[str]:
    """What to look at again in a register map.

    Args:
        meter: Id of the meter it is used for.
        fields: All its fields.
        read: Those of them that are read.
    """
    for remark in remarks({name: field for name, field in fields.items() if name in read}):
        yield f"{meter}: {remark}"
    left = [name for name, field in fields.items() if name not in read and field.kind != "text"]
    if left:
        more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
        named = ", ".join(left[:_NAMED])
        yield f"{meter}: not read, as [meter.points] does not name them: {named}{more}"


def warnings(site: SiteMeters) -> Iterator[str]:
    """What this reading disturbs in the gateway that runs, if one does."""
    if site.directory is None:
        return
    try:
        if presence.read(site.directory) is None:
            return
    except OSError:
        yield "whether a gateway runs with this site cannot be told: the file is another user's"
    for meter in site.tables.meter:
        line = line_of(meter, site.tables.line)
        if site.profiles[meter.profile].limits.single_master or line.release:
            yield f"meter {meter.id!r} bears one master: the running gateway may miss a poll of it"
    used = {meter.line for meter in site.tables.meter}
    for line in site.tables.line:
        if line.id not in used:
            continue
        if line.transport == "rtu":
            yield f"line {line.id!r} belongs to the running gateway: stop it to read its meters"
        elif line.transport == "rtu_over_tcp":
            yield f"line {line.id!r} is shared with the running gateway: some boxes mix replies up"


def _kept(config: Config) -> Kept:
    # Only here: they load the database's driver.
    from gateway.footprint.kept import is_kept, kept_at  # noqa: PLC0415
    from gateway.footprint.server import FootprintServerError  # noqa: PLC0415

    try:
        begun = is_kept(config)
    except FootprintServerError as error:
        return Kept(kept_at(config), None, str(error))
    empty = "answers; its tables are made when the gateway starts"
    return Kept(kept_at(config), "answers, and holds factors" if begun else empty, None)


def _of_maps(site: SiteMeters) -> Iterator[str]:
    for meter in site.tables.meter:
        yield from map_notes(meter.id, site.profiles[meter.profile].fields, meter.points.keys())


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
