"""An engine that is followed while it judges on: as after a restart, and nothing is lost."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from many_boards import CONDITIONS, TEMP_HIGH, ManyBoards

from agent.alarms.carrying import Carrying
from agent.alarms.crowd import CrowdSpec
from agent.alarms.engine import AlarmEngine
from agent.alarms.parts import POINTS
from agent.alarms.silence import BoardDuty

Rows = Mapping[str, str | None]


def known(engine: AlarmEngine) -> dict[str, object]:
    """All that an engine would store."""
    rows: dict[str, object] = {}
    for told in engine.tell_all():
        rows |= {key: None if text is None else json.loads(text) for key, text in told.items()}
    return {key: value for key, value in rows.items() if value is not None}


def fire(yard: ManyBoards, board: str) -> None:
    yard.hears(board, temp_degc=60.0)
    yard.now_s += 61
    yard.hears(board, temp_degc=61.0)


@pytest.fixture
def yard() -> ManyBoards:
    yard = ManyBoards(500, CrowdSpec())
    yard.run(130)
    fire(yard, "b0007")
    yard.commit()
    return yard


def followed(yard: ManyBoards, heir: AlarmEngine) -> dict[str, str]:
    """Follow the yard's engine while boards report; what is on disk after the next commit."""
    disk: dict[str, str] = dict(yard.rows)
    carrying = Carrying()

    def told(rows: Rows) -> None:
        carrying.take(rows)
        for key, text in rows.items():
            disk.pop(key, None) if text is None else disk.__setitem__(key, text)

    turns = 0
    for rows in yard.engine.tell_all():
        told(rows)
        turns += 1
        yard.now_s += 1
        for n in (turns, 500 - turns):
            yard.hears(yard.boards[n], co_ppm=300.0 + turns)
    assert turns > 3, "the points are told little by little"
    heir.begin(carrying.late(POINTS), carrying.rows(POINTS))
    # What happens between here and the end is carried too: an alarm, a return, a new point.
    fire(yard, "b0400")
    yard.measures("work.hall.co_ppm", 12.0)
    told(yard.engine.dirty())
    heir.begin(carrying.late(POINTS), carrying.rows(POINTS))
    yard.measures("yard.c0009.temp_2_degc", None, "sensor_open")
    yard.measures("work.hall.co_ppm", 14.0)
    told(yard.engine.dirty())
    heir.follow(carrying)
    told(heir.dirty())
    return disk


def test_the_follower_holds_what_a_restart_would(yard: ManyBoards) -> None:
    heir = yard.fresh(yard.crowd)
    disk = followed(yard, heir)
    restarted = yard.fresh(yard.crowd)
    restarted.restore(disk)
    assert known(heir) == known(restarted) == known(yard.engine)
    assert [view.alarm_id for view in heir.active()] == [v.alarm_id for v in restarted.active()]
    assert {view.alarm_id for view in heir.active()} >= {
        "temp_high:yard.c0007.temp_1_degc",
        "temp_high:yard.c0400.temp_1_degc",
        "sensor_fault:yard.c0009.temp_2_degc",
    }


def test_the_follower_judges_by_its_own_conditions(yard: ManyBoards) -> None:
    yard.conditions = (replace(TEMP_HIGH, limit=70.0), *CONDITIONS[1:])
    heir = yard.fresh(yard.crowd)
    followed(yard, heir)
    yard.engine = heir
    yard.told.clear()
    for _ in range(40):
        yard.now_s += 60
        yard.hears("b0007", temp_degc=61.0)
        yard.hears("b0400", temp_degc=61.0)
    edges = {(event.alarm_id, event.edge) for _, event in yard.told}
    assert ("temp_high:yard.c0007.temp_1_degc", "cleared") in edges
    assert ("temp_high:yard.c0400.temp_1_degc", "cleared") in edges


def test_a_board_that_was_moved_knows_nothing_of_its_new_store(yard: ManyBoards) -> None:
    yard.duties = [
        BoardDuty("b0001", duty.report_us, "c0002") if duty.board == "b0001" else duty
        for duty in yard.duties
        if duty.board != "b0002"
    ]
    heir = yard.fresh(yard.crowd)
    disk = followed(yard, heir)
    restarted = yard.fresh(yard.crowd)
    restarted.restore(disk)
    assert known(heir) == known(restarted)
    assert heir.store_status("c0002") == restarted.store_status("c0002")


def test_an_engine_that_was_followed_is_let_go_of_in_turns(yard: ManyBoards) -> None:
    assert sum(1 for _ in yard.engine.let_go()) > 0
    assert known(yard.engine).keys().isdisjoint({"p|yard.c0001", "p|yard.c0001~"})
