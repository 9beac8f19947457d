"""A whole node over simulated days: its own program, a scripted network, and what it cost.

Keys of `start`: ``hours``, ``scan_s``, ``report_s``, ``first_tick`` [ms], ``temps`` (how many
temperatures), ``outages`` as from-to-kind in hours joined by commas, ``heat_h`` (hours between two
minutes in which a cable is hot), ``reset_s`` (silence after which a board resets itself),
``littlefs`` 1 for a partition of its own.
"""

import asyncio
import gc
import json
import sys

import config
import main
import partition
import scripted_broker
import unixboard
import virtual

CODES = ["code_low", "code_high"]  # they say in a reading when it was read
CODE = 1000000
HOT_MS = 60000
HOUR_MS = 3600000
only = None  # the days that are lived
MOST_BOOTS = 20


class Yard(unixboard.UnixBoard):
    """A board whose readings say when they were read, and whose guard lives in virtual time."""

    def __init__(self, settings, day):
        super().__init__(settings)
        self.day = day
        self.clock = day.clock
        self.day.read_ms = self.clock.now_ms
        self.day.sounding = 0
        self.day.hot_ms = None

    def start_guard(self, step, period_ms):
        """Step beside the program as a thread would, but only as often as sensors are read."""
        self.day.guard = asyncio.create_task(self.watch(step))
        return True

    async def watch(self, step):
        due_ms = self.clock.now_ms
        while True:
            step()
            due_ms += self.day.scan_ms
            await asyncio.sleep((due_ms - self.clock.now_ms) / 1000)

    def ticks_ms(self):
        return self.clock.ticks_ms()

    def utc_us(self):
        return None

    def read(self, values):
        day, now_ms = self.day, self.clock.now_ms
        day.longest_gap_ms = max(day.longest_gap_ms, now_ms - self.day.read_ms)
        self.day.read_ms = now_ms
        day.reads += 1
        since_ms = now_ms % day.heat_ms
        hot = now_ms > day.heat_ms and since_ms < HOT_MS
        up_ms = self.clock.up_ms()
        v = {name: 20.5 for name in values if name not in CODES}
        v["code_low"], v["code_high"] = up_ms % CODE, up_ms // CODE
        if hot:
            v["temp_1_degc"] = 55.25
        self.day.hot_ms = since_ms if hot else None
        return v, {}

    def show(self, outputs):
        if outputs.horn and not self.day.sounding and not outputs.test:
            self.day.horns += 1
            late_ms = self.day.heat_ms if self.day.hot_ms is None else self.day.hot_ms
            self.day.worst_horn_ms = max(self.day.worst_horn_ms, late_ms)
        self.day.sounding = outputs.horn
        return True

    def input_pressed(self):
        return False


def judge(noun, message):
    """What is wrong with a record: a reading's own time must be the record's."""
    if noun == "alarm":
        return None
    if "lost" in message or message.get("bad"):
        return "no reading"
    v = message["v"]
    if v["code_low"] + CODE * v["code_high"] != message["up_ms"]:
        return f"up_ms {message['up_ms']}, read at {v}"
    return None


def heap():
    """What is in use after a collection [bytes]; None where Python does not say."""
    gc.collect()
    return gc.mem_alloc() if hasattr(gc, "mem_alloc") else None


def largest_block():
    """The largest block a fragmented heap still gives [bytes], to 1 KiB; None without a heap."""
    if not hasattr(gc, "mem_alloc"):
        return None
    size = 1024
    while True:
        gc.collect()
        try:
            bytearray(size)
        except MemoryError:
            return size - 1024
        size += 1024


class Day:
    """The simulated days of one board, over as many boots as it takes.

    Args:
        given: The keys above.
        settings: The board's config.
    """

    def __init__(self, given, settings):
        self.hours = int(given["hours"])
        self.scan_ms = int(float(given["scan_s"]) * 1000)
        self.heat_ms = int(float(given["heat_h"]) * HOUR_MS)
        self.settings = settings
        self.clock = virtual.Clock(int(given["first_tick"]))
        outages = [part.split("-") for part in given["outages"].split(",") if part]
        self.broker = scripted_broker.Broker(
            self.clock,
            [(float(a) * HOUR_MS, float(b) * HOUR_MS, kind) for a, b, kind in outages],
            judge,
        )
        self.boots = self.reads = self.longest_gap_ms = self.horns = self.worst_horn_ms = 0
        self.heap = [heap()]

    def live(self):
        """Live to the end; a board that resets itself starts anew."""
        while not virtual.run(self.clock, self._boot()):
            if self.boots >= MOST_BOOTS:
                raise RuntimeError("the board resets itself for ever")
            self.clock.reboot()
            self.guard = None
            self.broker.pipes = []
            heap()  # nothing of the old program is left

    async def _boot(self):
        """One boot, looking at the heap each hour."""
        self.boots += 1
        gateway = asyncio.create_task(self.broker.live())
        program = asyncio.create_task(main.run(self.settings, []))
        while len(self.heap) <= self.hours:
            await asyncio.sleep((len(self.heap) * HOUR_MS - self.clock.now_ms) / 1000)
            self.heap.append(heap())
            if program.done():
                raise RuntimeError("the program ended")
        self.block = largest_block()
        program.cancel()
        gateway.cancel()

    def report(self):
        """What came of it."""
        told = {"largest_block": self.block, "wraps": self.clock.wraps}
        told["modules"] = sorted(sys.modules)
        for name in ("heap", "boots", "reads", "longest_gap_ms", "worst_horn_ms", "horns"):
            told[name] = getattr(self, name)
        for name in ("connects", "sessions", "wrong", "repeats", "records", "watermark"):
            told[name] = getattr(self.broker, name)
        told["state"] = json.loads(self.broker.state)
        return told


def start(scratch, arguments, heap_bytes):
    """Live as the arguments say, and print the report as JSON.

    Args:
        scratch: A directory nobody has used.
        arguments: Texts like ``hours=24``.
        heap_bytes: Heap by what was imported, in order [bytes].
    """
    given = {"hours": "2", "scan_s": "1", "report_s": "60", "first_tick": "0", "temps": "2",
             "outages": "", "heat_h": "0.75", "reset_s": "1800", "littlefs": "0"}  # fmt: skip
    given.update(argument.split("=", 1) for argument in arguments)
    directory = scratch + "/ring"
    if given["littlefs"] == "1":
        directory = partition.mount(scratch + "/flash.bin") + "/ring"
    asked = {
        "site": "example", "board": "b0150", "broker_host": "127.0.0.1", "ring": directory,
        "feed": scratch + "/feed", "out": scratch + "/out", "scan_s": float(given["scan_s"]),
        "report_s": float(given["report_s"]), "outputs": {"latch": False},
        "net": {"reset_s": int(given["reset_s"])},
        "values": [f"temp_{n + 1}_degc" for n in range(int(given["temps"]))] + ["co_ppm"] + CODES,
    }  # fmt: skip
    settings, wrong = config.load(json.dumps(asked).encode())
    if wrong:
        raise ValueError(wrong)
    global only  # noqa: PLW0603, the board's own seams find it here
    before = heap()
    only = Day(given, settings)
    heap_bytes["objects"] = heap() - before if before else 0
    only.live()
    report = only.report()
    report["imports"] = heap_bytes
    report["python"] = sys.implementation.name
    sys.stdout.write(json.dumps(report))
