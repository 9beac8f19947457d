"""Manifest: what a release says of itself, judged as a board judges it. Pure."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from gateway.boards.errors import ReleaseError

PORTS: Final = ("esp32", "rp2", "unix")
STAGE_ONE: Final = ("boot", "slots")
"""What starts a slot and no release replaces: it could not be rolled back."""

MOST_BYTES: Final = 8_192
"""The longest manifest a board reads [bytes]."""

_FORMAT: Final = 1
_NAME: Final = re.compile(r"[a-z0-9_.]{1,28}\.(mpy|py)")
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,31}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a release says of itself.

    Args:
        version: Such as "1.2.0".
        number: Rises with every release; boards refuse a lower one.
        port: "esp32", "rp2" or "unix".
        mpy: Version of the bytecode; 0 for sources.
        files: (name, bytes, SHA-256 in hex), in the order they follow.
        boards: The only boards that take it; every board of the port where empty.
    """

    version: str
    number: int
    port: str
    mpy: int
    files: tuple[tuple[str, int, str], ...]
    boards: tuple[str, ...] = ()


def encode(manifest: Manifest) -> bytes:
    """A manifest as it is signed."""
    told: dict[str, Any] = {
        "format": _FORMAT,
        "version": manifest.version,
        "number": manifest.number,
        "port": manifest.port,
        "mpy": manifest.mpy,
        "files": manifest.files,
    }
    if manifest.boards:
        told["boards"] = manifest.boards
    return json.dumps(told, separators=(",", ":")).encode()


def parse(text: bytes) -> Manifest:
    """A manifest from its bytes.

    Raises:
        ReleaseError: It is none, or boards would refuse it.
    """
    if len(text) > MOST_BYTES:
        raise ReleaseError(f"the manifest has {len(text)} bytes; boards take {MOST_BYTES}")
    try:
        told = json.loads(text)
        made = Manifest(
            version=told["version"],
            number=told["number"],
            port=told["port"],
            mpy=told["mpy"],
            files=tuple((name, size, digest) for name, size, digest in told["files"]),
            boards=tuple(told.get("boards", ())),
        )
        wrong = next(_complaints(told.get("format"), made), None)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as err:
        raise ReleaseError(f"the manifest is none ({err!r}); build the release anew") from err
    if wrong is not None:
        raise ReleaseError(wrong)
    return made


def _complaints(format_: object, made: Manifest) -> Iterator[str]:
    """What a board would refuse, in words."""
    if format_ != _FORMAT:
        yield f"the release has format {format_!r}; this program knows {_FORMAT}"
    if not isinstance(made.version, str) or not _VERSION.fullmatch(made.version):
        yield f"version {made.version!r}: use up to 32 letters, digits, '.', '+' and '-'"
    if type(made.number) is not int or not 1 <= made.number < 2**31:
        yield f"number {made.number!r}: use a whole number from 1 to {2**31 - 1}"
    if made.port not in PORTS:
        yield f"port {made.port!r}: use one of {', '.join(PORTS)}"
    # Sources run on the unix port only: on a board they would not fit.
    if type(made.mpy) is not int or not (made.port != "unix") <= made.mpy < 256:
        yield f"mpy {made.mpy!r}: {made.port} runs bytecode of a known version"
    names = [name for name, _, _ in made.files]
    if not names or len(set(names)) != len(names):
        yield "the release holds no file, or one of them twice"
    for name, size, digest in made.files:
        if not _NAME.fullmatch(name) or name.partition(".")[0] in STAGE_ONE:
            yield f"{name!r} is no name of a module that a release may hold"
        if type(size) is not int or size < 0 or not _SHA256.fullmatch(digest):
            yield f"{name}: {size!r} bytes with digest {digest!r} cannot be"
    if not all(isinstance(board, str) for board in made.boards):
        yield f"boards {made.boards!r}: use ids of boards"
