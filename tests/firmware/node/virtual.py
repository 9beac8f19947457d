"""Virtual time for a whole node on either Python: waiting costs nothing, and ticks wrap.

asyncio asks this clock for its time, and where it would wait for its next timer the clock jumps.
A board's ticks are the same clock as its chip would give it, wrapped at 2^30 ms.
"""

import asyncio
import sys

TICKS_MASK = 0x3FFFFFFF
LONGEST_SLEEP_MS = 1 << 29  # what a board's asyncio can hold, half the period of its ticks
# MicroPython marks tasks that are ready by the host's time: virtual time stands far after it.
_FAR_MS = 1 << 40


class Clock:
    """Time since the start [ms], which only moves when everything waits.

    Args:
        first_tick: What the board's tick counter shows at the start [ms].
    """

    def __init__(self, first_tick=0):
        self.now_ms = 0
        self.boot_ms = 0
        self.wraps = 0
        self.start_ms = None  # of asyncio, on MicroPython
        self.wake_ms = None  # when somebody outside has something to say
        self.woken = None  # and who hears it
        self._tick = first_tick

    def reboot(self):
        """The board starts anew: its tick counter begins at zero."""
        self.boot_ms = self.now_ms
        self._tick = 0

    def ticks_ms(self):
        """The tick counter of the board [ms]."""
        return self._tick

    def up_ms(self):
        """How long ago the board was started [ms]."""
        return self.now_ms - self.boot_ms

    def jump(self, wait_ms):
        """Let the time of a wait pass, or part of it where somebody outside comes before."""
        if self.wake_ms is not None and not 0 <= wait_ms <= self.wake_ms - self.now_ms:
            wait_ms = max(0, self.wake_ms - self.now_ms)
        if wait_ms < 0:
            raise RuntimeError("everything waits for something that cannot happen any more")
        if wait_ms >= LONGEST_SLEEP_MS:
            raise RuntimeError(f"a wait of {wait_ms} ms is longer than a board's asyncio holds")
        self.now_ms += wait_ms
        self._tick += wait_ms
        if self._tick > TICKS_MASK:
            self._tick &= TICKS_MASK
            self.wraps += 1
        if self.wake_ms is not None and self.now_ms >= self.wake_ms:
            self.wake_ms = None
            self.woken()


def run(clock, coroutine):
    """Run a coroutine to its end in a clock's time.

    Returns:
        Whether it came to its end; False when the program ended itself, as a reset does.
    """
    try:
        if sys.implementation.name == "micropython":
            _run_on_micropython(clock, coroutine)
        else:
            import virtual_cpython  # noqa: PLC0415, MicroPython need not load it

            virtual_cpython.run(clock, coroutine)
    except SystemExit:
        return False
    return True


def _run_on_micropython(clock, coroutine):
    core = asyncio.core
    ticks, poll = core.ticks, core.IOQueue.wait_io_event
    if clock.start_ms is None:
        clock.start_ms = ticks() + _FAR_MS

    def wait(queue, wait_ms):
        if queue.map:
            poll(queue, 0)
        if wait_ms:
            clock.jump(wait_ms)

    core.ticks = lambda: clock.start_ms + clock.now_ms
    core.IOQueue.wait_io_event = wait
    asyncio.new_event_loop()
    try:
        asyncio.run(coroutine)
    finally:
        core.ticks, core.IOQueue.wait_io_event = ticks, poll
        asyncio.new_event_loop()  # lets go of every task
        core.cur_task = None
        kept = core._exc_context  # the last task that failed
        kept["future"] = kept["exception"] = None
