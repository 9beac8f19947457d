"""What the node tests share: a scratch directory, golden messages, a board in the hand."""

import json

import files
import record
import ring

GOLDEN = SCRATCH = ""
VALUES = ["temp_1_degc", "temp_2_degc", "co_ppm"]
_count = [0]


def fresh():
    """A directory nobody has used."""
    _count[0] += 1
    path = f"{SCRATCH}/d{_count[0]}"
    files.make_directory(path)
    return path


def golden(name):
    """Topic and payload of a golden message."""
    message = json.loads(files.read(f"{GOLDEN}/{name}.json"))
    return message["topic"], message["payload"]


def equal(got, wanted):
    """Assert with both sides in the message, on Pythons that print none."""
    if got != wanted:
        raise AssertionError(f"got {got!r}, wanted {wanted!r}")


def open_ring(path, boot=1, limit_bytes=65536, values=None):
    return ring.Ring(path, values or VALUES, boot, limit_bytes)


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


def copy(source, target):
    files.make_directory(target)
    for name in files.names(source):
        files.write(target + "/" + name, files.read(source + "/" + name))


class HandBoard:
    """A board whose time and readings the test sets; the rest of the program is real."""

    def __init__(self):
        self.now_ms = 0
        self.t_us = None
        self.reading = None
        self.horns = []
        self.horn_works = True

    def ticks_ms(self):
        return self.now_ms

    def utc_us(self):
        return self.t_us

    def read(self, values):
        reading, self.reading = self.reading, None
        return reading

    def horn(self, condition):
        if self.horn_works:
            self.horns.append(condition)
        return self.horn_works

    def reset_cause(self):
        return "power_on"

    def free_heap(self):
        return 91234
