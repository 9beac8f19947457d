"""Parts: what of an engine survives a restart, each part under a letter of its own."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Protocol

from agent.alarms.bulkhead import Bulkhead
from agent.alarms.carrying import Carrying

ALARMS: Final = "a"
"""Letter of the alarms themselves."""

POINTS: Final = "p"
"""Letter of the points, which are most of all there is."""

_AT_A_TIME: Final = 200
"""Groups of points that are put into rows at a time."""

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


class Many(Part, Protocol):
    """A part that holds so much that it is handed over little by little."""

    def touch_in_turns(self, most: int) -> Iterator[None]:
        """Everything counts as changed, so much at a time."""
        ...

    def renew(self, changed: Iterable[str], rows: Mapping[str, str]) -> None:
        """Take over some rows anew, in place of what is held of them."""
        ...

    def let_go(self, most: int) -> Iterator[None]:
        """Forget everything, so much at a time."""
        ...


class Parts:
    """The parts of an engine, stored under ``<letter>|<key>``.

    Args:
        parts: Letter -> part. Rows of other letters, of a newer release say, are left alone.
        points: The points, which stand among them too.
        bulkhead: Told of rows that cannot be read; alarms themselves are never left out.
    """

    def __init__(self, parts: Mapping[str, Part], points: Many, bulkhead: Bulkhead) -> None:
        self._parts = parts
        self._points = points
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

    def tell_all(self) -> Iterator[dict[str, str | None]]:
        """As `dirty`, of all that is held, little by little; what changes meanwhile is told too."""
        for letter, part in self._parts.items():
            if letter != POINTS:
                part.touch()
        yield self.dirty()
        for _ in self._points.touch_in_turns(_AT_A_TIME):
            yield self.dirty()

    def begin(self, late: set[str], points: Mapping[str, str]) -> None:
        """Take over the points, ahead of all else; `finish` must follow.

        Args:
            late: Names of rows that are others than were taken over before.
            points: All rows of the points.
        """
        self._points.renew(late, points)

    def finish(self, carrying: Carrying) -> None:
        """Take over the rest, and the points that changed since `begin`."""
        for letter, part in self._parts.items():
            if letter == POINTS:
                self._points.renew(carrying.late(letter), carrying.rows(letter))
            else:
                part.restore(carrying.rows(letter))
        self._gone.clear()

    def let_go(self) -> Iterator[None]:
        """Forget the points, little by little."""
        return self._points.let_go(5 * _AT_A_TIME)

    def _touch(self, gone: Iterable[str]) -> None:
        for part in self._parts.values():
            part.touch()
        self._gone.update(gone)
