"""Outfit: all that a board carries when it leaves the bench, and how it is put there."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.boards import certificates, program, settings
from gateway.boards.errors import BoardError
from gateway.boards.identity import Identity
from gateway.boards.release import Release

SLOT: Final = "a"
HEAD: Final = f"{SLOT}/release"
CONFIG: Final = "config.json"
START: Final = "main.py"

_SPARE_SLOT: Final = "b"
_OLD: Final = ("slots.py", "slots.mpy", "record.0", "record.1")

_AT_ONCE: Final = 8
"""Files written between two steps of the progress shown."""

Told = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Holds:
    """What a board holds already.

    Args:
        port: "esp32", "rp2" or "unix".
        board: Whose config it has; None where it has none.
        ring: Whether it has a ring store with something in it.
    """

    port: str
    board: str | None
    ring: bool


class Place(Protocol):
    """Where an outfit goes: a board on a cable, or a folder."""

    def look(self) -> Holds:
        """What is there already.

        Raises:
            BoardError: It cannot be told.
        """
        ...

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files in their order; their folders are made.

        Raises:
            BoardError: One cannot be written.
        """
        ...

    def remove(self, *names: str) -> None:
        """Remove files or folders; nothing happens where there are none.

        Raises:
            BoardError: One cannot be removed.
        """
        ...

    def check(self, digests: dict[str, str]) -> list[str]:
        """Names whose content is not that of the SHA-256 given.

        Raises:
            BoardError: It cannot be read back.
        """
        ...

    def finish(self) -> None:
        """Let the board start with what it was given.

        Raises:
            BoardError: It does not.
        """
        ...


def outfit(
    identity: Identity, config: bytes, release: Release, release_key: bytes, wlan_key: bytes | None
) -> dict[str, bytes]:
    """Every file of a board, by its path there; what starts it comes last.

    Args:
        identity: Its papers.
        config: Its ``config.json``.
        release: What it runs, signed.
        release_key: The public key that later releases must be signed with.
        wlan_key: Key of the wireless network, where there is one.

    Raises:
        BoardError: The release is not for this board.
        ReleaseError: The firmware's stage one is missing.
    """
    meant = release.manifest.boards
    if meant and identity.board not in meant:
        raise BoardError(
            f"{release.name} is for {', '.join(meant)} only, not for {identity.board}: choose "
            "another release"
        )
    files = {f"{SLOT}/{name}": content for name, content in release.contents.items()}
    files |= {
        HEAD: release.head,
        CONFIG: config,
        settings.CA_FILE: certificates.der(identity.authority),
        settings.CERTIFICATE_FILE: certificates.der(identity.certificate),
        settings.KEY_FILE: certificates.key_der(identity.key),
        settings.COMMAND_KEY_FILE: identity.command_key,
        settings.RELEASE_KEY_FILE: release_key,
    }
    if wlan_key is not None:
        files[settings.WLAN_KEY_FILE] = wlan_key
    manifest = release.manifest
    first = program.stage_one(manifest.port, sources=manifest.mpy == program.SOURCES)
    start = first.pop(START)
    return files | first | {START: start}


def put(place: Place, files: dict[str, bytes], told: Told, *, erase_ring: bool) -> None:
    """Write an outfit and read it back.

    Args:
        place: Where.
        files: Path there -> content, in the order of writing.
        told: Called with how many more are written.
        erase_ring: Whether what the board has recorded goes.

    Raises:
        BoardError: It could not be written whole; do it again.
    """
    # Without its start file a half-written board waits at its prompt and runs no mixture.
    place.remove(START)
    # Without records of its slots a board runs slot a; an old program must not be its spare.
    place.remove(*_OLD, SLOT, _SPARE_SLOT)
    if erase_ring:
        place.remove(settings.RING)
    names = list(files)
    for first in range(0, len(names), _AT_ONCE):
        some = names[first : first + _AT_ONCE]
        place.write({name: files[name] for name in some})
        told(len(some))
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    if damaged := place.check(digests):
        raise BoardError(
            f"{', '.join(damaged)} cannot be read back as written: try again; where that stays, "
            "the board's flash is worn out"
        )
    place.finish()
