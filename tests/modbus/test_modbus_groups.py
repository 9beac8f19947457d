"""Poll groups of one meter, and what a device that is silent costs itself and its neighbours."""

import asyncio
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from virtual_time import LoopTime, loop_s, run

from agent.samples import Quality
from gateway.clock import Clock
from gateway.config import Line, Meter
from gateway.modbus.poller import MeterStatus, Poller, Reading
from gateway.modbus.profile import parse_profile

MakeServer = Callable[..., Any]

TEXT = """
[device]
name = "Meter"
source = "test"
[fields]
power_kw     = { register = "holding", address = 0, type = "uint16", unit = "kw", \
max_change_per_s = 10.0, update_s = 0.0 }
energy_kwh   = { register = "holding", address = 10, type = "uint32", unit = "kwh", \
kind = "counter", max_rate_per_s = 10 }
pressure_bar = { register = "input", address = 7, type = "uint16", unit = "bar" }
"""
PROFILES = {"meter": parse_profile("meter", TEXT)}
POWER, ENERGY, PRESSURE = (3, 0), (3, 10), (4, 7)
CONTENTS = {0: 100, 7: 16, 10: 0, 11: 1000}


def meter(port: int, name: str = "m", **more: Any) -> Meter:
    points = {
        "power_kw": f"{name}.power_kw",
        "energy_kwh": f"{name}.energy_kwh",
        "pressure_bar": f"{name}.pressure_bar",
    }
    settings = {"host": "127.0.0.1", "port": port, "timeout_s": 0.5, "points": points} | more
    return Meter(id=name, profile="meter", **settings)


