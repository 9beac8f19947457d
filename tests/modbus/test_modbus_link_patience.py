"""One timer goes from request to request, and each of them has its own patience."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from gateway.clock import Now
from gateway.config import Line as Settings
from gateway.modbus.errors import LinkError
from gateway.modbus.line import Line, Timing

MakeServer = Callable[..., Any]

PATIENT = Timing(10.0)
HASTY = Timing(0.15)
DEAD = 9


def now() -> Now:
    mono_us = int(time.monotonic() * 1e6)
    return Now(mono_us + 1_700_000_000_000_000, mono_us, True)


def line_to(port: int) -> Line:
    return Line(Settings(id="line", host="127.0.0.1", port=port), now)


def deaf(asked: Any) -> list[object]:
    return [] if asked.unit == DEAD else [asked.frame(asked.pdu({10: 1}))]


def test_a_hasty_request_does_not_wait_for_the_timer_of_a_patient_one(
    lying_server: MakeServer,
) -> None:
    async def main() -> None:
        async with lying_server(script=deaf) as server:
            line = line_to(server.port)
            await line.link(1, PATIENT).read("holding", 10, 1)
            patience = asyncio.create_task(asyncio.sleep(PATIENT.timeout_s))
            lost = asyncio.create_task(line.link(DEAD, HASTY).read("holding", 10, 1))
            await asyncio.wait({patience, lost}, return_when=asyncio.FIRST_COMPLETED)
            assert lost.done()
            with pytest.raises(LinkError, match=r"no answer within 0\.15 s"):
                await lost
            patience.cancel()
            line.close()

    asyncio.run(main())


def test_a_request_is_waited_for_from_when_it_was_sent(lying_server: MakeServer) -> None:
    async def main() -> None:
        async with lying_server(script=deaf) as server:
            line = line_to(server.port)
            alive, dead = line.link(1, HASTY), line.link(DEAD, HASTY)
            for _ in range(3):  # the timer of the first is running when the last is sent
                await alive.read("holding", 10, 1)
            asked_s = asyncio.get_running_loop().time()
            with pytest.raises(LinkError, match=r"no answer within 0\.15 s"):
                await dead.read("holding", 10, 1)
            assert asyncio.get_running_loop().time() - asked_s >= HASTY.timeout_s
            line.close()

    asyncio.run(main())


def test_a_connection_that_is_dropped_leaves_no_timer(lying_server: MakeServer) -> None:
    async def main() -> None:
        async with lying_server(script=deaf) as server:
            line = line_to(server.port)
            await line.link(1, PATIENT).read("holding", 10, 1)
            timer = line._connection._timer  # type: ignore[union-attr]
            assert timer is not None
            assert not timer.cancelled()
            line.close()
            assert timer.cancelled()

    asyncio.run(main())
