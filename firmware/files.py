"""Small files on flash: written whole or not at all, on MicroPython and CPython alike."""

import binascii
import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO


def exists(path: str) -> bool:
    """Whether there is such a file or directory."""
    try:
        os.stat(path)
    except OSError:
        return False
    return True


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
