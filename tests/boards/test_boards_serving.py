"""Serving: a board gets its release part by part, and no more than its share."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from gateway.boards import certificates, release, shelf
from gateway.boards.keyring import RELEASE_PUBLIC, Keyring
from gateway.boards.messages import CHUNK_BYTES, MOST_CHUNKS, Want
from gateway.boards.serving import CHUNKS_PER_S, Serving

KEY = certificates.new_key()


def a_release(version: str, number: int, size: int = 10_500) -> release.Release:
    content = random.Random(number).randbytes(size)
    return release.sign(release.make(version, number, "rp2", 6, {"main.mpy": content}), KEY)


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    made = Keyring(tmp_path / "keys")
    made.make()
    made.write(RELEASE_PUBLIC, release.public_bytes(KEY))
    return made


class Shop:
    """Serving with a clock moved by hand."""

    def __init__(self, ring: Keyring) -> None:
        self.now_s = 0.0
        self.sent: list[tuple[str, bytes]] = []
        self.serving = Serving(ring, lambda *told: self.sent.append(told), lambda: self.now_s)

    async def ask(self, board: str, want: Want, digest: str | None) -> list[bytes]:
        before = len(self.sent)
        self.serving.take(board, want, digest)
        await asyncio.gather(*self.serving.reading)
        return [payload for who, payload in self.sent[before:] if who == board]


def played(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(story())


def test_a_release_is_fetched_whole_at_any_pace(ring: Keyring) -> None:
    one = a_release("1.0.0", 1)
    shelf.shelve(ring, one)

    async def story() -> None:
        shop = Shop(ring)
        got = b""
        while len(got) < len(one.packed):
            shop.now_s += 1.0
            want = Want(number=1, offset=len(got), n=random.Random(len(got)).randint(1, 4))
            for payload in await shop.ask("b1", want, one.digest):
                assert payload[:4] == b"\x00\x00\x00\x01"
                assert int.from_bytes(payload[4:8], "big") == len(got)
                assert 0 < len(payload) - 8 <= CHUNK_BYTES
                got += payload[8:]
        assert got == one.packed
        assert await shop.ask("b1", Want(number=1, offset=len(got), n=4), one.digest) == []

    played(story)


def test_what_there_is_not_is_said_so(ring: Keyring) -> None:
    one = a_release("1.0.0", 1)
    shelf.shelve(ring, one)

    async def story() -> None:
        shop = Shop(ring)
        want = Want(number=2, offset=512, n=1)
        nothing = [(2).to_bytes(4, "big") + (512).to_bytes(4, "big")]
        assert await shop.ask("b1", want, None) == nothing
        assert await shop.ask("b1", want, "ab" * 32) == nothing
        assert await shop.ask("b1", want, one.digest) == nothing

    played(story)


def test_a_release_that_was_tampered_with_on_the_gateway_is_not_served(ring: Keyring) -> None:
    one = a_release("1.0.0", 1)
    shelf.shelve(ring, one)
    path = ring.path(Path("releases") / one.name)
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    async def story() -> None:
        shop = Shop(ring)
        (said,) = await shop.ask("b1", Want(number=1, offset=0, n=4), one.digest)
        assert len(said) == 8

    played(story)


def test_boards_that_ask_too_much_wait_and_samples_do_not(ring: Keyring) -> None:
    one = a_release("1.0.0", 1, 200_000)
    shelf.shelve(ring, one)

    async def story() -> None:
        shop = Shop(ring)
        for n in range(200):
            await shop.ask(f"b{n % 7}", Want(number=1, offset=0, n=MOST_CHUNKS), one.digest)
        assert shop.serving.sent <= CHUNKS_PER_S
        assert shop.serving.held_back > 0
        shop.now_s += 1.0
        assert len(await shop.ask("b1", Want(number=1, offset=0, n=4), one.digest)) == 4

    played(story)


def test_few_releases_are_kept_in_memory(ring: Keyring) -> None:
    made = [a_release(f"1.{n}.0", n) for n in range(1, 7)]
    for one in made:
        shelf.shelve(ring, one)

    async def story() -> None:
        shop = Shop(ring)
        for one in made:
            shop.now_s += 1.0
            want = Want(number=one.manifest.number, offset=0, n=1)
            (payload,) = await shop.ask("b1", want, one.digest)
            assert payload[8:] == one.packed[:CHUNK_BYTES]
        assert shop.serving.kept <= 3

    played(story)
