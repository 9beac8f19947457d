"""Serial lines, on pseudo-terminals: no transaction ids, so silence and lengths tell replies."""

import asyncio
import os
import time
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scripted_bus import Heard, Part, ScriptedBus, framed, other_bits

from gateway.clock import Now
from gateway.config import Line as Settings
from gateway.modbus.errors import LinkError, RefusedError
from gateway.modbus.line import Line, Link, Timing

MakeBus = Callable[..., ScriptedBus]

REGISTERS = {n: 1000 + n for n in range(130)}
PATIENT_S = 10.0
SHORT_S = 0.15
LONGEST_REPLY_S = 0.4
"""Longer than the time-out, so that the silence outlasts it."""

HASTY = Timing(SHORT_S, longest_reply_s=LONGEST_REPLY_S)
PATIENT = Timing(PATIENT_S, longest_reply_s=LONGEST_REPLY_S)


def now() -> Now:
    mono_us = int(time.monotonic() * 1e6)
    return Now(mono_us + 1_700_000_000_000_000, mono_us, True)


def line_on(device: str, **more: Any) -> Line:
    settings = Settings(id="bus", transport="rtu", device=Path(device), baud=19_200, **more)
    return Line(settings, now)


def alone(device: str, timing: Timing = PATIENT) -> Link:
    return line_on(device).link(1, timing)


async def values(link: Link, address: int = 10, count: int = 2) -> tuple[int, ...]:
    return (await link.read("holding", address, count)).values


def honest(heard: Heard) -> list[Part]:
    return [heard.reply(REGISTERS)]


def first_time(script: Callable[[Heard], list[Part]]) -> Callable[[Heard], list[Part]]:
    """The first request is answered as `script` says, the others honestly."""
    asked: list[Heard] = []

    def play(heard: Heard) -> list[Part]:
        asked.append(heard)
        return script(heard) if len(asked) == 1 else honest(heard)

    return play


def test_two_slaves_on_one_bus(scripted_bus: MakeBus) -> None:
    def slaves(heard: Heard) -> list[Part]:
        contents = {n: heard.unit * 1000 + n for n in range(20)}
        return [heard.reply(contents)] if heard.unit in {1, 2} else []

    async def main() -> None:
        bus = scripted_bus(slaves)
        async with bus.on_pty() as device:
            line = line_on(device, stop_bits=2)
            links = [line.link(unit, PATIENT) for unit in (1, 2)]
            for _ in range(5):
                got = await asyncio.gather(*(values(link, 7, 2) for link in links))
                assert got == [(1007, 1008), (2007, 2008)]
            line.close()
        assert [heard.unit for heard in bus.heard] == [1, 2] * 5
        assert line.connections == 1

    asyncio.run(main())


@pytest.mark.parametrize(
    ("kind", "count", "data", "expected"),
    [
        pytest.param("coil", 3, b"\x05", (1, 0, 1), id="coils"),
        pytest.param("discrete", 9, b"\x01\x01", (1, *[0] * 7, 1), id="discrete inputs"),
        pytest.param("input", 1, b"\xff\xfe", (0xFFFE,), id="an input register"),
        pytest.param("holding", 125, b"\x00\x07" * 125, (7,) * 125, id="registers, the most"),
    ],
)
def test_reads(
    scripted_bus: MakeBus, kind: Any, count: int, data: bytes, expected: tuple[int, ...]
) -> None:
    async def main() -> None:
        bus = scripted_bus(lambda h: [framed(bytes((h.unit, h.function, len(data))) + data)])
        async with bus.on_pty() as device:
            link = alone(device)
            assert (await link.read(kind, 0, count)).values == expected
            link.close()

    asyncio.run(main())


def test_a_dead_slave_costs_the_other_one_timeout_and_the_silence(scripted_bus: MakeBus) -> None:
    async def main() -> None:
        bus = scripted_bus(lambda heard: honest(heard) if heard.unit == 1 else [])
        async with bus.on_pty() as device:
            line = line_on(device)
            dead, alive = line.link(9, HASTY), line.link(1, PATIENT)
            asked_s = asyncio.get_running_loop().time()  # a busy machine hears it later
            lost = asyncio.create_task(values(dead))
            got = await asyncio.gather(*(values(alive, n) for n in range(3)))
            assert got == [(1000 + n, 1001 + n) for n in range(3)]
            with pytest.raises(LinkError, match=r"no answer within 0\.1"):
                await lost
            line.close()
        assert [heard.unit for heard in bus.heard] == [9, 1, 1, 1]
        assert bus.heard[1].at_s - asked_s >= LONGEST_REPLY_S
        assert line.connections == 1

    asyncio.run(main())


