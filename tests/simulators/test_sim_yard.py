import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from simulators import scenario
from simulators.scenario import Hotspot, SensorFault, YardPart
from simulators.yard.feed import Feed
from simulators.yard.pile import Pile
from simulators.yard.sensors import Sensors, Shown
from simulators.yard.site import Yard, load_yard

DAY_S = 86_400.0
BOARDS = {board.id: board for board in load_yard().boards}

History = list[tuple[float, dict[str, float]]]


@pytest.fixture
def watch() -> Callable[..., dict[str, History]]:
    """Runs a scenario without waiting: what each board shows, every half second."""

    def run(name: str, seconds: float, seed: int = 1) -> dict[str, History]:
        part = scenario.load(name).yard
        yard = Yard(load_yard(), part, seed)
        sensors = {
            board.id: Sensors(board, yard.stores[board.store], part.fault, seed)
            for board in BOARDS.values()
        }
        shown: dict[str, History] = {board: [] for board in sensors}
        for tick in range(int(seconds * 2)):
            yard.advance(tick / 2.0)
            for board, cells in sensors.items():
                shown[board].append((tick / 2.0, cells.read(tick / 2.0).values))
        return shown

    return run


def first_time(history: History, value: str, above: float, after: float = 0.0) -> float:
    return next(t for t, values in history if t >= after and values[value] >= above)


def test_two_hundred_containers_and_two_silos_stand_there() -> None:
    yard = Yard(load_yard(), YardPart(), seed=1)
    assert len(yard.table.containers) == 200
    assert yard.table.containers[0] == "c0001"
    assert yard.table.containers[-1] == "c0200"
    assert yard.table.silos == ("s1", "s2")
    assert set(yard.watched) == {"c0025", "c0075", "c0125", "c0150", "s1", "s2"}
    assert len(BOARDS["bs1"].values) == 17
    assert BOARDS["b0150"].values == ("temp_1_degc", "temp_2_degc", "co_ppm")


def test_calm_stays_calm(watch: Callable[..., dict[str, History]]) -> None:
    for history in watch("calm", 600.0).values():
        for _, values in history:
            assert all(5.0 < v < 35.0 for name, v in values.items() if name.startswith("temp_"))
            assert values["co_ppm"] < 1000.0


@pytest.mark.parametrize("seed", [1, 2])
def test_self_heating_passes_both_limits_and_returns(
    watch: Callable[..., dict[str, History]], seed: int
) -> None:
    shown = watch("self-heating", 240.0, seed)
    history = shown["b0150"]
    assert 60.0 <= first_time(history, "temp_1_degc", 50.0) <= 120.0
    assert 60.0 <= first_time(history, "co_ppm", 3000.0) <= 120.0
    at_end = [values for t, values in history if t >= 200.0]
    assert all(values["temp_1_degc"] < 48.0 and values["co_ppm"] < 2700.0 for values in at_end)
    for board, others in shown.items():
        if board != "b0150":
            assert max(values["temp_1_degc"] for _, values in others) < 45.0
            assert max(values["co_ppm"] for _, values in others) < 2700.0


def test_gas_tells_a_metre_away_what_temperature_does_not() -> None:
    part = dataclasses.replace(
        scenario.load("self-heating").yard, hotspot=(Hotspot("c0150", 0.0, 1.0),)
    )
    yard = Yard(load_yard(), part, seed=1)
    store = yard.stores["c0150"]
    before_ppm = store.co_ppm
    yard.advance(10.0 * DAY_S / part.speed)
    assert store.co_ppm > 10.0 * before_ppm
    assert store.pile.probe_degc(1.0) < 25.0
    assert store.pile.degc[0] > 80.0


def test_without_oxygen_nothing_smoulders() -> None:
    spot = Hotspot("c0150", 0.0, 1.0, nitrogen_s=60.0)
    part = dataclasses.replace(scenario.load("self-heating").yard, hotspot=(spot,))
    yard = Yard(load_yard(), part, seed=1)
    store = yard.stores["c0150"]
    yard.advance(60.0)
    hot_degc = store.pile.degc[0]
    yard.advance(130.0)
    assert store.oxygen_percent < 0.1
    assert store.co_ppm < 50.0
    assert store.pile.degc[0] < hot_degc - 30.0


