"""A whole node over simulated days: its own program and readings, and what it cost.

Its network is the host's, asked over stdin and stdout; its settings are in ``config``.
"""

import asyncio
import gc
import struct

import config
import files
import host
import main
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


def heap():
    """What is in use after a collection [bytes]; None where Python does not say."""
    gc.collect()
    return gc.mem_alloc() if hasattr(gc, "mem_alloc") else None


class Day:
    """The simulated days of one board, over as many boots as it takes.

    Args:
        scan_ms: How often it reads its sensors.
        hours: How many to live.
        heat_ms: Between two minutes in which a cable is hot.
        first_tick: What the board's tick counter shows at the start [ms].
    """

    def __init__(self, scan_ms, hours, heat_ms, first_tick):
        self.scan_ms, self.hours, self.heat_ms = scan_ms, hours, heat_ms
        self.clock = virtual.Clock(first_tick)
        self.host = host.Host(self.clock)
        self.peak = None
        self.boots = self.reads = self.longest_gap_ms = self.horns = self.worst_horn_ms = 0
        self.looks = 0

    def live(self):
        """Live to the end; a board that resets itself starts anew."""
        while not virtual.run(self.clock, self._boot()):
            if self.boots >= MOST_BOOTS:
                raise RuntimeError("the board resets itself for ever")
            self.clock.reboot()
            self.guard = None
            self.host.pipe = None
            heap()  # nothing of the old program is left

    def look(self):
        """Tell the host what is in use of the heap, and the most that lived since the last time."""
        used, most = heap(), 0
        if self.peak is not None:
            most, self.peak.most = self.peak.most, 0
        if used is not None:
            self.host.ask(host.HEAP, struct.pack("<II", used, most))
        self.looks += 1

    async def _boot(self):
        """One boot, looking at the heap each hour."""
        self.boots += 1
        program = asyncio.create_task(main.run(*config.load(files.read("config"))))
        while self.looks <= self.hours:
            await asyncio.sleep((self.looks * HOUR_MS - self.clock.now_ms) / 1000)
            self.look()
            if program.done():
                raise RuntimeError("the program ended")
        import aftermath  # noqa: PLC0415, only the end needs it

        self.report = aftermath.report(self)
        program.cancel()


def make(scan_ms, hours, heat_ms, first_tick, collect_bytes, littlefs):
    """Make ready what `live` lives.

    Args:
        scan_ms: See `Day`, as the three that follow.
        hours: The same.
        heat_ms: The same.
        first_tick: The same.
        collect_bytes: How often the heap is collected while a thread looks for the most that lives
            in it; 0 for no such thread.
        littlefs: 1 for a partition of its own, at ``/flash``.
    """
    global only  # noqa: PLW0603, the board's own seams find it here
    only = Day(scan_ms, hours, heat_ms, first_tick)
    if littlefs:
        import partition  # noqa: PLC0415, else it need not be there

        partition.mount("flash.bin")
    if collect_bytes:
        import peak  # noqa: PLC0415, else it need not be there

        only.peak = peak.Peak(collect_bytes)
        only.peak.start()


def live():
    """Live what was made ready, and give the host the report."""
    only.look()
    only.live()
    import json  # noqa: PLC0415, as above

    only.host.ask(host.REPORT, json.dumps(only.report).encode())
