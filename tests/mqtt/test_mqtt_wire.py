import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import BadMessageError
from gateway.mqtt.wire import (
    Alarm,
    Lost,
    Samples,
    State,
    decode,
    salvage,
)

SITE = "example"
TOPIC = "hinoban/1/example/b0150/samples"
GOOD = {"stream": "s", "boot": 1, "seq": 7, "oldest": 3, "up_ms": 10, "t_us": None, "v": {}}


def read(topic: str, payload: Any) -> Any:
    return decode(topic, json.dumps(payload).encode(), SITE)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"seq": 0}, "bad_field", id="seq starts at one"),
        pytest.param({"seq": -1}, "bad_field", id="negative seq"),
        pytest.param({"seq": 1.5}, "bad_field", id="half a seq"),
        pytest.param({"seq": "7"}, "bad_field", id="seq as text"),
        pytest.param({"seq": True}, "bad_field", id="seq as truth"),
        pytest.param({"seq": 2**60}, "bad_field", id="seq beyond what JSON carries"),
        pytest.param({"oldest": 8}, "bad_field", id="oldest above its own seq"),
        pytest.param({"up_ms": -5}, "bad_field", id="negative uptime"),
        pytest.param({"up_ms": None}, "bad_field", id="no uptime"),
        pytest.param({"stream": "a/b"}, "bad_field", id="stream with a slash"),
        pytest.param({"stream": "s\n"}, "bad_field", id="stream with a line end"),
        pytest.param({"t_us": 12345}, "bad_field", id="board's clock in 1970"),
        pytest.param({"t_us": 5 * 10**15}, "bad_field", id="board's clock in 2128"),
        pytest.param({"v": {"temp_1_degc": None}}, "bad_field", id="null in v"),
        pytest.param({"v": {"temp_1_degc": "41"}}, "bad_field", id="text in v"),
        pytest.param({"v": {"temp_1_degc": True}}, "bad_field", id="truth in v"),
        pytest.param({"v": {"temp_1_degc": [1]}}, "bad_field", id="list in v"),
        pytest.param({"v": {"Temp 1": 1.0}}, "bad_field", id="name with capitals"),
        pytest.param({"v": {"x": 1.0}, "bad": {"x": "crc"}}, "bad_field", id="good and bad"),
        pytest.param({"bad": {"x": "tired"}}, "unknown_reason", id="reason nobody knows"),
        pytest.param({"doubt": {"x": "low_o2"}}, "bad_field", id="doubt without a number"),
        pytest.param(
            {"v": {"x": 1.0}, "doubt": {"x": "tired"}}, "unknown_reason", id="doubt nobody knows"
        ),
    ],
)
def test_a_message_out_of_shape_is_refused_in_words(change: dict[str, Any], reason: str) -> None:
    assert isinstance(read(TOPIC, GOOD), Samples)
    with pytest.raises(BadMessageError, match=r"b0150/samples: .*(example|send|use|seq)") as caught:
        read(TOPIC, GOOD | change)
    assert caught.value.reason == reason


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999", "nan"])
def test_no_such_number_becomes_one(word: str) -> None:
    payload = json.dumps(GOOD | {"v": {"co_ppm": 0.5}}).replace("0.5", word).encode()
    with pytest.raises(BadMessageError) as caught:
        decode(TOPIC, payload, SITE)
    assert caught.value.reason in {"not_json", "bad_value", "bad_field"}


@pytest.mark.parametrize(
    "topic",
    [
        "hinoban/1/example/b0150/ack",
        "hinoban/1/example/b0150/cmd",
        "hinoban/1/example/b0150/samples/x",
        "hinoban/1/example/b0150/state/sensors/x",
        "hinoban/1/other/b0150/samples",
        "hinoban/2/example/b0150/samples",
        "hinoban/1/example/B0150/samples",
        "hinoban/1/example//samples",
        "",
    ],
)
def test_other_topics_are_refused(topic: str) -> None:
    with pytest.raises(BadMessageError) as caught:
        read(topic, GOOD)
    assert caught.value.reason == "unknown_topic"


def test_the_limit_is_1024_bytes() -> None:
    text = json.dumps(GOOD).encode()
    assert isinstance(decode(TOPIC, text.ljust(1024), SITE), Samples)
    with pytest.raises(BadMessageError, match="1025 bytes are more than 1024") as caught:
        decode(TOPIC, text.ljust(1025), SITE)
    assert caught.value.reason == "too_long"


def test_a_newer_board_may_say_more() -> None:
    assert read(TOPIC, GOOD | {"rssi_dbm": -60, "board": 5}) == read(TOPIC, GOOD)


def test_a_refused_record_whose_place_is_known_can_be_booked_as_lost() -> None:
    payload = json.dumps(GOOD | {"v": {"co_ppm": "lots"}}).encode()
    assert salvage(TOPIC, payload, SITE, "bad_field") == Lost("b0150", "s", 7, "bad_field")
    assert salvage(TOPIC, b'{"stream":"s"}', SITE, "bad_field") is None
    assert salvage("hinoban/1/example/b0150/state", payload, SITE, "bad_field") is None


def test_a_newer_board_may_alarm_for_something_new() -> None:
    told = {"condition": "smoke_high", "edge": "raised", "point": None}
    message = read("hinoban/1/example/b0150/alarm", GOOD | told)
    assert isinstance(message, Alarm)
    assert (message.condition, message.edge) == ("smoke_high", "raised")


@pytest.mark.parametrize(("hist", "history"), [(1, True), (True, True), (0, False), ("x", False)])
def test_history_is_a_word_that_spoils_no_record(hist: Any, history: bool) -> None:
    assert read(TOPIC, GOOD | {"hist": hist}).history is history


def test_a_sensor_speaks_of_its_calibration() -> None:
    state = read("hinoban/1/example/b0150/state/sensors/2", {"calibration_due": "2027-01-01"})
    assert state == State("b0150", "state/sensors/2", None, {"calibration_due": "2027-01-01"})


PARTS = st.sampled_from(["samples", "alarm", "state", "state/sensors/1", "ack", ""])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*GOOD, "bad", "lost", "online", "co_ppm"]), inner)
    ),
    max_leaves=12,
)


@given(part=PARTS, payload=st.binary() | JSON.map(lambda tree: json.dumps(tree).encode()))
def test_any_bytes_are_read_or_refused(part: str, payload: bytes) -> None:
    with contextlib.suppress(BadMessageError):
        message = decode(f"hinoban/1/example/b1/{part}", payload, SITE)
        assert message.board == "b1"


def test_depth_is_no_way_in() -> None:
    with pytest.raises(BadMessageError):
        decode("hinoban/1/example/b1/state", b'{"online":' + b"[" * 1000, SITE)
    for topic in (TOPIC, "hinoban/1/example/b1/state"):
        payload = b'{"x":' + b"[" * 400 + b"]" * 400 + b"}"
        with pytest.raises(BadMessageError):
            decode(topic, payload, SITE)


@given(topic=st.text())
def test_any_topic_is_read_or_refused(topic: str) -> None:
    with pytest.raises(BadMessageError):
        decode(topic, b"{}", SITE)