def test_conduction_reaches_fourteen_centimetres_in_a_day() -> None:
    pile = Pile(30.5, 60, 20.0, spent=1.0)
    for _ in range(144):
        pile.step(600.0, 60.0, 0.0, 0.0)
    depth_m = 1.94 - 0.14
    # One diffusion length below a surface that jumped by 40 K: erfc(1/2) = 0.48 of it on a plane.
    assert 0.40 < (pile.probe_degc(depth_m) - 20.0) / 40.0 < 0.60
    assert pile.degc[0] == pytest.approx(20.0, abs=0.01)


def test_heat_of_a_hotspot_stays_in_the_pile_until_it_reaches_the_wall() -> None:
    pile = Pile(30.5, 40, 20.0, spent=1.0)
    for _ in range(48):
        pile.step(1800.0, 20.0, 0.0, 30.0)
    stored_j = 650.0 * 1200.0 * 30.5 * (pile.mean_degc - 20.0)
    assert stored_j == pytest.approx(30.0 * DAY_S, rel=1e-3)


def test_a_hot_pile_runs_away_no_faster_than_oxygen_comes() -> None:
    pile = Pile(30.5, 40, 110.0, spent=1.0)
    for _ in range(1000):
        heat_w = pile.step(600.0, 20.0, 1.0, 0.0)
        assert 0.0 <= heat_w < 300.0
    assert max(pile.degc) < 1000.0


def test_a_failed_sensor_is_bad_and_comes_back() -> None:
    part = scenario.load("sensor-fails").yard
    yard = Yard(load_yard(), part, seed=1)
    sensors = Sensors(BOARDS["b0075"], yard.stores["c0075"], part.fault, seed=1)
    broken = sensors.read(60.0)
    assert broken.bad == {"temp_2_degc": "sensor_open"}
    assert set(broken.values) == {"temp_1_degc", "co_ppm"}
    assert sensors.read(300.0).bad == {}


def test_a_fault_of_another_board_is_not_ours() -> None:
    yard = Yard(load_yard(), YardPart(), seed=1)
    fault = SensorFault("b0025", "co_ppm", "crc", 0.0)
    assert Sensors(BOARDS["b0075"], yard.stores["c0075"], (fault,), seed=1).read(1.0).bad == {}


def test_same_seed_same_yard_however_often_it_is_asked() -> None:
    part = scenario.load("self-heating").yard
    often, once = Yard(load_yard(), part, seed=7), Yard(load_yard(), part, seed=7)
    for tick in range(1, 61):
        often.advance(tick * 0.5)
    once.advance(30.0)
    for name, store in often.stores.items():
        assert store.pile.degc == once.stores[name].pile.degc
        assert store.co_ppm == once.stores[name].co_ppm


def test_a_feed_counts_on_after_the_yard_restarts(tmp_path: Path) -> None:
    for _ in range(2):
        Feed(tmp_path, "b0025").write(Shown({"co_ppm": 3.0}, {"temp_1_degc": "crc"}))
    written = json.loads((tmp_path / "b0025.json").read_text())
    assert written == {"n": 2, "v": {"co_ppm": 3.0}, "bad": {"temp_1_degc": "crc"}}


def test_a_horn_is_reported_once_for_each_change(tmp_path: Path) -> None:
    feed = Feed(tmp_path, "b0150")
    assert feed.horn_change() is None
    out = tmp_path / "b0150.out"
    out.write_text('{"horn": 0, "condition": null, "n": 1}')
    assert feed.horn_change() is None
    out.write_text('{"horn": 1, "condition": "temp_high", "n": 2}')
    assert feed.horn_change() == (1, "temp_high")
    assert feed.horn_change() is None
