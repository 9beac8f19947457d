"""The head of a release: what it says of itself, and whether this board may take it.

A release is one file: ``HINOBAN1``, the manifest with its length before it (two bytes, big-endian),
the signature with its length before it, and then the files in the manifest's order. The signature
is ECDSA P-256 over the SHA-256 of the manifest, and the manifest has the SHA-256 of every file, so
that what was not signed is never run.
"""

import hashlib
import json
import sys

MAGIC = b"HINOBAN1"
MAX_MANIFEST_BYTES = 8192
MAX_FILES = 128
MAX_FILE_BYTES = 131072
_SIGNATURE_BYTES = 64
_FIXED_BYTES = len(MAGIC) + 2 + 2 + _SIGNATURE_BYTES
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_."
_STAGE_ONE = ("slots", "boot")  # never updated, and never shadowed


class BadReleaseError(Exception):
    """A release that this board does not take; the text says why."""


class Release:
    """What a manifest says, understood but not yet believed; see `authentic`.

    Args:
        head: Everything before the files.

    Raises:
        BadReleaseError: It is no head of a release.
    """

    def __init__(self, head: bytes) -> None:
        manifest, _ = _split(head)
        self.head_bytes = len(head)
        try:
            given = json.loads(manifest)
            self.version = _text(given["version"], 32)
            self.number = _size(given["number"], 1, (1 << 31) - 1)
            self.port = _text(given["port"], 8)
            self.mpy = _size(given["mpy"], 0, 255)
            self.boards: "list[str] | None" = given.get("boards")
            if self.boards is not None and not isinstance(self.boards, list):
                raise ValueError("boards")
            self.files: "list[tuple[str, int, str]]" = given["files"]
            names = [_name(name) for name, _, _ in self.files]
            if given["format"] != 1 or not 0 < len(names) <= MAX_FILES:
                raise ValueError("format")
            if len(set(names)) != len(names) or not any(n.startswith("main.") for n in names):
                raise ValueError("files")
            for _, size, digest in self.files:
                _size(size, 0, MAX_FILE_BYTES)
                _text(digest, 64)
        except (ValueError, KeyError, TypeError, AttributeError, RuntimeError):
            raise BadReleaseError("the manifest is not understood")  # noqa: B904
        self.total_bytes = self.head_bytes + sum([size for _, size, _ in self.files])

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


async def authentic(head: bytes, key: bytes) -> bool:
    """Whether the holder of the release key signed the manifest; the loop runs meanwhile.

    Args:
        head: Everything before the files.
        key: The public key, 65 bytes.

    Raises:
        BadReleaseError: It is no head of a release.
    """
    import ecdsa

    manifest, signature = _split(head)
    return await ecdsa.check(key, hashlib.sha256(manifest).digest(), signature)


def digest(head: bytes) -> bytes:
    """SHA-256 of the manifest, by which a command names the release it means.

    Raises:
        BadReleaseError: It is no head of a release.
    """
    return bytes(hashlib.sha256(_split(head)[0]).digest())


def head_bytes(start: bytes) -> int:
    """The length of a release's head [bytes], told by its first ten bytes.

    Raises:
        BadReleaseError: They are not the first bytes of a release.
    """
    length = int.from_bytes(start[len(MAGIC) : len(MAGIC) + 2], "big")
    if start[: len(MAGIC)] != MAGIC or not 0 < length <= MAX_MANIFEST_BYTES:
        raise BadReleaseError("it is no release")
    return _FIXED_BYTES + length


def port() -> str:
    """What this runs on: esp32, rp2 or unix."""
    return sys.platform if sys.platform in ("esp32", "rp2") else "unix"


def abi() -> int:
    """The version of .mpy files that this Python loads; 0 when it loads none."""
    return int(getattr(sys.implementation, "_mpy", 0)) & 0xFF


def _split(head: bytes) -> "tuple[bytes, bytes]":
    """Manifest and signature.

    Raises:
        BadReleaseError: The head is cut short, or has no signature.
    """
    if len(head) < _FIXED_BYTES or head_bytes(head) != len(head):
        raise BadReleaseError("the release is cut short")
    end = len(head) - 2 - _SIGNATURE_BYTES
    if int.from_bytes(head[end : end + 2], "big") != _SIGNATURE_BYTES:
        raise BadReleaseError("the release is unsigned")
    return head[len(MAGIC) + 2 : end], head[end + 2 :]


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
    plain = stem and all(char in _LETTERS for char in name)
    if not plain or ending not in ("mpy", "py") or stem in _STAGE_ONE:
        raise ValueError("name")
    return name
