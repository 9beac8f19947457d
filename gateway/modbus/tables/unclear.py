"""Unclear: a cell that could mean two things, or nothing, is told and never guessed."""


class UnclearError(Exception):
    """A cell whose meaning cannot be told.

    Args:
        value: What stands there.
        reason: Why that cannot be used.
        remedy: What to do instead.
    """

    def __init__(self, value: str, reason: str, remedy: str) -> None:
        super().__init__(f"{value!r}: {reason}. {remedy}")
        self.value = value
        self.reason = reason
        self.remedy = remedy
