"""The destination is away, then back: every good sample is there exactly once."""

import json
import math
import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from rig import Rig

from agent.samples import Quality
from gateway.historian.reader import Reader

FULL_OUTAGE_S = 600.0
REDUCED_OUTAGE_S = 20.0
POWER_CUT_S = 8.0
DATA_S = 6.0
# The sink tries a destination that is away once a minute at the latest.
BACK_S = 180.0

Stored = dict[tuple[str, int], float]
"""(point, capture time in ms) -> value."""


def with_sink(raw: dict[str, Any]) -> None:
    for sink in raw["sink"]:
        sink["enabled"] = True


def lag(rig: Rig) -> int:
    return int(rig.get("health")["parts"]["sink_metrics_lag_rows"])


def commits(rig: Rig) -> int:
    return int(rig.get("health")["parts"]["journal_commits"])


def let_data_flow(rig: Rig, seconds: float) -> None:
    """Wait until so much time has passed and at least that many commits were made."""
    until, enough = time.monotonic() + seconds, commits(rig) + seconds / 2
    rig.wait(
        "commits",
        lambda: time.monotonic() >= until and commits(rig) >= enough,
        within_s=seconds + 30,
    )


def away(rig: Rig, seconds: float, number: signal.Signals) -> None:
    """Keep the destination away; alarms and factors go on meanwhile."""
    (rig.kill if number == signal.SIGKILL else rig.stop)("metrics")
    rig.wait("the gateway to notice", lambda: "sink" in str(rig.get("health")["problems"]))
    until = time.monotonic() + seconds
    before = rig.get("alarms/journal?limit=1000")
    rig.kill("boards")
    rig.wait(
        "an alarm while the destination is away",
        lambda: any(e not in before for e in rig.get("alarms/journal?limit=1000")),
    )
    rig.start_boards()
    first = rig.get("factors/latest")["live"]["valid_to_utc"]
    rig.wait("a newer factor", lambda: rig.get("factors/latest")["live"]["valid_to_utc"] > first)
    time.sleep(max(0.0, until - time.monotonic()))
    assert lag(rig) > 0
    assert rig.get("health")["status"] == "degraded"
    rig.start_metrics()
    rig.wait("everything to be sent", lambda: lag(rig) == 0, within_s=BACK_S)


def journalled(rig: Rig) -> tuple[Stored, Counter[tuple[str, str, int]]]:
    """The good samples and the alarm events on disk."""
    samples: Stored = {}
    events: Counter[tuple[str, str, int]] = Counter()
    reader = Reader(rig.data / "journal.sqlite")
    for row in reader.rows(0, 10**9):
        for batch in (*row.batches, *row.resolved):
            for sample in batch.samples:
                if sample.quality is Quality.GOOD:
                    key = sample.point, sample.t_us // 1000
                    assert key not in samples, f"{key} was journalled twice"
                    assert sample.value is not None
                    samples[key] = sample.value
        for event in row.alarm_events:
            events[event.alarm_id, event.edge, event.t_us // 1000] += 1
    reader.close()
    return samples, events


def exported(rig: Rig, name: str) -> list[tuple[dict[str, str], int, float]]:
    """(tags, time in ms, value) of everything stored under a name."""
    rig.metrics("internal/force_flush")
    text = rig.metrics("api/v1/export", **{"match[]": name})
    return [
        (series["metric"], t_ms, value)
        for series in map(json.loads, text.splitlines())
        for t_ms, value in zip(series["timestamps"], series["values"], strict=True)
    ]


def differences(rig: Rig) -> list[str]:
    """What the destination lacks, has twice, has changed or should not have."""
    samples, _ = journalled(rig)
    found: Counter[tuple[str, int]] = Counter()
    problems = []
    for tags, t_ms, value in exported(rig, "hinoban_value"):
        key = tags["point"], t_ms
        found[key] += 1
        if key not in samples:
            problems.append(f"{key} was never journalled")
        elif not math.isclose(value, samples[key], rel_tol=1e-12):
            problems.append(f"{key} is {value}, not {samples[key]}")
    problems += [f"{key} {times} times" for key, times in found.items() if times > 1]
    return problems + [f"{key} is missing" for key in samples if key not in found]


@pytest.mark.long
@pytest.mark.debian
def test_every_good_sample_is_there_once_after_the_destination_was_away(
    make_rig: Callable[..., Rig], full_size: bool
) -> None:
    rig = make_rig(change=with_sink)
    rig.start_metrics()
    rig.start_all()
    rig.wait("a live factor", lambda: rig.get("factors/latest")["live"], within_s=60)
    let_data_flow(rig, DATA_S)
    began = datetime.now(UTC)
    away(rig, FULL_OUTAGE_S if full_size else REDUCED_OUTAGE_S, signal.SIGTERM)
    minutes = rig.get(
        f"factors?period=minute&from={began:%Y-%m-%dT%H:%M:%SZ}&to={datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    )
    let_data_flow(rig, DATA_S)
    away(rig, POWER_CUT_S, signal.SIGKILL)
    let_data_flow(rig, DATA_S)
    rig.stop("boards")
    rig.stop("plant")
    # What the meters said last is committed by then; what follows says only that they are silent.
    let_data_flow(rig, 2.0)
    _, before = journalled(rig)
    rig.wait("the rest to be sent", lambda: lag(rig) == 0, within_s=BACK_S)
    rig.stop("gateway")
    assert differences(rig) == []
    # That all is silent by now is an event as well: one that comes last may not be sent any more.
    _, after = journalled(rig)
    marked = Counter(
        (tags["alarm"], tags["edge"], t_ms)
        for tags, t_ms, _ in exported(rig, "hinoban_alarm_event_count")
    )
    assert Counter(set(before)) <= marked <= Counter(set(after))
    assert rig.verify_journal()["problems"] == []
    if full_size:
        assert len(minutes) >= FULL_OUTAGE_S / 60 - 2
