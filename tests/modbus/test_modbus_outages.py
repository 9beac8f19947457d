"""Outages, in virtual time: who is well is asked on time, who is not is said to be unknown."""

import math
from collections import defaultdict
from dataclasses import replace
from typing import NamedTuple

import pytest
from faulty_bus import DEVICES, LONGEST_REPLY_S, POLL_S, TIMEOUT_S
from faulty_hour import START_S, Hour, polled
from held_to_truth import check_recovery, check_truth
from virtual_time import loop_s

from agent.samples import Quality
from simulators.fieldbus.device import Device
from simulators.fieldbus.faults import REFUSED
from simulators.fieldbus.schedule import Episode

ON_TIME_S = 0.05
SETTLED_S = START_S + 10.0
GONE = 4


class Punctuality(NamedTuple):
    """How the polls of some devices went.

    Args:
        polls: How many were due.
        on_time: Part of them that was sent within 50 ms of its tick and answered before the next.
        worst_s: Longest time between a tick and its first request [s].
    """

    polls: int
    on_time: float
    worst_s: float


def meters(count: int) -> list[Device]:
    return [
        replace(DEVICES[unit % len(DEVICES)], name=f"m{unit}", unit=unit)
        for unit in range(1, count + 1)
    ]


def after_s(seconds: float) -> float:
    """Longer than the last wait of a back-off that began so long ago [s]."""
    return 20.0 + 2.5 * math.sqrt(seconds)


def punctuality(hour: Hour, units: set[int], from_s: float, to_s: float) -> Punctuality:
    """As the devices saw it, and what was stored of it."""
    first: dict[tuple[int, int], float] = {}
    for bus in hour.buses:
        for asked in bus.asked:
            first.setdefault((asked.unit, int(asked.t_s // POLL_S)), asked.t_s % POLL_S)
    answered = defaultdict(set)
    for sample in hour.record.gauges:
        if sample.quality is Quality.GOOD:
            tick = int(loop_s(sample.t_us) // POLL_S)
            answered[hour.device(sample.point).unit, tick].add(sample.point)
    wanted = {d.unit: sum(field.swing is not None for field in d.fields) for d in hour.devices}
    due = [(unit, tick) for unit in units for tick in range(int(from_s), int(to_s))]
    good = sum(
        first.get(poll, POLL_S) <= ON_TIME_S and len(answered[poll]) == wanted[poll[0]]
        for poll in due
    )
    return Punctuality(len(due), good / len(due), max(first.get(poll, POLL_S) for poll in due))


@pytest.mark.long
@pytest.mark.parametrize("fault", ["silent", "reset", REFUSED])
def test_one_of_ten_is_gone_for_an_hour(fault: str, full_size: bool) -> None:
    seconds = 3600.0 if full_size else 200.0
    devices = meters(10)
    end_s = SETTLED_S + seconds
    gone = Episode(fault, SETTLED_S, end_s, GONE)
    hour = polled("tcp", [gone], 10.0 + seconds + after_s(seconds), devices=devices)
    others = {device.unit for device in devices} - {GONE}
    seen = punctuality(hour, others, SETTLED_S, end_s)
    assert seen.on_time == 1.0, seen
    assert seen.worst_s <= ON_TIME_S, seen
    assert check_recovery(hour) == 1
    check_truth(hour)
    # Asked ever more seldom: after 0, 2, 4, 6 … s.
    tries = [a for bus in hour.buses for a in bus.asked if a.unit == GONE]
    tries = [asked for asked in tries if SETTLED_S + 1 <= asked.t_s < end_s]
    assert len(tries) * (len(tries) - 1) <= 1.5 * seconds


@pytest.mark.long
@pytest.mark.parametrize("transport", ["tcp_shared", "rtu", "rtu_over_tcp"])
def test_a_dead_slave_costs_the_others_a_time_out_per_step(transport: str, full_size: bool) -> None:
    seconds = 3600.0 if full_size else 200.0
    devices = meters(GONE)
    end_s = SETTLED_S + seconds
    dead = Episode("silent", SETTLED_S, end_s, GONE)
    hour = polled(transport, [dead], 10.0 + seconds + after_s(seconds), devices=devices)
    tries = [a for a in hour.buses[0].asked if a.unit == GONE and SETTLED_S <= a.t_s < end_s]
    silence_s = TIMEOUT_S if transport == "tcp_shared" else LONGEST_REPLY_S
    others = {device.unit for device in devices} - {GONE}
    lost: dict[int, int] = {}
    for unit in others:
        read = {
            int(loop_s(sample.t_us) // POLL_S)
            for sample in hour.record.gauges
            if sample.quality is Quality.GOOD and hour.device(sample.point).unit == unit
        }
        due = range(int(SETTLED_S), int(end_s))
        lost[unit] = len(set(due) - read)
    assert len(tries) * (len(tries) - 1) <= 1.5 * seconds
    assert max(lost.values()) <= len(tries) * (silence_s // POLL_S + 1), (lost, len(tries))
    assert check_recovery(hour) == 1
    check_truth(hour)


@pytest.mark.long
@pytest.mark.parametrize("fault", ["silent", REFUSED])
def test_all_are_gone_for_ten_minutes(fault: str, full_size: bool) -> None:
    seconds = 600.0 if full_size else 120.0
    devices = meters(10)
    end_s = SETTLED_S + seconds
    hour = polled(
        "tcp",
        [Episode(fault, SETTLED_S, end_s)],
        10.0 + seconds + 120.0,
        devices=devices,
    )
    units = {device.unit for device in devices}
    assert check_recovery(hour) == len(devices)
    check_truth(hour)
    back = punctuality(hour, units, end_s + 60.0, end_s + 110.0)
    assert back.on_time == 1.0, back
    # Each poll of each point is told, known or not; none is left out, none is told twice.
    told = defaultdict(list)
    for sample in hour.record.gauges:
        told[sample.point].append(sample)
    for samples in told.values():
        ticks = [int(loop_s(sample.t_us) // POLL_S) for sample in samples]
        assert ticks == list(range(ticks[0], ticks[0] + len(ticks)))
        meanwhile = [s for s in samples if SETTLED_S + 1 <= loop_s(s.t_us) < end_s]
        assert {(s.value, s.reason) for s in meanwhile} == {(None, "comm_fail")}
