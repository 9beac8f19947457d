"""A site's data directory: the names of its files, and how it is made."""

from pathlib import Path
from typing import Final

from agent.errors import HinobanError

JOURNAL: Final = Path("journal.sqlite")
ARCHIVE: Final = Path("archive")
FOOTPRINT: Final = Path("footprint.sqlite")
PEOPLE: Final = Path("people.sqlite")
SINKS: Final = Path("sinks.sqlite")
NOTIFY: Final = Path("notify.sqlite")
SITE_KEY: Final = Path("site.key")


class DirectoryError(HinobanError):
    """The data directory cannot be used, in words that say what to do."""


def make_directory(data: Path) -> None:
    """Make a site's data directory, closed to others.

    Raises:
        DirectoryError: It cannot be made.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as err:
        raise DirectoryError(
            f"{data}: {err.strerror}; set [storage] directory to one that this user may write"
        ) from err
