"""Lines that several units share: in turn, honest about time, and no unit pays for another."""

import asyncio
import itertools
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scripted_bus import Heard, Part, ScriptedBus, framed

from gateway.clock import Now
from gateway.config import Line as Settings
from gateway.config import Meter
from gateway.modbus.errors import LinkError
from gateway.modbus.line import Line, Link, Timing, line_of

MakeServer = Callable[..., Any]
MakeBus = Callable[..., ScriptedBus]

REGISTERS = {n: 1000 + n for n in range(130)}
PATIENT_S = 10.0
SHORT_S = 0.15
LONGEST_REPLY_S = 0.4
PATIENT = Timing(PATIENT_S, longest_reply_s=LONGEST_REPLY_S)
HASTY = Timing(SHORT_S, longest_reply_s=LONGEST_REPLY_S)


def now() -> Now:
    mono_us = int(time.monotonic() * 1e6)
    return Now(mono_us + 1_700_000_000_000_000, mono_us, True)


def line_to(port: int, **more: Any) -> Line:
    return Line(Settings(id="line", host="127.0.0.1", port=port, **more), now)


async def values(link: Link, address: int = 10, count: int = 2) -> tuple[int, ...]:
    return (await link.read("holding", address, count)).values


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENT_S):
        while not condition():  # noqa: ASYNC110 - nothing tells when
            await asyncio.sleep(0)


def deaf_to(unit: int) -> Callable[[Any], list[object]]:
    return lambda asked: [] if asked.unit == unit else [asked.frame(asked.pdu(REGISTERS))]


def test_a_meter_with_a_host_has_a_line_of_its_own() -> None:
    shared = Settings(id="hall", transport="rtu", device=Path("/dev/ttyS1"))
    points: dict[str, str] = {}
    own = Meter.model_validate(
        {"id": "m1", "profile": "p", "host": "10.0.0.5", "port": 1502, "points": points}
    )
    guest = Meter.model_validate({"id": "m2", "profile": "p", "line": "hall", "points": points})
    assert line_of(own, [shared]) == Settings(id="m1", host="10.0.0.5", port=1502)
    assert line_of(guest, [shared]) is shared


def test_requests_go_out_in_the_order_in_which_they_were_asked(lying_server: MakeServer) -> None:
    async def main() -> None:
        async with lying_server(REGISTERS) as server:
            line = line_to(server.port)
            links = [line.link(unit, PATIENT) for unit in range(1, 6)]
            for _ in range(3):
                await asyncio.gather(*(values(link) for link in links))
            line.close()
            assert [asked.unit for asked in server.asked] == [1, 2, 3, 4, 5] * 3
            assert server.connections == line.connections == 1

    asyncio.run(main())


def test_capture_begins_after_the_wait_for_its_turn(lying_server: MakeServer) -> None:
    async def main() -> None:
        def slow(asked: Any) -> list[object]:
            return [asyncio.sleep(0.05), asked.frame(asked.pdu(REGISTERS))]

        async with lying_server(script=slow) as server:
            line = line_to(server.port)
            answers = await asyncio.gather(
                *(line.link(unit, PATIENT).read("holding", 0, 1) for unit in range(1, 5))
            )
            line.close()
        for before, after in itertools.pairwise(answers):
            assert before.received.mono_us <= after.sent.mono_us
        for answer in answers:
            assert answer.received.mono_us - answer.sent.mono_us >= 50_000

    asyncio.run(main())


def test_a_silent_unit_costs_the_others_one_timeout_and_the_connection(
    lying_server: MakeServer,
) -> None:
    async def main() -> None:
        async with lying_server(script=deaf_to(9)) as server:
            line = line_to(server.port)
            dead, alive = line.link(9, HASTY), line.link(1, PATIENT)
            lost = asyncio.create_task(values(dead))
            got = await asyncio.gather(*(values(alive, n, 1) for n in range(3)))
            assert got == [(1000,), (1001,), (1002,)]
            with pytest.raises(LinkError, match=r"no answer within 0\.15 s"):
                await lost
            assert [asked.unit for asked in server.asked] == [9, 1, 1, 1]
            assert server.connections == line.connections == 2
            line.close()

    asyncio.run(main())


