"""Limits, deadband and delays on sample time, told as histories."""

import pytest

HOT = [(0, 50.0), (60, 50.0)]

TEMP_HISTORIES = [
    pytest.param([(0, 49.9), (60, 49.99)], [], id="below the limit is quiet"),
    pytest.param(HOT, [("raised", 60)], id="exactly 50.0 on two samples raises"),
    pytest.param([(0, 51.0)], [], id="one sample waits"),
    pytest.param([(0, 51.0), (5, 51.0)], [("raised", 5)], id="two samples beat the delay"),
    pytest.param([(0, 51.0), (60, 49.9), (120, 51.0)], [], id="a sample below breaks the run"),
    pytest.param(
        [(0, 51.0), (30, "crc"), (40, 51.0)], [("raised", 40)], id="a bad sample breaks no run"
    ),
    pytest.param([(0, "crc"), (60, "crc"), (120, "crc")], [], id="bad samples alone never raise"),
    pytest.param(
        [(0, 55.0), (30, "sensor_open"), (60, "sensor_open")],
        [("raised", 60)],
        id="a sensor that rises and dies is an alarm",
    ),
    pytest.param(
        [(0, 55.0), (30, "sensor_open"), (59.999, "sensor_open")],
        [],
        id="died, but the delay is not over",
    ),
    pytest.param(
        [*HOT, *((t, "sensor_open") for t in range(120, 7200, 600))],
        [("raised", 60)],
        id="a dead sensor stays an alarm",
    ),
    pytest.param(
        [(0, (50.0, "expired_calibration")), (60, (50.0, "expired_calibration"))],
        [("raised", 60)],
        id="doubtful values at the limit count",
    ),
    pytest.param(
        [*HOT, (120, (20.0, "expired_calibration")), (9000, (20.0, "expired_calibration"))],
        [("raised", 60)],
        id="doubtful values never return",
    ),
    pytest.param(
        [(0, (50.0, "clock_unsynced")), (60, (50.0, "clock_unsynced"))],
        [("raised", 60)],
        id="a late clock raises",
    ),
    pytest.param(
        [*HOT, (120, (20.0, "late")), (1920, (20.0, "late"))],
        [("raised", 60), ("cleared", 1920)],
        id="a late sample in order is a good value",
    ),
    pytest.param(
        [(0, "over_range"), (60, "over_range")], [("raised", 60)], id="over range is above it"
    ),
    pytest.param(
        [*HOT, (120, 48.0), (9000, 48.0)], [("raised", 60)], id="exactly 48.0 is not back"
    ),
    pytest.param(
        [*HOT, (120, 47.9), (1919.999999, 47.9)], [("raised", 60)], id="a microsecond too early"
    ),
    pytest.param(
        [*HOT, (120, 47.9), (1920, 47.9)],
        [("raised", 60), ("cleared", 1920)],
        id="back for exactly 30 minutes",
    ),
    pytest.param(
        [*HOT, (120, 47.9), (1900, 48.0), (1920, 47.9), (3720, 47.9)],
        [("raised", 60), ("cleared", 3720)],
        id="the deadband starts the return again",
    ),
    pytest.param(
        [*HOT, (120, 47.9), (1000, "crc"), (1920, 47.9)],
        [("raised", 60), ("cleared", 1920)],
        id="one bad reading does not start the return again",
    ),
    pytest.param(
        [*HOT, (120, 47.9), (1920, 47.9), (1980, 51.0), (2040, 51.0)],
        [("raised", 60), ("cleared", 1920), ("raised", 2040)],
        id="it alarms again",
    ),
    pytest.param([*HOT, *HOT, HOT[1]], [("raised", 60)], id="repeated samples change nothing"),
    pytest.param([(0, 51.0), (0, 51.0)], [], id="a repeated sample is no second one"),
]


@pytest.mark.parametrize(("samples", "expected"), TEMP_HISTORIES)
def test_temperature_history(story, samples, expected):
    for t_s, value in samples:
        story.hears(t_s, value)
    assert story.edges("temp_high") == expected


