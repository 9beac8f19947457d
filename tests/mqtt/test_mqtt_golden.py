"""The golden messages between boards and gateway: each is read here as a board writes it."""

import json
import struct
from pathlib import Path

import pytest

from gateway.boards import messages
from gateway.mqtt.told import board_told, sensor_told
from gateway.mqtt.wire import Alarm, Lost, Samples, State, decode, encode_ack

GOLDEN = Path(__file__).parents[1] / "golden" / "wire"
CASES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(GOLDEN.glob("*.json"))}
ROOT = "hinoban/1/example/"
TO_BOARDS = {"ack", "cmd", "update"}


def noun(name: str) -> str:
    return str(CASES[name]["topic"].removeprefix(ROOT).partition("/")[2])


def payload(name: str) -> bytes:
    return json.dumps(CASES[name]["payload"], separators=(",", ":")).encode()


def names(*parts: str) -> list[str]:
    return [name for name in CASES if noun(name).partition("/")[0] in parts]


def test_every_golden_message_says_whose_it_is_and_why() -> None:
    for name, case in CASES.items():
        assert case["topic"].startswith(ROOT), name
        assert case["about"].endswith("."), name
        if "payload" in case:
            assert len(json.dumps(case["payload"], separators=(",", ":"))) <= 1024, name


@pytest.mark.parametrize("name", names("samples"))
def test_samples_are_read(name: str) -> None:
    told = CASES[name]["payload"]
    message = decode(CASES[name]["topic"], payload(name), "example")
    if "lost" in told:
        assert message == Lost(message.board, told["stream"], told["seq"], told["lost"])
        return
    assert isinstance(message, Samples)
    keys = ("stream", "boot", "seq", "oldest", "up_ms", "t_us")
    assert [getattr(message.record, key) for key in keys] == [told[key] for key in keys]
    assert message.values == told["v"]
    assert message.bad == told.get("bad", {})
    assert message.doubt == told.get("doubt", {})
    assert message.history == bool(told.get("hist"))
    assert message.bad.keys().isdisjoint(message.values)


@pytest.mark.parametrize("name", names("alarm"))
def test_alarm_edges_are_read(name: str) -> None:
    told = CASES[name]["payload"]
    message = decode(CASES[name]["topic"], payload(name), "example")
    assert isinstance(message, Alarm)
    keys = ("stream", "boot", "seq", "oldest", "up_ms", "t_us")
    assert [getattr(message.record, key) for key in keys] == [told[key] for key in keys]
    keys = ("condition", "edge", "point", "value", "limit")
    assert [getattr(message, key) for key in keys] == [told[key] for key in keys]


def test_everything_a_board_says_of_itself_is_understood() -> None:
    message = decode(CASES["state_full"]["topic"], payload("state_full"), "example")
    assert isinstance(message, State)
    assert message.online
    told = board_told(message.fields)
    known = CASES["state_full"]["payload"]
    for key in (
        "release", "number", "slot", "trial", "update", "boot", "reset_cause", "up_ms", "report_s",
        "next_report_up_ms", "free_heap", "clock_synchronised", "ring_fill", "ring_days", "oldest",
        "newest", "dropped", "alarm", "silenced", "guard_failures",
    ):  # fmt: skip
        assert getattr(told, key) == known[key], key
    assert (told.held, told.command, told.reconnects) == (1371, 8, 4)
    assert (told.horn, told.hold, told.battery) == (True, False, True)
    assert told.failed == "11: unhealthy"
    assert (told.died, told.alarms_dropped) == ("temp_1_degc", 0)
    assert told.crash == "session: KeyError('v',)"


def test_a_last_will_is_read() -> None:
    message = decode(CASES["state_offline"]["topic"], payload("state_offline"), "example")
    assert message == State("b0150", "state", online=False, fields={"online": False})


@pytest.mark.parametrize("name", [n for n in names("state") if "sensors" in noun(n)])
def test_sensors_are_understood(name: str) -> None:
    known = CASES[name]["payload"]
    message = decode(CASES[name]["topic"], payload(name), "example")
    assert isinstance(message, State)
    told = sensor_told(message.fields)
    assert (told.value, told.kind) == (known["value"], known["kind"])
    for key in ("calibrated", "due", "bump_due"):
        day = getattr(told, key)
        assert (None if day is None else day.isoformat()) == known.get(key)
    assert (told.status, told.judged) == (known["status"], known["judged"])
    assert known.get("rom") in {None, told.place}
    if "address" in known:
        assert told.place == f"address {known['address']}, channel {known['channel']}"


def test_what_boards_ask_and_answer_is_read() -> None:
    want = messages.decode(messages.Want, "update/want", payload("update_want"))
    assert (want.number, want.offset, want.n) == (12, 4096, 4)
    result = messages.decode(messages.Result, "cmd/result", payload("update_failed"))
    assert (result.n, result.op, result.ok) == (8, "update", False)
    assert result.why == "the gateway does not have it"


def test_what_the_gateway_says_is_what_boards_read() -> None:
    assert json.loads(encode_ack("gw1", "9f3a12c4", 412)) == CASES["ack"]["payload"]
    chunk = CASES["update_chunk"]
    made = messages.chunk(chunk["number"], chunk["offset"], bytes.fromhex(chunk["data"]))
    assert made.hex() == chunk["hex"]
    assert struct.unpack(">II", made[:8]) == (12, 4096)
    # Commands are compared in the room that signs them.
    assert {noun(name) for name in CASES if noun(name) in TO_BOARDS} == TO_BOARDS
