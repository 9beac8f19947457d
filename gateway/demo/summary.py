"""What came of a demo: read from disk after everything has stopped, beside the simulated truth."""

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from gateway.demo.site import DemoSite
from gateway.footprint.moments import us_of
from gateway.footprint.store import FootprintStore
from gateway.historian.reader import Reader
from gateway.historian.verify import verify_journal
from gateway.paths import JOURNAL

REQUESTS: Final = Path("requests.json")
BOARDS: Final = Path("boards") / "boards.jsonl"
_ALARMS_SHOWN: Final = 1000


def summary(site: DemoSite) -> Iterator[str]:
    """Lines for the console."""
    yield from _boards(site.directory / BOARDS, site.boards)
    yield from _requests(site.directory / REQUESTS)
    data = site.directory / "data"
    journal = data / JOURNAL
    if not journal.exists():
        yield "nothing was recorded"
        return
    report = verify_journal(journal)
    counts = report.counts
    yield (
        f"journal: {counts.get('samples', 0)} samples in {counts.get('rows', 0)} commits; "
        f"{counts.get('sequence numbers', 0)} board records and "
        f"{counts.get('totaliser steps', 0)} totaliser steps, "
        + ("each exactly once" if not report.problems else f"{len(report.problems)} problems:")
    )
    yield from (f"  {problem}" for problem in report.problems)
    yield from _alarms(journal)
    yield from _factors(site, data)


def _boards(path: Path, site_boards: Sequence[str]) -> Iterator[str]:
    """What ran the boards: real MicroPython, or stand-ins and why."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as diary:
        start = json.loads(diary.readline())
    yield f"boards: {len(site_boards)} on {start['runtime']}"


def _requests(path: Path) -> Iterator[str]:
    """What the simulated meters were asked: reads, and never a write."""
    if not path.exists():
        return
    seen = json.loads(path.read_text(encoding="utf-8"))
    codes = ", ".join(f"{count} of code {code}" for code, count in seen["functions"].items())
    writes = seen["writes_seen"]
    yield f"meters: requests by function code: {codes or 'none'}; " + (
        f"{writes} WRITES ARRIVED" if writes else "no write arrived"
    )


def _alarms(journal: Path) -> Iterator[str]:
    reader = Reader(journal)
    events = [stored.event for stored in reader.alarm_events(limit=_ALARMS_SHOWN)]
    reader.close()
    edges: dict[str, list[str]] = {}
    for event in events:
        edges.setdefault(event.alarm_id, []).append(
            event.edge + (f" by {event.person}" if event.person else "")
        )
    yield f"alarms: {len(events)} events of {len(edges)} alarms"
    for alarm_id, happened in edges.items():
        yield f"  {alarm_id}: {', '.join(happened)}"


def _factors(site: DemoSite, data: Path) -> Iterator[str]:
    store = FootprintStore.open(data)
    records = [r for r in store.factors(period="settlement") if r.product == "electricity"]
    minutes = store.factors(period="minute")
    store.close()
    yield f"factors: {len(minutes)} minute records, {len(records)} settlement records"
    truth = _ledger(site.directory / "truth.jsonl")
    for record in records:
        figure = record.fossil_co2_kg_per_kwh
        words = "no figure" if figure is None else f"{figure:.4f} kg fossil CO₂/kWh"
        beside = _truth_of(truth, us_of(record.valid_from_utc), us_of(record.valid_to_utc))
        if beside is not None and record.fossil_co2_kg is not None:
            difference = record.fossil_co2_kg / beside - 1.0
            words += f"; fossil kg {difference:+.3%} of the simulated truth"
        yield (
            f"  {record.valid_from_utc} to {record.valid_to_utc}: {words}; "
            f"coverage {record.coverage:.3f}"
        )


def _ledger(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.endswith("}")]


def _truth_of(ledger: list[dict[str, Any]], from_us: int, to_us: int) -> float | None:
    """Fossil CO₂ of a period by the simulator's own account [kg]; None where it has gaps."""
    minutes = [
        entry
        for entry in ledger
        if entry["kind"] == "minute" and entry["whole"] and from_us <= entry["from_us"] < to_us
    ]
    if len(minutes) * 60_000_000 != to_us - from_us:
        return None
    return math.fsum(entry["fossil_co2_kg"] for entry in minutes)
