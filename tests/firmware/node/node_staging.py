import asyncio

import files
import folders
import release
import signing
import staging
from scratch import equal, fresh

KEY = signing.key()
CONTENTS = {
    "alarm.py": bytes(range(256)) * 9,
    "empty.py": b"",
    "main.py": b"print('main')\n" * 30,
    "ring.py": b"r",
}
DATA = signing.build(CONTENTS)
HELD = ["alarm.py", "empty.py", "main.py", "release", "ring.py"]


def staged(path, data=DATA, total=None):
    return staging.Staging(path, signing.digest(data), len(data) if total is None else total, KEY)


def feed(into, data, step=1000, most=10000):
    """Give chunks as asked for; returns how many were taken."""
    taken = 0
    while not into.complete and taken < most:
        chunk = data[into.offset : into.offset + step]
        if not chunk or not asyncio.run(into.take(into.offset, chunk)):
            break
        taken += 1
    return taken


def refusal(into, data):
    try:
        feed(into, data)
    except release.BadReleaseError as error:
        return str(error)
    return None


def check_whole(path):
    into = staged(path)
    equal((into.complete, into.offset), (True, len(DATA)))
    equal(asyncio.run(into.check()), True)
    for name, data in CONTENTS.items():
        equal(files.read(path + "/" + name), data)
    equal(folders.names(path), sorted(HELD))


def test_a_release_arrives_in_chunks_of_any_size():
    for step in (1000, 999, 64, 7 if len(DATA) < 2000 else 131):
        path = fresh() + "/b"
        into = staged(path)
        feed(into, DATA, step)
        equal((into.complete, into.damaged), (True, 0))
        check_whole(path)


def test_it_goes_on_where_a_restart_left_it():
    path = fresh() + "/b"
    offsets = []
    for _ in range(200):
        into = staged(path)
        offsets.append(into.offset)
        if into.complete:
            break
        feed(into, DATA, 400, 3)
    equal(offsets, sorted(offsets))
    check_whole(path)


def test_only_the_next_chunk_is_taken():
    path = fresh() + "/b"
    into = staged(path)
    feed(into, DATA, 500, 6)
    at = into.offset
    for offset in (0, at - 1, at + 1, at + 500, len(DATA)):
        equal(asyncio.run(into.take(offset, DATA[offset : offset + 500] or b"x")), False)
    equal(asyncio.run(into.take(at, b"")), False)
    equal(asyncio.run(into.take(at, bytes(1001))), False)
    equal(into.offset, at)
    feed(into, DATA)
    check_whole(path)
    equal(asyncio.run(into.take(len(DATA), b"more")), False)


def test_what_another_release_left_is_removed():
    path = fresh() + "/b"
    feed(staged(path), DATA)
    newer = signing.build({"main.py": b"newer"}, number=13)
    into = staged(path, newer)
    equal((into.offset, folders.names(path)), (0, []))
    feed(into, newer)
    equal(folders.names(path), ["main.py", "release"])


def test_a_damaged_file_is_fetched_again():
    path = fresh() + "/b"
    into = staged(path)
    wrong = bytearray(DATA)
    wrong[into_file("main.py") + 5] ^= 1
    feed(into, bytes(wrong), 300, 40)
    equal(into.damaged > 0, True)
    equal(into.offset <= into_file("main.py") + len(CONTENTS["main.py"]), True)
    feed(into, DATA)
    check_whole(path)


def into_file(wanted):
    """Where a file begins in the release."""
    at = release.head_bytes(DATA[:10])
    for name in sorted(CONTENTS):
        if name == wanted:
            return at
        at += len(CONTENTS[name])
    raise KeyError(wanted)


def test_what_rots_on_flash_is_found_before_it_runs():
    for name in HELD:
        if name == "empty.py":
            continue
        path = fresh() + "/b"
        into = staged(path)
        feed(into, DATA)
        data = bytearray(files.read(path + "/" + name))
        data[len(data) // 2] ^= 8
        files.write(path + "/" + name, bytes(data))
        try:
            equal((name, asyncio.run(into.check())), (name, False))
        except release.BadReleaseError:
            equal(name, "release")
        feed(staged(path), DATA)
        check_whole(path)


def test_what_grew_or_was_added_is_found():
    path = fresh() + "/b"
    into = staged(path)
    feed(into, DATA)
    files.write(path + "/main.py", b"import os\n", "ab")
    equal(asyncio.run(into.check()), False)
    feed(into, DATA)
    files.write(path + "/extra.py", b"import os\n")
    equal(asyncio.run(into.check()), False)
    check_whole_after = staged(path)
    equal(asyncio.run(check_whole_after.check()), True)


def test_releases_that_must_not_come_here():
    text = signing.manifest(CONTENTS)
    for data, why in (
        (b"nothing at all of that kind", "it is no release"),
        (
            signing.build(CONTENTS, signing.OTHER_SECRET),
            "its signature is not by this site's release key",
        ),
        (
            release.MAGIC + len(text).to_bytes(2, "big") + text + b"\x00\x00" + bytes(64),
            "the release is unsigned",
        ),
    ):
        path = fresh() + "/b"
        digest = bytes(32) if data[:8] != release.MAGIC else None
        into = staging.Staging(path, digest or signing.digest(data), len(data), KEY)
        equal(refusal(into, data), why)
        equal(folders.names(path), [])


def test_another_release_than_was_ordered():
    path = fresh() + "/b"
    into = staging.Staging(path, bytes(32), len(DATA), KEY)
    equal(refusal(into, DATA), "it is not the release that was ordered")
    into = staged(path, total=len(DATA) + 1)
    equal(refusal(into, DATA), "its length is not the one that was ordered")
    into = staged(path, total=100)
    equal(refusal(into, DATA), "the release is cut short")
    equal(folders.names(path), [])


def test_more_than_flash_has_room_for():
    path = fresh() + "/b"
    into = staged(path)
    held = staging._SPARE_BYTES
    staging._SPARE_BYTES = 1 << 60
    try:
        why = str(refusal(into, DATA))
        equal(why[-8:], "are free")
    finally:
        staging._SPARE_BYTES = held
    equal(folders.names(path), [])
