"""Sending: real services on loopback that take, refuse, fail, hang or are not there."""

import asyncio
import email
import email.policy
import io
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from listener import Listener, listening
from notified import RECIPIENTS, World
from ports import free_port

from gateway.clock import Clock, SystemTime
from gateway.notify import courier
from gateway.notify.notice import Notice, Progress
from gateway.notify.notifier import Notifier
from gateway.notify.sender import BadAddressError, Result, check_address, send

# Apprise looks for a module that Python 3.13 has no more.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

ONE = '[[recipient]]\nid = "shift"\n'
WITHIN_S = 20.0
Make = Callable[..., World]


class Mail:
    """A real SMTP server that keeps what it takes."""

    def __init__(self) -> None:
        self.taken: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.taken.append((envelope.rcpt_tos, message))
        return "250 OK"


@pytest.fixture
def mail() -> Any:
    handler = Mail()
    server = Controller(handler, hostname="127.0.0.1", port=free_port())
    server.start()
    yield handler, server.port
    server.stop()


@asynccontextmanager
async def living(make_world: Make, text: str, **addresses: str) -> AsyncIterator[World]:
    """A life in real time, with Apprise."""
    world = make_world(text, addresses)
    world.clock = Clock(SystemTime("assume"))
    async with world.life(send):
        yield world
    world.journal.close()


async def until(world: World, holds: Callable[[list[Notice]], bool]) -> list[Notice]:
    """Wait until the notices are so."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            notices = await world.notices()
            if holds(notices):
                return notices
            await asyncio.sleep(0.05)


def progress(*wanted: Progress) -> Callable[[list[Notice]], bool]:
    return lambda notices: [n.progress for n in notices] == list(wanted)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed message is tried again at once."""
    monkeypatch.setattr(courier, "FIRST_WAIT_S", 0.05)


def test_a_page_reaches_a_webhook_and_an_ntfy_server(make_world: Make) -> None:
    async def story(hook: Listener, ntfy: Listener) -> None:
        addresses = {"shift": hook.url("json"), "chief": ntfy.url("ntfy", "fire-of-the-yard")}
        async with living(make_world, RECIPIENTS, **addresses) as world:
            world.feel(51.3)
            await until(world, progress(Progress.SENT, Progress.SENT))

    with listening() as hook, listening() as ntfy:
        asyncio.run(story(hook, ntfy))
        (said,), (pushed,) = hook.got, ntfy.got
    assert said["title"] == "#1 FIRE: c0150, 51.3 °C, limit 50 °C"
    assert "1. Do not enter and do not open the store." in said["message"]
    assert pushed["topic"] == "fire-of-the-yard"
    assert pushed["title"].startswith("#2 FIRE")


def test_a_page_reaches_a_mailbox(make_world: Make, mail: tuple[Mail, int]) -> None:
    handler, port = mail

    async def story() -> None:
        address = f"mailto://127.0.0.1:{port}?from=hinoban@plant.example&to=shift@plant.example"
        async with living(make_world, ONE, shift=address) as world:
            world.feel(51.3)
            await until(world, progress(Progress.SENT))

    asyncio.run(story())
    ((to, message),) = handler.taken
    assert to == ["shift@plant.example"]
    assert message["Subject"] == "#1 FIRE: c0150, 51.3 °C, limit 50 °C"
    assert "Call the fire service" in message.as_string() or "Cordon off" in message.as_string()


def test_a_service_that_hangs_delays_no_other_and_is_asked_again_with_the_word(
    make_world: Make, quick: None
) -> None:
    async def story(slow: Listener, good: Listener) -> None:
        text = RECIPIENTS + "[notify]\ntimeout_s = 1\n"
        addresses = {"shift": slow.url() + "?rto=30", "chief": good.url()}
        async with living(make_world, text, **addresses) as world:
            world.feel(51.3)
            await until(world, lambda all_: [n.progress for n in all_][1:] == [Progress.SENT])
            await until(world, lambda all_: all_[0].doubted)
            slow.holding.set()
            await until(world, progress(Progress.SENT, Progress.SENT))

    with listening() as slow, listening() as good:
        slow.holding.clear()
        asyncio.run(story(slow, good))
        titles = [said["title"] for said in slow.got]
    assert titles[0].startswith("#1 FIRE")
    assert titles[1].startswith("REPEAT #1 FIRE")
    assert len(good.got) == 1


def test_what_was_refused_for_certain_comes_without_the_word(make_world: Make, quick: None) -> None:
    async def story(hook: Listener) -> None:
        async with living(make_world, ONE, shift=hook.url()) as world:
            hook.status = 403
            world.feel(51.3)
            refused = await until(world, lambda all_: all_ != [] and all_[0].why != "")
            assert refused[0].why == "the service answers 403; check the address"
            assert world.notifier is not None
            assert any("recipient shift" in one for one in world.notifier.status().problems)
            hook.status = 200
            await until(world, progress(Progress.SENT))
            assert world.notifier.status().problems == ()

    with listening() as hook:
        asyncio.run(story(hook))
        assert all(said["title"].startswith("#1 ") for said in hook.got)


def test_a_server_that_fails_while_taking_it_may_have_taken_it(
    make_world: Make, quick: None
) -> None:
    async def story(hook: Listener) -> None:
        async with living(make_world, ONE, shift=hook.url()) as world:
            hook.status = 500
            world.feel(51.3)
            await until(world, lambda all_: all_ != [] and all_[0].doubted)
            hook.status = 200
            await until(world, progress(Progress.SENT))

    with listening() as hook:
        asyncio.run(story(hook))
        assert hook.got[-1]["title"].startswith("REPEAT #1 ")


def test_a_service_that_is_not_there_is_certain_and_names_no_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    result, why = send(f"json://user:pass-of-hana@127.0.0.1:{port}/token-of-hana", "t", "b")
    assert (result, why) == (Result.REFUSED, "the service cannot be reached")


@pytest.mark.parametrize("status", [401, 500])
def test_no_secret_gets_into_words_or_log(status: int) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with listening(status) as hook:
            _, why = send(hook.url("ntfy", "topic-of-hana") + "?token=tk_hana", "title", "body")
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert str(status) in why
    assert "hana" not in why + written.getvalue()


@pytest.mark.parametrize("address", ["nonsense", "nothing://of/hana", "mailto://", "slack://hana"])
def test_an_address_no_service_understands_is_refused_without_being_named(address: str) -> None:
    with pytest.raises(BadAddressError, match="Apprise cannot use the address") as refused:
        check_address(address)
    assert "hana" not in str(refused.value)


def test_the_address_is_read_at_every_attempt(make_world: Make, quick: None) -> None:
    async def story(hook: Listener) -> None:
        async with living(make_world, ONE, shift="json://127.0.0.1:1/nobody") as world:
            world.feel(51.3)
            await until(world, lambda all_: all_ != [] and all_[0].attempts > 0)
            (world.folder / "shift").unlink()
            gone = await until(world, lambda all_: "cannot be read" in all_[0].why)
            assert "make it readable" in gone[0].why
            (world.folder / "shift").write_text(hook.url())
            await until(world, progress(Progress.SENT))
            assert isinstance(world.notifier, Notifier)

    with listening() as hook:
        asyncio.run(story(hook))
        assert len(hook.got) == 1
