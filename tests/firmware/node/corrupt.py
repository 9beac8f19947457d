"""Damages the littlefs around a ring, block by block, and starts the board again.

Usage: corrupt.py <firmware directory> <trials> <seed>   (MicroPython only)

Says as JSON how many starts kept every record, kept every alarm edge, began a new stream
or found no store to write to; and what must never be: a seq that comes twice, or a crash.
"""

import json
import random
import sys

sys.path.insert(0, sys.argv[1])

import folders
import ramflash
import ring
import support
import vfs

PATH = "/flash"


def mount(flash):
    """As the ports do at their start: a littlefs that cannot be mounted is made anew."""
    try:
        vfs.mount(vfs.VfsLfs2(flash, progsize=32), PATH)
    except OSError:
        vfs.VfsLfs2.mkfs(flash, progsize=32)
        vfs.mount(vfs.VfsLfs2(flash, progsize=32), PATH)
        return False
    return True


def begin(boot, flash):
    return ring.Ring(PATH + "/ring", support.VALUES, boot, 64 * 1024, (flash, False))


def damage(flash, others):
    """One block that is not the ring's: a few bits, or half of it erased."""
    block = others[random.randrange(len(others))]
    if random.randrange(3) == 0:
        flash.erase(block, 1 << random.randrange(4, 12))
        return
    written = [at for at in range(4096) if flash.data[block * 4096 + at] != 0xFF]
    for _ in range(random.randrange(1, 4)):
        at = written[random.randrange(len(written))]
        flash.data[block * 4096 + at] ^= 1 << random.randrange(8)


def start(flash, stream, newest, held):
    """Start after the damage; returns the kind of outcome."""
    mounted = mount(flash)
    try:
        store = begin(2, flash)
        seqs = [store.append(support.sample(1)), store.append(support.edge())]
    except OSError:
        return "no store"
    if store.stream != stream:
        return "new stream" if mounted else "new littlefs"
    if seqs[0] <= newest:
        return "SEQ TWICE"
    told = {seq for seq, what in support.everything(store, 0) if what != "lost"}
    if held <= told:
        return "all kept"
    return "alarms kept" if all(seq in told for seq in held if seq % 50 == 10) else "ALARM GONE"


def main():
    random.seed(int(sys.argv[3]))
    flash = ramflash.RamFlash(96)
    vfs.VfsLfs2.mkfs(flash, progsize=32)
    mount(flash)
    folders.make_directory(PATH + "/ring")
    store = begin(1, flash)
    for number in range(700):
        store.append(support.edge() if number % 50 == 9 else support.sample(number))
    stream, newest = store.stream, store.newest
    held = {seq for seq, what in support.everything(store) if what != "lost"}
    used = set(store.journal.blocks._where)
    others = [
        block
        for block in range(flash.blocks)
        if block not in used and any(byte != 0xFF for byte in flash.data[block * 4096 :][:4096])
    ]
    vfs.umount(PATH)
    whole, outcomes = bytes(flash.data), {}
    for _ in range(int(sys.argv[2])):
        flash.data[:] = whole
        damage(flash, others)
        try:
            outcome = start(flash, stream, newest, held)
        except Exception as error:  # noqa: BLE001, whatever fails is reported
            sys.print_exception(error, sys.stderr)
            outcome = "CRASH " + repr(error)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        vfs.umount(PATH)
    json.dump({"others": len(others), "outcomes": outcomes}, sys.stdout)


main()
