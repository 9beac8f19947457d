"""`hinoban recompute`: restate factors with the lots and tables as they are now."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from agent.errors import HinobanError
from gateway.clock import Clock, SystemTime
from gateway.command.words import out, say_line
from gateway.footprint.accountant import Accountant
from gateway.footprint.kept import is_kept, kept_at
from gateway.footprint.recompute import Move
from gateway.footprint.store import FootprintStore
from gateway.historian.reader import Reader
from gateway.paths import JOURNAL
from gateway.site import Site, load_site

_SHOWN: Final = 40
_FIGURES: Final = ("fossil_co2_kg", "fossil_co2_kg_per_kwh", "net_kwh", "status")
_PERIODS: Final = ("fiscal_year", "month", "day", "settlement", "minute")


@dataclass(frozen=True, slots=True)
class Range:
    """What is to be restated.

    Args:
        from_text: First instant, with its time zone.
        to_text: Instant up to which slots begin.
        reason: Written into every revision.
        person: Who restates; written beside it.
    """

    from_text: str
    to_text: str
    reason: str
    person: str


class RecomputeError(HinobanError):
    """The factors cannot be restated, in words that say what to do."""


def recompute(config: Path, asked: Range, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Show what would move, ask, and write it.

    Raises:
        RecomputeError: It cannot be done; nothing was written.
    """
    site = load_site(config)
    from_us, to_us = _us("--from", asked.from_text), _us("--to", asked.to_text)
    if from_us >= to_us:
        raise RecomputeError(f"--from {asked.from_text} is not before --to {asked.to_text}")
    if not asked.reason.strip():
        raise RecomputeError("--reason is empty: say why, in a sentence an auditor can follow")
    if as_json and not (dry_run or yes):
        raise RecomputeError("--json cannot ask back: add --dry-run or --yes")
    reason = f"{asked.reason.strip()} ({asked.person})"
    with _accountant(site) as accountant:
        with _bar("looking", shown=not as_json) as told:
            moves = accountant.recompute(from_us, to_us, reason, dry_run=True, progress=told)
        if not as_json:
            _show(moves)
        written = bool(moves) and not dry_run
        if written:
            if not yes:
                typer.confirm(f"Write {len(moves)} revisions?", abort=True)
            with _bar("writing", shown=not as_json) as told:
                moves = accountant.recompute(from_us, to_us, reason, progress=told)
    if as_json:
        say_line(json.dumps([_row(move) for move in moves]))
    elif written:
        out.print(f"{len(moves)} revisions are written")
        out.print("A gateway that is running goes on with the lots it has read: restart it")


@contextmanager
def _bar(words: str, *, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar of days on stderr, so that what is printed stays clean."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not shown, transient=True
    ) as progress:
        days = progress.add_task(f"{words}, days", total=None)
        yield lambda done, of: progress.update(days, completed=done, total=of)


@contextmanager
def _accountant(site: Site) -> Iterator[Accountant]:
    data = site.config.storage.directory
    if not is_kept(site.config):
        words = "there are no factors yet; has the gateway run with this?"
        raise RecomputeError(f"{kept_at(site.config)}: {words}")
    clock = Clock(SystemTime(site.config.clock.synchronised_by))
    if not clock.now().synchronised:
        raise RecomputeError(
            "the clock is not synchronised: a revision would be dated wrongly; see [clock]"
        )
    reader = Reader(data / JOURNAL)
    store = FootprintStore.of(site.config)
    try:
        yield Accountant(site.config, site.tables, site.lots, reader, store, clock)
    except SQLAlchemyError as err:
        reason = f"nothing was written ({err.__cause__ or err}); try again"
        raise RecomputeError(f"{kept_at(site.config)}: {reason}") from err
    finally:
        store.close()
        reader.close()


def _us(option: str, text: str) -> int:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise RecomputeError(
            f"{option} {text!r} is no date; write 2026-04-01T00:00+09:00"
        ) from None
    if instant.tzinfo is None:
        raise RecomputeError(f"{option} {text!r} names no time zone; add Z or such as +09:00")
    return round(instant.astimezone(UTC).timestamp() * 1e6)


def _show(moves: Sequence[Move]) -> None:
    if not moves:
        out.print("nothing moves")
        return
    counts = Counter(move.period for move in moves)
    told = ", ".join(f"{counts[kind]} × {kind}" for kind in _PERIODS if counts[kind])
    table = Table(title=f"{len(moves)} records move: {told}", title_justify="left")
    table.add_column("series")
    table.add_column("from, UTC")
    for name in _FIGURES:
        table.add_column(name)
    longest_first = sorted(moves, key=lambda move: _PERIODS.index(move.period))
    for move in longest_first[:_SHOWN]:
        table.add_row(
            move.series_id,
            move.valid_from_utc,
            *(_figure(move.fields.get(name)) for name in _FIGURES),
        )
    out.print(table)
    if len(moves) > _SHOWN:
        out.print(f"… and {len(moves) - _SHOWN} more; --json shows all")


def _figure(moved: tuple[Any, Any] | None) -> str:
    """Old and new, and by how much of the old it moves."""
    if moved is None:
        return ""
    old, new = moved
    words = f"{_number(old)} → {_number(new)}"
    if isinstance(old, float) and isinstance(new, float) and old:
        words += f" ({(new - old) / abs(old):+.2%})"
    return words


def _number(value: Any) -> str:
    return (
        f"{value:.6g}" if isinstance(value, float) else "unknown" if value is None else str(value)
    )


def _row(move: Move) -> dict[str, Any]:
    return {
        "record_id": move.record_id,
        "series_id": move.series_id,
        "valid_from_utc": move.valid_from_utc,
        "fields": {name: list(pair) for name, pair in move.fields.items()},
    }
