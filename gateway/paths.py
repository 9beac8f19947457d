"""Names of the files in a site's data directory."""

from pathlib import Path
from typing import Final

JOURNAL: Final = Path("journal.sqlite")
ARCHIVE: Final = Path("archive")
FOOTPRINT: Final = Path("footprint.sqlite")
PEOPLE: Final = Path("people.sqlite")
SINKS: Final = Path("sinks.sqlite")
