"""A board's last will on its way through the desk: an alarm of its own, on disk, and taken back."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.alarms.conditions import Condition
from agent.alarms.silence import BoardDuty

GONE = Condition(
    id="gone", kind="last_gasp", pattern="*", on_delay_s=30, klass="fault", priority="high"
)
S = 1_000_000


@pytest.fixture
def bench(make_bench: Callable[..., Any]) -> Any:
    bench = make_bench()
    made = type(bench.desk.alarms)
    bench.desk.alarms = made([GONE], [BoardDuty("b1", 10 * S, "c1")])
    return bench


def test_a_last_will_is_an_alarm_once_the_board_stays_away(bench: Any) -> None:
    edges = []

    async def play() -> None:
        await bench.put([bench.samples(1), bench.message("b1", "state", {"online": False})])
        await bench.settled()
        bench.time.mono += 29 * S
        await bench.put([bench.tick()])
        await bench.settled()
        assert bench.events == []
        bench.time.mono += 1 * S
        await bench.put([bench.tick()])
        await bench.settled()
        edges.extend((e.edge, e.alarm_id, e.store) for e in bench.events)
        await bench.put([bench.message("b1", "state", {"online": True, "boot": 2})])
        await bench.settled()

    bench.run(play)
    assert edges == [("raised", "gone:b1", "c1")]
    assert [e.edge for e in bench.stored()["events"]] == ["raised", "cleared"]


def test_what_its_sensors_say_is_no_word_of_presence(bench: Any) -> None:
    async def play() -> None:
        await bench.put([bench.message("b1", "state", {"online": False})])
        await bench.put([bench.message("b1", "state/sensors/0", {"value": "temp_1_degc"})])
        bench.time.mono += 31 * S
        await bench.put([bench.tick()])
        await bench.settled()

    bench.run(play)
    assert [e.alarm_id for e in bench.stored()["events"]] == ["gone:b1"]
