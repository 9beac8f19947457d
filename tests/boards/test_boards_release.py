"""Releases: built, signed, checked; whatever is altered is refused before it is believed."""

import json
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.boards import certificates, manifest, program, release, shelf
from gateway.boards.errors import ReleaseError
from gateway.boards.keyring import Keyring

KEY = certificates.new_key()
PUBLIC = release.public_bytes(KEY)
FILES = {"alarm.mpy": b"M\x06 alarm", "main.mpy": b"M\x06 main", "empty.mpy": b""}
SIGNED = release.sign(release.make("1.2.0", 7, "esp32", 6, FILES), KEY)


def words(result: Any) -> str:
    return " ".join(result.output.split())


def test_a_release_is_read_as_it_was_made() -> None:
    again = release.read(SIGNED.packed)
    release.verify(again, PUBLIC)
    assert again == SIGNED
    assert again.contents == FILES
    assert again.name == "1.2.0-esp32.hbr"
    assert [name for name, _, _ in again.manifest.files] == sorted(FILES)


def test_the_layout_is_the_one_boards_read() -> None:
    """Field by field, by offsets: what a board's own code does."""
    packed = SIGNED.packed
    assert packed[:8] == b"HINOBAN1"
    (length,) = struct.unpack(">H", packed[8:10])
    told = json.loads(packed[10 : 10 + length])
    at = 10 + length
    assert packed[at : at + 2] == b"\x00\x40"
    assert SIGNED.head == packed[: at + 66]
    assert packed[at + 66 :] == b"".join(FILES[name] for name, _, _ in told["files"])
    assert (told["format"], told["number"], told["port"], told["mpy"]) == (1, 7, "esp32", 6)


@settings(max_examples=200)
@given(st.integers(0, len(SIGNED.packed) - 1), st.integers(1, 255))
def test_no_byte_of_it_can_be_changed(at: int, by: int) -> None:
    altered = bytearray(SIGNED.packed)
    altered[at] ^= by
    with pytest.raises(ReleaseError):
        release.verify(release.read(bytes(altered)), PUBLIC)


@settings(max_examples=100)
@given(st.integers(0, len(SIGNED.packed) - 1))
def test_no_part_of_it_is_taken_for_the_whole(length: int) -> None:
    with pytest.raises(ReleaseError):
        release.read(SIGNED.packed[:length])


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_words(data: bytes) -> None:
    for text in (data, b"HINOBAN1" + data, b"HINOBAN1\x00\x02{}" + data):
        with pytest.raises(ReleaseError):
            release.read(text)
    with pytest.raises(ReleaseError):
        manifest.parse(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=200)
@given(st.sampled_from(["format", "version", "number", "port", "mpy", "files", "boards"]), JSON)
def test_a_manifest_with_a_wrong_field_is_refused_or_still_says_the_same(
    key: str, value: object
) -> None:
    told = json.loads(SIGNED.text)
    told[key] = value
    try:
        read = manifest.parse(json.dumps(told).encode())
    except ReleaseError:
        return
    assert json.loads(manifest.encode(read)) | {key: value} == told


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"version": "1.2 beta"}, "version '1.2 beta'"),
        ({"number": 0}, "number 0"),
        ({"number": True}, "number True"),
        ({"port": "esp8266"}, "port 'esp8266'"),
        ({"mpy": 0}, "runs bytecode"),
        ({"contents": {}}, "holds no file"),
        ({"contents": {"boot.mpy": b""}}, "'boot.mpy' is no name"),
        ({"contents": {"slots.py": b""}}, "'slots.py' is no name"),
        ({"contents": {"../main.mpy": b""}}, "is no name"),
        ({"contents": {"a" * 30 + ".mpy": b""}}, "is no name"),
        ({"contents": {"main.mpy": bytes(1_000_001)}}, "a board has room for"),
    ],
)
def test_what_no_board_would_take_is_not_made(changed: dict[str, Any], said: str) -> None:
    good: dict[str, Any] = {"version": "1.2.0", "number": 7, "port": "esp32", "mpy": 6,
                            "contents": FILES}  # fmt: skip
    with pytest.raises(ReleaseError) as refused:
        release.make(**(good | changed))
    assert said in str(refused.value)