@pytest.mark.parametrize(("samples", "expected"), TEMP_HISTORIES)
def test_temperature_history_with_a_restart_between_any_two_samples(story, samples, expected):
    for t_s, value in samples:
        story.hears(t_s, value)
        story.restart()
    assert story.edges("temp_high") == expected


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        pytest.param([(0, 45.0), (59, 45.0)], [], id="the delay is not over"),
        pytest.param([(0, 45.0), (60, 45.0)], [("raised", 60)], id="exactly the delay"),
        pytest.param([(0, 45.0), (30, 44.9), (60, 45.0), (119, 45.0)], [], id="it starts again"),
    ],
)
def test_delay_without_a_count(story, samples, expected):
    for t_s, value in samples:
        story.hears(t_s, value)
    assert story.edges("temp_pre") == expected


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        pytest.param([(0, 0.1), (20, 0.1)], [("raised", 20)], id="exactly the limit stops it"),
        pytest.param([(0, 0.0), (20, 0.11)], [], id="above the limit is quiet"),
        pytest.param(
            [(0, 0.0), (20, 0.0), (30, 0.2), (50, 0.2)], [("raised", 20)], id="0.2 is not back"
        ),
        pytest.param(
            [(0, 0.0), (20, 0.0), (30, 0.21), (50, 5.0)],
            [("raised", 20), ("cleared", 50)],
            id="running again",
        ),
        pytest.param([(0, "comm_fail"), (60, "comm_fail")], [], id="unknown is not zero"),
        pytest.param([(0, "over_range"), (60, "over_range")], [], id="over range is not low"),
    ],
)
def test_low_limit_history(story, samples, expected):
    for t_s, value in samples:
        story.hears(t_s, value, "unit1.coal.mass_rate_kg_per_s")
    assert story.edges("feeder_stopped") == expected


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        pytest.param([(0, 20.0)], [], id="good"),
        pytest.param([(0, "sensor_open")], [("raised", 0)], id="at once"),
        pytest.param(
            [(0, "sensor_open"), (60, 20.0)], [("raised", 0), ("cleared", 60)], id="good again"
        ),
        pytest.param([(0, (20.0, "clock_unsynced"))], [], id="a late clock is no sensor fault"),
        pytest.param([(0, "over_range")], [], id="over range is no fault"),
        pytest.param([(0, (20.0, "substituted"))], [("raised", 0)], id="doubtful"),
        pytest.param(
            [(0, (20.0, "expired_calibration")), (60, (20.0, "low_o2")), (120, (20.0, "learning"))],
            [],
            id="doubt that is no fault",
        ),
    ],
)
def test_sensor_fault_history(story, samples, expected):
    for t_s, value in samples:
        story.hears(t_s, value)
    assert story.edges("sensor_fault") == expected


def test_over_range_co_alarms_without_a_value(story):
    story.hears(0, "over_range", story.co)
    (event,) = story.hears(60, "over_range", story.co)
    assert (event.condition, event.klass, event.value, event.limit) == (
        "co_high",
        "gas",
        None,
        3000.0,
    )
    assert story.engine.active()[0].reason == "over_range"


def test_an_event_tells_value_limit_and_both_times(story):
    story.hears(0, 50.5)
    (event,) = [e for e in story.hears(60, 51.5, at_s=62) if e.condition == "temp_high"]
    assert (event.value, event.limit, event.unit) == (51.5, 50.0, "degc")
    assert (event.t_us, event.at_us) == (60 * story.second, 62 * story.second)
    assert event.state == "unacknowledged"
    assert not event.from_history


def test_samples_of_one_unknown_time_are_each_a_sample(story):
    """What an earlier boot held without a clock can only share the latest time it can have."""
    story.hears(100, (51.0, "clock_unsynced"))
    story.hears(100, (52.0, "clock_unsynced"))
    assert story.edges("temp_high") == [("raised", 100)]


def test_delays_go_on_when_a_clock_that_ran_ahead_is_put_right(story):
    story.hears(5000, (46.0, "clock_unsynced"))
    story.hears(5050, (46.0, "clock_unsynced"))
    story.hears(60, 46.0)
    assert story.edges("temp_pre") == []
    story.hears(69, 46.0)
    story.hears(70, 46.0)
    assert story.edges("temp_pre") == [("raised", 70)]


def test_a_last_sample_in_the_future_of_a_right_clock_does_not_block_a_return(story):
    story.hears(100_000, 51.0, at_s=100_000)
    story.hears(100_060, 51.0, at_s=100_060)
    story.hears(60, 20.0, at_s=60)
    story.hears(1860, 20.0, at_s=1860)
    assert story.edges("temp_high") == [("raised", 100_060), ("cleared", 1860)]
