"""Parts: what of an engine survives a restart, each part under a letter of its own."""

from collections.abc import Iterable, Mapping
from typing import Protocol


class Part(Protocol):
    """Something whose state is stored in rows."""

    def restore(self, rows: dict[str, str]) -> None:
        """Take over key -> JSON text, in place of everything held."""
        ...

    def touch(self) -> None:
        """Everything counts as changed."""
        ...

    def dirty(self) -> dict[str, str | None]:
        """Key -> JSON text of what changed since the last call; None deletes."""
        ...


class Parts:
    """The parts of an engine, stored under ``<letter>|<key>``.

    Args:
        parts: Letter -> part. Rows of other letters, of a newer release say, are left alone.
    """

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self._parts = parts
        self._gone: set[str] = set()

    def restore(self, rows: Mapping[str, str]) -> None:
        """Take over what was stored, in place of everything held."""
        split: dict[str, dict[str, str]] = {letter: {} for letter in self._parts}
        for key, text in rows.items():
            letter, _, name = key.partition("|")
            if letter in split:
                split[letter][name] = text
        for letter, part in self._parts.items():
            part.restore(split[letter])
        self._gone.clear()

    def dirty(self) -> dict[str, str | None]:
        """Key -> JSON text of what changed since the last call; None deletes."""
        rows: dict[str, str | None] = dict.fromkeys(self._gone)
        self._gone.clear()
        for letter, part in self._parts.items():
            rows.update({f"{letter}|{key}": text for key, text in part.dirty().items()})
        return rows

    def hand_over(self, successor: "Parts") -> None:
        """Let other parts go on with all that these hold; all of it counts as changed there."""
        self._touch(())
        rows = self.dirty()
        successor.restore({key: text for key, text in rows.items() if text is not None})
        successor._touch(key for key, text in rows.items() if text is None)

    def _touch(self, gone: Iterable[str]) -> None:
        for part in self._parts.values():
            part.touch()
        self._gone.update(gone)
