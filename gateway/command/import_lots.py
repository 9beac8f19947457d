"""`hinoban import-lots`: deliveries, analyses and what happened to silos, from a file."""

import getpass
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import typer
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from agent.errors import HinobanError
from gateway.clock import Clock, SystemTime
from gateway.command.words import REFUSED, out, print_table, say_line
from gateway.footprint.kept import kept_at
from gateway.footprint.lots.importing import Importer, Preview
from gateway.footprint.moments import utc_text
from gateway.footprint.store import FootprintStore
from gateway.paths import make_directory
from gateway.problems import ConfigError
from gateway.site import Site, load_site

_SHOWN: Final = 40


class ImportLotsError(HinobanError):
    """Nothing can be imported, in words that say what to do."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How an import is asked for.

    Args:
        person: Who answers for it; "" for the user of this machine.
        dry_run: Only show what would change.
        accept_good: Keep what is good though other rows are not.
        yes: Do not ask back.
        as_json: Print data.
    """

    person: str = ""
    dry_run: bool = False
    accept_good: bool = False
    yes: bool = False
    as_json: bool = False


def import_lots(config: Path, path: Path, wish: Wish, *, encoding: str, tab: str) -> None:
    """Show what a file would change, ask, and keep it.

    Raises:
        ImportLotsError: It cannot be done; nothing was kept.
        SheetError: The file cannot be read.
    """
    with opened(config) as (site, store, now_us):
        importer = Importer(site.config, site.tables, store)
        preview = importer.preview(path, encoding=encoding, tab=tab)
        carry_out(importer, preview, wish, now_us)


def carry_out(importer: Importer, preview: Preview, wish: Wish, now_us: int) -> None:
    """Show a preview, ask, and keep it.

    Raises:
        ImportLotsError: It cannot ask back.
    """
    blocked = bool(preview.problems) and not wish.accept_good
    if wish.as_json and not (wish.dry_run or wish.yes or blocked):
        raise ImportLotsError("--json cannot ask back: add --dry-run or --yes")
    if not wish.as_json:
        _show(preview)
    kept = 0
    if preview.changes and not wish.dry_run and not blocked:
        if not wish.yes:
            typer.confirm(f"Keep {_count(len(preview.changes))}?", abort=True)
        person = wish.person or f"{getpass.getuser()} (command line)"
        kept = len(importer.keep(preview, person, now_us))
    if wish.as_json:
        say_line(json.dumps(_data(preview, kept)))
    else:
        _say(preview, kept, blocked=blocked)
    if blocked:
        raise typer.Exit(REFUSED)


@contextmanager
def opened(config: Path) -> Iterator[tuple[Site, FootprintStore, int]]:
    """The site, its footprint database and the time, where that can be believed.

    Raises:
        ImportLotsError: The clock is not synchronised, or the database cannot be used.
    """
    site = load_site(config)
    now = Clock(SystemTime(site.config.clock.synchronised_by)).now()
    if not now.synchronised:
        raise ImportLotsError(
            "the clock is not synchronised: what is told would be dated wrongly; see [clock]"
        )
    make_directory(site.config.storage.directory)
    try:
        store = FootprintStore.of(site.config)
        try:
            yield site, store, now.utc_us
        finally:
            store.close()
    except SQLAlchemyError as err:
        reason = f"nothing was kept ({err.__cause__ or err}); try again"
        raise ImportLotsError(f"{kept_at(site.config)}: {reason}") from err


def _show(preview: Preview) -> None:
    if preview.changes:
        table = Table(title=f"{_count(len(preview.changes))} to keep", title_justify="left")
        for name in ("kind", "id", "", "fields", "restates, UTC"):
            table.add_column(name)
        for change in preview.changes[:_SHOWN]:
            span = change.restates
            table.add_row(
                change.entry.kind,
                change.entry.key,
                change.what,
                ", ".join(change.fields) if change.what == "changed" else "",
                f"{utc_text(span[0])} to {utc_text(span[1])}" if span else "nothing issued",
            )
        print_table(table)
        if len(preview.changes) > _SHOWN:
            out.print(f"… and {len(preview.changes) - _SHOWN} more; --json shows all")
    if preview.same:
        out.print(f"{preview.same} are known already, word for word")
    if preview.problems:
        # As every other command tells of a file that cannot be.
        for problem in ConfigError(preview.problems).problems:
            out.print(str(problem), markup=False)


def _say(preview: Preview, kept: int, *, blocked: bool) -> None:
    if blocked:
        count = len(preview.problems)
        words = f"{count} problem{'s' if count != 1 else ''}; nothing was kept"
        out.print(f"{words}. Mend them, or keep the good ones with --accept-good")
        return
    out.print(f"{_count(kept)} kept" if kept else "nothing was kept")
    span = preview.restates
    if span is not None and (kept or preview.changes):
        out.print(
            f"hinoban recompute --from {utc_text(span[0])} --to {utc_text(span[1])}"
            f' --reason "{preview.source}" --dry-run shows what moves of what was issued',
            markup=False,
        )


def _data(preview: Preview, kept: int) -> dict[str, Any]:
    span = preview.restates
    return {
        "source": preview.source,
        "changes": [change.as_dict() for change in preview.changes],
        "same": preview.same,
        "problems": [str(problem) for problem in _sorted(preview)],
        "kept": kept,
        "restates_from_utc": utc_text(span[0]) if span else None,
        "restates_to_utc": utc_text(span[1]) if span else None,
    }


def _count(entries: int) -> str:
    return f"{entries} entr{'ies' if entries != 1 else 'y'}"


def _sorted(preview: Preview) -> Sequence[Any]:
    return ConfigError(preview.problems).problems
