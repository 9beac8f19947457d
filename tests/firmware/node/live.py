"""Starts a node that lives through simulated days, after measuring what its imports take.

Usage: live.py NUMBERS, as `day.make` takes them, joined by commas. Beside it lie the board's
``config`` and two folders: ``f``, the firmware, and ``s``, which holds `day`, what that needs, the
modules of `seams` and the firmware's link as ``link_real``. Names and paths are short as on a
board: each takes some of the node's heap.
"""

import gc
import sys

sys.path.insert(0, "f")
sys.path.insert(0, "s")


def heap():
    gc.collect()
    return gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0


empty = heap()
import main  # noqa: E402, F401
import unixboard  # noqa: E402, F401

firmware = heap()
import day  # noqa: E402

imports = {"empty": empty, "firmware": firmware, "test": heap()}
day.make(*[int(number) for number in sys.argv[1].split(",")])
imports["objects"] = heap() - imports["test"]
day.only.imports = imports
day.live()
