"""A release goes to one board first, then to some at a time, and not past a failure."""

from typing import Any

import pytest

import gateway.command.board_update
from gateway.boards import release
from gateway.command.board_update import Rollout
from gateway.command.session import GatewayError

NEW = release.make("1.1.0", 2, "unix", 6, {"main.mpy": b"M\x06"})


class Yard:
    """What the gateway would say of boards: each goes its way, a step at each look."""

    def __init__(self, **ways: str) -> None:
        self.ways = ways
        self.told: list[str] = []
        self.steps: dict[str, list[dict[str, Any]]] = {}
        self.views = {
            board: {"id": board, "told_utc": "2026-11-22T00:00:00Z", "state": {"number": 1}}
            for board in ways
        }
        self.answers: dict[str, list[dict[str, Any]]] = {board: [] for board in ways}
        self.most_at_once = 0

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        if path == "boards":
            self.most_at_once = max(self.most_at_once, len(self.steps))
            for board, steps in self.steps.items():
                state = steps.pop(0)
                self.views[board] |= {"state": state, "told_utc": "2026-11-22T00:00:02Z"}
            self.steps = {board: steps for board, steps in self.steps.items() if steps}
            return list(self.views.values())
        _, board, *rest = path.split("/")
        if not rest:
            return self.views[board]
        if method == "POST":
            return self._order(board, body)
        return [{"n": 1, "answers": self.answers[board]}]

    def _order(self, board: str, body: Any) -> Any:
        assert body["release"] == NEW.digest
        if self.ways[board] == "offline":
            raise GatewayError(f"{board} is not connected")
        self.told.append(board)
        if self.ways[board] == "refuses":
            self.answers[board] = [{"ok": False, "why": "bounds: number 2 is not above 3"}]
        trial = {"number": 2, "release": "1.1.0", "trial": True}
        ends: dict[str, list[dict[str, Any]]] = {
            "healthy": [{"number": 1, "update": "1000 of 2000 bytes"}, {"online": False}, trial,
                        {"number": 2, "trial": False}],
            "sick": [trial, {"number": 1, "release": "1.0.0", "failed": [2, "no gateway"]}],
            "refuses": [{"number": 1}],
            "silent": [],
        }  # fmt: skip
        if ends[self.ways[board]]:
            self.steps[board] = ends[self.ways[board]]
        return {"n": 1, "sent_utc": "2026-11-22T00:00:01Z"}


def rolled(yard: Yard, at_once: int = 2, wait_s: float = 60.0) -> Rollout:
    session: Any = yard
    rollout = Rollout(session, dict.fromkeys(yard.ways, NEW), None, wait_s)
    rollout.run(at_once)
    return rollout


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.command.board_update, "_LOOK_S", 0.0)


def test_one_first_then_some_at_a_time() -> None:
    yard = Yard(b1="healthy", b2="healthy", b3="healthy", b4="healthy", b5="healthy")
    done = rolled(yard)
    assert sorted(done.healthy) == ["b1", "b2", "b3", "b4", "b5"]
    assert done.healthy[0] == "b1"
    assert yard.most_at_once == 2
    assert list(done.summary()) == ["5 of 5 boards are up to date and healthy"]


@pytest.mark.parametrize("way", ["sick", "refuses"])
def test_nobody_is_told_after_the_first_fails(way: str) -> None:
    yard = Yard(b1=way, b2="healthy")
    done = rolled(yard)
    assert (yard.told, done.healthy, done.failed) == (["b1"], [], "b1")
    assert list(done.summary())[1:] == ["ended by b1", "left alone: b2"]


def test_who_is_under_way_goes_on_when_another_fails() -> None:
    yard = Yard(b1="healthy", b2="sick", b3="healthy", b4="healthy")
    done = rolled(yard)
    assert yard.told == ["b1", "b2", "b3"]
    assert list(done.summary())[1:] == [
        "ended by b2",
        "told and going on by themselves: b3",
        "left alone: b4",
    ]


def test_a_board_that_cannot_be_told_proves_nothing_and_ends_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    yard = Yard(b1="offline", b2="healthy", b3="offline", b4="healthy")
    done = rolled(yard)
    assert (done.healthy, done.untold, done.failed) == (["b2", "b4"], ["b1", "b3"], None)
    assert "b1 cannot be told: b1 is not connected" in capsys.readouterr().out


def test_a_board_that_has_it_already_is_not_told_and_is_not_the_proof() -> None:
    yard = Yard(b1="healthy", b2="healthy", b3="healthy")
    yard.views["b1"]["state"] = {"number": 2, "trial": False}
    done = rolled(yard)
    assert yard.told == ["b2", "b3"]
    assert yard.most_at_once == 1
    assert sorted(done.healthy) == ["b1", "b2", "b3"]


def test_what_a_board_said_of_an_earlier_attempt_is_no_failure_of_this_one() -> None:
    yard = Yard(b1="healthy")
    yard.views["b1"]["state"] = {"number": 1, "failed": [2, "power"], "trial": False}
    assert rolled(yard).healthy == ["b1"]


def test_patience_ends() -> None:
    assert rolled(Yard(b1="silent", b2="healthy"), wait_s=0.0).failed == "b1"
