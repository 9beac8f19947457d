"""Whatever a board writes has a golden message: one that is new fails here until it has one."""

import ast
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.boards import commands, messages
from gateway.mqtt.told import board_told
from gateway.mqtt.wire import Alarm, Samples, State, decode

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "wire"
SOURCES = sorted((ROOT / "firmware").glob("*.py"))
TREES = {path.stem: ast.parse(path.read_text("utf-8")) for path in SOURCES}
TOLD = {"told", "net", "crash"}  # what the firmware calls what it tells of itself
TELLERS = {"state", "net_state", "describe"}
KEY = bytes(range(32))


def golden_messages() -> Iterator[tuple[str, dict[str, Any]]]:
    """(noun, payload) of every golden message that is JSON."""
    for path in sorted(GOLDEN.glob("*.json")):
        case = json.loads(path.read_text("utf-8"))
        for told in (case, case.get("result", {})):
            if "payload" in told:
                noun = told["topic"].split("/", 4)[4]
                yield "state/sensors" if "sensors" in noun else noun, told["payload"]


def parts(payload: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Keys with their values; those of a part are told with the part's name."""
    for key, value in payload.items():
        yield key, value
        if isinstance(value, dict) and key in {"net", "crash"}:
            yield from ((f"{key}.{inner}", item) for inner, item in value.items())


def shapes() -> dict[str, dict[str, set[type]]]:
    """Noun -> key -> types it has in golden messages; all numbers count as one."""
    found: dict[str, dict[str, set[type]]] = defaultdict(lambda: defaultdict(set))
    for noun, payload in golden_messages():
        for key, value in parts(payload):
            found[noun][key].add(kind(value))
    return found


def kind(value: object) -> type:
    return float if isinstance(value, int) and not isinstance(value, bool) else type(value)


def constant(node: ast.AST | None) -> str | None:
    """A string that stands in the source; the text before its % where it is filled in."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        text = constant(node.left)
        return None if text is None else text.partition("%")[0].rstrip("/")
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def name_of(node: ast.AST) -> str:
    return getattr(node, "id", "") or getattr(node, "attr", "")


def test_every_noun_that_firmware_writes_or_hears_has_a_golden_message() -> None:
    nouns = set()
    for stem, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and name_of(node.func) in {"post", "_publish"}:
                nouns.add(constant(node.args[0]) if node.args else None)
            elif isinstance(node, ast.Subscript) and name_of(node.value) == "routes":
                nouns.add(constant(node.slice))
            elif stem == "wire" and isinstance(node, ast.Return):
                nouns |= {constant(item) for item in getattr(node.value, "elts", [])[:1]}
    nouns -= {None}
    golden = {noun for noun, _ in golden_messages()}
    binary = {"update"}
    assert nouns | {"ack"} == golden | binary


def keys_told() -> Iterator[str]:
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name in TELLERS:
                dicts = [item for item in ast.walk(node) if isinstance(item, ast.Dict)]
                yield from (key for item in dicts for key in map(constant, item.keys) if key)
            targets = getattr(node, "targets", [getattr(node, "target", None)])
            for target in targets:
                if isinstance(target, ast.Subscript) and name_of(target.value) in TOLD:
                    if (key := constant(target.slice)) is not None:
                        yield key
                elif target is not None and name_of(target) in TOLD:
                    value = getattr(node, "value", None)
                    if isinstance(value, ast.Dict):
                        yield from (key for key in map(constant, value.keys) if key)


def test_every_key_that_firmware_tells_of_itself_is_in_a_golden_message() -> None:
    told = set(keys_told())
    assert len(told) > 40
    golden = {
        key.rpartition(".")[2] for _, payload in golden_messages() for key, _ in parts(payload)
    }
    assert told - golden == set(), "add it to tests/golden/wire/state_full.json, or a sensor's file"


def test_every_condition_edge_and_reason_is_in_a_golden_message(
    run_node: Callable[..., str], firmware_directory: Path
) -> None:
    words = json.loads(run_node("words.py", firmware_directory))
    found = defaultdict(set)
    for noun, payload in golden_messages():
        if noun == "alarm":
            found["conditions"].add(payload["condition"])
            found["edges"].add(payload["edge"])
        elif noun == "samples":
            found["reasons"] |= {*payload.get("bad", {}).values()}
            found["reasons"] |= {*payload.get("doubt", {}).values()}
            found["losses"].add(payload.get("lost"))
    assert found["conditions"] == set(words["conditions"])
    assert found["edges"] == set(words["edges"])
    assert found["reasons"] == set(words["reasons"])
    assert found["losses"] - {None} == {"crc"}


@pytest.mark.debian
def test_all_that_a_running_board_says_is_golden_and_read_by_the_gateway(
    mosquitto: Any,
    listener: Any,
    new_board: Callable[..., Any],
    tmp_path: Path,
    until: Callable[..., Any],
) -> None:
    (tmp_path / "command.key").write_bytes(KEY)
    update = {"release_key": "release.pub", "command_key": str(tmp_path / "command.key")}
    board = new_board(mosquitto.port, off_s=0.2, update=update)

    def order(n: int, op: str, *args: int) -> None:
        state = listener.said("state")[-1]
        end_ms = state["up_ms"] + commands.VALID_MS
        text = commands.encode(KEY, "example", "b0150", n, op, args, state["boot"], end_ms)
        listener.client.publish("hinoban/1/example/b0150/cmd", text, qos=1)

    def edges() -> set[str]:
        return {message["edge"] for message in listener.said("alarm")}

    board.start()
    until(lambda: listener.said("samples") and listener.said("state"))
    board.values["temp_1_degc"] = 55.0
    until(lambda: "raised" in edges())
    order(1, "silence", 5)
    until(lambda: "silenced" in edges() and listener.said("cmd/result"))
    board.values["temp_1_degc"] = 20.0
    until(lambda: "cleared" in edges())
    order(2, "silence", 200)  # beyond the site's bounds
    until(lambda: len(listener.said("cmd/result")) == 2)
    board.kill()
    board.start()
    until(lambda: any("hist" in message for message in listener.said("samples")))
    until(lambda: any(state.get("cmd_n") == 2 for state in listener.said("state")))
    board.kill()

    golden = shapes()
    readable = {"samples": Samples, "alarm": Alarm, "state": State}
    heard = list(listener.heard)
    assert {noun for noun, _ in heard} >= {"samples", "alarm", "state", "cmd/result"}
    for noun, payload in heard:
        if noun == "cmd":
            continue
        for key, value in parts(payload):
            assert key in golden[noun], f"{noun}.{key} is in no golden message"
            known = golden[noun][key]
            assert value is None or kind(value) in known, f"{noun}.{key} is {value!r}"
        text = json.dumps(payload).encode()
        if noun == "cmd/result":
            assert messages.decode(messages.Result, noun, text).n in {1, 2}
        else:
            message = decode(f"hinoban/1/example/b0150/{noun}", text, "example")
            assert isinstance(message, readable[noun])
    answers = [(told["op"], told["ok"]) for told in listener.said("cmd/result")]
    assert answers == [("silence", True), ("silence", False)]
    newest = [state for state in listener.said("state") if state["online"]][-1]
    told = board_told(newest)
    assert (told.boot, told.command, told.reset_cause) == (2, 2, "restart")
