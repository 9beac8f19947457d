"""What would have alarmed under other limits, from what is recorded, for a person to read."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.table import Table

from agent.alarms.kpis_windows import Stretch
from gateway.command.words import out, print_table, progress, say_line
from gateway.historian.reader import Reader
from gateway.http.moments import to_iso
from gateway.paths import ARCHIVE, JOURNAL
from gateway.replay.comparison import Change, Stay, Tally
from gateway.replay.limits import Changes, LimitsError, changed, read_limits, read_setting
from gateway.replay.trial import Trial, try_limits
from gateway.site import load_site
from gateway.views.kpi_sheets import duration
from gateway.views.periods import instant_us, local_time

_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants to try.

    Args:
        from_: From when on, as typed.
        to: Up to when, as typed.
        settings: Limits, such as "co_high.limit=2500".
        limits: A file with [[alarm]] tables.
        without: Conditions to leave out.
    """

    from_: str
    to: str
    settings: Sequence[str]
    limits: Path | None
    without: Sequence[str]


def show_replay(config: Path, asked: Asked, *, as_json: bool) -> None:
    """Judge recorded samples again and print what would have alarmed.

    Raises:
        HinobanError: There are no such times, conditions or settings.
    """
    site = load_site(config)
    zone = ZoneInfo(site.config.site.timezone)
    from_us, to_us = instant_us(asked.from_, zone), instant_us(asked.to, zone)
    if from_us >= to_us:
        raise LimitsError(f"--from {asked.from_} is not before --to {asked.to}; swap them")
    other = changed(site, _changes(asked.settings, asked.limits), asked.without)
    data = site.config.storage.directory
    reader = Reader(data / JOURNAL)
    try:
        with _bar(from_us, to_us) as passed:
            trial = try_limits(reader, data / ARCHIVE, site, other, from_us, to_us, passed)
    finally:
        reader.close()
    if as_json:
        say_line(json.dumps(_as_data(trial)))
    else:
        _show(trial, zone)


def _changes(settings: Sequence[str], limits: Path | None) -> Changes:
    changes: Changes = {} if limits is None else read_limits(limits)
    for text in settings:
        id_, key, value = read_setting(text)
        changes.setdefault(id_, {})[key] = value
    return changes


@contextmanager
def _bar(from_us: int, to_us: int) -> Iterator[Callable[[int], None]]:
    shown_s = 0
    with progress("judging again", (to_us - from_us) // 1_000_000) as advance:

        def passed(at_us: int) -> None:
            nonlocal shown_s
            steps = (at_us - from_us) // 1_000_000 - shown_s
            if steps >= 60:
                shown_s += steps
                advance(steps)

        yield passed


def _show(trial: Trial, zone: ZoneInfo) -> None:
    comparison = trial.comparison
    for title, tallies in (("condition", comparison.conditions), ("store", comparison.stores)):
        table = Table(title=f"Alarms by {title}", title_justify="left")
        for name in (title, "was", "would be", "time was", "would be", *map(str, Change)):
            table.add_column(name, justify="left" if name == title else "right")
        for name, tally in tallies.items():
            table.add_row(name or "–", *_cells(tally))
        print_table(table)
    moves = [stay for stay in comparison.stays if stay.change is not Change.SAME]
    table = Table(title="What changes", title_justify="left")
    for name in ("alarm", "", "was in alarm", "would have been"):
        table.add_column(name)
    for stay in moves[:_SHOWN]:
        table.add_row(
            stay.alarm_id, str(stay.change), _span(stay.was, zone), _span(stay.would_be, zone)
        )
    if moves:
        print_table(table)
    if len(moves) > _SHOWN:
        out.print(f"… and {len(moves) - _SHOWN} more; --json tells all")
    figures = Table(title="Figures", title_justify="left")
    for name in ("", "was", "would be"):
        figures.add_column(name, justify="right" if name else "left")
    for was, would_be in zip(trial.was.figures, trial.would_be.figures, strict=True):
        figures.add_row(was.name, _number(was.value), _number(would_be.value))
    print_table(figures)
    out.print("nothing changes" if comparison.is_same else f"{len(moves)} stretches change")


def _cells(tally: Tally) -> tuple[str, ...]:
    return (
        str(tally.was),
        str(tally.would_be),
        duration(tally.was_us / 1e6),
        duration(tally.would_be_us / 1e6),
        *(str(tally.changes[change]) for change in Change),
    )


def _span(span: Stretch | None, zone: ZoneInfo) -> str:
    if span is None:
        return "–"
    return f"{local_time(span.from_us, zone)} – {local_time(span.to_us, zone)}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4g}"


def _as_data(trial: Trial) -> dict[str, Any]:
    comparison = trial.comparison
    return {
        "begun_utc": to_iso(trial.begun_us),
        "same": comparison.is_same,
        "conditions": {name: _tally(tally) for name, tally in comparison.conditions.items()},
        "stores": {name or None: _tally(tally) for name, tally in comparison.stores.items()},
        "stays": [_stay(stay) for stay in comparison.stays],
        "figures": {
            was.name: {"was": was.value, "would_be": would_be.value}
            for was, would_be in zip(trial.was.figures, trial.would_be.figures, strict=True)
        },
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "was": tally.was,
        "would_be": tally.would_be,
        "was_s": tally.was_us / 1e6,
        "would_be_s": tally.would_be_us / 1e6,
        **{str(change): count for change, count in tally.changes.items()},
    }


def _stay(stay: Stay) -> dict[str, Any]:
    return {
        "alarm_id": stay.alarm_id,
        "store": stay.store,
        "change": str(stay.change),
        "was": _ends(stay.was),
        "would_be": _ends(stay.would_be),
    }


def _ends(span: Stretch | None) -> dict[str, str] | None:
    return (
        None if span is None else {"from_utc": to_iso(span.from_us), "to_utc": to_iso(span.to_us)}
    )
