"""Directories on flash, and what is in them; needed at a start and for an update."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


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
