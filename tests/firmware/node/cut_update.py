"""Cuts the power at every step of two updates and says as JSON what ran after each cut.

The first update becomes healthy, the second never does. Usage:
cut_update.py <firmware directory> <scratch> flash|files <every nth step> <parts of a step>

``flash``: a littlefs partition in memory, cut between and within its programs and erases.
``files``: the file operations of the host, cut between them and within each write.
"""

import asyncio
import json
import os
import sys

sys.path.insert(0, sys.argv[1])

import ecdsa
import files
import folders
import release
import signing
import slots
import staging

KEY = signing.key()
VERSIONS = {
    number: {
        "main.py": b"print(%d)\n" % number * (90 + number),
        "part.py": bytes([number]) * (200 * number),
    }
    for number in (1, 2, 3)
}
RELEASES = {
    number: signing.build(VERSIONS[number], number=number, version=f"1.{number}")
    for number in VERSIONS
}


class PowerCut(BaseException):
    """The power went; no handler of errors may catch that."""


def flash_program(root):
    """Version 1 in slot a, as a technician writes it."""
    folders.make_directory(root + "a")
    for name, data in VERSIONS[1].items():
        files.write(root + "a/" + name, data)
    data = RELEASES[1]
    files.write(root + "a/release", data[: release.head_bytes(data[:10])])


def fetch(root, number):
    """Receive a release, check it, and put it on trial."""
    book = slots.Slots(root)
    data = RELEASES[number]
    into = staging.Staging(root + book.begin(), signing.digest(data), len(data), KEY)
    while True:
        if into.complete and asyncio.run(into.check()):
            break
        chunk = data[into.offset : into.offset + 700]
        if not asyncio.run(into.take(into.offset, chunk)):
            raise AssertionError(f"a chunk was refused at {into.offset}")
    book.try_out(number, True)


def start(root):
    """One start of the board: the launcher chooses."""
    book = slots.Slots(root)
    book.running = book.choose()
    return book


def live(root):
    """Two updates in the life of a board, as far as power allows."""
    fetch(root, 2)
    start(root).confirm(2)
    fetch(root, 3)
    for _ in range(slots.TRIAL_STARTS + 1):
        start(root)


def running(root):
    """Number and slot of what a start would run, and whether it is on trial; all of it is there."""
    book = start(root)
    path = root + book.running + "/"
    told = release.Release(path + "release")
    digest, signature = release.seal(path + "release")
    if not asyncio.run(ecdsa.check(KEY, digest, signature)):
        raise AssertionError(f"{path} is not signed")
    for name, data in VERSIONS[told.number].items():
        if files.read(path + name) != data:
            raise AssertionError(f"{path}{name} is not whole")
    return [told.number, book.running, book.on_trial]


def go_on(root):
    """What a board does after the cut: it ends on version 2 or 3, healthy."""
    number = running(root)[0]
    book = slots.Slots(root)
    if book.record["trial"] is not None:
        book.running = str(book.record["trial"])
        book.confirm(number)
    elif number < 2:
        fetch(root, 2)
        start(root).confirm(2)
    number, _, trial = running(root)
    if trial or number < 2:
        raise AssertionError(f"version {number} is left")


def judge(root, report, resume):
    """Look at one board after its cut."""
    report["cuts"] += 1
    ran = running(root)
    if ran not in report["ran"]:
        report["ran"].append(ran)
    if resume:
        go_on(root)


def cut_flash(every, parts):
    """Every program and erase of the flash is a moment for the cut, and so are parts of it."""
    import vfs  # noqa: PLC0415, only MicroPython has one
    from ramflash import RamFlash  # noqa: PLC0415

    flash = RamFlash(32)
    vfs.VfsLfs2.mkfs(flash)
    vfs.mount(vfs.VfsLfs2(flash), "/flash")
    flash_program("/flash/")
    image = bytes(flash.data)
    flash.trace = []
    live("/flash/")
    vfs.umount("/flash")
    report = {"cuts": 0, "ran": [], "steps": len(flash.trace)}
    past = RamFlash(32)
    past.data[:] = image
    for step, (block, offset, data) in enumerate(flash.trace):
        length = 4096 if data is None else len(data)
        cuts = {length * part // parts for part in range(parts)} | {1, length - 1}
        for part in sorted(cuts) if step % every == 0 else ():
            after = RamFlash(32)
            after.data[:] = past.data
            if data is None:
                after.erase(block, part)
            else:
                after.apply(block, offset, data[:part])
            vfs.mount(vfs.VfsLfs2(after), "/cut")
            judge("/cut/", report, part == 0 and step % (8 * every) == 0)
            vfs.umount("/cut")
            after = None
        if data is None:
            past.erase(block)
        else:
            past.apply(block, offset, data)
    return report


class Power:
    """The host's file operations, of which the last happens in part."""

    def __init__(self):
        self.left = 1 << 30
        self.share = 0  # of the bytes of the last write [percent]

    def step(self):
        """One operation; returns whether power goes during it."""
        self.left -= 1
        if self.left < -1:
            raise PowerCut
        return self.left == -1

    def __getattr__(self, name):
        if name not in ("remove", "rename", "mkdir"):
            return getattr(os, name)

        def change(*paths):
            if self.step():
                raise PowerCut
            return getattr(os, name)(*paths)

        return change

    def open(self, path, mode="r"):
        """A file whose writes are operations."""
        if mode != "rb" and self.step():
            raise PowerCut
        return CutFile(self, open(path, mode))  # noqa: PTH123, as the firmware does


class CutFile:
    """A file of a board that may lose its power."""

    def __init__(self, power, file):
        self._power, self._file = power, file

    def write(self, data):
        if self._power.step():
            self._file.write(data[: len(data) * self._power.share // 100])
            self._file.flush()
            raise PowerCut
        return self._file.write(data)

    def __getattr__(self, name):
        return getattr(self._file, name)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._file.close()


def cut_files(every, scratch):
    """Every change of a directory and every write is a moment for the cut."""
    power = Power()
    for module in (files, slots, staging):
        module.os = power
        module.open = power.open
    report = {"cuts": 0, "ran": [], "steps": 0}
    step = 0
    while True:
        ended = False
        for share in (0, 50, 100):
            root = f"{scratch}/{step}_{share}/"
            power.left = 1 << 30
            flash_program(root)
            power.left, power.share = step, share
            try:
                live(root)
                ended = True
            except PowerCut:
                pass
            power.left = 1 << 30
            judge(root, report, share == 50)
        report["steps"] = step
        if ended:
            return report
        step += every


def main():
    scratch, what, every, parts = sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
    report = cut_flash(every, parts) if what == "flash" else cut_files(every, scratch)
    report["ran"].sort()
    sys.stdout.write(json.dumps(report))


main()
