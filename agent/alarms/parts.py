"""Parts: what of an engine survives a restart, each part under a letter of its own."""

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from agent.alarms.bulkhead import Bulkhead

ALARMS: Final = "a"
"""Letter of the alarms themselves."""

_APPENDED: Final = "~+"  # what a part appends to a name for its other rows


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
        bulkhead: Told of rows that cannot be read; alarms themselves are never left out.
    """

    def __init__(self, parts: Mapping[str, Part], bulkhead: Bulkhead) -> None:
        self._parts = parts
        self._bulkhead = bulkhead
        self._gone: set[str] = set()

    def restore(self, rows: Mapping[str, str]) -> None:
        """Take over what was stored, in place of everything held."""
        split: dict[str, dict[str, str]] = {letter: {} for letter in self._parts}
        for key, text in rows.items():
            letter, _, name = key.partition("|")
            if letter in split:
                split[letter][name] = text
        for letter, part in self._parts.items():
            try:
                part.restore(split[letter])
            except Exception:
                if letter == ALARMS:
                    raise
                part.restore(self._readable(part, split[letter]))
        self._gone.clear()

    def _readable(self, part: Part, rows: dict[str, str]) -> dict[str, str]:
        """The rows that can be taken over; those of one name belong together."""
        names: dict[str, dict[str, str]] = {}
        for key, text in rows.items():
            names.setdefault(key.rstrip(_APPENDED), {})[key] = text
        found: dict[str, str] = {}
        for own in names.values():
            with self._bulkhead:
                part.restore(own)
                found |= own
        return found

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
