"""What boards say of themselves, and what it does to their samples."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.alarms.conditions import Condition, Kind, Klass, Priority
from agent.alarms.engine import AlarmEngine
from agent.alarms.instant import Instant
from agent.samples import Quality, Sample
from gateway.config import Board
from gateway.historian.rows import Basis
from gateway.mqtt.boards import BoardBook
from gateway.mqtt.stream import Capture
from gateway.mqtt.told import board_told, day_of, sensor_told
from gateway.mqtt.wire import Samples, State

TODAY = date(2027, 1, 15)  # the day on which the yard's time begins
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def sensor(yard: Any, at_s: float, number: int = 0, **fields: Any) -> None:
    told = {"value": "temp_1_degc", "kind": "ds18b20", "judged": False, "status": "good"} | fields
    yard.take(State("b1", f"state/sensors/{number}", None, told), at_s)


def given_values(yard: Any, at_s: float, up_s: float, **parts: Any) -> dict[str, Sample]:
    known = {"values": {"temp_1_degc": 20.0}, "bad": {}, "doubt": {}} | parts
    taken = yard.take(Samples("b1", yard.record(up_s), **known), at_s)
    return {sample.point.rpartition(".")[2]: sample for sample in taken.batches[-1].samples}


def confirmed(yard: Any) -> None:
    """Two live messages, so that capture times are known."""
    yard.hear(100, 1)
    yard.hear(110, 11)


def test_the_yard_begins_today(yard: Any) -> None:
    assert day_of(yard.now(0).utc_us) == TODAY


def test_a_doubtful_number_stays_a_number(yard: Any) -> None:
    confirmed(yard)
    parts = {
        "values": {"temp_1_degc": 51.5, "co_ppm": 180.0},
        "bad": {"temp_2_degc": "crc"},
        "doubt": {"co_ppm": "low_o2"},
    }
    samples = given_values(yard, 120, 21, **parts)
    good, doubtful, bad = (samples[n] for n in ("temp_1_degc", "co_ppm", "temp_2_degc"))
    assert (good.value, good.quality) == (51.5, Quality.GOOD)
    assert (doubtful.value, doubtful.quality, doubtful.reason) == (
        180.0,
        Quality.UNCERTAIN,
        "low_o2",
    )
    assert (bad.value, bad.quality, bad.reason) == (None, Quality.BAD, "crc")


def test_a_doubtful_number_of_unsure_time_keeps_its_doubt(yard: Any) -> None:
    # clock_unsynced would let it return an alarm; a cell without oxygen must not.
    samples = given_values(yard, 100, 1, doubt={"temp_1_degc": "learning"})
    assert samples["temp_1_degc"].reason == "learning"


@pytest.mark.parametrize(
    ("due", "reason"),
    [(YESTERDAY, "expired_calibration"), (TODAY, None), (TOMORROW, None)],
    ids=["over", "its last day", "held"],
)
@pytest.mark.parametrize("key", ["due", "bump_due"])
def test_the_gateway_judges_a_calibration_where_the_board_cannot(
    yard: Any, key: str, due: date, reason: str | None
) -> None:
    confirmed(yard)
    sensor(yard, 111, **{key: due.isoformat()})
    sample = given_values(yard, 120, 21)["temp_1_degc"]
    assert (sample.value, sample.reason) == (20.0, reason)


def test_a_calibration_is_judged_by_the_day_of_capture(yard: Any) -> None:
    sensor(yard, 10, due=TODAY.isoformat())
    confirmed(yard)
    day_s = 86_400.0
    yard.hear(100 + day_s, 1 + day_s)
    old = given_values(yard, 101 + day_s, 50)["temp_1_degc"]
    new = given_values(yard, 110 + day_s, 11 + day_s)["temp_1_degc"]
    assert (old.reason, new.reason) == (None, "expired_calibration")


def test_without_a_clock_nothing_is_judged_expired(yard: Any) -> None:
    yard.synchronised = False
    sensor(yard, 10, due=YESTERDAY.isoformat())
    confirmed(yard)
    assert given_values(yard, 120, 21)["temp_1_degc"].reason == "clock_unsynced"


def test_calibrations_are_known_right_after_a_restart(yard: Any) -> None:
    confirmed(yard)
    sensor(yard, 111, due=YESTERDAY.isoformat())
    yard.restart()
    assert given_values(yard, 120, 21)["temp_1_degc"].reason == "expired_calibration"
    sensor(yard, 121, due=TOMORROW.isoformat())
    yard.restart()
    assert given_values(yard, 130, 31)["temp_1_degc"].reason is None
    sensor(yard, 131)
    assert yard.disk["b1/~due"] == "{}"


def test_until_a_board_speaks_the_sites_file_tells_its_calibrations(yard: Any) -> None:
    planned = {"sensors": [{"value": "temp_1_degc", "kind": "ds18b20", "due": "2027-01-14"}]}
    yard.board = Board(id="b1", store="c1", report_s=60, values=("temp_1_degc",), config=planned)
    yard.book = BoardBook([yard.board], yard.machine_boot)
    confirmed(yard)
    assert given_values(yard, 120, 21)["temp_1_degc"].reason == "expired_calibration"
    sensor(yard, 121, due=TOMORROW.isoformat())
    assert given_values(yard, 130, 31)["temp_1_degc"].reason is None
    assert yard.book.status()[0].dues == {"temp_1_degc": TOMORROW}


def test_an_expired_sensor_still_raises_a_fire_alarm_and_never_returns_one(yard: Any) -> None:
    hot = Condition(
        id="temp_high",
        kind=Kind.HIGH,
        pattern="yard.*.temp_*",
        unit="degc",
        limit=50.0,
        deadband=2.0,
        klass=Klass.FIRE,
        priority=Priority.CRITICAL,
    )
    engine = AlarmEngine([hot], [])
    confirmed(yard)
    sensor(yard, 111, due=YESTERDAY.isoformat())
    told = []
    for up_s, temp_degc in ((21, 20.0), (81, 57.0), (141, 20.0), (3800, 20.0)):
        now = yard.now(99 + up_s)
        samples = given_values(yard, 99 + up_s, up_s, values={"temp_1_degc": temp_degc})
        assert {s.reason for s in samples.values()} == {"expired_calibration"}
        instant = Instant(now.utc_us, now.mono_us, True, "machine-1")
        told += [event.edge for event in engine.on_samples(list(samples.values()), instant)]
    assert told == ["raised"]
    assert [alarm.in_alarm for alarm in engine.active()] == [True]


def test_kept_records_confirm_no_capture_time(yard: Any) -> None:
    """Captured and sent a second apart, they would pass for live ones an hour late."""
    for n in range(1, 20):
        message = Samples("b1", yard.record(n), {"temp_1_degc": 20.0}, {}, {}, history=True)
        sample = yard.take(message, 3600 + n).batches[-1].samples[0]
        assert sample.reason == "clock_unsynced"
    assert yard.book.status()[0].history == 19
    yard.hear(3700, 3690)
    yard.hear(3703, 3693)
    assert yard.corrections["s", 1] == yard.now(10).utc_us


def test_a_state_is_replaced_whole_and_a_will_only_says_gone(yard: Any) -> None:
    yard.take(State("b1", "state", True, {"online": True, "crash": {"task": "x"}, "boot": 3}), 50)
    yard.take(State("b1", "state", True, {"online": True, "boot": 4}), 60)
    assert yard.book.status()[0].told.crash is None
    yard.take(State("b1", "state", False, {"online": False}), 70)
    status = yard.book.status()[0]
    assert (status.online, status.told.boot, status.state["online"]) == (False, 4, False)


def test_the_next_report_is_told_by_arrival_or_by_the_boots_start(yard: Any) -> None:
    told = {"online": True, "boot": 1, "up_ms": 50_000, "next_report_up_ms": 650_000}
    assert yard.book.status()[0].next_report_us is None
    yard.take(State("b1", "state", True, told), 150)
    assert yard.book.status()[0].next_report_us == yard.now(750).utc_us
    yard.restart()
    yard.book.take(State("b1", "state", True, told), yard.now(160), retained=True)
    assert yard.book.status()[0].next_report_us is None
    confirmed(yard)
    assert yard.book.status()[0].next_report_us == yard.now(749).utc_us


WORDS = (
    "release firmware slot trial failed boot reset_cause up_ms next_report_up_ms ring_fill net "
    "crash horn hold alarm value kind rom pin due bump_due calibrated status judged note"
)
KEYS = st.sampled_from(WORDS.split())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=9),
    max_leaves=30,
)


@given(fields=st.dictionaries(KEYS, JSON))
def test_whatever_a_board_says_becomes_words_numbers_and_dates(fields: dict[str, Any]) -> None:
    told = msgspec.to_builtins(board_told(fields))
    for value in told.values():
        assert value is None or isinstance(value, bool | int | float | str)
        if isinstance(value, str):
            assert 0 < len(value) <= 120
        elif value is not None:
            assert 0 <= value <= 2**53
    spoken = sensor_told(fields)
    json.dumps(msgspec.to_builtins(spoken))
    assert spoken.due is None or spoken.due.isoformat() == fields["due"]


@given(utc_us=st.integers())
def test_any_instant_has_a_day_or_none(utc_us: int) -> None:
    day = day_of(utc_us)
    if day is not None:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        assert 0 <= utc_us - round(start.timestamp()) * 1_000_000 < 86_400_000_000


def test_a_capture_without_a_day_is_not_judged(yard: Any) -> None:
    sensor(yard, 10, due=YESTERDAY.isoformat())
    shelf = yard.book._shelves["b1"]
    message = Samples("b1", yard.record(1), {"temp_1_degc": 20.0}, {})
    (sample,) = shelf.samples(message, Capture(0, Basis.BOARD, known=True), None)
    assert sample.quality is Quality.GOOD
