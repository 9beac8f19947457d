"""A file that a command writes for a person."""

from collections.abc import Iterable
from pathlib import Path

from agent.errors import HinobanError


class FileError(HinobanError):
    """The file cannot be written."""


def write_text(path: Path, pieces: Iterable[str]) -> None:
    """Write texts to a file, line ends as they are.

    Raises:
        FileError: It cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
    except OSError as err:
        raise FileError(f"{path}: {err.strerror}; name a file that can be written") from err
