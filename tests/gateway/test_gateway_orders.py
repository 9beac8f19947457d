"""Orders to boards: on disk before they are sent, signed for one boot, answered and bounded."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gateway.views.orders
from agent.errors import NotAllowedError
from gateway.boards import certificates, commands, identity, release, shelf
from gateway.boards.keyring import RELEASE_PUBLIC, Keyring
from gateway.config import Config
from gateway.config_file import load_config
from gateway.historian.errors import JournalError
from gateway.mqtt.inbox import Arrival, Token
from gateway.views.orders import KEPT, MOST_ANSWERS, OrderDesk

EXAMPLE = Path(__file__).parents[2] / "gateway" / "deploy" / "example-plant.toml"
ROOT = "hinoban/1/t"
S = 1_000_000


@dataclass
class Post:
    """An order desk on a bench, and what it told the broker."""

    bench: Any
    config: Config
    connected: bool = True
    sent: list[tuple[str, bytes, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ring = Keyring(self.config.keyring())
        self.desk = OrderDesk(
            self.config, self.bench.desk, self.bench.recorder, self.bench.clock,
            lambda *told: self.sent.append(told), lambda: self.connected,
        )  # fmt: skip

    def hear(self, board: str, part: str, body: Any) -> bool:
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        topic = f"{ROOT}/{board}/{part}"
        return self.desk.take(Arrival(topic, payload, self.bench.clock.now(), Token(1, 1)))

    def alive(self, board: str = "b1", boot: int = 17, up_ms: int = 5000, **more: Any) -> None:
        state = {"online": True, "boot": boot, "up_ms": up_ms} | more
        assert self.hear(board, "state", state) is False
        self.bench.desk.take(self.bench.message(board, "state", state), self.bench.clock)

    async def order(self, op: str, *args: Any, board: str = "b1",
                    release_: str | None = None) -> Any:  # fmt: skip
        return await self.desk.order(board, op, args, release_, "ada", "why")


@pytest.fixture
def post(make_bench: Callable[..., Any], tmp_path: Path) -> Post:
    bench = make_bench()
    example = load_config(EXAMPLE)
    boards = tuple(
        example.board[0].model_copy(update={"id": name, "store": f"c{n}"})
        for n, name in enumerate(("b1", "b2"), 1)
    )
    config = example.model_copy(
        update={
            "site": example.site.model_copy(update={"id": "t"}),
            "storage": example.storage.model_copy(update={"directory": tmp_path}),
            "board": boards,
        }
    )
    made = Post(bench, config)
    now = certificates.EARLIEST_NOW
    identity.make_authority(made.ring, "t", now)
    identity.make_identity(made.ring, "b1", now)
    return made


def played(post: Post, story: Callable[[], Any]) -> None:
    post.bench.run(story)


def test_it_is_on_disk_before_it_is_sent_and_holds_for_one_boot_and_a_while(post: Post) -> None:
    async def story() -> None:
        post.alive(boot=17, up_ms=5000)
        post.bench.time.mono += 3 * S
        post.bench.journal.script = ["slow"]
        asked = asyncio.create_task(post.order("silence", 10))
        await post.bench.until(lambda: post.bench.journal.attempts == 1)
        assert post.sent == []
        post.bench.journal.go_on.set()
        view = await asked
        assert (view.n, view.op, view.args, view.person) == (1, "silence", (10,), "ada")

    played(post, story)
    ((topic, payload, qos),) = post.sent
    assert (topic, qos) == (f"{ROOT}/b1/cmd", 1)
    told = json.loads(payload)
    exp_up_ms = 5000 + 3000 + commands.VALID_MS
    text = json.dumps(["t", "b1", 1, "silence", [10], 17, exp_up_ms], separators=(",", ":"))
    key = identity.command_key(post.ring, "b1")
    mac = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    assert told == {"n": 1, "op": "silence", "args": [10], "exp_up_ms": exp_up_ms, "mac": mac}
    assert post.bench.stored()["state"][("command", "b1")] == [1, None]


def test_what_is_not_on_disk_in_time_is_never_sent(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway.views.orders, "ANSWER_S", 0.05)

    async def story() -> None:
        post.alive()
        post.bench.journal.after = "refused"
        with pytest.raises(JournalError, match="the command is not sent"):
            await post.order("silence", 10)
        post.bench.journal.after = "ok"
        await post.bench.settled()
        assert post.desk.orders("b1") == []
        post.bench.journal.script = []
        monkeypatch.setattr(gateway.views.orders, "ANSWER_S", 10.0)
        assert (await post.order("silence", 10)).n == 2

    played(post, story)
    assert [json.loads(payload)["n"] for _, payload, _ in post.sent] == [2]


@pytest.mark.parametrize("mode", ["refused", "landed"])
def test_a_commit_that_is_repeated_spends_one_number(post: Post, mode: str) -> None:
    async def story() -> None:
        post.alive()
        post.bench.journal.script = [mode]
        assert (await post.order("silence", 10)).n == 1
        assert (await post.order("silence", 10)).n == 2

    played(post, story)
    assert [json.loads(payload)["n"] for _, payload, _ in post.sent] == [1, 2]


def test_a_board_that_obeyed_more_than_this_gateway_remembers_is_believed(post: Post) -> None:
    async def story() -> None:
        post.alive(cmd_n=40)
        assert (await post.order("silence", 10)).n == 41
        post.alive(cmd_n="many")
        assert (await post.order("silence", 10)).n == 42

    played(post, story)


def test_why_a_board_cannot_be_told(post: Post) -> None:
    async def story() -> None:
        async def refused(words: str, *asked: Any, **options: Any) -> None:
            with pytest.raises(NotAllowedError, match=words):
                await post.order(*asked, **options)

        await refused("b1 has not told its state since the gateway started", "test")
        post.alive()
        post.alive("b2")
        await refused("begin with `hinoban board new b2`", "test", board="b2")
        await refused("give a whole number from 1 to 240", "silence", 500)
        await refused("no board knows the command 'open'", "open")
        post.hear("b1", "state", {"online": False})
        await refused("b1 is not connected", "test")
        post.alive()
        post.connected = False
        await refused("the gateway has no broker", "test")

    played(post, story)
    assert post.sent == []
    assert post.bench.stored()["state"].get(("command", "b1")) is None


def test_an_update_names_a_signed_release_of_the_boards_port(post: Post) -> None:
    key = certificates.new_key()
    made = {
        port: release.sign(release.make("1.0.0", 3, port, 6, {"main.mpy": b"M\x06"}), key)
        for port in ("rp2", "esp32")
    }
    other = release.sign(release.make("1.1.0", 4, "rp2", 6, {"main.mpy": b""}, ("b2",)), key)

    async def story() -> None:
        post.alive(port="rp2")
        want = {"number": 3, "offset": 0, "n": 1}
        assert post.hear("b1", "update/want", want) is True
        assert post.sent.pop() == (f"{ROOT}/b1/update", b"\x00\x00\x00\x03" + bytes(4), 0)
        with pytest.raises(NotAllowedError, match="hinoban release key"):
            await post.order("update", release_=made["rp2"].digest)
        post.ring.write(RELEASE_PUBLIC, release.public_bytes(key))
        for one in (*made.values(), other):
            shelf.shelve(post.ring, one)
        for digest, words in (
            ("ab" * 32, "has no such release"),
            (made["esp32"].digest, "is for esp32; b1 is rp2"),
            (other.digest, "is not for b1: b2"),
            (None, "has no such release"),
        ):
            with pytest.raises(NotAllowedError, match=words):
                await post.order("update", release_=digest)
        one = made["rp2"]
        view = await post.order("update", release_=one.digest)
        assert view.args == (3, "1.0.0", len(one.packed), one.digest)
        post.sent.clear()
        post.hear("b1", "update/want", want)
        await post.bench.until(lambda: post.sent)
        ((topic, payload, qos),) = post.sent
        assert (topic, payload[8:], qos) == (f"{ROOT}/b1/update", one.packed[:1000], 0)

    played(post, story)


def test_answers_belong_to_the_order_and_the_board_they_name(post: Post) -> None:
    async def story() -> None:
        post.alive()
        await post.order("silence", 10)
        await post.order("test")
        assert post.hear("b1", "cmd/result", {"n": 1, "op": "silence", "ok": True}) is True
        post.hear("b1", "cmd/result", {"n": 7, "op": "silence", "ok": True})
        post.hear("b2", "cmd/result", {"n": 2, "op": "test", "ok": True})
        post.hear("b1", "cmd/result", {"n": None, "ok": False, "why": "form"})
        for _ in range(10):
            post.hear("b1", "cmd/result", {"n": 2, "op": "test", "ok": False, "why": "busy"})

    played(post, story)
    last, first = post.desk.orders("b1")
    assert [(answer.ok, answer.why) for answer in first.answers] == [(True, None)]
    assert [(answer.ok, answer.why) for answer in last.answers] == [(False, "busy")] * MOST_ANSWERS
    assert post.desk.orders("b2") == []


def test_only_the_newest_orders_are_kept(post: Post) -> None:
    async def story() -> None:
        post.alive()
        for _ in range(KEPT + 4):
            await post.order("silence", 10)

    played(post, story)
    assert [view.n for view in post.desk.orders("b1")] == list(range(KEPT + 4, 4, -1))


def test_what_a_board_garbles_is_counted_and_passed_over(post: Post) -> None:
    assert post.hear("b1", "update/want", b"\xff\x00") is True
    assert post.hear("b1", "cmd/result", {"n": 1}) is True
    assert post.hear("b9", "update/want", {"number": 1, "offset": 0, "n": 1}) is True
    assert post.hear("b9", "state", {"online": True}) is False
    assert post.hear("b1", "state", b"{") is False
    assert post.hear("b1", "samples", b"{") is False
    assert {one.board: one.refused for one in post.bench.desk.boards.status()} == {
        "b1": {"not_json": 1, "bad_field": 1},
        "b2": {},
    }
    post.bench.journal.close()


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None
)
@given(
    st.sampled_from(["state", "update/want", "cmd/result", "samples", ""]),
    st.binary(max_size=40) | st.from_regex(rb'\{"n":-?[0-9]{1,20},"ok":(true|1)\}', fullmatch=True),
)
def test_no_message_of_a_board_harms_the_gateway(post: Post, part: str, payload: bytes) -> None:
    assert post.hear("b1", part, payload) is (part in {"update/want", "cmd/result"})