LIES = [
    pytest.param(lambda h: [other_bits(h.reply(REGISTERS))], "checksum of the 9", id="checksum"),
    pytest.param(
        lambda h: [other_bits(h.refusal(2))], "checksum of the 5", id="refusal's checksum"
    ),
    pytest.param(
        lambda h: [framed(b"\x02" + h.reply(REGISTERS)[1:-2])], "02 03 04", id="another unit"
    ),
    pytest.param(
        lambda h: [framed(b"\x01\x04" + h.reply(REGISTERS)[2:-2])], "01 04 04", id="function"
    ),
    pytest.param(lambda _: [framed(b"\x01\x84\x02") * 2], "01 84 02", id="refusal of another"),
    pytest.param(lambda _: [framed(b"\x01\x03\x02\x00\x01")], "01 03 02", id="too few registers"),
    pytest.param(
        lambda _: [framed(b"\x01\x03\x06" + bytes(6))], "01 03 06 00", id="too many registers"
    ),
    pytest.param(lambda h: [h.reply(REGISTERS)[:-1]], "8 bytes of an unfinished", id="truncated"),
    pytest.param(lambda h: [h.reply(REGISTERS)[:2]], "2 bytes of an unfinished", id="hardly begun"),
    pytest.param(lambda h: [h.reply(REGISTERS)[2:]], "04 03 f2", id="beginning lost"),
    pytest.param(lambda h: [bytes(5) + h.reply(REGISTERS)], "00 00 00", id="too much noise"),
    pytest.param(lambda _: [b"\xff" * 100], "ff ff ff", id="noise"),
    pytest.param(lambda _: [], "no answer within", id="silence"),
    pytest.param(lambda h: [h.frame], "the adapter echoes", id="an echo and no answer"),
    pytest.param(lambda h: [h.frame * 2], "01 03 00 0a", id="echo after echo"),
]


@pytest.mark.parametrize(("script", "words"), LIES)
def test_no_lie_gives_values_and_the_line_is_silent_after_it(
    scripted_bus: MakeBus, script: Callable[[Heard], list[Part]], words: str
) -> None:
    async def main() -> None:
        bus = scripted_bus(first_time(script))
        async with bus.on_pty() as device:
            line = line_on(device)
            link = line.link(1, HASTY)
            with pytest.raises(LinkError, match=words):
                await values(link)
            assert await values(line.link(1, PATIENT)) == (1010, 1011)
            line.close()
        assert bus.heard[1].at_s - bus.heard[0].at_s >= LONGEST_REPLY_S

    asyncio.run(main())


GOOD_ODDITIES = [
    pytest.param(lambda h: [h.frame, *honest(h)], id="the adapter echoes"),
    pytest.param(lambda h: [h.frame + h.reply(REGISTERS)], id="echo and reply in one"),
    pytest.param(lambda h: [h.frame[:3], 0.01, h.frame[3:], *honest(h)], id="echo in pieces"),
    pytest.param(lambda h: [b"\x00" + h.reply(REGISTERS)], id="noise before the reply"),
    pytest.param(lambda h: [b"\xff\x00\x01\x03" + h.reply(REGISTERS)], id="more of it"),
    pytest.param(lambda h: [h.reply(REGISTERS) + b"\x00"], id="noise after the reply"),
    pytest.param(
        lambda h: [part for byte in h.reply(REGISTERS) for part in (bytes((byte,)), 0.002)],
        id="slow drip",
    ),
]


@pytest.mark.parametrize("script", GOOD_ODDITIES)
def test_what_serial_lines_do_and_is_no_fault(
    scripted_bus: MakeBus, script: Callable[[Heard], list[Part]]
) -> None:
    async def main() -> None:
        bus = scripted_bus(script)
        async with bus.on_pty() as device:
            link = alone(device)
            for address in range(4):
                assert await values(link, address) == (1000 + address, 1001 + address)
            link.close()

    asyncio.run(main())


def test_a_refusal_keeps_the_line_going(scripted_bus: MakeBus) -> None:
    async def main() -> None:
        bus = scripted_bus(first_time(lambda heard: [heard.refusal(2)]))
        async with bus.on_pty() as device:
            link = alone(device, Timing(PATIENT_S, longest_reply_s=3600.0))
            with pytest.raises(RefusedError, match="exception 2"):
                await values(link)
            assert await values(link) == (1010, 1011)
            link.close()

    asyncio.run(main())


def test_a_late_reply_is_thrown_away_in_the_silence(scripted_bus: MakeBus) -> None:
    async def main() -> None:
        late = framed(b"\x01\x03\x04\xde\xad\xbe\xef")
        bus = scripted_bus(first_time(lambda _: [2 * SHORT_S, late]))
        async with bus.on_pty() as device:
            line = line_on(device)
            link = line.link(1, HASTY)
            with pytest.raises(LinkError, match="no answer"):
                await values(link)
            assert await values(line.link(1, PATIENT)) == (1010, 1011)
            assert link.strays == 1
            line.close()

    asyncio.run(main())


