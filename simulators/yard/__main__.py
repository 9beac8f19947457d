"""`python -m simulators.yard`: the fuel yard and what its sensors show, until told to stop."""

import argparse
import asyncio
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from simulators import scenario
from simulators.scenario import YardPart
from simulators.shell import Lines, SteadyClock, iso, say, stop_on_signal, wait
from simulators.yard.feed import Feed
from simulators.yard.sensors import Sensors
from simulators.yard.site import Yard, load_yard

_TICK_S: Final = 0.5
_TRUTH_EVERY: Final = 10


class Log:
    """The yard's diary: what happened, horns, and every few seconds the truth.

    Args:
        path: A file of JSON lines.
        clock: Gives UTC.
    """

    def __init__(self, path: Path, clock: SteadyClock) -> None:
        self._lines = Lines(path)
        self._clock = clock

    def note(self, kind: str, real_s: float, **what: object) -> None:
        """Add a line with UTC and the time since the start [s]."""
        utc = iso(self._clock.utc_us())
        self._lines.append({"kind": kind, "utc": utc, "t_s": round(real_s, 3), **what})

    def truth(self, real_s: float, yard: Yard) -> None:
        """Write down what no board knows: the middle of each store, and the unwatched ones."""
        hottest = max(yard.others.values(), key=lambda store: store.pile.degc[0])
        gassiest = max(yard.others.values(), key=lambda store: store.co_ppm)
        self.note(
            "truth",
            real_s,
            stores={
                name: {
                    "middle_degc": round(store.pile.degc[0], 2),
                    "co_ppm": round(store.co_ppm, 1),
                    "oxygen_percent": round(store.oxygen_percent, 2),
                }
                for name, store in yard.watched.items()
            },
            unwatched={
                "stores": len(yard.others),
                "hottest": [hottest.id, round(hottest.pile.degc[0], 2)],
                "most_co_ppm": [gassiest.id, round(gassiest.co_ppm, 1)],
            },
        )

    def close(self) -> None:
        """Let go of the file."""
        self._lines.close()


def _events(part: YardPart) -> list[tuple[float, dict[str, object]]]:
    events: list[tuple[float, dict[str, object]]] = []
    for spot in part.hotspot:
        events.append((spot.onset_s, {"what": "hotspot", "store": spot.store}))
        if spot.nitrogen_s is not None:
            events.append((spot.nitrogen_s, {"what": "nitrogen", "store": spot.store}))
    for fault in part.fault:
        sensor: dict[str, object] = {"board": fault.board, "value": fault.value}
        events.append((fault.from_s, {"what": fault.reason, **sensor}))
        if fault.to_s is not None:
            events.append((fault.to_s, {"what": "repaired", **sensor}))
    return sorted(events, key=lambda event: event[0])


async def _run(options: argparse.Namespace) -> None:
    stopped = stop_on_signal()
    chosen = scenario.load(options.scenario)
    part = chosen.yard
    if options.speed is not None:
        part = dataclasses.replace(part, speed=options.speed)
    yard = Yard(load_yard(), part, options.seed)
    boards = {
        board.id: (
            Feed(options.feed, board.id),
            Sensors(board, yard.stores[board.store], part.fault, options.seed),
        )
        for board in yard.table.boards
    }
    clock = SteadyClock()
    log = Log(options.log, clock)
    start_us = clock.utc_us()
    events = _events(part)
    log.note("start", 0.0, scenario=chosen.name, seed=options.seed, speed=part.speed)
    tick = 0
    while True:
        real_s = (clock.utc_us() - start_us) / 1e6
        yard.advance(real_s)
        while events and events[0][0] <= real_s:
            log.note("event", real_s, **events.pop(0)[1])
        for board, (feed, sensors) in boards.items():
            feed.write(sensors.read(real_s))
            if (change := feed.horn_change()) is not None:
                log.note("horn", real_s, board=board, horn=change[0], condition=change[1])
        if tick % _TRUTH_EVERY == 0:
            log.truth(real_s, yard)
        if tick == 0:
            say(f"ready yard stores={len(yard.stores)} boards={','.join(boards)}")
        tick += 1
        if await wait(stopped, start_us / 1e6 + tick * _TICK_S - clock.utc_us() / 1e6):
            break
    log.note("stop", (clock.utc_us() - start_us) / 1e6)
    log.close()


def main(argv: Sequence[str] | None = None) -> None:
    """Command line: run the yard."""
    parser = argparse.ArgumentParser(prog="python -m simulators.yard", description=__doc__)
    parser.add_argument("--scenario", default="calm", help="name, or path of a TOML file")
    parser.add_argument("--feed", type=Path, required=True, help="folder of the boards' files")
    parser.add_argument("--log", type=Path, required=True, help="diary to append to (JSON lines)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, help="simulated seconds per second")
    options = parser.parse_args(argv)
    try:
        asyncio.run(_run(options))
    except (ValueError, OSError) as wrong:
        parser.exit(1, f"yard: {wrong}\n")


if __name__ == "__main__":
    main()
