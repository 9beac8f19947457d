"""Starts a node that lives through simulated days, after measuring what its imports take.

Usage: live.py <firmware directory> <node directory> <scratch directory> [key=value …]
"""

import gc
import sys

sys.path.insert(0, sys.argv[2])
sys.path.insert(0, sys.argv[1])


def heap():
    gc.collect()
    return gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0


before = heap()
import main  # noqa: E402, F401, measured

firmware = heap()
import day  # noqa: E402

day.start(sys.argv[3], sys.argv[4:], {"empty": before, "firmware": firmware, "test": heap()})
