import tomllib
from pathlib import Path

import pytest

from simulators import scenario
from simulators.scenario import Kill
from simulators.yard.site import load_yard

ROOT = Path(__file__).parents[2]


def test_the_promised_scenarios_are_there() -> None:
    promised = {"calm", "feeder-stops", "self-heating", "sensor-fails", "silent-board"}
    assert promised <= set(scenario.names())


@pytest.mark.parametrize("name", scenario.names())
def test_every_scenario_reads_and_names_what_exists(name: str) -> None:
    chosen = scenario.load(name)
    yard = load_yard()
    boards = {board.id: board for board in yard.boards}
    assert chosen.title
    assert {spot.store for spot in chosen.yard.hotspot} <= {*yard.containers, *yard.silos}
    assert all(fault.value in boards[fault.board].values for fault in chosen.yard.fault)
    assert {kill.board for kill in chosen.boards.kill} <= set(boards)
    assert {outage.fuel for outage in chosen.plant.outage} <= {"coal", "pellets", "rpf"}


def test_a_silent_board_is_killed_and_comes_back() -> None:
    assert scenario.load("silent-board").boards.kill == (Kill("b0125", 40.0, 280.0),)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'stormy' is unknown; use one of calm, feeder-stops"):
        scenario.load("stormy")


def test_an_unknown_key_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    path.write_text('title = "Odd"\n[plant]\nsped = 3\n')
    with pytest.raises(ValueError, match=r"odd\.toml.*sped"):
        scenario.load(str(path))


def test_the_yard_is_the_one_of_the_example_plant() -> None:
    site = tomllib.loads((ROOT / "gateway/deploy/example-plant.toml").read_text())
    built = load_yard()
    assert {(b.id, b.store, b.values) for b in built.boards} == {
        (b["id"], b["store"], tuple(b["values"])) for b in site["board"]
    }
    assert {store["id"] for store in site["store"]} == set(built.silos)
    assert sum(row["count"] for row in site["store_row"]) == len(built.containers)


def test_the_meters_are_those_of_the_example_plant() -> None:
    site = tomllib.loads((ROOT / "gateway/deploy/example-plant.toml").read_text())
    table = tomllib.loads((ROOT / "simulators/devices.toml").read_text())
    served = {
        (d["meter"], d["profile"], d["unit"], d["port"], frozenset(d["field"]))
        for d in table["device"]
    }
    assert served == {
        (m["id"], m["profile"], m["unit"], m["port"], frozenset(m["points"])) for m in site["meter"]
    }
