"""What people may do, what they are told when they may not, and the boards' own horns."""

import pytest

from agent.errors import BadConditionError, NotAllowedError, UnknownAlarmError

FIRE = "temp_high:yard.c0150.temp_1_degc"
PRE = "temp_pre:yard.c0150.temp_1_degc"


@pytest.fixture
def burning(story):
    story.hears(0, 51.0)
    story.hears(60, 51.0)
    return story


def returned(story):
    story.hears(120, 20.0)
    story.hears(1920, 20.0)


def test_a_fire_alarm_is_seen_returns_and_is_reset_by_name(burning):
    burning.acknowledge(FIRE, 70, "aoki", "on my way")
    returned(burning)
    assert burning.state(FIRE) == "latched_acknowledged"
    (event,) = burning.reset(FIRE, 2000, "sato", "probed, cold")
    assert (event.edge, event.person, event.comment) == ("reset", "sato", "probed, cold")
    assert burning.state(FIRE) == "normal"
    assert [e.edge for e in burning.events if e.alarm_id == FIRE] == [
        "raised",
        "acknowledged",
        "cleared",
        "reset",
    ]


def test_the_view_tells_who_saw_it(burning):
    burning.acknowledge(FIRE, 70, "aoki", "on my way")
    (view,) = [v for v in burning.engine.active() if v.alarm_id == FIRE]
    assert (view.acknowledged_by, view.comment) == ("aoki", "on my way")
    assert (view.store, view.guidance, view.value) == ("c0150", "fire", 51.0)
    assert view.in_alarm
    assert not view.unseen
    assert burning.engine.instances(burning.temp) == burning.engine.active()


def test_an_alarm_that_comes_back_has_to_be_seen_again(burning):
    burning.acknowledge(FIRE, 70)
    returned(burning)
    burning.hears(2000, 51.0)
    burning.hears(2001, 51.0)
    (view,) = [v for v in burning.engine.active() if v.alarm_id == FIRE]
    assert (view.state, view.acknowledged_by) == ("unacknowledged", None)


def test_an_advisory_does_not_latch(burning):
    returned(burning)
    assert burning.state(PRE) == "returned_unacknowledged"
    burning.acknowledge(PRE, 2000)
    assert burning.state(PRE) == "normal"


def test_two_browsers_acknowledge_once(burning):
    assert len(burning.acknowledge(FIRE, 70)) == 1
    assert burning.acknowledge(FIRE, 71, "sato") == []


def test_nobody_resets_what_still_burns(burning):
    burning.acknowledge(FIRE, 70)
    with pytest.raises(NotAllowedError, match=r"temp_high.*still in alarm"):
        burning.reset(FIRE, 80)


def test_nobody_resets_what_nobody_has_seen(burning):
    returned(burning)
    with pytest.raises(NotAllowedError, match="acknowledge it first"):
        burning.reset(FIRE, 2000)


@pytest.mark.parametrize("person", ["", "   "])
def test_a_person_is_named(burning, person):
    with pytest.raises(NotAllowedError, match="nobody is named"):
        burning.acknowledge(FIRE, 70, person)


@pytest.mark.parametrize("alarm_id", ["temp_high:yard.c9999.temp_1_degc", "no:where", "nonsense"])
def test_an_alarm_that_cannot_be_is_unknown(burning, alarm_id):
    with pytest.raises(UnknownAlarmError, match=alarm_id):
        burning.acknowledge(alarm_id, 70)


def test_an_alarm_that_is_normal_says_so(burning):
    returned(burning)
    burning.acknowledge(PRE, 2000)
    with pytest.raises(NotAllowedError, match="nothing to acknowledge"):
        burning.acknowledge(PRE, 2001)


# ── The boards' own horns ─────────────────────────────────────────────────────────────────

HORN = "board_horn:yard.c0150.temp_1_degc"


def horn(story, edge, t_s, condition="temp_high", point="yard.c0150.temp_1_degc", at_s=None):
    value, limit = (55.0, 50.0) if condition != "sensor_fault" else (None, None)
    now = story.instant(t_s if at_s is None else at_s)
    t_us = round(t_s * story.second)
    return story.tell(
        story.engine.on_board_edge("b0150", condition, edge, point, value, limit, t_us, now)
    )


def test_a_boards_horn_is_an_alarm_of_its_own(story):
    (event,) = horn(story, "raised", 10)
    assert (event.alarm_id, event.klass, event.priority) == (HORN, "fire", "critical")
    assert (event.value, event.limit, event.unit) == (55.0, 50.0, "degc")
    (event,) = horn(story, "silenced", 20)
    assert (event.edge, event.state) == ("silenced", "unacknowledged")
    (event,) = horn(story, "cleared", 30)
    assert event.state == "latched_unacknowledged"
    story.acknowledge(HORN)
    story.reset(HORN)
    assert story.engine.active() == []


@pytest.mark.parametrize(
    ("condition", "point", "klass", "alarm_id"),
    [
        ("co_high", "yard.c0150.co_ppm", "gas", "board_horn:yard.c0150.co_ppm"),
        ("sensor_fault", "yard.c0150.co_ppm", "fault", "board_sensor_fault:yard.c0150.co_ppm"),
        ("smoke", "yard.c0150.smoke", "fire", "board_horn:yard.c0150.smoke"),
        ("temp_high", "", "fire", "board_horn:b0150"),
    ],
)
def test_what_a_board_can_say(story, condition, point, klass, alarm_id):
    (event,) = horn(story, "raised", 10, condition, point)
    assert (event.klass, event.alarm_id) == (klass, alarm_id)


@pytest.mark.parametrize("restart", [False, True])
def test_edges_of_a_horn_in_the_wrong_order(story, restart):
    horn(story, "cleared", 30)
    if restart:
        story.restart()
    told = horn(story, "raised", 10, at_s=31)
    assert [e.edge for e in told] == ["raised", "cleared"]
    assert all(e.from_history for e in told)
    assert story.state(HORN) == "latched_unacknowledged"
    horn(story, "raised", 50)
    assert horn(story, "cleared", 30, at_s=51) == []
    assert horn(story, "raised", 20, at_s=51) == []
    assert story.state(HORN) == "unacknowledged"


def test_an_edge_that_waited_long_is_from_history(story):
    (event,) = horn(story, "raised", 10, at_s=10_000)
    assert event.from_history


# ── What the gateway finds in itself ──────────────────────────────────────────────────────


def test_a_system_alarm_stands_until_the_gateway_takes_it_back(story):
    engine, now = story.engine, story.instant(1)
    (event,) = engine.system("clock_step", "gateway", True, now, value=86400.0, unit="s")
    assert (event.alarm_id, event.klass) == ("clock_step:gateway", "system")
    assert engine.system("clock_step", "gateway", True, now) == []
    story.restart()
    story.ticks(2)
    assert story.state("clock_step:gateway") == "unacknowledged"
    (event,) = story.engine.system("clock_step", "gateway", False, story.instant(3))
    assert event.state == "returned_unacknowledged"


def test_the_gateway_cannot_use_a_condition_of_the_site(story):
    with pytest.raises(BadConditionError, match="temp_high"):
        story.engine.system("temp_high", "gateway", True, story.instant(1))