def test_one_failed_connection_fails_all_that_wait_for_it(lying_server: MakeServer) -> None:
    async def main() -> None:
        accepted: list[asyncio.StreamWriter] = []

        async def mute(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            accepted.append(writer)

        async with await asyncio.start_server(mute, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            line = line_to(port, transport="tls")
            links = [line.link(unit, HASTY) for unit in range(1, 6)]
            lost = await asyncio.gather(*(values(link) for link in links), return_exceptions=True)
            assert len(accepted) == 1
            for error in lost:
                assert isinstance(error, LinkError)
                assert f"127.0.0.1:{port}: no connection within 0.15 s; check" in str(error)
            with pytest.raises(LinkError):
                await values(links[0])
            assert len(accepted) == 2
            for writer in accepted:
                writer.close()

    asyncio.run(main())


def test_a_units_pause_is_no_others(lying_server: MakeServer) -> None:
    async def main() -> None:
        async with lying_server(REGISTERS) as server:
            line = line_to(server.port)
            slow = line.link(1, Timing(PATIENT_S, pause_s=0.2))
            quick = line.link(2, PATIENT)
            first = await slow.read("holding", 0, 1)
            second, *_ = await asyncio.gather(
                slow.read("holding", 1, 1), *(values(quick, n, 1) for n in range(3))
            )
            line.close()
            assert [asked.unit for asked in server.asked] == [1, 2, 2, 2, 1]
            assert second.sent.mono_us - first.received.mono_us >= 200_000

    asyncio.run(main())


def test_a_lines_pause_is_between_all_requests(lying_server: MakeServer) -> None:
    async def main() -> None:
        async with lying_server(REGISTERS) as server:
            line = line_to(server.port, pause_s=0.03)
            answers = await asyncio.gather(
                *(line.link(unit, PATIENT).read("holding", 0, 1) for unit in range(1, 5))
            )
            line.close()
        for before, after in itertools.pairwise(answers):
            assert after.sent.mono_us - before.received.mono_us >= 30_000

    asyncio.run(main())


@pytest.mark.parametrize(
    ("of_line", "of_unit"), [({"connect_delay_s": 0.1}, {}), ({}, {"connect_delay_s": 0.1})]
)
def test_a_new_connection_is_left_alone_at_first(
    lying_server: MakeServer, of_line: dict[str, float], of_unit: dict[str, float]
) -> None:
    async def main() -> None:
        async with lying_server(REGISTERS) as server:
            line = line_to(server.port, **of_line)
            link = line.link(1, Timing(PATIENT_S, **of_unit))
            asked = now()
            answer = await link.read("holding", 0, 1)
            line.close()
        assert answer.sent.mono_us - asked.mono_us >= 100_000

    asyncio.run(main())


@pytest.mark.parametrize(("of_line", "of_unit"), [(True, False), (False, True)])
def test_a_device_for_one_master_is_let_go_after_each_poll(
    lying_server: MakeServer, of_line: bool, of_unit: bool
) -> None:
    async def main() -> None:
        async with lying_server(REGISTERS) as server:
            line = line_to(server.port, release=of_line)
            link = line.link(1, Timing(PATIENT_S, release=of_unit))
            for polls in range(1, 4):
                await values(link, 0)
                await values(link, 2)
                assert server.connections == polls
                link.poll_done()
                await until(lambda: not server.open_writers)
            link.close()

    asyncio.run(main())


def test_a_line_is_not_let_go_while_others_wait_for_it(lying_server: MakeServer) -> None:
    async def main() -> None:
        async with lying_server(REGISTERS) as server:
            line = line_to(server.port, release=True)
            links = [line.link(unit, PATIENT) for unit in range(1, 4)]

            async def poll(link: Link) -> None:
                await values(link)
                link.poll_done()

            await asyncio.gather(*(poll(link) for link in links))
            assert server.connections == 1
            await poll(links[0])
            assert server.connections == 2

    asyncio.run(main())


def test_without_release_a_finished_poll_changes_nothing(lying_server: MakeServer) -> None:
    async def main() -> None:
        async with lying_server(REGISTERS) as server:
            line = line_to(server.port)
            link = line.link(1, PATIENT)
            for _ in range(3):
                await values(link)
                link.poll_done()
            line.close()
            assert server.connections == 1

    asyncio.run(main())


def test_the_last_unit_that_leaves_closes_the_line(lying_server: MakeServer) -> None:
    async def main() -> None:
        async with lying_server(REGISTERS) as server:
            line = line_to(server.port)
            one, other = line.link(1, PATIENT), line.link(2, PATIENT)
            await values(one)
            one.close()
            await values(other)
            assert server.connections == 1
            other.close()
            with pytest.raises(LinkError, match="the line was closed"):
                await values(other)

    asyncio.run(main())


def test_closing_ends_the_wait_for_a_reply(lying_server: MakeServer) -> None:
    async def main() -> None:
        async with lying_server(script=lambda _: []) as server:
            line = line_to(server.port)
            asked = [asyncio.create_task(values(line.link(n, PATIENT))) for n in (1, 2)]
            await server.first_asked.wait()
            line.close()
            for task in asked:
                with pytest.raises(LinkError, match=r"dropped|closed"):
                    await task

    asyncio.run(main())


def test_the_system_looks_after_an_idle_connection(lying_server: MakeServer) -> None:
    async def main() -> None:
        async with lying_server(REGISTERS) as server:
            line = line_to(server.port)
            await values(line.link(1, PATIENT))
            wire = line._connection.transport.get_extra_info("socket")  # type: ignore[union-attr]
            assert wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) <= 60
            line.close()

    asyncio.run(main())


def test_a_line_closed_while_it_opens_stays_closed(lying_server: MakeServer) -> None:
    async def main() -> None:
        async with lying_server(REGISTERS) as server:
            for turns in range(12):
                line = line_to(server.port)
                asked = asyncio.create_task(values(line.link(1, PATIENT)))
                for _ in range(turns):
                    await asyncio.sleep(0)
                line.close()
                outcome = (await asyncio.gather(asked, return_exceptions=True))[0]
                assert isinstance(outcome, LinkError) or outcome == (1010, 1011)
                await until(lambda: not server.open_writers)

    asyncio.run(main())


def test_a_device_that_hung_up_between_polls_is_no_failure(lying_server: MakeServer) -> None:
    async def main() -> None:
        async with lying_server(REGISTERS) as server:
            server.script = lambda asked: [asked.frame(asked.pdu(REGISTERS)), server.HANG_UP]
            line = line_to(server.port)
            link = line.link(1, PATIENT)
            for polls in range(1, 4):
                assert await values(link) == (1010, 1011)
                assert server.connections == polls
                # Its goodbye is under way until the link has noticed.
                await until(lambda: not line._connection.usable)  # type: ignore[union-attr]
            link.close()

    asyncio.run(main())


# ── RTU over TCP: a network connection, and yet no transaction ids ─────────────────────────


def rtu_to(port: int) -> Line:
    return line_to(port, transport="rtu_over_tcp")


def test_rtu_over_tcp(scripted_bus: MakeBus) -> None:
    async def main() -> None:
        bus = scripted_bus(lambda heard: [heard.reply({n: heard.unit * 9 + n for n in range(5)})])
        async with bus.on_tcp() as port:
            line = rtu_to(port)
            links = [line.link(unit, PATIENT) for unit in (1, 2)]
            for _ in range(5):
                got = await asyncio.gather(*(values(link, 1, 2) for link in links))
                assert got == [(10, 11), (19, 20)]
            line.close()
        assert bus.connections == 1

    asyncio.run(main())


def test_a_late_reply_behind_a_converter_is_thrown_away(scripted_bus: MakeBus) -> None:
    late = framed(b"\x01\x03\x04\xde\xad\xbe\xef")

    def slaves(heard: Heard) -> list[Part]:
        return [2 * SHORT_S, late] if len(bus.heard) == 1 else [heard.reply(REGISTERS)]

    async def main() -> None:
        async with bus.on_tcp() as port:
            line = rtu_to(port)
            link = line.link(1, HASTY)
            with pytest.raises(LinkError, match="no answer"):
                await values(link)
            assert await values(line.link(1, PATIENT)) == (1010, 1011)
            assert link.strays == 1
            line.close()
        assert bus.heard[1].at_s - bus.heard[0].at_s >= LONGEST_REPLY_S
        assert bus.connections == 1

    bus = scripted_bus(slaves)
    asyncio.run(main())


def test_the_silence_outlives_the_connection(scripted_bus: MakeBus) -> None:
    def slaves(heard: Heard) -> list[Part]:
        return [None] if len(bus.heard) == 1 else [heard.reply(REGISTERS)]

    async def main() -> None:
        async with bus.on_tcp() as port:
            line = rtu_to(port)
            with pytest.raises(LinkError, match="closed the connection"):
                await values(line.link(1, PATIENT))
            assert await values(line.link(2, PATIENT)) == (1010, 1011)
            line.close()
        assert bus.heard[1].at_s - bus.heard[0].at_s >= LONGEST_REPLY_S
        assert bus.connections == 2

    bus = scripted_bus(slaves)
    asyncio.run(main())


def test_two_failures_in_a_row_try_another_connection(scripted_bus: MakeBus) -> None:
    def slaves(heard: Heard) -> list[Part]:
        return [heard.reply(REGISTERS)] if heard.unit == 1 else []

    async def main() -> None:
        bus = scripted_bus(slaves)
        async with bus.on_tcp() as port:
            line = rtu_to(port)
            dead = line.link(9, Timing(0.05, longest_reply_s=0.05))
            alive = line.link(1, PATIENT)

            async def lost() -> None:
                with pytest.raises(LinkError):
                    await values(dead)

            for _ in range(3):
                await lost()
                await values(alive)
            assert bus.connections == 1
            await lost()
            await lost()
            await values(alive)
            assert bus.connections == 2
            line.close()

    asyncio.run(main())