def test_every_port_is_built_whole_and_the_signing_key_need_not_be_there(
    bench: Any, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    key = bench.release_key()
    built = bench.type("release", "build", "--version", "1.0.0", "--number", 1, "--out", out,
                       "--port", "esp32", "--port", "rp2", "--port", "unix")  # fmt: skip
    assert built.exit_code == 0, built.output
    sources = {path.stem for path in (Path(__file__).parents[2] / "firmware").glob("*.py")}
    for port in ("esp32", "rp2", "unix"):
        path = out / f"1.0.0-{port}.hbr"
        unsigned = bench.type("release", "verify", path, "--public", bench.keys / "release.pub")
        assert "is not signed" in words(unsigned)
        signed = bench.type("release", "sign", path, "--key", key)
        assert signed.exit_code == 0, signed.output
        done = bench.type("release", "verify", path, "--public", bench.keys / "release.pub",
                          "--json")  # fmt: skip
        assert done.exit_code == 0, done.output
        one = shelf.load(path)
        lost = {"boot", "slots", *program.JOINED} - {"main"}
        assert {name.partition(".")[0] for name in one.contents} == sources - lost
        assert all(content[:2] == b"M\x06" for content in one.contents.values())
    meaning = json.loads((out / "1.0.0.names.json").read_text())
    assert "alarm__LocalAlarm" in " ".join(meaning[""].values())
    assert "._since" in " ".join(meaning["main"].values())


def test_another_sites_release_is_not_taken(bench: Any, tmp_path: Path) -> None:
    bench.release("1.0.0", 1)
    other = tmp_path / "other"
    assert bench.type("release", "key", "--out", other).exit_code == 0
    path = bench.keys / "releases" / "1.0.0-unix.hbr"
    done = bench.type("release", "verify", path, "--public", other / "release.pub")
    assert done.exit_code == 2
    assert "was not signed with this site's release key" in words(done)
    again = bench.type("release", "key", "--out", other)
    assert "boards take releases of that key only" in words(again)


def test_a_board_is_flashed_with_the_newest_release_of_its_port_and_its_own(bench: Any) -> None:
    bench.done("new", "b0150")
    none = bench.board("flash", "b0150", "--to", bench.folder / "b")
    assert "hinoban release key" in words(none)
    bench.release_key()
    none = bench.board("flash", "b0150", "--to", bench.folder / "b")
    assert "hinoban release build --port unix" in words(none)
    bench.release("1.0.0", 1)
    bench.release("1.2.0", 3, "--board", "b0025")
    newest = bench.release("1.1.0", 2)
    bench.release("2.0.0", 9, port="rp2")
    assert "release 1.1.0 for unix" in bench.done("flash", "b0150", "--to", bench.folder / "b")
    assert (bench.folder / "b" / "a" / "release").read_bytes() == shelf.load(newest).head
    older = bench.done("flash", "b0150", "--to", bench.folder / "b", "--release", "1.0.0")
    assert "release 1.0.0" in older
    refused = bench.board("flash", "b0150", "--to", bench.folder / "b", "--release", "1.2.0")
    assert "there is no release 1.2.0 of port unix for b0150" in words(refused)


def test_a_version_is_one_release_for_ever(bench: Any, tmp_path: Path) -> None:
    ring = Keyring(bench.keys)
    first = bench.release("1.0.0", 1)
    kept = tmp_path / "kept.hbr"
    shutil.copy(first, kept)
    shelf.shelve(ring, shelf.load(kept))
    other = release.sign(
        release.make("1.0.0", 2, "unix", 6, FILES),
        certificates.load_key(bench.release_key().read_bytes(), "key"),
    )
    with pytest.raises(ReleaseError, match="another release of this version"):
        shelf.shelve(ring, other)
    with pytest.raises(ReleaseError, match="was not signed"):
        shelf.shelve(ring, SIGNED)


def test_sources_are_for_unix_only(bench: Any, tmp_path: Path) -> None:
    path = bench.release("1.0.0", 1)
    assert set(shelf.load(path).contents) >= {"main.py", "alarm.py"}
    refused = bench.type("release", "build", "--version", "1", "--number", 1, "--port", "rp2",
                         "--out", tmp_path, "--sources")  # fmt: skip
    assert "rp2 runs bytecode" in words(refused)
    refused = bench.type("release", "build", "--version", "1", "--number", 1, "--port", "rp3",
                         "--out", tmp_path)  # fmt: skip
    assert "use one of esp32, rp2, unix" in words(refused)
