"""Yard: what stands where, what stands beside it, and which stores one board speaks for."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Place:
    """A container or silo and what is known of it beside its samples.

    Args:
        id: Its id, painted on it; its history goes with it wherever it stands.
        row: The row it stands in; "" where it stands alone.
        position: Its place along the row; two that differ by one stand side by side.
        tier: How high it stands, from 1.
        column: Its place counted from the beginning of its row, to compare with rows beside.
        neighbours: Stores beside it that its place does not tell.
        covers: Stores, or rows, that its board speaks for; empty for the nearest of its row.
    """

    id: str
    row: str = ""
    position: int = 0
    tier: int = 1
    column: int = 0
    neighbours: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()


class Yard:
    """The stores of a site.

    Args:
        places: Every store, watched or not.
        watched: Those that carry a board.
        beside: Row -> rows that stand side by side with it, one way or both.
    """

    def __init__(
        self,
        places: Iterable[Place] = (),
        watched: Collection[str] = (),
        beside: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.places = {place.id: place for place in places}
        self.watched = frozenset(watched)
        self._order = {name: n for n, name in enumerate(self.places)}
        self._beside: dict[str, set[str]] = defaultdict(set)
        for row, others in (beside or {}).items():
            for other in others:
                self._beside[row].add(other)
                self._beside[other].add(row)

    def settle(self) -> None:
        """Find out now who stands where, so that no alarm has to wait for it."""
        self.neighbours("")
        self.group("")

    def neighbours(self, store: str) -> tuple[str, ...]:
        """The stores beside one: in its row, on and under it, in the rows beside; and those named.

        Args:
            store: Its id; one that nobody declared has none.
        """
        return tuple(sorted(self._neighbours.get(store, ()), key=self._order.__getitem__))

    def group(self, store: str) -> tuple[str, ...]:
        """The stores without a board that the board of this one speaks for."""
        return self._groups.get(store, ())

    def speaks_for(self, store: str) -> str | None:
        """The store whose board speaks for one without a board; None where none does."""
        return self._speakers.get(store)

    def coverage(self, store: str) -> str | None:
        """The group in words, such as "c0001–c0024, c0026–c0050"; None where there is none."""
        return shortened(self.group(store)) or None

    @cached_property
    def _neighbours(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        spots = {(p.row, p.position, p.tier): p.id for p in self.places.values() if p.row}
        columns = {(p.row, p.column, p.tier): p.id for p in self.places.values() if p.row}
        for place in self.places.values():
            beside = set(place.neighbours)
            if place.row:
                row, at, tier = place.row, place.position, place.tier
                near = [(row, at - 1, tier), (row, at + 1, tier)]
                near += [(row, at, tier - 1), (row, at, tier + 1)]
                across = [(other, place.column, tier) for other in self._beside[row]]
                beside.update(spots[spot] for spot in near if spot in spots)
                beside.update(columns[spot] for spot in across if spot in columns)
            for other in (beside & self.places.keys()) - {place.id}:
                found[place.id].add(other)
                found[other].add(place.id)
        return found

    @cached_property
    def _speakers(self) -> dict[str, str]:
        """Store without a board -> the one that speaks for it: as declared, else the nearest."""
        rows: dict[str, list[Place]] = defaultdict(list)
        for place in self.places.values():
            rows[place.row].append(place)
        speakers: dict[str, str] = {}
        for place in self.places.values():
            if place.id in self.watched:
                for name in place.covers:
                    ids = [name] if name in self.places else [p.id for p in rows.get(name, ())]
                    for one in ids:
                        if one not in self.watched:
                            speakers.setdefault(one, place.id)
        for row, members in rows.items():
            speaking = [p for p in members if p.id in self.watched and not p.covers]
            if not row or not speaking:
                continue
            for place in members:
                if place.id not in self.watched and place.id not in speakers:
                    nearest = min(speaking, key=lambda p: abs(p.position - place.position))
                    speakers[place.id] = nearest.id
        return speakers

    @cached_property
    def _groups(self) -> dict[str, tuple[str, ...]]:
        groups: dict[str, list[str]] = defaultdict(list)
        for store in self.places:
            if (speaker := self._speakers.get(store)) is not None:
                groups[speaker].append(store)
        return {speaker: tuple(stores) for speaker, stores in groups.items()}


def shortened(ids: Sequence[str]) -> str:
    """Ids with runs of numbers drawn together: "c0001–c0003, s1"."""
    runs: list[list[str]] = []
    for name in ids:
        if runs and _follows(runs[-1][-1], name):
            runs[-1].append(name)
        else:
            runs.append([name])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def _follows(before: str, name: str) -> bool:
    parts = [re.fullmatch(r"(.*?)(\d+)", one) for one in (before, name)]
    if parts[0] is None or parts[1] is None:
        return False
    same = parts[0][1] == parts[1][1] and len(before) == len(name)
    return same and int(parts[1][2]) == int(parts[0][2]) + 1
