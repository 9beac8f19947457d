"""The releases of a site: its signing key's public half, and the files that were signed with it."""

from pathlib import Path

from gateway.boards import release
from gateway.boards.errors import ReleaseError
from gateway.boards.keyring import RELEASE_PUBLIC, RELEASES, Keyring
from gateway.boards.release import SUFFIX, Release


def release_key(ring: Keyring) -> bytes:
    """The public key that releases of this site are signed with.

    Raises:
        BoardError: There is none yet.
    """
    return ring.read(
        RELEASE_PUBLIC,
        "make it with `hinoban release key`, or copy release.pub of the machine that signs here",
    )


def load(path: Path) -> Release:
    """A release from its file; whether it is signed is another question.

    Raises:
        ReleaseError: It cannot be read, or is none.
    """
    try:
        if path.stat().st_size > 2 * release.MOST_BYTES:
            raise ReleaseError(f"{path} is too large to be a release")
        return release.read(path.read_bytes())
    except OSError as err:
        raise ReleaseError(f"{path}: {err.strerror}; name a release's file") from err
    except ReleaseError as err:
        raise ReleaseError(f"{path}: {err}") from err


def shelved(ring: Keyring) -> list[Release]:
    """The signed releases that lie in the ring, the newest first.

    Raises:
        BoardError: There is no public key to check them with.
    """
    public = release_key(ring)
    found = []
    for path in ring.path(RELEASES).glob(f"*{SUFFIX}"):
        one = load(path)
        release.verify(one, public)
        found.append(one)
    return sorted(found, key=lambda one: one.manifest.number, reverse=True)


def shelve(ring: Keyring, one: Release) -> None:
    """Put a signed release where the gateway serves it from.

    Raises:
        ReleaseError: It is not signed with this site's key, or another has its name.
        BoardError: It cannot be written.
    """
    release.verify(one, release_key(ring))
    path = ring.path(RELEASES) / one.name
    if path.exists() and load(path).digest != one.digest:
        raise ReleaseError(
            f"{path} is another release of this version: give the new one a version of its own"
        )
    ring.write(RELEASES / one.name, one.packed)


def choose(ring: Keyring, name: str | None, port: str, board: str) -> Release:
    """The release for a board: by its file, its version, or the newest.

    Args:
        ring: Where releases lie.
        name: A file, a version, or None for the newest.
        port: The board's.
        board: Its id.

    Raises:
        ReleaseError: There is none of that name for this board.
        BoardError: There is no public key to check it with.
    """
    if name is not None and (name.endswith(SUFFIX) or "/" in name):
        candidates = [load(Path(name))]
        release.verify(candidates[0], release_key(ring))
    else:
        candidates = [one for one in shelved(ring) if name in {None, one.manifest.version}]
    for one in candidates:
        meant = one.manifest.boards
        if one.manifest.port == port and (not meant or board in meant):
            return one
    known = ", ".join(one.name for one in candidates) or "none"
    raise ReleaseError(
        f"there is no release {name or 'at all'} of port {port} for {board}, only: {known}; build "
        f"it with `hinoban release build --port {port}`"
    )
