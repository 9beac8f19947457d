"""A failed path is one alarm: found, told once, and over by itself."""

from collections import Counter
from dataclasses import replace

import pytest
from many_boards import CONDITIONS, SILENT, ManyBoards

from agent.alarms.crowd import CrowdSpec
from agent.alarms.inhibit_paths import Path, Settling

AP1 = Path("ap1", "access_point", ("b0*",))
LOST = "path_lost:ap1"


def yard_of(count: int, *paths: Path, **settling: float) -> ManyBoards:
    return ManyBoards(count, CrowdSpec(paths, Settling(**settling)))


def test_600_boards_that_lose_their_access_point_are_one_alarm():
    patterns = ("b00*", "b01*", "b02*", "b03*", "b04*", "b05*", "b0600")
    yard = yard_of(601, replace(AP1, boards=patterns))
    yard.run(300)
    assert yard.engine.active() == []

    yard.silent = set(yard.boards[:600])
    yard.run(700)
    assert [(edge, alarm) for _, edge, alarm in yard.pages()] == [("raised", LOST)]
    (told,) = [event for _, event in yard.told if event.alarm_id == LOST]
    assert (told.klass, told.limit, told.unit) == ("system", 600, "boards")
    assert told.coverage == "c0001–c0600"
    assert yard.shown() == [LOST]
    assert {yard.standing(f"c{n:04d}") for n in range(1, 601)} == {"unknown"}
    assert yard.standing("c0601") == "normal"
    (group,) = yard.engine.crowd.groups(yard.engine.active())
    assert (group.group, group.kind, group.source) == (LOST, "cause", "ap1")
    assert len(group.stores) == len(group.boards) == 600
    assert len(group.alarms) == 601

    # A container that is reached another way is heard at once, fire and people alike.
    yard.measures("work.loading.co_ppm", 60.0)
    for _ in range(2):
        yard.run(yard.now_s + 1)
        yard.hears("b0601", temp_degc=55.0)
    assert yard.pages()[1:] == [
        (700, "raised", "co_people:work.loading.co_ppm"),
        (702, "raised", "temp_high:yard.c0601.temp_1_degc"),
    ]
    assert yard.standing("c0601") == "alarm"

    yard.silent = set()
    yard.run(1100)
    assert len(yard.pages()) == 3
    assert {yard.standing(f"c{n:04d}") for n in range(1, 601)} == {"normal"}
    assert [v.state for v in yard.engine.active() if v.alarm_id == LOST] == [
        "returned_unacknowledged"
    ]
    assert len(yard.engine.active()) == 3
    edges = Counter((e.edge, e.visibility) for _, e in yard.told if e.condition == SILENT.id)
    assert edges == {("raised", "suppressed"): 600, ("cleared", "suppressed"): 600}


def test_a_board_that_falls_silent_alone_is_told_once_it_had_time_to_have_a_cause():
    yard = yard_of(10, AP1, hold_intervals=1.0)
    yard.run(120)
    yard.silent = {"b0005"}
    yard.run(600)
    heard_s = 64
    assert yard.pages() == [(heard_s + 180 + 1 + 60, "realarmed", "board_silent:b0005")]
    assert yard.standing("c0005") == "unknown"
    # What counts as unknown does not wait.
    raised = next(second for second, event in yard.told if event.edge == "raised")
    assert raised == heard_s + 180 + 1


def test_a_board_that_no_path_leads_to_is_told_at_once():
    yard = yard_of(10, replace(AP1, boards=("b0001", "b0002", "b0003")))
    yard.run(120)
    yard.silent = {"b0005"}
    yard.run(600)
    assert yard.pages() == [(64 + 180 + 1, "raised", "board_silent:b0005")]


def test_last_wills_tell_of_the_path_before_anybody_is_silent():
    yard = yard_of(10, AP1)
    yard.run(120)
    yard.silent = set(yard.boards)
    for board in yard.boards[:5]:
        yard.tell(yard.engine.on_board_presence(board, yard.now, online=False))
    yard.run(122)
    assert yard.pages() == [(121, "raised", LOST)]
    assert yard.standing("c0001") == yard.standing("c0009") == "unknown"
    yard.run(500)
    assert len(yard.pages()) == 1


