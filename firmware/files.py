"""Small files on flash: written whole or not at all, on MicroPython and CPython alike."""

import binascii
import json
import os


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
        file.flush()  # MicroPython: this is the sync
        if hasattr(os, "fsync"):
            os.fsync(file.fileno())
    finally:
        file.close()


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
