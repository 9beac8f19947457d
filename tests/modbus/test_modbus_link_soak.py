"""A bad bus for a while: whatever it does, every value read is that of the very request."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from scripted_bus import Heard, Part, ScriptedBus, framed, other_bits

from gateway.clock import Clock
from gateway.config import Line as Settings
from gateway.modbus.errors import LinkError, RefusedError
from gateway.modbus.line import Line, Timing

LONGEST_REPLY_S = 0.12
HASTY = Timing(0.05, longest_reply_s=LONGEST_REPLY_S)
UNITS = (1, 2, 5)


class BadBus:
    """Registers count the requests, so that an old reply shows; now and then something is wrong."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._asked = 0
        self.number_of: dict[int, int] = {}
        self.did: Counter[str] = Counter()

    def script(self, heard: Heard) -> list[Part]:
        self._asked += 1
        self.number_of[heard.unit] = self._asked
        dice, number = self._dice, self._asked
        contents = {heard.address + n: number + n & 0xFFFF for n in range(heard.count)}
        reply = heard.reply(contents)
        longer = bytes((heard.unit, heard.function, reply[2] + 2)) + reply[3:-2] + b"\x00\x00"
        faults: dict[str, Callable[[], list[Part]]] = {
            "silence": list,
            "late": lambda: [dice.uniform(0.06, LONGEST_REPLY_S - 0.02), reply],
            "checksum": lambda: [other_bits(reply)],
            "truncated": lambda: [reply[: dice.randrange(1, len(reply))]],
            "noise before": lambda: [bytes(dice.randrange(1, 5)) + reply],
            "noise": lambda: [dice.randbytes(dice.randrange(5, 40))],
            "drip": lambda: [part for byte in reply for part in (bytes((byte,)), 0.000_5)],
            "echo": lambda: [heard.frame, reply],
            "foreign": lambda: [framed(bytes((heard.unit + 1,)) + reply[1:-2])],
            "twice": lambda: [reply + reply],
            "longer": lambda: [framed(longer)],
            "refusal": lambda: [heard.refusal(4)],
        }
        if dice.random() < 0.4:
            self.did["good"] += 1
            return [reply]
        fault = dice.choice(sorted(faults))
        self.did[fault] += 1
        return faults[fault]()


@pytest.mark.long
@pytest.mark.parametrize("transport", ["rtu", "rtu_over_tcp"])
@pytest.mark.parametrize("seed", [1, 2])
def test_no_fault_of_a_bus_gives_a_wrong_value(
    scripted_bus: Callable[..., ScriptedBus],
    clock: Clock,
    full_size: bool,
    transport: str,
    seed: int,
) -> None:
    dice = random.Random(seed)
    bad = BadBus(dice)
    bus = scripted_bus(bad.script)
    polls = 400 if full_size else 20
    came: Counter[str] = Counter()

    async def poll(line: Line, unit: int) -> None:
        link = line.link(unit, HASTY)
        for _ in range(polls):
            count = dice.randrange(1, 30)
            read = asyncio.create_task(link.read("holding", dice.randrange(100), count))
            if dice.random() < 0.05:
                asyncio.get_running_loop().call_later(dice.uniform(0, 0.05), read.cancel)
            try:
                answer = await read
            except (LinkError, RefusedError, asyncio.CancelledError) as error:
                came[type(error).__name__] += 1
                continue
            number = bad.number_of[unit]
            assert answer.values == tuple(number + n & 0xFFFF for n in range(count))
            came["good"] += 1

    async def soak(settings: Settings) -> None:
        line = Line(settings, clock.now)
        await asyncio.gather(*(poll(line, unit) for unit in UNITS))
        line.close()

    async def main() -> None:
        if transport == "rtu":
            async with bus.on_pty() as device:
                path = Path(device)
                await soak(Settings(id="bus", transport="rtu", device=path, baud=115_200))
        else:
            async with bus.on_tcp() as port:
                where = {"host": "127.0.0.1", "port": port}
                await soak(Settings(id="bus", transport="rtu_over_tcp", **where))

    asyncio.run(main())
    assert came["good"] >= bad.did["good"] / 2
    assert came["LinkError"] > 0
