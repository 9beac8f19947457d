"""Keyring: the folder of keys and certificates, closed to everybody but its owner.

``ca.key`` and ``release.key`` need not lie on the gateway: the first is wanted when a board is
made or renewed, the second when a release is signed. What the gateway reads while it runs are the
boards' command keys, the public release key and the releases.
"""

import os
import stat
from pathlib import Path
from typing import Final

from gateway.boards.errors import BoardError

CA_KEY: Final = Path("ca.key")
CA_CERTIFICATE: Final = Path("ca.crt")
BROKER: Final = Path("broker")
GATEWAY: Final = Path("gateway")
BOARDS: Final = Path("boards")
RELEASES: Final = Path("releases")
RELEASE_KEY: Final = Path("release.key")
RELEASE_PUBLIC: Final = Path("release.pub")

_FOLDER_MODE: Final = 0o700
_SECRET_MODE: Final = 0o600
_OTHERS: Final = 0o077


class Keyring:
    """Keys and certificates of one site.

    Args:
        directory: The folder.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def make(self) -> None:
        """Make the folder if it is not there.

        Raises:
            BoardError: It cannot be made, lies in a git working tree, or others can read it.
        """
        inside = self.directory.resolve()
        for folder in (inside, *inside.parents):
            if (folder / ".git").exists():
                raise BoardError(
                    f"{self.directory} lies in the git working tree {folder}, and keys must not: "
                    "name a folder elsewhere with [provisioning] directory"
                )
        self._make_folder(self.directory)

    def path(self, name: Path) -> Path:
        """Where a file of the ring lies."""
        return self.directory / name

    def has(self, name: Path) -> bool:
        """Whether a file of the ring is there.

        Raises:
            BoardError: This user may not even look.
        """
        try:
            return self.path(name).exists()
        except OSError as err:
            raise _not_ours(self.path(name), err) from err

    def names(self, folder: Path) -> list[str]:
        """What lies in a folder of the ring, sorted; nothing where there is none.

        Raises:
            BoardError: This user may not look.
        """
        try:
            return sorted(path.name for path in self.path(folder).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as err:
            raise _not_ours(self.path(folder), err) from err

    def read(self, name: Path, remedy: str) -> bytes:
        """A file of the ring.

        Args:
            name: Below the ring's folder.
            remedy: What to do where it is missing.

        Raises:
            BoardError: It cannot be read, or it is a secret that others can read.
        """
        path = self.path(name)
        try:
            content = path.read_bytes()
            mode = stat.S_IMODE(path.stat().st_mode)
        except FileNotFoundError as err:
            raise BoardError(f"{path}: there is no such file; {remedy}") from err
        except OSError as err:
            raise _not_ours(path, err) from err
        if path.suffix == ".key" and mode & _OTHERS:
            raise BoardError(f"{path} has mode {mode:04o}, others can read it: chmod 0600 {path}")
        return content

    def write(self, name: Path, content: bytes) -> None:
        """Write a file of the ring; whole or not at all, readable by its owner only.

        Raises:
            BoardError: It cannot be written.
        """
        self._make_folder(self.path(name).parent)
        write_secret(self.path(name), content)

    def _make_folder(self, folder: Path) -> None:
        """Make a folder; the ring's own closes all that are in it."""
        try:
            folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            mode = stat.S_IMODE(self.directory.stat().st_mode)
        except OSError as err:
            raise BoardError(
                f"{folder}: {err.strerror}; name a folder you may write with [provisioning] "
                "directory"
            ) from err
        if mode & _OTHERS:
            raise BoardError(
                f"{self.directory} has mode {mode:04o}, others can look in: chmod 0700 "
                f"{self.directory}"
            )


def _not_ours(path: Path, err: OSError) -> BoardError:
    return BoardError(f"{path}: {err.strerror}; run this as the user who owns the keys")


def write_secret(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, never half.

    Raises:
        BoardError: It cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        # The mode is the file's own from its first byte on.
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET_MODE)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as err:
        raise BoardError(f"{path}: {err.strerror}; the key was not kept") from err
