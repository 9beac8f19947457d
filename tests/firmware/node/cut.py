"""Cuts the power at every write of a real ring, and opens what is left.

Usage: cut.py <firmware directory> <directory> <where> <page> <story> <cuts> <seed>

where: `littlefs`, blocks found in the flash under a littlefs (MicroPython only), or `partition`.
page: what the flash programs at once [bytes]. story: `young`, from the first start on, or `full`,
with something to give up for each new block. cuts: how many of all cut points to try, 0 for all.
Says as JSON how many points there were, how many were tried, and what went wrong.
"""

import json
import random
import sys

sys.path.insert(0, sys.argv[1])

import folders
import ramflash
import record
import ring

VALUES = [f"temp_{number}_degc" for number in range(1, 61)]  # large records, many bytes to cut
STORE_BLOCKS = 10
ERASE_CUTS = (0, 1, 300, 2048, 4095)


class Place:
    """A flash and the ring on it."""

    def __init__(self, where, directory, page):
        self.where, self.directory, self.mounted = where, directory, False
        if where == "littlefs":
            self.flash = ramflash.RamFlash(64, page)
            self.prog = max(32, page)
            __import__("vfs").VfsLfs2.mkfs(self.flash, progsize=self.prog)
        else:
            self.flash = ramflash.RamFlash(STORE_BLOCKS, page)

    def open(self, boot):
        path = self.directory
        if self.where == "littlefs":
            vfs = __import__("vfs")
            path = "/cut"
            if self.mounted:
                vfs.umount(path)
            self.mounted = True
            vfs.mount(vfs.VfsLfs2(self.flash, progsize=self.prog), path)
            path += "/ring"
        alone = self.where == "partition"
        limit = STORE_BLOCKS * ramflash.BLOCK
        return ring.Ring(path, VALUES, boot, limit, (self.flash, alone))


def item(number):
    """An alarm edge now and then, samples otherwise; the number says which it was."""
    if number % 13 == 6:
        return record.Record(number, None, alarm=("temp_high", "raised", VALUES[0], 51, 50))
    v = {VALUES[0]: number, VALUES[-1]: 1}
    return record.Record(number, None, v, dict.fromkeys(VALUES[1:-1], "sensor_open"))


def kept(store):
    """The lowest seq whose sample the store has not given up."""
    place = store.journal.next(record.SAMPLE, -1)
    return 1 if place is None else store.journal.first[place]


def tell(place, story):
    """Let the ring work; returns its steps: (writes after it, newest, acked, kept)."""
    if story == "full":
        store = place.open(1)
        for number in range(1, 200):
            store.append(item(number))
    start = bytes(place.flash.data)
    trace = place.flash.trace = []
    store = place.open(2)
    steps = [(len(trace), store.newest, store.acked, kept(store))]
    for turn in range(70):
        store.prepare()
        steps.append((len(trace), store.newest, store.acked, kept(store)))
        store.append(item(store.newest + 1))
        steps.append((len(trace), store.newest, store.acked, kept(store)))
        if turn == 40:
            store.free(store.newest - 20)
    place.flash.trace = None
    return start, trace, steps


def points(trace):
    """Every (write, byte) at which the power can go."""
    for index, (_, _, data) in enumerate(trace):
        if data is None:
            for byte in ERASE_CUTS:
                yield index, byte
        else:
            yield index, 0
            for byte in range(1, len(data)):
                if data[byte - 1] != 0xFF:
                    yield index, byte


def check(place, steps, index):
    """Open what is left after a cut in a write; returns what is wrong with it."""
    at = 0
    while at + 1 < len(steps) and steps[at + 1][0] <= index:
        at += 1
    whole = index >= steps[at][0]
    before = steps[at] if whole else (0, 0, 0, 1)
    after = steps[min(at + whole, len(steps) - 1)]
    store = place.open(3)
    newest, told, lost = before[1], {}, []
    seq = store.acked
    while True:
        following = store.after(seq)
        if following is None:
            break
        seq, found = following
        if found is None:
            lost.append(seq)
        elif found.up_ms != seq or (found.alarm is None) == (seq % 13 == 6):
            return f"seq {seq} is another record"
        told[seq] = found
    if store.acked > before[2]:
        return f"acked {store.acked}, was {before[2]}"
    if not newest <= store.newest <= newest + 1:
        return f"newest {store.newest}, was {newest}"
    for seq in range(before[2] + 1, newest + 1):
        if (seq % 13 == 6 or seq >= after[3]) and told.get(seq) is None:
            return f"seq {seq} is gone"
    if len(lost) > 1 or (lost and lost[0] != newest + 1):
        return f"lost are {lost}, in flight was {newest + 1}"
    return go_on(place, store)


def go_on(place, store):
    """Write more, start again, and see that no seq comes twice."""
    newest = store.newest
    seqs = [store.append(item(newest + 1 + more)) for more in range(3)]
    if seqs != [newest + 1, newest + 2, newest + 3]:
        return f"new seqs are {seqs} after {newest}"
    again = place.open(4)
    if again.newest != newest + 3 or again.stream != store.stream:
        return f"newest {again.newest} after {seqs}"
    for seq in seqs:
        if again.after(seq - 1)[1] is None:
            return f"seq {seq} is gone after another start"
    return None


def main():
    directory, where, page, story, cuts, seed = sys.argv[2:8]
    folders.make_directory(directory)
    place = Place(where, directory, int(page))
    start, trace, steps = tell(place, story)
    every = list(points(trace))
    chosen, chance = every, random
    chance.seed(int(seed))
    if int(cuts):
        chosen = sorted(every[chance.randrange(len(every))] for _ in range(int(cuts)))
    wrong, done = [], 0
    scene, base = place.flash, bytearray(start)
    for index, byte in chosen:
        scene.data[:] = base
        while done < index:
            happen(scene, trace[done], None, chance)
            done += 1
        base[:] = scene.data
        happen(scene, trace[index], byte, chance)
        try:
            why = check(place, steps, index)
        except Exception as error:  # noqa: BLE001, whatever fails is reported
            why = repr(error)
        if why:
            wrong.append([index, byte, trace[index][0], why])
    report = {"points": len(every), "tried": len(chosen), "wrong": wrong[:9]}
    report["erases"] = sum(data is None for _, _, data in trace)
    report["dropped"] = steps[-1][3] > steps[0][3]
    sys.stdout.write(json.dumps(report))


def happen(flash, write, byte, chance):
    """Let a write happen, whole or up to a byte, which itself takes some of its bits."""
    block, offset, data = write
    if data is None:
        flash.erase(block, byte)
        return
    if byte is None:
        flash.apply(block, offset, data)
        return
    torn = bytearray(data[: byte + 1])
    torn[byte] |= chance.getrandbits(8)
    flash.apply(block, offset, torn)


main()
