"""The head of a release on flash: what it says of itself, and whether this board may take it.

A release is one file: ``HINOBAN1``, the manifest with its length before it (two bytes, big-endian),
the signature with its length before it, and then the files in the manifest's order. The signature
is ECDSA P-256 over the SHA-256 of the manifest, and the manifest has the SHA-256 of every file, so
that what was not signed is never run.

The manifest names every module and is longer than any block of heap that a board may count on, so
it is read in pieces and nothing here holds all of it.
"""

import hashlib
import json
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import BinaryIO

MAGIC = b"HINOBAN1"
MAX_MANIFEST_BYTES = 8192
MAX_FILE_BYTES = 131072
_SIGNATURE_BYTES = 64
_START_BYTES = len(MAGIC) + 2
_END_BYTES = 2 + _SIGNATURE_BYTES
_FILES = b'"files":['
_PIECE_BYTES = 128
_MOST_ENTRY_BYTES = 160
_MOST_OTHER_BYTES = 1024
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"
_STAGE_ONE = ("slots", "boot")  # never updated, and never shadowed


class BadReleaseError(Exception):
    """A release that this board does not take; the text says why."""


class Release:
    """What a manifest says, understood but not yet believed; see `check`.

    Args:
        path: The file with everything before the release's files.

    Raises:
        BadReleaseError: It is no head of a release.
        OSError: It cannot be read.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.count = self.files_bytes = 0  # of the files
        with open(path, "rb") as file:
            self.head_bytes = head_bytes(bytes(file.read(_START_BYTES)))
            try:
                self._understand(file, self.head_bytes - _END_BYTES)
            except (ValueError, KeyError, TypeError, AttributeError, RuntimeError):
                raise BadReleaseError("the manifest is not understood")  # noqa: B904
        self.total_bytes = self.head_bytes + self.files_bytes

    def entries(self) -> "Generator[tuple[str, int, str], None, None]":
        """Name, length [bytes] and SHA-256 of each file, in their order, read from flash.

        Whoever stops before the end closes it, and the file with it.
        """
        with open(self.path, "rb") as file:
            for entry, _ in _entries(file, self._files_at, self.head_bytes - _END_BYTES):
                yield entry

    def check_fit(self, board: str, highest: int) -> None:
        """Whether it is for this board and newer than everything it ran.

        Args:
            board: This board's name.
            highest: The highest number of a release that was ever healthy here.

        Raises:
            BadReleaseError: It is not.
        """
        if self.port != port():
            raise BadReleaseError("it is for %s, this is %s" % (self.port, port()))
        if self.mpy != abi() and not (self.mpy == 0 and self.port == "unix"):
            raise BadReleaseError("it is for mpy %d, this runs %d" % (self.mpy, abi()))
        if self.boards is not None and board not in self.boards:
            raise BadReleaseError("it is for other boards")
        if self.number <= highest:
            raise BadReleaseError("number %d is not above %d" % (self.number, highest))

    def _understand(self, file: "BinaryIO", end: int) -> None:
        """Read the manifest; its list of files is walked through and left on flash."""
        other = b""
        while _FILES not in other:
            piece = file.read(min(_PIECE_BYTES, end - _START_BYTES - len(other)))
            if not piece or len(other) > _MOST_OTHER_BYTES:
                raise ValueError("files")
            other += piece
        other = other[: other.find(_FILES) + len(_FILES)]
        if b'"version":' not in other or b'"number":' not in other:
            raise ValueError("order")  # a board tells of itself by the first bytes alone
        at = self._files_at = _START_BYTES + len(other)
        before, has_main = "", False
        for entry, behind in _entries(file, self._files_at, end):
            name, size, digest = entry
            at = behind
            if _name(name) <= before:
                raise ValueError("order")
            before, has_main = name, has_main or name.startswith("main.")
            self.files_bytes += _size(size, 0, MAX_FILE_BYTES)
            _text(digest, 64)
            self.count += 1
        if not has_main or end - at > _MOST_OTHER_BYTES:
            raise ValueError("main")
        file.seek(at)
        given = json.loads(other + file.read(end - at))
        if given["format"] != 1:
            raise ValueError("format")
        self.version = _text(given["version"], 32)
        self.number = _size(given["number"], 1, (1 << 31) - 1)
        self.port = _text(given["port"], 8)
        self.mpy = _size(given["mpy"], 0, 255)
        self.boards: "list[str] | None" = given.get("boards")
        if self.boards is not None and not isinstance(self.boards, list):
            raise ValueError("boards")


def head_bytes(start: bytes) -> int:
    """The length of a release's head [bytes], told by its first ten bytes.

    Raises:
        BadReleaseError: They are not the first bytes of a release.
    """
    length = int.from_bytes(start[len(MAGIC) : _START_BYTES], "big")
    if start[: len(MAGIC)] != MAGIC or not 0 < length <= MAX_MANIFEST_BYTES:
        raise BadReleaseError("it is no release")
    return _START_BYTES + length + _END_BYTES


def seal(path: str) -> "tuple[bytes, bytes]":
    """SHA-256 of the manifest, by which a command names the release it means, and its signature.

    Raises:
        BadReleaseError: It is no head of a release, or has no signature.
        OSError: It cannot be read.
    """
    with open(path, "rb") as file:
        left = head_bytes(bytes(file.read(_START_BYTES))) - _START_BYTES - _END_BYTES
        running = hashlib.sha256()
        while left:
            piece = file.read(min(_PIECE_BYTES, left))
            if not piece:
                raise BadReleaseError("the release is cut short")
            running.update(piece)
            left -= len(piece)
        rest = bytes(file.read(_END_BYTES + 1))
    if int.from_bytes(rest[:2], "big") != _SIGNATURE_BYTES:
        raise BadReleaseError("the release is unsigned")
    if len(rest) != _END_BYTES:
        raise BadReleaseError("the release is cut short")
    return bytes(running.digest()), rest[2:]


def port() -> str:
    """What this runs on: esp32, rp2 or unix."""
    return sys.platform if sys.platform in ("esp32", "rp2") else "unix"


def abi() -> int:
    """The version of .mpy files that this Python loads; 0 when it loads none."""
    return int(getattr(sys.implementation, "_mpy", 0)) & 0xFF


def _entries(file: "BinaryIO", at: int, end: int) -> "Iterator[tuple[tuple[str, int, str], int]]":
    """The manifest's list of files, and where the text goes on behind each."""
    file.seek(at)
    text = b""
    while True:
        cut = text.find(b"]")
        if cut < 0:
            piece = file.read(min(_PIECE_BYTES, end - at))
            if not piece or len(text) > _MOST_ENTRY_BYTES:
                raise ValueError("entry")
            at += len(piece)
            text += piece
        elif text[:1] == b"]":
            return
        else:
            name, size, digest = json.loads(text[: cut + 1])
            text = text[cut + 1 :]
            if not text:
                text = bytes(file.read(1))
                at += len(text)
            if text[:1] == b",":
                text = text[1:]
            elif text[:1] != b"]":
                raise ValueError("list")
            yield (name, size, digest), at - len(text)


def _text(value: object, most: int) -> str:
    """Text of bounded length."""
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise ValueError("text")
    return value


def _size(value: object, least: int, most: int) -> int:
    """A whole number within bounds."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError("number")
    return value


def _name(value: object) -> str:
    """A file's name: plain, a module of the program, and not of stage one."""
    name = _text(value, 32)
    stem, _, ending = name.partition(".")
    plain = stem and all(char in _LETTERS for char in stem)
    if not plain or ending not in ("mpy", "py") or stem in _STAGE_ONE:
        raise ValueError("name")
    return name
