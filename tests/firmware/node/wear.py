"""What a ring costs its flash, with the geometry of a real board.

Usage: wear.py <firmware directory> <directory> <where> <blocks> <page> <records>

where: `littlefs` (MicroPython only), `partition`, or `appends`, which is what littlefs itself does
when each record is appended to a file and synced.
Says as JSON what was written, kept, erased and read, and how the heap did.
"""

import gc
import json
import sys

sys.path.insert(0, sys.argv[1])

import files
import folders
import ramflash
import ring
import support
import telling

RELEASE_FILES = 67  # of a program that is there already; the next one needs as much again


def mount(flash, page):
    vfs = __import__("vfs")
    vfs.VfsLfs2.mkfs(flash, progsize=max(32, page))
    vfs.mount(vfs.VfsLfs2(flash, progsize=max(32, page)), "/wear")


def heap():
    gc.collect()
    return gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0


def append(flash, page, records):
    """Records as littlefs would keep them: an eighth of a file's block each, synced."""
    mount(flash, page)
    before = flash.erases
    for number in range(records):
        files.write(f"/wear/{number // 80}", b"r" * 48, "ab")
    return {"erases": flash.erases - before}


def work(flash, where, directory, page, records):
    if where == "littlefs":
        mount(flash, page)
        folders.make_directory("/wear/a")
        for number in range(RELEASE_FILES):
            files.write(f"/wear/a/{number}", b"r" * 1500)
        directory = "/wear/ring"
    raw, values = (flash, where == "partition"), support.VALUES
    store = ring.Ring(directory, values, 1, flash.blocks * flash.size, raw)
    before, heaps = flash.erases, []
    for number in range(records):
        store.prepare()
        store.append(support.edge(number=number) if number % 300 == 299 else support.sample(number))
        if (number + 1) % (records // 4) == 0:
            heaps.append(heap())
    erases, reads = flash.erases - before, flash.reads
    again = ring.Ring(directory, values, 2, flash.blocks * flash.size, raw)
    reads, told = flash.reads - reads, 0
    following = again.after(again.acked)
    while following is not None:
        told += following[1] is not None
        following = again.after(following[0])
    return {
        "erases": erases,
        "most": max(flash.wear),
        "kept": told,
        "dropped": support.dropped(again),
        "holds": telling.records(again),
        "reads": reads,
        "state": telling.store(again, 60),
        "heaps": heaps,
    }


def main():
    directory, where, blocks, page, records = sys.argv[2:7]
    flash = ramflash.RamFlash(int(blocks), int(page))
    if where == "appends":
        report = append(flash, int(page), int(records))
    else:
        report = work(flash, where, directory, int(page), int(records))
    json.dump(report, sys.stdout)


main()
