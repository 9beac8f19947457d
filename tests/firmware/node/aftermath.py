"""What there is to tell of a node at the end of its days."""

import gc
import sys


def report(day):
    """All but its heap's history."""
    told = {"largest_block": largest_block(), "wraps": day.clock.wraps}
    told["modules"] = sorted(sys.modules)
    told["python"] = sys.implementation.name
    for name in ("boots", "reads", "longest_gap_ms", "worst_horn_ms", "horns", "imports"):
        told[name] = getattr(day, name)
    return told


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
