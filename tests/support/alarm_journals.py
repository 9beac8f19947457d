"""A site whose journal is the two days of alarms counted by hand in tests/golden/alarms."""

import csv
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import tomli_w

from agent.alarms.events import AlarmEvent
from gateway.historian.journal import Journal
from gateway.historian.rows import Commit

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "alarms" / "two_days.csv"
EXAMPLE = ROOT / "gateway" / "deploy" / "example-plant.toml"
S = 1_000_000
HOUR_US = 3600 * S


def us(text: str) -> int:
    """UTC without a zone [µs]."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * S


FROM_US, TO_US = us("2026-11-16T00:00:00"), us("2026-11-18T00:00:00")
RUNS = (
    (us("2026-11-14T00:00:00"), us("2026-11-16T12:00:00")),
    (us("2026-11-16T13:12:00"), us("2026-11-19T00:00:00")),
)


def two_days() -> list[AlarmEvent]:
    """The events of the golden journal."""
    events = []
    with GOLDEN.open() as file:
        for row in csv.DictReader(file):
            at_us = us(row["at_utc"].removesuffix("Z"))
            condition, _, source = row["alarm_id"].partition(":")
            from_history = row["from_history"] == "yes"
            events.append(
                AlarmEvent(
                    alarm_id=row["alarm_id"],
                    edge=row["edge"],
                    condition=condition,
                    source=source,
                    klass=row["class"],
                    priority=row["priority"],
                    t_us=at_us - 6 * HOUR_US if from_history else at_us,
                    at_us=at_us,
                    state=row["state"],
                    person=row["person"] or None,
                    from_history=from_history,
                    visibility=row["visibility"],
                    until_us=us(row["until_utc"].removesuffix("Z")) if row["until_utc"] else None,
                )
            )
    return events


def write_two_days(journal: Path) -> None:
    """Write them as a gateway would have that ticks every minute and commits every hour."""
    opened = Journal.open(journal)
    left = two_days()
    for from_us, to_us in RUNS:
        for begin_us in range(from_us, to_us, HOUR_US):
            end_us = min(begin_us + HOUR_US, to_us)
            own = tuple(event for event in left if event.at_us <= end_us)
            left = left[len(own) :]
            ticks_us = tuple(range(begin_us, end_us + 1, 60 * S))
            commit = Commit("boot-1", end_us, end_us - FROM_US + 10**13, True, ticks_us=ticks_us)
            opened.commit(replace(commit, alarm_events=own))
    opened.close()


def site_with_two_days(folder: Path) -> Path:
    """A site's file, in Asia/Tokyo, with that journal in its data directory."""
    raw = tomllib.loads(EXAMPLE.read_text())
    raw["storage"]["directory"] = "data"
    raw["clock"] = {"synchronised_by": "assume"}
    (folder / "data").mkdir()
    config = folder / "plant.toml"
    config.write_text(tomli_w.dumps(raw))
    write_two_days(folder / "data" / "journal.sqlite")
    return config
