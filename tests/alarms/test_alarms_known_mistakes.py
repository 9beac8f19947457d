"""What other systems are known to get wrong: one test for each, and each passes here.

The eight: disabling erases an unacknowledged alarm; back-filled data fires "for 10 minutes" at
once; a dead source becomes "resolved"; an alarm already active at start is not notified; older
live events are acknowledged automatically; severity never comes down; delays live only in memory;
one acknowledge clears both an alarm and its disconnect.
"""

from dataclasses import replace

import pytest

from agent.alarms.deeds import Act
from agent.alarms.handling import Handling

S = 1_000_000
TEMP = "yard.c0150.temp_1_degc"
FIRE = f"temp_high:{TEMP}"
PRE = f"temp_pre:{TEMP}"
FAULT = f"sensor_fault:{TEMP}"
SILENT = "board_silent:b0150"


def heats(story, from_s=0):
    for t_s in (from_s, from_s + 60):
        story.hears(t_s, 51.0)


@pytest.mark.parametrize("way", ["removed", "moved", "shelved", "out of service", "of its store"])
def test_disabling_erases_no_unacknowledged_alarm(story_of, conditions, way):
    story = story_of(handling=Handling(longest_shelf_us=3600 * S))
    heats(story)
    others = [c for c in conditions.values() if c.id != "temp_high"]
    if way == "removed":
        story.reconfigures(*others)
    elif way == "moved":
        story.reconfigures(*others, replace(conditions["temp_high"], pattern="yard.c9*"))
    elif way == "shelved":
        story.does(Act.SHELVE, FIRE, 70, for_s=3600)
    else:
        target = FIRE if way == "out of service" else "c0150"
        story.does(Act.TAKE_OUT, target, 70, for_s=3600)
    story.restart()
    story.ticks(80)
    story.hears(100, 20.0)
    story.hears(1900, 20.0)
    assert story.state(FIRE) == "latched_unacknowledged"
    if way in {"shelved", "out of service"}:
        story.does(Act.PUT_BACK if way == "out of service" else Act.UNSHELVE, FIRE, 2000)
        assert story.events[-1].edge == "realarmed"
    assert story.view(FIRE).can_acknowledge
    story.acknowledge(FIRE, 2010)
    story.reset(FIRE, 2020)
    assert story.state(FIRE) == "normal"


def test_back_filled_data_does_not_fire_at_once_for_its_delay(story_of, conditions):
    slow = replace(conditions["temp_high"], on_delay_s=600, on_samples=None)
    story = story_of(slow)
    for t_s in range(0, 540, 60):
        story.hears(t_s, 51.0, at_s=100_000)
    assert story.edges("temp_high") == []  # nine minutes on sample time, whenever they arrived
    story.hears(600, 51.0, at_s=100_001)
    assert story.edges("temp_high") == [("raised", 600.0)]
    assert story.events[0].from_history


def test_a_burst_of_old_samples_that_passed_raises_nothing_now(story_of, conditions):
    story = story_of(replace(conditions["temp_high"], on_delay_s=600, on_samples=None))
    story.hears(99_000, 20.0)
    for t_s in range(0, 540, 60):
        story.hears(t_s, 51.0, at_s=100_000)
    assert story.events == []


@pytest.mark.parametrize("death", ["bad samples", "silence", "removed board"])
def test_a_dead_source_is_not_resolved(story_of, conditions, death):
    story = story_of()
    story.board_heard(0)
    heats(story)
    if death == "bad samples":
        for t_s in range(120, 8000, 60):
            story.hears(t_s, "sensor_open")
    elif death == "silence":
        for t_s in range(60, 8000, 60):
            story.ticks(t_s)
        assert story.state(SILENT) == "unacknowledged"
    else:
        story._made_of = (story._made_of[0], ())
        story.restart()
        story.ticks(8000)
    assert story.state(FIRE) == "unacknowledged"
    assert "cleared" not in {edge for edge, _ in story.edges("temp_high")}
    assert story.engine.store_status("c0150").standing == "alarm"


def test_an_alarm_active_at_start_is_told_of(story_of):
    story = story_of()
    heats(story)
    story.restart("boot2", boot_s=500)
    announced = story.announces(1000)
    assert [(e.alarm_id, e.edge, e.state) for e in announced] == [
        (FIRE, "announced", "unacknowledged"), (PRE, "announced", "unacknowledged"),
    ]  # fmt: skip
    story.acknowledge(PRE, 1010)
    story.restart("boot3", boot_s=1020)
    assert [e.state for e in story.announces(1030)] == ["unacknowledged", "acknowledged"]


