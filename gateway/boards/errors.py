"""What can go wrong with a board's papers, in words that say what to do."""

from agent.errors import HinobanError


class BoardError(HinobanError):
    """A board cannot be made, written, told or brought up to date."""


class ReleaseError(HinobanError):
    """A release is not what it says it is, or cannot be built."""
