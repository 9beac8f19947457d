"""The link against a server that lies: no reply but the right one ever gives values."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.clock import Now
from gateway.config import Line as Settings
from gateway.modbus.errors import LateError, LinkError, RefusedError, SilentUnitError
from gateway.modbus.line import Line, Link, Timing

REGISTERS = {n: 1000 + n for n in range(200)}
TIMEOUT_S = 0.3
"""For answers that must not come."""

PATIENT_S = 10.0
"""For answers that must come, on a busy machine too."""

MakeServer = Callable[..., Any]


def now() -> Now:
    mono_us = int(time.monotonic() * 1e6)
    return Now(mono_us + 1_700_000_000_000_000, mono_us, True)


def link_to(server: Any, timeout_s: float = PATIENT_S, **more: float) -> Link:
    settings = Settings(id="line", host="127.0.0.1", port=server.port)
    return Line(settings, now).link(1, Timing(timeout_s, **more))


async def values(link: Link, *asked: Any) -> tuple[int, ...]:
    return (await link.read(*asked)).values


async def ask(
    server: Any, count: int = 2, kind: str = "holding", timeout_s: float = PATIENT_S
) -> tuple[int, ...]:
    link = link_to(server, timeout_s)
    try:
        return await values(link, kind, 10, count)
    finally:
        link.close()


@pytest.mark.parametrize(
    ("kind", "count", "expected"),
    [
        pytest.param("coil", 3, (0, 1, 0), id="coils"),
        pytest.param("discrete", 9, (0, 1, 0, 1, 0, 1, 0, 1, 0), id="discrete inputs"),
        pytest.param("holding", 2, (1010, 1011), id="holding registers"),
        pytest.param("input", 125, tuple(range(1010, 1135)), id="input registers, the most"),
    ],
)
def test_reads(lying_server: MakeServer, kind: str, count: int, expected: tuple[int, ...]) -> None:
    async def main() -> None:
        contents = {n: n % 2 for n in range(30)} if kind in {"coil", "discrete"} else REGISTERS
        async with lying_server(contents) as server:
            assert await ask(server, count, kind) == expected

    asyncio.run(main())


def good(asked: Any) -> bytes:
    pdu: bytes = asked.pdu(REGISTERS)
    return pdu


LIES = [
    pytest.param(lambda a: [a.frame(good(a), transaction=0)], "foreign", id="transaction id 0"),
    pytest.param(
        lambda a: [a.frame(good(a), transaction=a.transaction ^ 1)], "foreign", id="foreign id"
    ),
    pytest.param(lambda a: [a.frame(good(a), unit=7)], "unit 7 answered", id="wrong unit"),
    pytest.param(lambda a: [a.frame(good(a), unit=0)], "unit 0 answered", id="unit 0"),
    pytest.param(
        lambda a: [a.frame(b"\x04" + good(a)[1:])], "function 4 answered", id="wrong function"
    ),
    pytest.param(lambda a: [a.frame(b"\x84\x02")], "function 132", id="exception to another"),
    pytest.param(lambda a: [a.frame(b"\x83")], "no Modbus TCP", id="exception without a code"),
    pytest.param(lambda a: [a.frame(b"\x03\x02\x00\x01")], "2 bytes", id="too few registers"),
    pytest.param(
        lambda a: [a.frame(b"\x03\x06\x00\x01\x00\x02\x00\x03")], "6 bytes", id="too many"
    ),
    pytest.param(
        lambda a: [a.frame(b"\x03\x04\x00\x01")], "announced as 4", id="byte count without bytes"
    ),
    pytest.param(
        lambda a: [a.frame(b"\x03\x06\x00\x01\x00\x02")],
        "announced as 6",
        id="byte count beyond the bytes",
    ),
    pytest.param(
        lambda a: [a.frame(b"\x03\x03\x00\x01\x02")], "announced as 3", id="odd byte count"
    ),
    pytest.param(lambda a: [a.frame(good(a))[:-1]], "no answer", id="truncated"),
    pytest.param(lambda a: [a.frame(good(a))[:5]], "no answer", id="half a header"),
    pytest.param(lambda _: [], "no answer", id="silence"),
    pytest.param(lambda _: [b"HTTP/1.1 400 Bad Request\r\n"], "no Modbus TCP", id="a web server"),
    pytest.param(
        lambda a: [a.frame(good(a))[:2] + b"\x00\x01" + a.frame(good(a))[4:]],
        "no Modbus TCP",
        id="another protocol",
    ),
    pytest.param(lambda _: [b"\x00" * 600], "no Modbus TCP", id="zeros"),
]


@pytest.mark.parametrize(("script", "words"), LIES)
def test_no_lie_gives_values(
    lying_server: MakeServer, script: Callable[[Any], list[object]], words: str
) -> None:
    async def main() -> None:
        async with lying_server(script=script) as server:
            with pytest.raises(LinkError, match=words):
                await ask(server, timeout_s=TIMEOUT_S)

    asyncio.run(main())


def test_a_hang_up_is_told_at_once(lying_server: MakeServer) -> None:
    async def main() -> None:
        async with lying_server() as server:
            server.script = lambda _: [server.HANG_UP]
            link = link_to(server, 60.0)
            with pytest.raises(LinkError, match="closed the connection"):
                await link.read("holding", 0, 1)

    asyncio.run(main())


def test_a_refusal_names_the_remedy_and_keeps_the_connection(lying_server: MakeServer) -> None:
    async def main() -> None:
        async with lying_server({5: 55}) as server:
            link = link_to(server, PATIENT_S)
            with pytest.raises(RefusedError, match=r"exception 2 .*check register and address"):
                await link.read("holding", 5, 2)
            assert await values(link, "holding", 5, 1) == (55,)
            assert server.connections == 1
            link.close()

    asyncio.run(main())


@pytest.mark.parametrize("code", [10, 11])
def test_a_gateway_that_finds_the_unit_silent_keeps_the_connection(
    lying_server: MakeServer, code: int
) -> None:
    async def main() -> None:
        async with lying_server() as server:
            server.script = lambda asked: [asked.frame(bytes((asked.function | 0x80, code)))]
            link = link_to(server)
            for _ in range(3):
                with pytest.raises(SilentUnitError, match=f"exception {code} .*check"):
                    await link.read("holding", 5, 2)
            assert server.connections == 1
            link.close()

    asyncio.run(main())


def test_a_reply_in_drops_is_a_reply(lying_server: MakeServer) -> None:
    async def main() -> None:
        def drip(asked: Any) -> list[object]:
            frame = asked.frame(good(asked))
            parts: list[object] = []
            for n in range(len(frame)):
                parts += [frame[n : n + 1], asyncio.sleep(0.001)]
            return parts

        async with lying_server(script=drip) as server:
            assert await ask(server) == (1010, 1011)

    asyncio.run(main())


def test_a_reply_that_a_gateway_was_held_up_over_is_none_and_the_connection_stays(
    lying_server: MakeServer,
) -> None:
    async def hold_up() -> None:
        time.sleep(3 * TIMEOUT_S)  # noqa: ASYNC251 - as a slow disk does

    async def main() -> None:
        held = True

        def answer(asked: Any) -> list[object]:
            return [asked.frame(good(asked)), *([hold_up()] if held else [])]

        async with lying_server(script=answer) as server:
            link = link_to(server, TIMEOUT_S)
            with pytest.raises(LateError, match="the gateway was held up"):
                await values(link, "holding", 10, 2)
            held = False
            assert await values(link, "holding", 10, 2) == (1010, 1011)
            link.close()
            assert server.connections == 1

    asyncio.run(main())


def test_duplicates_and_strangers_before_and_after_are_thrown_away(
    lying_server: MakeServer,
) -> None:
    async def main() -> None:
        def noisy(asked: Any) -> list[object]:
            true = asked.frame(good(asked))
            stranger = asked.frame(b"\x03\x04\xde\xad\xbe\xef", transaction=asked.transaction - 1)
            return [stranger + true + true, true]

        async with lying_server(script=noisy) as server:
            link = link_to(server, PATIENT_S)
            for _ in range(20):
                assert await values(link, "holding", 10, 2) == (1010, 1011)
            link.close()
            assert server.connections == 1
            assert link.strays > 20

    asyncio.run(main())


def test_the_late_reply_of_a_dropped_connection_is_never_taken(lying_server: MakeServer) -> None:
    async def main() -> None:
        answers: list[bytes] = []

        def late(asked: Any) -> list[object]:
            answers.append(asked.frame(b"\x03\x02" + len(server.asked).to_bytes(2, "big")))
            wait = [asyncio.sleep(TIMEOUT_S * 1.5)] if len(server.asked) == 1 else []
            return [*wait, answers[-1]]

        async with lying_server(script=late) as server:
            link = link_to(server, TIMEOUT_S)
            with pytest.raises(LinkError, match="no answer within"):
                await link.read("holding", 10, 1)
            for expected in (2, 3, 4):
                assert await values(link, "holding", 10, 1) == (expected,)
            link.close()
            assert server.connections == 2
            assert len({asked.transaction for asked in server.asked}) == 4

    asyncio.run(main())


def test_half_a_frame_left_over_costs_the_connection(lying_server: MakeServer) -> None:
    async def main() -> None:
        def sloppy(asked: Any) -> list[object]:
            return [asked.frame(good(asked)) + b"\x00\x01\x00"]

        async with lying_server(script=sloppy) as server:
            link = link_to(server, PATIENT_S)
            for _ in range(3):
                assert await values(link, "holding", 10, 2) == (1010, 1011)
            link.close()
            assert server.connections == 3

    asyncio.run(main())


def test_a_cancelled_read_drops_the_connection(lying_server: MakeServer) -> None:
    async def main() -> None:
        async with lying_server(script=lambda _: []) as server:
            link = link_to(server, 60.0)
            task = asyncio.create_task(link.read("holding", 10, 1))
            await server.first_asked.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            server.script = None
            with pytest.raises(RefusedError):
                await link.read("holding", 10, 1)
            assert server.connections == 2
            link.close()

    asyncio.run(main())


def test_nobody_there() -> None:
    async def main() -> None:
        async with await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0) as closed:
            port = closed.sockets[0].getsockname()[1]
        link = Line(Settings(id="line", host="127.0.0.1", port=port), now).link(1, Timing())
        with pytest.raises(LinkError, match=f"cannot reach 127.0.0.1:{port}: Connection refused"):
            await link.read("holding", 10, 1)

    asyncio.run(main())


def test_the_pause_between_reply_and_request_is_kept(lying_server: MakeServer) -> None:
    async def main() -> None:
        async with lying_server(REGISTERS) as server:
            link = link_to(server, PATIENT_S, pause_s=0.05)
            first = await link.read("holding", 0, 1)
            second = await link.read("holding", 0, 1)
            assert second.sent.mono_us - first.received.mono_us >= 50_000
            link.close()

    asyncio.run(main())


def test_it_can_only_read() -> None:
    public = {name for name in vars(Link) if not name.startswith("_")}
    assert public == {"read", "poll_done", "close"}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=4))
def test_no_random_bytes_give_values(lying_server: MakeServer, noise: list[bytes]) -> None:
    async def main() -> None:
        async with lying_server(script=lambda _: [*noise, server.HANG_UP]) as server:
            with pytest.raises(LinkError):
                await ask(server, timeout_s=TIMEOUT_S)

    asyncio.run(main())
