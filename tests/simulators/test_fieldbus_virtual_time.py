"""Virtual time: an hour passes at once, and nothing that is on its way is overtaken."""

import asyncio
import os
import threading
import time
import tty

import pytest
from virtual_time import LoopTime, NothingLeftError, loop_s, run


def test_an_hour_passes_at_once_and_in_order() -> None:
    async def main() -> list[tuple[str, float]]:
        loop = asyncio.get_running_loop()
        seen: list[tuple[str, float]] = []

        async def tick(name: str, every_s: float) -> None:
            for _ in range(round(3600 / every_s)):
                await asyncio.sleep(every_s)
                seen.append((name, loop.time()))

        await asyncio.gather(tick("minute", 60.0), tick("second", 1.0))
        return seen

    seen = run(main())
    assert len(seen) == 3660
    assert [at_s for _, at_s in seen] == sorted(at_s for _, at_s in seen)
    assert seen[-1][1] == pytest.approx(4600.0)


def test_a_timeout_is_never_reached_by_bytes_that_were_sent() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()

        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(99):
                await asyncio.sleep(0.5)
                writer.write(data)
            writer.close()

        async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert loop.time() == 1000.0
            for n in range(1, 500):
                writer.write(b"x")
                async with asyncio.timeout(0.500_001):
                    await reader.readexactly(1)
                assert loop.time() == pytest.approx(1000.0 + n / 2)
            writer.close()
            await asyncio.sleep(1.0)

    run(main())


def test_a_terminal_delivers_before_time_jumps() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        got: asyncio.Queue[bytes] = asyncio.Queue()
        loop.add_reader(ours, lambda: os.write(ours, os.read(ours, 99)))
        loop.add_reader(theirs, lambda: got.put_nowait(os.read(theirs, 99)))
        for _ in range(500):
            os.write(theirs, b"x")
            async with asyncio.timeout(0.001):
                assert await got.get() == b"x"
        assert loop.time() == 1000.0
        for fd in (ours, theirs):
            loop.remove_reader(fd)
            os.close(fd)

    run(main())


def test_time_stands_still_while_a_thread_works() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        begun, go_on = threading.Event(), threading.Event()
        working = asyncio.create_task(asyncio.to_thread(lambda: (begun.set(), go_on.wait(10))))
        waiting = asyncio.create_task(asyncio.sleep(3600.0))
        deadline = time.monotonic() + 10
        while not begun.is_set():
            assert time.monotonic() < deadline
            await asyncio.sleep(0)
        assert loop.time() == 1000.0
        go_on.set()
        await working
        assert loop.time() == 1000.0
        await waiting
        assert loop.time() == 4600.0

    run(main())


def test_waiting_for_nothing_is_an_error() -> None:
    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(NothingLeftError):
        run(main())


def test_a_clock_over_it() -> None:
    async def main() -> None:
        source = LoopTime()
        before_us = source.utc_us()
        await asyncio.sleep(60.0)
        assert source.utc_us() - before_us == 60_000_000
        assert loop_s(source.utc_us()) == asyncio.get_running_loop().time()
        assert before_us % 1_000_000 == 0

    run(main())
