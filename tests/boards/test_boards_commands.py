"""Commands: the signed text both sides know, and numbers that never come twice."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import BadMessageError, NotAllowedError
from gateway.boards import commands, messages
from gateway.boards.commands import CommandBook
from gateway.boards.messages import Alive, Result, Want

GOLDEN = Path(__file__).parents[1] / "golden" / "wire"
CASES = sorted(GOLDEN.glob("cmd_*.json"))
SIGNED_HERE = [path for path in CASES if "other" not in path.name and "earlier" not in path.name]


def test_there_are_golden_commands() -> None:
    assert len(SIGNED_HERE) >= 8


@pytest.mark.parametrize("path", SIGNED_HERE, ids=lambda path: path.stem)
def test_a_command_is_signed_as_boards_check_it(path: Path) -> None:
    case = json.loads(path.read_text("utf-8"))
    board, told = case["board"], case["payload"]
    made = commands.encode(
        bytes.fromhex(board["key"]), board["site"], board["board"], told["n"], told["op"],
        told["args"], board["boot"], told["exp_up_ms"],
    )  # fmt: skip
    assert json.loads(made) == told
    assert messages.command_topic(board["site"], board["board"]) == case["topic"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_a_board_answers_is_read(path: Path) -> None:
    answer = json.loads(path.read_text("utf-8")).get("result")
    if answer is None:
        pytest.fail(f"{path.name} says no result")
    read = messages.decode(Result, answer["topic"], json.dumps(answer["payload"]).encode())
    told = answer["payload"]
    assert (read.n, read.op, read.ok, read.why) == (
        told.get("n"), told.get("op"), told["ok"], told.get("why"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("op", "args", "said"),
    [
        ("silence", [0], "give a whole number from 1 to 240"),
        ("silence", [1.5], "give a whole number"),
        ("silence", [], "silence takes minutes; 0 values"),
        ("test", [1], "test takes nothing; 1 values"),
        ("limits", [None, None], "give at least one of temp_degc, co_ppm"),
        ("limits", [47], "limits takes temp_degc, co_ppm"),
        ("interval", [True], "give a whole number"),
        ("update", [1, "1", 2, "3"], "no board knows the command 'update'"),
        ("open_valve", [], "no board knows the command 'open_valve'"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(op: str, args: list[Any], said: str) -> None:
    with pytest.raises(NotAllowedError) as refused:
        commands.check(op, args)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("op", "args"),
    [("silence", [10]), ("test", []), ("limits", [47, None]), ("limits", [None, 2500])],
)
def test_what_can_be_asked(op: str, args: list[Any]) -> None:
    commands.check(op, args)


step = st.one_of(
    st.tuples(st.just("order"), st.sampled_from(["b1", "b2"]), st.integers(0, 50)),
    st.just(("commit",)),
    st.just(("crash",)),
)


@given(st.lists(step, max_size=40))
def test_no_number_that_was_on_disk_comes_again(steps: list[tuple[Any, ...]]) -> None:
    """Whatever was committed is never given out a second time, also after a lost commit."""
    book, disk = CommandBook(), {}
    committed: dict[str, list[int]] = {"b1": [], "b2": []}
    waiting: dict[str, list[int]] = {"b1": [], "b2": []}
    for one in steps:
        if one[0] == "order":
            _, board, obeyed = one
            n = book.next(board, obeyed, None)
            assert n > max([obeyed, *committed[board], *waiting[board]])
            waiting[board].append(n)
        elif one[0] == "commit":
            disk |= book.dirty()
            for board in committed:
                committed[board] += waiting[board]
                waiting[board] = []
        else:
            book.restore(disk)
            waiting = {"b1": [], "b2": []}


def test_the_release_a_board_was_told_of_outlives_other_commands_and_a_restart() -> None:
    book = CommandBook()
    book.next("b1", 0, "ab" * 32)
    book.next("b1", 0, None)
    other = CommandBook()
    other.restore(book.dirty())
    assert other.release("b1") == "ab" * 32
    assert other.release("b2") is None
    assert other.next("b1", 0, None) == 3
    assert book.dirty() == {}


@given(st.sampled_from([Want, Result, Alive]), st.binary(max_size=60))
def test_any_bytes_of_a_board_are_read_or_refused(kind: type[Any], payload: bytes) -> None:
    with contextlib.suppress(BadMessageError):
        messages.decode(kind, "hinoban/1/example/b1/update/want", payload)


def test_a_want_is_bounded() -> None:
    topic = "hinoban/1/example/b1/update/want"
    for payload in (
        b'{"number":1,"offset":0,"n":5}', b'{"number":1,"offset":-1,"n":1}',
        b'{"number":4294967296,"offset":0,"n":1}', b'{"number":1,"offset":0}',
    ):  # fmt: skip
        with pytest.raises(BadMessageError):
            messages.decode(Want, topic, payload)
    with pytest.raises(BadMessageError, match="1025 bytes"):
        messages.decode(Want, topic, b" " * 1025)


@pytest.mark.parametrize(
    ("topic", "parts"),
    [
        ("hinoban/1/example/b1/update/want", ("b1", "update/want")),
        ("hinoban/1/example/b1/state", ("b1", "state")),
        ("hinoban/1/other/b1/state", ("", "")),
        ("hinoban/1/example", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_topic_has_a_board_and_a_part(topic: str, parts: tuple[str, str]) -> None:
    assert messages.split(topic, "example") == parts
