"""AlarmRows: what the alarm engine told of its state, on its way to disk and to a successor."""

from collections.abc import Mapping

from agent.alarms.carrying import Carrying


class AlarmRows:
    """Rows that were told and wait for a commit; and kept for an engine that is to follow."""

    def __init__(self) -> None:
        self._carrying: Carrying | None = None
        self._owed: dict[str, str | None] = {}

    def note(self, rows: Mapping[str, str | None]) -> None:
        """Rows as the engine told them: they go into the next commit."""
        self._owed |= rows
        if self._carrying is not None:
            self._carrying.take(rows)

    def owed(self) -> dict[str, str | None]:
        """What waits, for the commit."""
        owed, self._owed = self._owed, {}
        return owed

    def carry(self) -> Carrying:
        """From now on all that is told is kept for an engine that is to follow."""
        self._carrying = Carrying()
        return self._carrying

    def carries(self, carrying: Carrying) -> bool:
        """Whether all that the engine holds is still told there."""
        return carrying is self._carrying

    def followed(self) -> None:
        """The engine is another one; what was told of before stays owed."""
        self._carrying = None

    def forget(self) -> None:
        """The engine went back to the disk: nothing is owed, and nothing can be followed."""
        self._carrying = None
        self._owed.clear()
