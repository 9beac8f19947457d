"""`python -m simulators.boards`: the yard's boards, a process each, until told to stop."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from simulators import runtime, scenario
from simulators.board_process import BoardProcess, Place
from simulators.scenario import Kill
from simulators.shell import Lines, SteadyClock, iso, say, stop_on_signal, wait
from simulators.yard.site import BoardSpec, load_yard

_UP_WITHIN_S: Final = 20.0


async def _run(options: argparse.Namespace) -> None:
    stopped = stop_on_signal()
    kills = scenario.load(options.scenario).boards.kill
    interpreter = runtime.find(options.runtime)
    clock = SteadyClock()
    log = Lines(options.log or options.rings / "boards.jsonl")
    log.append({"kind": "start", "utc": iso(clock.utc_us()), "runtime": interpreter.words})
    place = Place(
        options.site,
        options.broker,
        options.feed,
        options.rings,
        options.report_s,
        options.resend_s,
        options.clock,
    )
    boards = {
        board.id: BoardProcess(board, place, interpreter, log, clock)
        for board in _chosen(options.boards)
    }
    tasks = [asyncio.create_task(board.run()) for board in boards.values()]
    try:
        for board in boards.values():
            board.power(True)
        await _until_up(list(boards.values()), tasks, stopped)
        if not stopped.is_set():
            say(f"ready boards={','.join(boards)} on {interpreter.words}")
        tasks += [
            _cut(kill, boards[kill.board], log, clock) for kill in kills if kill.board in boards
        ]
        ends = asyncio.create_task(stopped.wait())
        watched = {*tasks[: len(boards)], ends}
        done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        ends.cancel()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*(board.stop() for board in boards.values()))
        await asyncio.gather(*tasks, return_exceptions=True)
        log.append({"kind": "stop", "utc": iso(clock.utc_us())})
        log.close()


def _cut(kill: Kill, board: BoardProcess, log: Lines, clock: SteadyClock) -> "asyncio.Task[None]":
    """Cut a board's supply at its time, and give it back if the scenario says so."""

    async def act() -> None:
        await asyncio.sleep(kill.at_s)
        log.append({"kind": "killed", "utc": iso(clock.utc_us()), "board": kill.board})
        board.power(False)
        if kill.restart_s is not None:
            await asyncio.sleep(max(kill.restart_s - kill.at_s, 0.0))
            log.append({"kind": "restored", "utc": iso(clock.utc_us()), "board": kill.board})
            board.power(True)

    return asyncio.create_task(act())


async def _until_up(
    boards: Sequence[BoardProcess], tasks: Sequence["asyncio.Task[None]"], stopped: asyncio.Event
) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _UP_WITHIN_S
    while missing := [board.board.id for board in boards if not board.is_up]:
        for task in tasks:
            if task.done():
                task.result()
        if loop.time() > deadline:
            raise ValueError(f"{', '.join(missing)} did not come up within {_UP_WITHIN_S:g} s")
        if await wait(stopped, 0.05):
            return


def _chosen(names: str | None) -> list[BoardSpec]:
    table = {board.id: board for board in load_yard().boards}
    wanted = list(table) if names is None else names.split(",")
    if unknown := [name for name in wanted if name not in table]:
        raise ValueError(f"no board {', '.join(unknown)} in the yard; use {', '.join(table)}")
    return [table[name] for name in wanted]


def _broker(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def main(argv: Sequence[str] | None = None) -> None:
    """Command line: run the boards."""
    parser = argparse.ArgumentParser(prog="python -m simulators.boards", description=__doc__)
    parser.add_argument("--scenario", default="calm", help="name, or path of a TOML file")
    parser.add_argument("--site", required=True, help="site in the topics")
    parser.add_argument("--broker", type=_broker, required=True, help="HOST:PORT")
    parser.add_argument("--feed", type=Path, required=True, help="folder the yard writes to")
    parser.add_argument("--rings", type=Path, required=True, help="folder of the boards' flash")
    parser.add_argument("--report-s", type=float, default=60.0, help="between samples [s]")
    parser.add_argument("--resend-s", type=float, default=60.0, help="ack still for so long [s]")
    parser.add_argument("--boards", help="some of the yard's boards, comma-separated")
    parser.add_argument("--clock", choices=("none", "host"), default="none", help="boards' UTC")
    parser.add_argument("--runtime", choices=("auto", "micropython", "python"), default="auto")
    parser.add_argument("--log", type=Path, help="diary (JSON lines); RINGS/boards.jsonl")
    options = parser.parse_args(argv)
    try:
        asyncio.run(_run(options))
    except (ValueError, OSError) as wrong:
        sys.stderr.write(f"boards: {wrong}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
