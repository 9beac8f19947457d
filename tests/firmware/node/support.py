"""What tests of the whole node share: a ring, a board in the hand; `scratch` is beside it."""

import alarm
import files
import guard
import outputs
import record
import ring
import uptime
from scratch import GOLDEN, equal, fresh, golden

__all__ = ["GOLDEN", "equal", "fresh", "golden"]
VALUES = ["temp_1_degc", "temp_2_degc", "co_ppm"]


def open_ring(path, boot=1, limit_bytes=65536, values=None):
    return ring.Ring(path, values or VALUES, boot, limit_bytes)


def open_raw(flash, path, boot=1, values=None, limit_bytes=1 << 24):
    """A ring on a partition of its own."""
    return ring.Ring(path, values or VALUES, boot, limit_bytes, (flash, True))


def sample(number=0):
    return record.Record(1000 * number, None, {"temp_1_degc": 20 + number / 8, "co_ppm": number})


def edge(kind="raised", number=0):
    alarm = ("temp_high", kind, "temp_1_degc", 50.5, 50.0)
    return record.Record(1000 * number, None, alarm=alarm)


def everything(store, after=None):
    """All that a ring has to tell above a seq: (seq, what) with what sample, alarm or lost."""
    told = []
    seq = store.acked if after is None else after
    while True:
        following = store.after(seq)
        if following is None:
            return told
        seq, item = following
        what = "lost" if item is None else "sample" if item.alarm is None else "alarm"
        told.append((seq, what))


def blocks_of(path):
    """The names of a store's blocks."""
    return [name for name in files.names(path) if len(name) == 5 and name[0] == "b"]


def copy(source, target):
    files.make_directory(target)
    for name in files.names(source):
        files.write(target + "/" + name, files.read(source + "/" + name))


class HandBoard:
    """A board whose time, readings and button the test sets; the rest of the program is real."""

    def __init__(self):
        self.now_ms = 0
        self.t_us = None
        self.reading = None
        self.shown = []
        self.lit = []
        self.takes = True
        self.pressed = False
        self.feeds = 0
        self.notes = []

    @property
    def horns(self):
        """The condition at each change of the horn."""
        told = []
        for levels in self.shown:
            condition = levels["condition"] if levels["horn"] else None
            if not told or told[-1] != condition:
                told.append(condition)
        return told

    def ticks_ms(self):
        return self.now_ms

    def utc_us(self):
        return self.t_us

    def read(self, values):
        reading, self.reading = self.reading, None
        return reading

    def poll(self):
        pass

    def show(self, outputs):
        if self.takes:
            self.shown.append(outputs.levels())
        return self.takes

    def light(self, on):
        self.lit.append((self.now_ms, on))

    def input_pressed(self):
        return self.pressed

    def start_guard(self, step, period_ms):
        return False

    def feed_watchdog(self):
        self.feeds += 1

    def note(self, code):
        self.notes.append(code)

    def noted(self):
        return self.notes.pop() if self.notes else 0

    def reset_cause(self):
        return "power_on"

    def free_heap(self):
        return 91234


def new_guard(board, latch=False, **options):
    """A guard with the default limits, on a board in the hand."""
    local = alarm.LocalAlarm({"temp_degc": 50.0, "co_ppm": 3000.0}, 10000, 10000, latch=latch)
    panel = outputs.Outputs(board)
    return guard.Guard(board, VALUES, local, panel, uptime.Uptime(board.ticks_ms), **options)
