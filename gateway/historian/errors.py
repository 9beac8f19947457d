"""The historian's error words."""

from agent.errors import HinobanError


class JournalError(HinobanError):
    """The journal could not be opened, read or written; the message names file and remedy."""


class ArchiveError(HinobanError):
    """The archive of closed hours could not be read or written."""
