"""Starts a node that lives through simulated days, after measuring what its imports take.

Usage: live.py <firmware directory> <stage> <scratch directory> [key=value …]; the stage holds the
modules beside this one, those of `seams` and the firmware's link as ``link_real``.
"""

import gc
import sys

sys.path.insert(0, sys.argv[1])
sys.path.insert(0, sys.argv[2])


def heap():
    gc.collect()
    return gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0


empty = heap()
import main  # noqa: E402, F401
import unixboard  # noqa: E402, F401

firmware = heap()
import day  # noqa: E402

imports = {"empty": empty, "firmware": firmware, "test": heap()}
import outset  # noqa: E402

path, numbers, collect_bytes = outset.prepare(sys.argv[3], sys.argv[4:])
del outset, sys.modules["outset"]
before = heap()
day.make(path, numbers, collect_bytes)
imports["objects"] = heap() - before
day.only.imports = imports
day.live()
