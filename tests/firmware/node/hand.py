"""A board in the hand and its guard, for tests of more than a store."""

import alarm
import guard
import outputs
import uptime
from scratch import VALUES


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
