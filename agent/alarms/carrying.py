"""Carrying: what an engine holds, gathered while it judges on, for the one that follows it."""

from collections.abc import Mapping


class Carrying:
    """Rows by part, as `Parts.dirty` told them, the newest of each, and which were told of late."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, str]] = {}
        self._late: dict[str, set[str]] = {}

    def take(self, rows: Mapping[str, str | None]) -> None:
        """More rows: ``<letter>|<key>`` -> JSON text; None deletes."""
        for key, text in rows.items():
            letter, _, name = key.partition("|")
            own = self._rows.setdefault(letter, {})
            if text is None:
                own.pop(name, None)
            else:
                own[name] = text
            self._late.setdefault(letter, set()).add(name)

    def rows(self, letter: str) -> dict[str, str]:
        """All rows of a part, for a reader that may take its time."""
        return dict(self._rows.get(letter, {}))

    def late(self, letter: str) -> set[str]:
        """Names of the rows of a part that were told of since this was asked last."""
        return self._late.pop(letter, set())