def test_boards_that_die_one_after_the_other_are_no_cause():
    yard = yard_of(10, AP1)
    yard.run(120)
    for n in range(10):
        yard.silent.add(yard.boards[n])
        yard.run(yard.now_s + 400)
    assert {alarm for _, _, alarm in yard.pages()} == {f"board_silent:{b}" for b in yard.boards}


POWER = Path("power", "power", behind=None)
AP_A = Path("ap_a", "access_point", tuple(f"b{n:04d}" for n in range(1, 9)), behind="power")
AP_B = Path("ap_b", "access_point", tuple(f"b{n:04d}" for n in range(9, 13)), behind="power")


def test_the_outermost_path_is_the_one_told():
    yard = yard_of(12, POWER, AP_A, AP_B)
    yard.run(120)
    yard.silent = set(yard.boards)
    yard.run(700)
    assert [(edge, alarm) for _, edge, alarm in yard.pages()] == [("raised", "path_lost:power")]
    assert yard.shown() == ["path_lost:power"]

    # Power is back, one access point stays dead.
    yard.silent = set(AP_A.boards)
    yard.run(1200)
    assert [alarm for _, _, alarm in yard.pages()] == ["path_lost:power", "path_lost:ap_a"]
    yard.silent = set()
    yard.run(1800)
    assert len(yard.pages()) == 2
    assert not any(view.in_alarm for view in yard.engine.active())


def test_a_path_with_a_part_that_is_heard_works():
    yard = yard_of(12, POWER, AP_A, AP_B)
    yard.run(120)
    yard.silent = set(AP_A.boards)  # two thirds of all boards
    yard.run(900)
    assert [alarm for _, _, alarm in yard.pages()] == ["path_lost:ap_a"]


LINK = Path("link", "link", ("*",), known_by=("broker_lost:gateway",), brings=("cursor_lag:*",))


def test_an_alarm_that_tells_of_the_failure_is_taken_into_it():
    yard = yard_of(10, LINK)
    yard.run(120)
    yard.silent = set(yard.boards)
    yard.tell(yard.engine.system("broker_lost", "gateway", True, yard.now))
    yard.run(121)
    assert yard.pages() == [(121, "raised", "path_lost:link")]
    assert {yard.standing(f"c{n:04d}") for n in range(1, 11)} == {"unknown"}
    yard.tell(yard.engine.system("cursor_lag", "influx", True, yard.now))
    yard.run(600)
    assert len(yard.pages()) == 1
    hidden = {v.alarm_id for v in yard.engine.active()} - set(yard.shown())
    assert hidden == {"broker_lost:gateway", "cursor_lag:influx"} | {
        f"board_silent:{board}" for board in yard.boards
    }

    yard.tell(yard.engine.system("broker_lost", "gateway", False, yard.now))
    yard.silent = set()
    yard.run(1000)
    # What stands of itself is told once its cause is over.
    assert [alarm for _, _, alarm in yard.pages()[1:]] == ["cursor_lag:influx"]


def test_nothing_critical_of_the_gateway_itself_follows_from_a_path():
    yard = yard_of(10, replace(LINK, brings=("*:*",)))
    yard.run(120)
    yard.tell(yard.engine.system("broker_lost", "gateway", True, yard.now))
    yard.run(121)
    yard.tell(yard.engine.system("journal_failed", "gateway", True, yard.now, priority="critical"))
    assert yard.pages()[-1] == (121, "raised", "journal_failed:gateway")


def test_what_stays_away_when_the_path_is_back_is_told_then():
    yard = yard_of(20, AP1, return_s=120)
    yard.run(120)
    yard.silent = set(yard.boards)
    yard.run(700)
    yard.silent = {"b0003", "b0007"}
    yard.run(1000)
    (_, _, first), *others = yard.pages()
    assert first == LOST
    assert {(edge, alarm) for _, edge, alarm in others} == {
        ("realarmed", "board_silent:b0003"),
        ("realarmed", "board_silent:b0007"),
    }
    assert {second for second, _, _ in others} == {
        next(s for s, e in yard.told if e.alarm_id == LOST and e.edge == "cleared")
    }