def test_a_reply_later_than_declared_is_told_by_its_length(scripted_bus: MakeBus) -> None:
    late = framed(b"\x01\x03\x02\xde\xad")

    def slaves(heard: Heard) -> list[Part]:
        match len(bus.heard):
            case 1:
                return []
            case 2:
                return [late, heard.reply(REGISTERS)]
            case _:
                return honest(heard)

    async def main() -> None:
        async with bus.on_pty() as device:
            line = line_on(device)
            hasty, link = line.link(1, HASTY), line.link(1, PATIENT)
            with pytest.raises(LinkError, match="no answer"):
                await values(hasty, 10, 1)
            with pytest.raises(LinkError, match="01 03 02 de ad"):
                await values(link, 10, 2)
            assert await values(link, 10, 2) == (1010, 1011)
            line.close()

    bus = scripted_bus(slaves)
    asyncio.run(main())


def test_what_came_before_a_request_answers_none(scripted_bus: MakeBus) -> None:
    async def main() -> None:
        bus = scripted_bus(honest)
        async with bus.on_pty() as device:
            link = alone(device)
            assert await values(link) == (1010, 1011)
            for _ in range(3):
                # In the kernel's buffer at the moment in which the next request is sent.
                bus.say(framed(b"\x01\x03\x04\xde\xad\xbe\xef"))
                assert await values(link) == (1010, 1011)
            assert link.strays == 3
            link.close()

    asyncio.run(main())


def test_a_cancelled_read_leaves_a_silent_line(scripted_bus: MakeBus) -> None:
    async def main() -> None:
        late = framed(b"\x01\x03\x04\xde\xad\xbe\xef")
        bus = scripted_bus(first_time(lambda _: [0.1, late]))
        async with bus.on_pty() as device:
            line = line_on(device)
            asked = asyncio.create_task(values(line.link(1, PATIENT)))
            waiting = asyncio.create_task(values(line.link(2, PATIENT), 0, 2))
            also = asyncio.create_task(values(line.link(3, PATIENT), 0, 2))
            await bus.first_heard.wait()
            asked.cancel()
            waiting.cancel()
            assert await also == (1000, 1001)
            for task in (asked, waiting):
                with pytest.raises(asyncio.CancelledError):
                    await task
            line.close()
        assert [heard.unit for heard in bus.heard] == [1, 3]
        assert bus.heard[1].at_s - bus.heard[0].at_s >= LONGEST_REPLY_S

    asyncio.run(main())


def test_a_line_that_is_never_silent_is_not_asked(scripted_bus: MakeBus) -> None:
    async def babble(bus: ScriptedBus) -> None:
        while True:
            bus.say(b"\x55")
            await asyncio.sleep(0)

    async def main() -> None:
        bus = scripted_bus(honest)
        async with bus.on_pty() as device:
            link = alone(device, HASTY)
            babbler = asyncio.create_task(babble(bus))
            with pytest.raises(LinkError, match=r"has not been silent for 0\.15 s"):
                await values(link)
            babbler.cancel()
            assert bus.heard == []
            assert await values(link) == (1010, 1011)
            link.close()

    asyncio.run(main())


def test_an_adapter_that_goes_and_comes(scripted_bus: MakeBus, tmp_path: Path) -> None:
    async def main() -> None:
        name = tmp_path / "ttyMETER"
        bus = scripted_bus(honest)
        link = alone(str(name))
        with pytest.raises(LinkError, match="no such device: check adapter"):
            await values(link)
        async with bus.on_pty() as device:
            name.symlink_to(device)
            assert await values(link) == (1010, 1011)
        with pytest.raises(LinkError, match=r"closed|no such device"):
            await values(link)
        name.unlink()
        with pytest.raises(LinkError, match="no such device"):
            await values(link)
        async with bus.on_pty() as device:
            name.symlink_to(device)
            assert await values(link) == (1010, 1011)
            link.close()

    asyncio.run(main())


def test_a_port_that_another_program_uses(scripted_bus: MakeBus) -> None:
    async def main() -> None:
        bus = scripted_bus(honest)
        async with bus.on_pty() as device:
            first, second = alone(device), alone(device)
            await values(first)
            with pytest.raises(LinkError, match=f"cannot open {device}: another program uses it"):
                await values(second)
            first.close()
            assert await values(second) == (1010, 1011)
            second.close()

    asyncio.run(main())


def test_something_that_is_no_serial_port(tmp_path: Path) -> None:
    async def main() -> None:
        (tmp_path / "file").touch()
        with pytest.raises(LinkError, match=r"cannot open .*: check adapter and name"):
            await values(alone(str(tmp_path / "file")))

    asyncio.run(main())


def test_a_port_without_parity(scripted_bus: MakeBus) -> None:
    async def main() -> None:
        async with scripted_bus(honest).on_pty() as device:
            link = line_on(device, parity="even").link(1, PATIENT)
            with pytest.raises(LinkError, match="check baud = 19200, parity = 'even'"):
                await values(link)

    asyncio.run(main())


def test_cancelled_while_opening() -> None:
    async def main() -> None:
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        link = alone(os.ttyname(theirs))
        for turns in range(6):
            task = asyncio.create_task(values(link))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        link.close()
        await asyncio.sleep(0)
        os.close(ours)
        os.close(theirs)

    asyncio.run(main())
