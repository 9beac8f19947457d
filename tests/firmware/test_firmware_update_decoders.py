"""Whatever arrives as a command or a release, a board refuses it in words or understands it."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MODULES = ("files", "counter", "command", "release")
KEY = bytes(range(32))
WHY = {"form", "mac", "boot", "replayed", "expired"}

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4), max_leaves=8)
commands = st.fixed_dictionaries(
    {},
    optional={
        "n": st.integers(0, 20) | values,
        "op": st.sampled_from(["silence", "update"]) | values,
        "args": st.lists(st.integers(0, 9), max_size=3) | values,
        "exp_up_ms": st.integers(0, 2000) | values,
        "mac": st.text("0123456789abcdef", min_size=64, max_size=64) | values,
    },
)


@pytest.fixture(scope="module")
def firmware(firmware_directory: Path) -> Iterator[dict[str, ModuleType]]:
    sys.path.insert(0, str(firmware_directory))
    yield {name: importlib.import_module(name) for name in MODULES}
    sys.path.remove(str(firmware_directory))
    for name in MODULES:
        sys.modules.pop(name, None)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(payload=st.binary(max_size=200) | commands.map(lambda told: json.dumps(told).encode()))
def test_no_forged_command_is_obeyed(
    firmware: dict[str, ModuleType], tmp_path: Path, payload: bytes
) -> None:
    counter = firmware["counter"].Counter(str(tmp_path / "command"))
    known = firmware["command"].Commands(KEY, counter, "example", "b0150")
    with pytest.raises(firmware["command"].RefusedError) as refused:
        known.take(payload, 17, 1000)

    assert refused.value.why in WHY
    assert counter.value == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    orders=st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 2000), st.sampled_from([16, 17, 18])),
        max_size=12,
    ),
    up_ms=st.integers(0, 2000),
)
def test_a_command_is_obeyed_once_in_its_time_and_boot(
    firmware: dict[str, ModuleType],
    tmp_path_factory: pytest.TempPathFactory,
    orders: list[tuple[int, int, int]],
    up_ms: int,
) -> None:
    path = str(tmp_path_factory.mktemp("board") / "command")
    module = firmware["command"]
    highest = 0
    for n, until_ms, boot in orders:
        text = module.canonical("example", "b0150", n, "test", [], boot, until_ms)
        mac = module.hmac_sha256(KEY, text).hex()
        told = {"n": n, "op": "test", "args": [], "exp_up_ms": until_ms, "mac": mac}
        known = module.Commands(KEY, firmware["counter"].Counter(path), "example", "b0150")
        try:
            obeyed = known.take(json.dumps(told).encode(), 17, up_ms) == (n, "test", [])
        except module.RefusedError:
            obeyed = False
        assert obeyed == (boot == 17 and n > highest and up_ms <= until_ms)
        highest = n if obeyed else highest


def understood(firmware: dict[str, ModuleType], path: Path, head: bytes) -> Any:
    """What a head says, None where it is refused."""
    path.write_bytes(head)
    try:
        firmware["release"].seal(str(path))
        return firmware["release"].Release(str(path))
    except firmware["release"].BadReleaseError:
        return None


def head_of(text: bytes) -> bytes:
    return b"HINOBAN1" + len(text).to_bytes(2, "big") + text + b"\x00\x40" + bytes(64)


names = st.from_regex(r"[a-z_]{1,12}\.(py|mpy)", fullmatch=True)
files = st.dictionaries(
    names.filter(lambda name: name.partition(".")[0] not in {"slots", "boot"}),
    st.tuples(st.integers(0, 131072), st.binary(min_size=32, max_size=32).map(bytes.hex)),
    max_size=40,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    listed=files, boards=st.none() | st.lists(st.from_regex(r"b\d{4}", fullmatch=True), max_size=9)
)
def test_every_list_of_files_is_read_as_it_was_written(
    firmware: dict[str, ModuleType],
    tmp_path: Path,
    listed: dict[str, tuple[int, str]],
    boards: list[str] | None,
) -> None:
    told: dict[str, Any] = {"format": 1, "version": "1.2.0", "number": 7, "port": "unix", "mpy": 6}
    known = {"main.py": (3, "0" * 64)} | listed
    entries = [(name, *known[name]) for name in sorted(known)]
    told["files"] = entries
    if boards is not None:
        told["boards"] = boards
    head = head_of(json.dumps(told, separators=(",", ":")).encode())
    found = understood(firmware, tmp_path / "release", head)

    assert found is not None
    assert list(found.entries()) == entries
    assert (found.count, found.number, found.boards) == (len(entries), 7, boards)
    assert found.total_bytes == len(head) + sum(size for _, size, _ in entries)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=300), wrapped=st.booleans())
def test_no_bytes_are_more_than_refused(
    firmware: dict[str, ModuleType], tmp_path: Path, data: bytes, wrapped: bool
) -> None:
    assert understood(firmware, tmp_path / "release", head_of(data) if wrapped else data) is None
