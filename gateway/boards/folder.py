"""A folder as the place of an outfit: for the unix board, and to look at what a board gets."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from gateway.boards.errors import BoardError
from gateway.boards.keyring import write_secret
from gateway.boards.outfit import CONFIG, Holds
from gateway.boards.settings import RING


class Folder:
    """A folder, made if it is not there.

    Args:
        directory: The folder.
        port: What its files are for.
    """

    def __init__(self, directory: Path, port: str) -> None:
        self._directory = directory
        self._port = port

    def look(self) -> Holds:
        """What is there already.

        Raises:
            BoardError: It holds something else than a board.
        """
        config = self._directory / CONFIG
        if self._directory.exists() and not config.exists() and any(self._directory.iterdir()):
            raise BoardError(f"{self._directory} holds something else: name an empty folder")
        try:
            board = str(json.loads(config.read_bytes())["board"]) if config.exists() else None
        except (OSError, ValueError, KeyError, TypeError):
            board = None
        ring = self._directory / RING
        return Holds(self._port, board, ring.is_dir() and any(ring.iterdir()))

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files in their order; their folders are made.

        Raises:
            BoardError: One cannot be written.
        """
        for name, content in files.items():
            folder = (self._directory / name).parent
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as err:
                raise BoardError(f"{folder}: {err.strerror}; name a folder you may write") from err
            write_secret(self._directory / name, content)

    def remove(self, *names: str) -> None:
        """Remove files or folders; nothing happens where there are none.

        Raises:
            BoardError: One cannot be removed.
        """
        for name in names:
            path = self._directory / name
            try:
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
            except OSError as err:
                raise BoardError(f"{path}: {err.strerror}; name a folder you may write") from err

    def check(self, digests: dict[str, str]) -> list[str]:
        """Names whose content is not that of the SHA-256 given."""
        return [
            name
            for name, digest in digests.items()
            if hashlib.sha256((self._directory / name).read_bytes()).hexdigest() != digest
        ]

    def finish(self) -> None:
        """A folder starts nothing."""
