"""Real processes against the truth ledger: what the gateway says of a period is what happened."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from moved_clock import MovedClock
from rig import Rig
from truth import MINUTE_US, Truth, measured_figures

from gateway.people import People

PERIOD_S = 120
PERIOD_US = PERIOD_S * 1_000_000
LEAD_S = 20.0
"""What plant and gateway may take to start before the first whole period [s]."""

ADDITIVE = ("gross_kwh", "aux_kwh", "net_kwh", "sold_kwh", "steam_mj", "fossil_co2_kg",
            "coal_kg", "pellets_kg", "rpf_kg", "coal_mj", "pellets_mj", "rpf_mj")  # fmt: skip


@dataclass(frozen=True)
class Course:
    """What happens, in seconds after the first whole period begins.

    Args:
        periods: How many whole settlement periods are looked at; the unit stops in the last.
        kill_s: When the gateway is killed, to be started again at once.
        stop_s: From when to when the unit is stopped: at least the second minute of the last
            period has no output.
    """

    periods: int
    kill_s: float
    stop_s: tuple[float, float]


REDUCED = Course(periods=1, kill_s=12.0, stop_s=(35.0, 145.0))
FULL = Course(periods=7, kill_s=3 * PERIOD_S + 57.0, stop_s=(6 * PERIOD_S + 35, 6 * PERIOD_S + 145))
"""Five periods in which nothing happens, one with a kill across its inner minute, one stop."""


def us_of(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)


def records_of(rig: Rig, period: str, token: str) -> dict[int, Mapping[str, Any]]:
    """Start [µs] -> the electricity record of the period, as it is known now."""
    answer = rig.get(f"factors?period={period}&limit=10000", token=token)
    return {us_of(r["valid_from_utc"]): r for r in answer if r["product"] == "electricity"}


def run_the_course(rig: Rig, course: Course, token: str) -> int:
    """Run plant and gateway through a course until its last period is closed.

    Returns:
        Start of its first whole period, UTC [µs].
    """
    rig.start_broker()
    rig.clock = clock = MovedClock(PERIOD_S, LEAD_S)
    first_s = clock.begins_s
    stop_from_s, stop_to_s = (first_s + at_s - clock.time() for at_s in course.stop_s)
    rig.start_plant("--stop-from-s", f"{stop_from_s:.1f}", "--stop-to-s", f"{stop_to_s:.1f}")
    rig.start_gateway()
    time.sleep(first_s + course.kill_s - clock.time())
    rig.kill("gateway")
    rig.start_gateway()
    first_us = first_s * 1_000_000
    last_us = first_us + (course.periods - 1) * PERIOD_US
    time.sleep(max((last_us + PERIOD_US) / 1e6 - clock.time(), 0.0))
    rig.wait(
        "the last period to be closed",
        lambda: last_us in records_of(rig, "settlement", token),
        within_s=60,
    )
    return first_us


@pytest.mark.long
def test_settlement_periods_say_what_happened(
    make_rig: Callable[..., Rig], full_size: bool
) -> None:
    course = FULL if full_size else REDUCED
    rig = make_rig()
    people = People(rig.data / "people.sqlite")
    token = people.add_token("rig-engineer", "engineer")
    people.close()
    first_us = run_the_course(rig, course, token)
    settlements = records_of(rig, "settlement", token)
    minutes = records_of(rig, "minute", token)
    live = rig.get("cofiring/latest", token=token)
    rig.stop("plant")
    truth = Truth(rig.ledger(), rig.directory / "lots.toml")
    starts = range(first_us, first_us + course.periods * PERIOD_US, PERIOD_US)

    for start_us in starts:
        record = settlements[start_us]
        assert truth.problems(record, start_us, start_us + PERIOD_US) == []
        assert record["coverage"] == 1.0
        assert record["status"] == "validated"
        figures = measured_figures(record)
        parts = [measured_figures(minutes[t]) for t in (start_us, start_us + MINUTE_US)]
        for name in ADDITIVE:
            assert figures[name] == pytest.approx(math.fsum(part[name] for part in parts))

    # Nothing adds up over periods: their sum is as close to the truth as each of them.
    end_us = starts[-1] + PERIOD_US
    for name, figure in truth.figures(first_us, end_us).items():
        if name in ADDITIVE:
            total = math.fsum(measured_figures(settlements[start])[name] for start in starts)
            assert abs(total - figure.truth) <= figure.allowed, name

    # A minute is as good, unless its ends were interpolated over the gap that the kill left.
    whole = {t: r for t, r in minutes.items() if r["coverage"] == 1.0 and t in truth.minutes}
    assert len(whole) >= 2 * course.periods
    for t_us, record in whole.items():
        if record["estimated_fraction"] == 0.0:
            assert truth.problems(record, t_us, t_us + MINUTE_US) == []

    # The stop: no figure per kWh for a minute without output, its kilograms in the period's.
    stopped_us = starts[-1] + MINUTE_US
    stopped, period = minutes[stopped_us], settlements[starts[-1]]
    assert truth.amounts(stopped_us, stopped_us + MINUTE_US)["gross_kwh"] == 0.0
    assert stopped["net_kwh"] < 0.0
    assert stopped["fossil_co2_kg"] > 0.0
    assert stopped["fossil_co2_kg_per_kwh"] is None
    assert stopped["no_factor_reason"] == "below_minimum_output"
    running = minutes[starts[-1]]
    assert period["fossil_co2_kg_per_kwh"] > 1.01 * running["fossil_co2_kg_per_kwh"]

    # The period in which the gateway started is not whole, and says so.
    begun = settlements[min(settlements)]
    assert 0.0 < begun["coverage"] < 1.0
    assert live["coverage"] == 1.0
