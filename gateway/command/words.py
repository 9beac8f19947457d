"""How the commands speak: tables or JSON, and errors in words."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from agent.errors import HinobanError
from gateway.problems import ConfigError

ConfigPath = Annotated[Path, typer.Option("--config", "-c", help="The site's TOML file.")]
Json = Annotated[bool, typer.Option("--json", help="Print data, not tables.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

REFUSED: Final = 2
"""Exit code of a command that could not begin."""

_WIDEST: Final = 1000
"""Characters in the widest row."""

out: Final = Console(soft_wrap=True, highlight=False)
_err: Final = Console(stderr=True, soft_wrap=True, highlight=False)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Domain errors end the command with their words and exit code 2, without a traceback."""
    try:
        yield
    except ConfigError as err:
        for problem in err.problems:
            _err.print(str(problem), markup=False)
        count = len(err.problems)
        _err.print(f"{count} problem{'s' if count != 1 else ''}; nothing was started", style="bold")
        raise typer.Exit(REFUSED) from err
    except HinobanError as err:
        _err.print(str(err), markup=False)
        raise typer.Exit(REFUSED) from err
    except BaseExceptionGroup as group:
        known, others = group.split(HinobanError)
        if known is None or others is not None:
            raise
        for leaf in _leaves(known):
            _err.print(str(leaf), markup=False)
        raise typer.Exit(REFUSED) from group


def say_line(line: str) -> None:
    """A plain line, flushed: a process that starts the gateway waits for its "ready"."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr while something takes long, where a person is watching.

    Args:
        what: What is being done.
        total: Steps to the end.

    Yields:
        To be called with how many more steps are done.
    """
    with Progress(console=_err, transient=True, disable=not _err.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda steps: bar.advance(task, steps)


def print_table(table: Table) -> None:
    """A table in its own width: a narrow window or a pipe must not cut a value off."""
    table.box = SIMPLE_HEAD
    table.pad_edge = False
    wide = Console(width=_WIDEST)
    wide.width = max(out.width, wide.measure(table).maximum)
    wide.print(table, highlight=False)


def shown(value: float | str | None, type_: str) -> str:
    """A value as a person reads it; a dash where it is not known.

    Args:
        value: The value.
        type_: Type of its registers: a float of 32 bits has seven digits and no more.
    """
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if value == round(value) and abs(value) < 1e15:
        return f"{round(value):,}"
    return f"{value:,.7g}" if type_ in {"float16", "float32"} else f"{value:,.12g}"


_LONGEST_CELL: Final = 50


def print_rows(rows: dict[str, Any], *, as_json: bool, title: str) -> None:
    """Names and values."""
    if as_json:
        say_line(json.dumps(rows))
        return
    table = Table(title=title, show_header=False, title_justify="left")
    long = {key: str(value) for key, value in rows.items() if len(str(value)) > _LONGEST_CELL}
    for key, value in rows.items():
        if key not in long:
            table.add_row(key, str(value))
    out.print(table)
    for key, text in long.items():  # to be copied whole, however narrow the terminal is
        out.print(f"{key}: {text}", markup=False, highlight=False, soft_wrap=True)


def print_report(counts: dict[str, Any], problems: list[str], *, as_json: bool) -> None:
    """What a check counted and found; exit code 1 if it found anything."""
    if as_json:
        say_line(json.dumps({"counts": counts, "problems": problems}))
    else:
        print_rows(counts, as_json=False, title="Read")
        for problem in problems:
            out.print(problem, markup=False)
        out.print("no problem found" if not problems else f"{len(problems)} problems found")
    if problems:
        raise typer.Exit(1)


def _leaves(group: BaseExceptionGroup[HinobanError]) -> Iterator[HinobanError]:
    for err in group.exceptions:
        if isinstance(err, BaseExceptionGroup):
            yield from _leaves(err)
        else:
            yield err