def test_the_first_sample_ever_can_raise(story_of, conditions):
    story = story_of(replace(conditions["temp_high"], on_delay_s=0))
    story.hears(0, 51.0)
    assert story.state(FIRE) == "unacknowledged"


def test_older_live_events_are_not_acknowledged_with_newer_ones(story):
    heats(story)
    story.acknowledge(FIRE, 70)
    story.hears(100, 20.0)
    story.hears(1900, 20.0)
    heats(story, 2000)  # it stood, was seen, returned, and stands again
    assert story.state(FIRE) == "unacknowledged"
    story.hears(2100, 51.0, point="yard.c0150.temp_2_degc")
    story.hears(2160, 51.0, point="yard.c0150.temp_2_degc")
    story.acknowledge("temp_high:yard.c0150.temp_2_degc", 2170)
    assert story.view(FIRE).unseen
    assert story.view(PRE).unseen


def test_severity_comes_down(story_of, conditions):
    story = story_of()
    heats(story)
    assert story.engine.store_status("c0150").klass == "fire"
    story.acknowledge(FIRE, 70)
    story.hears(100, 46.0)
    story.hears(1900, 46.0)
    story.reset(FIRE, 1910)
    status = story.engine.store_status("c0150")
    assert (status.klass, status.alarms) == ("advisory", (PRE,))

    story.acknowledge(PRE, 1920)
    lower = replace(conditions["temp_pre"], priority="low")
    story.reconfigures(*(lower if c.id == "temp_pre" else c for c in conditions.values()))
    (lowered,) = story.ticks(1930)
    assert (lowered.edge, lowered.priority, lowered.state) == ("lowered", "low", "acknowledged")
    higher = replace(lower, klass="process")
    story.reconfigures(*(higher if c.id == "temp_pre" else c for c in conditions.values()))
    (again,) = story.ticks(1940)
    assert (again.edge, again.klass, again.state) == ("realarmed", "process", "unacknowledged")


def test_nothing_comes_down_before_it_was_seen(story_of, conditions):
    story = story_of()
    heats(story)
    lower = replace(conditions["temp_high"], klass="advisory")
    story.reconfigures(*(lower if c.id == "temp_high" else c for c in conditions.values()))
    assert story.ticks(70) == []
    assert story.view(FIRE).klass == "fire"
    assert [e.edge for e in story.acknowledge(FIRE, 80)] == ["acknowledged", "lowered"]
    assert story.view(FIRE).klass == "advisory"


def test_delays_do_not_live_in_memory_alone(story_of, conditions):
    slow = replace(conditions["temp_high"], on_delay_s=600, on_samples=None)
    story = story_of(slow, handling=Handling(realarm_after_us={"fire": 3600 * S}))
    story.hears(0, 51.0)
    story.restart("boot2", boot_s=100)
    story.hears(300, 51.0)
    story.restart("boot3", boot_s=400)
    story.hears(600, 51.0)
    assert story.edges("temp_high") == [("raised", 600.0)]
    story.acknowledge(FIRE, 700)
    story.restart("boot4", boot_s=3000)
    assert story.ticks(4299) == []
    assert [e.edge for e in story.ticks(4300)] == ["realarmed"]
    assert story.view(FIRE).unseen
    story.acknowledge(FIRE, 4310)
    assert story.ticks(4310 + 3599) == []
    assert [e.edge for e in story.ticks(4310 + 3600)] == ["realarmed"]


def test_one_acknowledge_never_clears_an_alarm_and_its_disconnect(story):
    story.board_heard(0)
    heats(story)
    story.hears(70, "sensor_open")
    story.ticks(300)
    ids = {v.alarm_id for v in story.engine.active()}
    assert ids == {FIRE, PRE, FAULT, SILENT}
    for alarm_id in (FAULT, SILENT, FIRE, PRE):
        before = {v.alarm_id: v.state for v in story.engine.active()}
        (event,) = story.acknowledge(alarm_id, 310)
        after = {v.alarm_id: v.state for v in story.engine.active()}
        assert event.alarm_id == alarm_id
        assert {k for k in before if before[k] != after[k]} == {alarm_id}
    assert {v.state for v in story.engine.active()} == {"acknowledged"}
