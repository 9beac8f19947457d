"""What tests of a store share; `scratch` is beside it, and `hand` has what a guard needs."""

import files
import folders
import record
import ring
from scratch import GOLDEN, VALUES, equal, fresh, golden

__all__ = ["GOLDEN", "VALUES", "equal", "fresh", "golden"]


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


def each(store, after=None):
    """What a ring has to tell above a seq, one by one: (seq, what), sample, alarm or lost."""
    seq = store.acked if after is None else after
    while True:
        following = store.after(seq)
        if following is None:
            return
        seq, item = following
        yield seq, "lost" if item is None else "sample" if item.alarm is None else "alarm"


def everything(store, after=None):
    """All that a ring has to tell above a seq."""
    return list(each(store, after))


def dropped(store):
    """How many records a ring has given up since its stream began, because it was full."""
    return store.journal.dropped + store.journal.edges_dropped


def blocks_of(path):
    """The names of a store's blocks."""
    return [name for name in folders.names(path) if len(name) == 5 and name[0] == "b"]


def copy(source, target):
    folders.make_directory(target)
    for name in folders.names(source):
        files.write(target + "/" + name, files.read(source + "/" + name))