class Polled:
    """What a poller delivered in virtual time, and what a server was asked when."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.asked: list[tuple[float, int, tuple[int, int]]] = []
        self.status: dict[str, MeterStatus] = {}

    async def run(
        self, seconds: float, meters: list[Meter], lines: list[Line] | None = None
    ) -> None:
        poller = Poller(meters, lines or [], PROFILES, Clock(LoopTime()), self._take)
        task = asyncio.create_task(poller.run())
        await asyncio.sleep(seconds)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self.status = {status.id: status for status in poller.status()}

    async def _take(self, reading: Reading) -> None:
        self.readings.append(reading)

    def note(self, asked: Any) -> None:
        """Remember a request: when [s from the first tick's second], unit, function and address."""
        since_s = asyncio.get_running_loop().time() - 1000.0
        self.asked.append((round(since_s, 3), asked.unit, (asked.function, asked.address)))

    def at(self, place: tuple[int, int], unit: int | None = None) -> list[float]:
        return [t for t, of, where in self.asked if where == place and unit in {None, of}]

    def gauges(self, point: str) -> list[tuple[float | None, str | None]]:
        return [(s.value, s.reason) for r in self.readings for s in r.gauges if s.point == point]

    def counts(self, point: str) -> list[int | None]:
        return [c.raw for r in self.readings for c in r.counters if c.point == point]


def honest(polled: Polled, contents: dict[int, int]) -> Callable[[Any], list[object]]:
    def reply(asked: Any) -> list[object]:
        polled.note(asked)
        return [asked.frame(asked.pdu(contents))]

    return reply


def test_each_group_keeps_its_own_interval(lying_server: MakeServer) -> None:
    async def main() -> None:
        polled = Polled()
        points = {
            "power_kw": {"point": "m.power_kw", "poll_s": 0.5},
            "energy_kwh": {"point": "m.energy_kwh", "poll_s": 5.0},
            "pressure_bar": "m.pressure_bar",
        }
        async with lying_server(script=honest(polled, CONTENTS)) as server:
            await polled.run(60.1, [meter(server.port, points=points)])
        assert polled.at(POWER) == [n / 2 for n in range(1, 121)]
        assert polled.at(PRESSURE) == [float(n) for n in range(1, 61)]
        assert polled.at(ENERGY) == [5.0 * n for n in range(1, 13)]
        status = polled.status["m"]
        assert status.polls_due == status.polls_on_time == 120 + 60 + 12
        assert (status.overruns, status.late_polls) == (0, 0)
        # Where ticks fall together the shortest interval comes first.
        assert [place for t, _, place in polled.asked if t == 5.0] == [POWER, PRESSURE, ENERGY]

    run(main())


def test_a_group_that_waits_its_turn_overruns_only_when_its_own_tick_passes(
    lying_server: MakeServer,
) -> None:
    async def main() -> None:
        polled = Polled()
        points = {
            "power_kw": {"point": "m.power_kw", "poll_s": 0.5},
            "energy_kwh": {"point": "m.energy_kwh", "poll_s": 5.0},
        }

        def slow(asked: Any) -> list[object]:
            polled.note(asked)
            takes_s = 1.2 if asked.address == 10 else 0.1
            return [asyncio.sleep(takes_s), asked.frame(asked.pdu(CONTENTS))]

        async with lying_server(script=slow) as server:
            await polled.run(19.9, [meter(server.port, points=points, timeout_s=2.0)])
        # The long answer begins behind the short one and passes two ticks of the short group.
        assert polled.at(ENERGY) == [5.1, 10.1, 15.1]
        assert [t for t in polled.at(POWER) if 4.9 < t < 7.1] == [5.0, 6.3, 6.5, 7.0]
        status = polled.status["m"]
        assert status.overruns == 3
        assert status.late_polls == 3 + 3
        assert len(polled.at(POWER)) == 39 - 3
        assert all(raw == 1000 for raw in polled.counts("m.energy_kwh"))

    run(main())


def test_after_a_failure_the_rest_of_the_poll_is_unknown_and_unsent(
    lying_server: MakeServer,
) -> None:
    async def main() -> None:
        polled = Polled()

        def dead(asked: Any) -> list[object]:
            polled.note(asked)
            return []

        async with lying_server(script=dead) as server:
            await polled.run(30.1, [meter(server.port)])
        # One attempt for each step of the back-off, whatever the number of requests: at once
        # after the first failure, then 2 s, 4 s, 6 s … from the end of the one before.
        times = [t for t, *_ in polled.asked]
        assert times == [1.0, 2.0, 5.0, 10.0, 17.0, 26.0]
        # With another request each time: one that is dead alone is found out.
        assert Counter(place for *_, place in polled.asked) == {POWER: 2, ENERGY: 2, PRESSURE: 2}
        # Every poll told that nothing is known, whether it sent or not.
        assert polled.gauges("m.power_kw") == [(None, "comm_fail")] * 30
        assert polled.gauges("m.pressure_bar") == [(None, "comm_fail")] * 30
        assert polled.counts("m.energy_kwh") == [None] * 30

    run(main())


def test_a_device_that_returns_is_read_in_full_at_its_next_poll(lying_server: MakeServer) -> None:
    async def main() -> None:
        polled = Polled()

        def away(asked: Any) -> list[object]:
            polled.note(asked)
            since_s = asyncio.get_running_loop().time() - 1000.0
            return [] if 5.0 <= since_s < 600.0 else [asked.frame(asked.pdu(CONTENTS))]

        async with lying_server(script=away) as server:
            await polled.run(700.1, [meter(server.port)])
        again = [t for t, *_ in polled.asked if t >= 600.0]
        last_attempts = [t for t, *_ in polled.asked if 5.0 <= t < 600.0][-2:]
        step_s = last_attempts[1] - last_attempts[0]
        assert again[0] - last_attempts[1] <= step_s + 3.0
        # The first answer ends the back-off of all that fell silent with it.
        first_second = [place for t, _, place in polled.asked if t == again[0]]
        assert sorted(first_second) == sorted([POWER, ENERGY, PRESSURE])
        assert len(again) == 3 * (701 - round(again[0]))

    run(main())


def test_a_dead_request_spoils_its_own_fields_only(lying_server: MakeServer) -> None:
    async def main() -> None:
        for on_a_line in (False, True):
            polled = Polled()

            def deaf(asked: Any, polled: Polled = polled) -> list[object]:
                polled.note(asked)
                is_dead = (asked.unit, asked.function, asked.address) == (1, *POWER)
                return [] if is_dead else [asked.frame(asked.pdu(CONTENTS))]

            async with lying_server(script=deaf) as server:
                line = Line(id="bus", host="127.0.0.1", port=server.port)
                units = [
                    meter(502, name, host=None, line="bus", unit=unit)
                    for name, unit in (("m", 1), ("n", 2))
                ]
                await polled.run(
                    60.1,
                    units if on_a_line else [meter(server.port)],
                    [line] if on_a_line else [],
                )
            assert set(polled.gauges("m.power_kw")) == {(None, "comm_fail")}
            # The first time nobody knew; from then on it comes last and is left alone ever longer.
            assert polled.gauges("m.pressure_bar")[1:] == [(16, None)] * 59
            assert polled.counts("m.energy_kwh")[1:] == [1000] * 59
            waits = [b - a for a, b in pairwise(polled.at(POWER, 1))]
            assert waits == sorted(waits)
            assert len(waits) < 9

    run(main())


def test_a_lost_reply_spoils_the_rest_of_the_poll_only_where_others_wait(
    lying_server: MakeServer,
) -> None:
    async def main() -> None:
        for neighbours in (False, True):
            polled = Polled()

            def loses_one(asked: Any, polled: Polled = polled) -> list[object]:
                polled.note(asked)
                is_lost = asked.unit == 1 and len(polled.at(ENERGY, 1)) == 3
                is_lost = is_lost and (asked.function, asked.address) == ENERGY
                return [] if is_lost else [asked.frame(asked.pdu(CONTENTS))]

            async with lying_server(script=loses_one) as server:
                line = Line(id="bus", host="127.0.0.1", port=server.port)
                units = [meter(502, "m", host=None, line="bus", unit=1)]
                if neighbours:
                    units.append(meter(502, "n", host=None, line="bus", unit=2))
                await polled.run(6.1, units, [line])
            lost = [None if n == 3 else 1000 for n in range(1, 7)]
            assert polled.counts("m.energy_kwh") == lost
            assert polled.gauges("m.power_kw") == [(100, None)] * 6
            pressures = [(16, None)] * 6
            if neighbours:
                pressures[2] = (None, "comm_fail")
            assert polled.gauges("m.pressure_bar") == pressures

    run(main())


def test_a_dead_group_starves_no_other(lying_server: MakeServer) -> None:
    async def main() -> None:
        polled = Polled()
        points = {
            "power_kw": {"point": "m.power_kw", "poll_s": 1.0},
            "energy_kwh": {"point": "m.energy_kwh", "poll_s": 60.0},
        }

        def deaf(asked: Any) -> list[object]:
            polled.note(asked)
            is_dead = (asked.function, asked.address) == POWER
            return [] if is_dead else [asked.frame(asked.pdu(CONTENTS))]

        async with lying_server(script=deaf) as server:
            await polled.run(600.6, [meter(server.port, points=points)])
        assert polled.counts("m.energy_kwh") == [1000] * 10

    run(main())


def test_a_dead_unit_costs_its_line_one_time_out_a_step(lying_server: MakeServer) -> None:
    async def main() -> None:
        polled = Polled()

        def bus(asked: Any) -> list[object]:
            polled.note(asked)
            return [] if asked.unit == 9 else [asked.frame(asked.pdu(CONTENTS))]

        async with lying_server(script=bus) as server:
            line = Line(id="bus", host="127.0.0.1", port=server.port)
            units = [
                meter(502, name, host=None, line="bus", unit=unit)
                for name, unit in (("dead", 9), ("a", 1), ("b", 2))
            ]
            await polled.run(60.1, units, [line])
        dead_s = [t for t, unit, _ in polled.asked if unit == 9]
        assert len(dead_s) == 8
        for name, unit in (("a", 1), ("b", 2)):
            status = polled.status[name]
            assert (status.failures, status.overruns) == (0, 0)
            for place in (POWER, ENERGY, PRESSURE):
                times = polled.at(place, unit)
                assert len(times) == 60
                # On the tick; behind one time-out where the dead unit had its attempt.
                assert all(t == int(t) or t - int(t) == 0.5 for t in times)
            # Wherever nothing was sent to the dead unit the poll was on time.
            assert status.late_polls <= len(dead_s)
            assert status.polls_on_time >= 60 - len(dead_s)

    run(main())


def test_a_value_that_moved_too_fast_waits_for_a_second_read(lying_server: MakeServer) -> None:
    async def main() -> None:
        polled = Polled()
        shown = iter([100, 105, 0, 104, 900, 901, 902])

        def glitching(asked: Any) -> list[object]:
            contents = CONTENTS | {0: next(shown)} if asked.address == 0 else CONTENTS
            return [asked.frame(asked.pdu(contents))]

        async with lying_server(script=glitching) as server:
            await polled.run(7.1, [meter(server.port)])
        samples = [s for r in polled.readings for s in r.gauges if s.point == "m.power_kw"]
        assert [(s.value, s.quality, s.reason) for s in samples] == [
            (100, Quality.GOOD, None),
            (105, Quality.GOOD, None),
            (0, Quality.UNCERTAIN, "rate_of_change"),
            (104, Quality.GOOD, None),
            (900, Quality.UNCERTAIN, "rate_of_change"),
            (901, Quality.GOOD, None),
            (902, Quality.GOOD, None),
        ]

    run(main())


def test_what_did_not_move_is_not_reported_and_totalisers_always_are(
    lying_server: MakeServer,
) -> None:
    async def main() -> None:
        polled = Polled()
        points = {
            "pressure_bar": {"point": "m.pressure_bar", "deadband": 2.0, "heartbeat_s": 10.0},
            "energy_kwh": {"point": "m.energy_kwh", "deadband": 2.0},
        }
        async with lying_server(script=honest(polled, CONTENTS)) as server:
            await polled.run(25.1, [meter(server.port, points=points)])
        reported = [round(loop_s(s.t_us)) - 1000 for r in polled.readings for s in r.gauges]
        assert reported == [1, 11, 21]
        assert len(polled.counts("m.energy_kwh")) == 25
        # A reading of which nothing is worth a report is not delivered at all.
        assert len(polled.readings) == 25 + 3
        assert polled.status["m"].held_back == 25 - 3
        assert len(polled.asked) == 50

    run(main())
