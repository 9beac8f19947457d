import asyncio

import ecdsa
import files
import release
import signing
from scratch import equal, fresh

CONTENTS = {"main.mpy": b"main", "alarm.mpy": b"alarm", "empty.mpy": b""}


def kept(head):
    """A file with a head."""
    path = fresh() + "/release"
    files.write(path, head)
    return path


def refusal(head):
    """Why a head is no release's, or None."""
    path = kept(head)
    try:
        release.seal(path)
        release.Release(path)
    except release.BadReleaseError as error:
        return str(error)
    return None


def authentic(head, key):
    """Whether a head is signed by a key's owner."""
    digest, signature = release.seal(kept(head))
    return asyncio.run(ecdsa.check(key, digest, signature))


def changed(**changes):
    return refusal(signing.head(signing.manifest(CONTENTS, **changes)))


def test_a_release_says_what_it_is():
    data = signing.build(CONTENTS)
    found = release.Release(kept(data[: release.head_bytes(data[:10])]))
    equal((found.version, found.number, found.boards), ("1.2.0", 12, None))
    equal([name for name, _, _ in found.entries()], ["alarm.mpy", "empty.mpy", "main.mpy"])
    equal(found.total_bytes, len(data))
    found.check_fit("b0150", 11)


def test_a_head_cut_short_anywhere_is_none():
    head = signing.head(signing.manifest({"main.py": b"1"}))
    for end in range(len(head)):
        if refusal(head[:end]) is None:
            raise AssertionError(f"{end} of {len(head)} bytes were taken")
    if refusal(head + b"x") is None:
        raise AssertionError("more than a head was taken")


def test_manifests_that_are_none():
    for changes in (
        {"format": 2},
        {"format": None},
        {"version": ""},
        {"version": 1},
        {"version": "v" * 33},
        {"number": 0},
        {"number": True},
        {"number": "12"},
        {"number": 1 << 31},
        {"port": 1},
        {"mpy": -1},
        {"mpy": 256},
        {"boards": "b0150"},
        {"files": []},
        {"files": {}},
        {"files": "main.py"},
        {"files": None},
        {"files": [["main.py", 1]]},
        {"files": [["main.py", -1, "0" * 64]]},
        {"files": [["main.py", 1, ""]]},
        {"files": [["main.py", 1, None]]},
        {"files": [["main.py", 1 << 20, "0" * 64]]},
        {"files": [["alarm.py", 1, "0" * 64]]},
        {"files": [["main.py", 1, "0" * 64], ["main.py", 1, "0" * 64]]},
        {"files": [["main.py", 1, "0" * 64], ["alarm.py", 1, "0" * 64]]},
        {"files": [["main.py", 1, "0" * 64], ["x" * 200, 1, "0" * 64]]},
        {"boards": ["b0150"] * 300},
    ):
        equal((changes, changed(**changes)), (changes, "the manifest is not understood"))
    listed = signing.manifest(CONTENTS)
    for text in (b"[]", b"null", b"{", b"7", b"\xff", b"[" * 300, listed[:-1], listed[:60]):
        equal((text, refusal(signing.head(text))), (text, "the manifest is not understood"))


def test_names_that_lead_elsewhere():
    for name in (
        "",
        "main",
        ".py",
        "../main.py",
        "/main.py",
        "a/b.py",
        "Main.py",
        "main.pyc",
        "main.tar.py",
        "slots.py",
        "slots.mpy",
        "boot.py",
        "release",
        "config.json",
        "b" * 40 + ".py",
        7,
    ):
        files = sorted([["main.py", 1, "0" * 64], [name, 1, "0" * 64]], key=str)
        equal((name, changed(files=files)), (name, "the manifest is not understood"))


def test_what_is_not_signed_or_no_release():
    text = signing.manifest(CONTENTS)
    unsigned = release.MAGIC + len(text).to_bytes(2, "big") + text + b"\x00\x00" + bytes(64)
    equal(refusal(unsigned), "the release is unsigned")
    for start in (b"", b"HINOBAN2" + b"\x00\x10", release.MAGIC + b"\x00\x00", release.MAGIC):
        try:
            release.head_bytes(start)
        except release.BadReleaseError as error:
            equal(str(error), "it is no release")
        else:
            raise AssertionError(f"{start!r} was taken")


def test_what_is_not_for_this_board():
    for changes, highest, why in (
        ({}, 12, "number 12 is not above 12"),
        ({}, 13, "number 12 is not above 13"),
        ({"port": "moon"}, 0, "it is for moon, this is unix"),
        ({"mpy": 99}, 0, f"it is for mpy 99, this runs {release.abi()}"),
        ({"boards": ["b0151", "b01500"]}, 0, "it is for other boards"),
        ({"boards": []}, 0, "it is for other boards"),
        ({"boards": ["b0150"], "mpy": 0}, 11, None),
    ):
        found = release.Release(kept(signing.head(signing.manifest(CONTENTS, **changes))))
        try:
            found.check_fit("b0150", highest)
            got = None
        except release.BadReleaseError as error:
            got = str(error)
        equal(got, why)


def test_only_the_site_s_key_signs():
    text = signing.manifest(CONTENTS)
    for secret, key, wanted in (
        (signing.SECRET, signing.key(), True),
        (signing.OTHER_SECRET, signing.key(), False),
        (signing.SECRET, signing.key(signing.OTHER_SECRET), False),
        (signing.SECRET, b"", False),
    ):
        equal(authentic(signing.head(text, secret), key), wanted)
    head = signing.head(text).replace(b'"1.2.0"', b'"1.3.0"')
    equal(release.Release(kept(head)).version, "1.3.0")
    equal(authentic(head, signing.key()), False)
