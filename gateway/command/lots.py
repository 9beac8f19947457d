"""`hinoban lots`: what is known of lots and silos, and single events told by hand."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from gateway.command.import_lots import ImportLotsError, Wish, carry_out, opened
from gateway.command.session import signed_in
from gateway.command.words import out, print_table, say_line
from gateway.config_file import load_config
from gateway.footprint.lots.checking import Checker, Place
from gateway.footprint.lots.entries import Entries, Version
from gateway.footprint.lots.fields import KINDS, TOLD
from gateway.footprint.lots.grading import Graded, graded, load_quality
from gateway.footprint.lots.importing import Importer
from gateway.footprint.lots.silos import SiloState, silo_states
from gateway.footprint.lots.supply import told_of
from gateway.footprint.moments import utc_text
from gateway.problems import did_you_mean

_NAMING = ("store", "fuel", "certificate", "month", "at_utc", "from_utc")
_WORDS = ("id", "number")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def listed(config: Path, as_of: str | None, *, as_json: bool) -> None:
    """Every lot and event that counts.

    Raises:
        ImportLotsError: `as_of` is no instant with a time zone.
    """
    with opened(config) as (site, store, _):
        versions = Entries(store.engine).newest(_us(as_of))
    imported = {v.key for v in versions if v.kind == "lot"}
    rows = [_row(version) for version in versions]
    rows += [
        {"kind": "lot", "id": lot.id, "told_by": site.config.cofiring.lots_file.name}
        for lot in site.lots
        if lot.id not in imported
    ]
    _print(rows, ("kind", "id", "told_by", "recorded_utc", "source"), as_json=as_json)


def history(config: Path, key: str, *, as_json: bool) -> None:
    """Every version of what has this id.

    Raises:
        ImportLotsError: Nothing of that name was imported.
    """
    with opened(config) as (_, store, _):
        entries = Entries(store.engine)
        versions = [version for kind in KINDS for version in entries.versions(kind, key)]
    if not versions:
        raise ImportLotsError(f"{key!r} was never imported; `hinoban lots list` shows all")
    rows = [_row(version) | {"body": version.body} for version in versions]
    _print(rows, ("kind", "recorded_utc", "told_by", "source", "body"), as_json=as_json)


def tell(config: Path, kind: str, fields: Sequence[str], wish: Wish) -> None:
    """Keep one event.

    Raises:
        ImportLotsError: It is of no kind, or a field is not written as name=value.
    """
    if kind not in TOLD:
        raise ImportLotsError(f"{kind!r}: nobody tells of that. {did_you_mean(kind, TOLD)}")
    document = dict(_field(text) for text in fields)
    said = [str(document[n]) for n in _NAMING if n in document]
    document.setdefault("id", ":".join((kind, *said)))
    checker = Checker("command line", lambda path: Place(None))
    checker.documents(kind, [document])
    with opened(config) as (site, store, now_us):
        importer = Importer(site.config, site.tables, store)
        preview = importer.preview_of(checker.found, "command line")
        carry_out(importer, preview, wish, now_us)


def withdraw(config: Path, kind: str, key: str, wish: Wish) -> None:
    """Take back what was imported.

    Raises:
        SheetError: Nothing of that name was imported.
    """
    with opened(config) as (site, store, now_us):
        importer = Importer(site.config, site.tables, store)
        carry_out(importer, importer.withdrawal(kind, key), wish, now_us)


def silos(config: Path, *, as_json: bool) -> None:
    """What each traced silo holds."""
    with opened(config) as (site, store, _):
        states = silo_states(site.config, site.tables, site.lots, store)
    if as_json:
        say_line(json.dumps([state.as_dict() for state in states]))
        return
    if not states:
        words = "no silo is traced, or nothing of it was read yet; see [[store]] blending"
        out.print(words, markup=False)
    for state in states:
        out.print(_words(state), markup=False)


def quality(config: Path, *, as_json: bool) -> None:
    """Grades and classes of waste-derived fuels."""
    with opened(config) as (site, store, _):
        lots = told_of(site.lots, Entries(store.engine).newest()).lots.values()
        found = graded(site.config, lots, load_quality())
    if as_json:
        say_line(json.dumps([one.as_dict() for one in found]))
        return
    for one in found:
        out.print(_graded(one), markup=False)
    if not found:
        out.print("no fuel of this site is an RPF or SRF by its table")


def burn_first(config: Path, name: str | None, *, as_json: bool) -> None:
    """Stores in the order in which they are to be burnt."""
    with signed_in(load_config(config).http, name) as session:
        turns = session.ask("GET", "lots/burn-first")
    if as_json:
        say_line(json.dumps(turns))
        return
    table = Table()
    for column in ("place", "store", "fuel", "lot", "age, days", "status"):
        table.add_column(column)
    for turn in turns:
        table.add_row(
            "handle its alarm first" if turn["place"] is None else str(turn["place"]),
            turn["store"],
            turn["fuel"],
            turn["lot"],
            "unknown" if turn["age_days"] is None else f"{turn['age_days']:.1f}",
            turn["why"],
        )
    print_table(table)


def _graded(one: Graded) -> str:
    if one.srf is not None:
        return f"{one.fuel}: SRF class {one.srf.code}"
    if one.rpf is None or one.rpf.missing:
        missing = ", ".join(one.rpf.missing) if one.rpf else "tests"
        return f"{one.fuel}: no grade of RPF; missing: {missing}"
    words = "; ".join(f"{g} fails by {', '.join(n)}" for g, n in (one.rpf.fails or {}).items())
    grade = f"RPF grade {one.rpf.grade}" if one.rpf.grade else "no grade of RPF"
    return f"{one.fuel}: {grade} on the mean of {one.rpf.tests} tests" + (
        f" ({words})" * bool(words)
    )


def _words(state: SiloState) -> str:
    held = ", ".join(f"{lot} {kg:,.0f} kg" for lot, kg in state.held.items()) or "nothing"
    other = ", ".join(f"{lot} {kg:,.0f} kg" for lot, kg in state.held_other.items())
    lines = [
        f"{state.silo} ({state.fuel}, {state.model}): holds {held} as of {state.as_of_utc}",
        f"  by the other way of blending: {other or 'nothing'}",
        f"  came in {state.in_kg:,.0f} kg; written off {state.written_off_kg:,.0f} kg when found"
        f" empty; {state.overdrawn_kg:,.0f} kg more came out than went in",
    ]
    return "\n".join(lines)


def _row(version: Version) -> dict[str, Any]:
    return {
        "kind": version.kind,
        "id": version.key,
        "told_by": version.person,
        "recorded_utc": utc_text(version.recorded_at_us),
        "source": version.source,
    }


def _print(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        say_line(json.dumps(list(rows)))
        return
    table = Table()
    for name in columns:
        table.add_column(name)
    for row in rows:
        table.add_row(*(_cell(row.get(name)) for name in columns))
    print_table(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _field(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not value.strip():
        raise ImportLotsError(f"{text}: write it as name=value, such as kg=25000")
    words = value.strip()
    return name.strip(), float(words) if _NUMBER.fullmatch(words) and name not in _WORDS else words


def _us(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ImportLotsError(f"--as-of {text!r}: write such as 2026-10-01T00:00+09:00")
    return round(moment.timestamp() * 1e6)