def test_a_path_that_comes_and_goes_is_one_alarm():
    yard = yard_of(20, AP1)
    yard.run(120)
    for _ in range(4):
        yard.silent = set(yard.boards)
        yard.run(yard.now_s + 300)
        yard.silent = set()
        yard.run(yard.now_s + 90)
    yard.run(yard.now_s + 600)
    assert [alarm for _, _, alarm in yard.pages()] == [LOST]
    assert [e.edge for _, e in yard.told if e.alarm_id == LOST] == ["raised", "cleared"]


@pytest.mark.parametrize("klass", ["fire", "gas", "process"])
def test_a_silence_that_is_more_than_a_fault_waits_for_nothing(klass):
    conditions = [replace(c, klass=klass) if c is SILENT else c for c in CONDITIONS]
    yard = ManyBoards(10, CrowdSpec((AP1,)), conditions)
    yard.run(120)
    yard.silent = set(yard.boards)
    yard.run(400)
    silences = [(s, e) for s, e in yard.told if e.condition == SILENT.id]
    assert {(e.edge, e.visibility) for _, e in silences} == {("raised", "shown")}
    assert len(silences) == 10


def test_a_gateway_that_was_away_blames_no_path():
    yard = yard_of(20, AP1)
    yard.run(300)
    yard.restart()
    yard.now_s += 3600
    yard.run(yard.now_s + 200)
    assert yard.pages() == []
    assert yard.standing("c0001") == "normal"


def test_a_path_that_died_while_the_gateway_was_away_is_found_all_the_same():
    yard = yard_of(20, AP1)
    yard.run(300)
    yard.restart()
    yard.now_s += 3600
    yard.silent = set(yard.boards)
    yard.run(yard.now_s + 200)
    assert [alarm for _, _, alarm in yard.pages()] == [LOST]


def test_kills_change_nothing():
    yards = [yard_of(14, POWER, AP_A, AP_B, LINK) for _ in range(2)]
    yards[1].killed = True
    for yard in yards:
        yard.run(120)
        yard.tell(yard.engine.on_board_presence("b0001", yard.now, online=False))
        yard.silent = {"b0013", *AP_A.boards}
        yard.run(420)
        yard.silent = set(yard.boards)
        yard.run(700)
        yard.tell(yard.engine.system("broker_lost", "gateway", True, yard.now))
        yard.run(720)
        yard.tell(yard.engine.system("broker_lost", "gateway", False, yard.now))
        yard.silent = {"b0002"}
        yard.run(1300)
    steady, killed = yards
    assert killed.told == steady.told
    assert killed.engine.active() == steady.engine.active()
    assert len(steady.pages()) > 3


@pytest.mark.parametrize("synchronised", [True, False])
def test_a_reboot_of_the_machine_tells_nothing_anew(synchronised):
    yard = yard_of(20, AP1)
    yard.run(120)
    yard.silent = set(yard.boards)
    yard.run(700)
    yard.silent = set()
    yard.run(720)  # some boards are back
    yard.restart()
    yard.boot, yard.synchronised = "boot2", synchronised
    yard.now_s += 90
    yard.run(yard.now_s + 600)
    assert [alarm for _, _, alarm in yard.pages()] == [LOST]
    assert yard.standing("c0001") == yard.standing("c0019") == "normal"
    assert not any(view.in_alarm for view in yard.engine.active())


def test_paths_that_leave_the_configuration_hide_nothing_more():
    yard = yard_of(12, AP1)
    yard.run(120)
    yard.silent = set(yard.boards)
    yard.run(700)
    yard.use(CrowdSpec((replace(AP1, boards=("b0001", "b0002", "b0003")),)))
    yard.run(701)
    told = {alarm for second, _, alarm in yard.pages() if second == 701}
    assert told == {f"board_silent:b{n:04d}" for n in range(4, 13)}
    yard.use(CrowdSpec())
    yard.run(702)
    told = {alarm for second, _, alarm in yard.pages() if second == 702}
    assert told == {f"board_silent:b{n:04d}" for n in range(1, 4)}
    assert [v.state for v in yard.engine.active() if v.alarm_id == LOST] == [
        "returned_unacknowledged"
    ]
    yard.commit()
    assert not [key for key in yard.rows if key.startswith("i|") and key != "i|t"]
