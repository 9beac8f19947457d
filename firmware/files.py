"""Small files on flash: written whole or not at all, on MicroPython and CPython alike."""

import binascii
import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO


def make_directory(path: str) -> None:
    """Make a directory and its parents; one that exists is fine."""
    made = ""
    for part in path.split("/"):
        made += part + "/"
        if part:
            try:
                os.mkdir(made[:-1])
            except OSError:
                pass  # it exists, or the next write says what is wrong


def names(path: str) -> "list[str]":
    """The names in a directory, sorted; none when there is no such directory."""
    try:
        return sorted(os.listdir(path))
    except OSError:
        return []


def each(path: str) -> "Iterator[str]":
    """The names in a directory one by one, in no order, without a list of them all."""
    try:
        if hasattr(os, "ilistdir"):
            for entry in os.ilistdir(path):
                yield entry[0]
        else:
            yield from os.listdir(path)
    except OSError:
        return


def exists(path: str) -> bool:
    """Whether there is such a file or directory."""
    try:
        os.stat(path)
    except OSError:
        return False
    return True


def free_bytes(path: str) -> int:
    """What the file system of a directory could still take [bytes]."""
    found = os.statvfs(path)
    return int(found[0] * found[3])


def size(path: str) -> int:
    """Size of a file [bytes]; 0 when it does not exist."""
    try:
        return int(os.stat(path)[6])
    except OSError:
        return 0


def read(path: str) -> "bytes | None":
    """A file's bytes, or None when it cannot be read."""
    try:
        with open(path, "rb") as file:
            return bytes(file.read())
    except OSError:
        return None


def remove(path: str) -> None:
    """Remove a file; one that is gone already is fine."""
    try:
        os.remove(path)
    except OSError:
        pass


def write(path: str, data: bytes, mode: str = "wb") -> None:
    """Write bytes and wait until flash has them.

    Raises:
        OSError: Flash is full or broken; part of the bytes may be there.
    """
    file = open(path, mode)
    try:
        if file.write(data) != len(data):
            raise OSError(28, "short write, flash is full")
        sync(file)
    finally:
        file.close()


def sync(file: "IO[bytes]") -> None:
    """Wait until flash has what was written to an open file."""
    file.flush()  # MicroPython: this is the sync
    if hasattr(os, "fsync"):
        os.fsync(file.fileno())


def replace(path: str, data: bytes) -> None:
    """Put a file in place of another in one step, so that a power cut leaves one of the two."""
    write(path + ".tmp", data)
    os.rename(path + ".tmp", path)


def write_sealed(path: str, value: object) -> None:
    """Keep a JSON value under a checksum, in one step."""
    text = json.dumps(value).encode()
    replace(path, b"%08x" % binascii.crc32(text) + text)


def read_sealed(path: str) -> object:
    """The value kept by `write_sealed`, or None when it is missing or damaged."""
    data = read(path)
    if data is None or len(data) < 8:
        return None
    if data[:8] != b"%08x" % binascii.crc32(data[8:]):
        return None
    return json.loads(data[8:])
