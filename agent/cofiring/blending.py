"""What comes out of a silo: fractions by lot, first-in-first-out or mixed.

The coordinate is not time but the total of the silo's outlet meter. Between two fillings, what
comes out depends on nothing else: first-in-first-out, a lot lies from the total at which the lots
before it are used up until its own kilograms are; mixed, the blend stands from one filling to the
next. So an interval's fractions weigh kilograms, and add up exactly however it is cut.

More may come out than went in by the scales: then the lot that lay there last is stretched until
the next filling, and what is too much is shown as overdrawn. A check that the silo is empty ends
every such error: what the ledger still held is written off.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NamedTuple

Model = Literal["fifo", "mixed"]
OTHER: Final[dict[Model, Model]] = {"fifo": "mixed", "mixed": "fifo"}


class Spent(NamedTuple):
    """What comes out in a lot's place once no more of that lot can."""

    lot: str


Blend = tuple[tuple[str | Spent | None, float], ...]
"""Lots with their fractions, which sum to one; None is what was there before the first filling."""

UNKNOWN: Final[Blend] = ((None, 1.0),)


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """What happened to a silo when its outlet meter stood at a total.

    Args:
        t_us: When, UTC [µs].
        kg: What went in [kg]; 0 for a check that the silo is empty. At one instant the check
            comes first.
        lot: Of which lot; "" for that check.
        id: Tells two alike apart.
        total: Of the outlet meter then [kg].
    """

    t_us: int
    kg: float
    lot: str
    id: str
    total: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class Trace:
    """What comes out of one silo, by the total of its outlet meter.

    Args:
        edges: Totals at which the blend changes, rising [kg].
        blends: The blend before the first edge, and after each.
        in_kg: All that went in.
        held: What the ledger holds after the last step, by lot [kg].
        held_at: The total then [kg].
        written_off_kg: What the ledger held when the silo was found empty.
        overdrawn_kg: What came out beyond what went in.
    """

    edges: tuple[float, ...]
    blends: tuple[Blend, ...]
    in_kg: float = 0.0
    held: Blend = ()
    held_at: float = 0.0
    written_off_kg: float = 0.0
    overdrawn_kg: float = 0.0

    def at(self, total: float) -> Blend:
        """What came out last when the meter stood at a total [kg]; what comes first, before."""
        if self.edges and total == self.edges[0]:
            return self.blends[1]
        return self.blends[bisect_left(self.edges, total)]

    def parts(self, from_total: float, to_total: float) -> Blend:
        """Fractions of what came out between two totals [kg]; of nothing, what came out last."""
        out_kg = to_total - from_total
        if out_kg <= 0.0:
            return self.at(from_total)
        first = bisect_right(self.edges, from_total)
        last = bisect_left(self.edges, to_total)
        if first == last:
            return self.blends[first]
        cuts = [from_total, *self.edges[first:last], to_total]
        sums: dict[str | Spent | None, float] = {}
        for n, blend in enumerate(self.blends[first : last + 1]):
            weight = (cuts[n + 1] - cuts[n]) / out_kg
            for lot, fraction in blend:
                sums[lot] = sums.get(lot, 0.0) + weight * fraction
        return tuple(sums.items())

    def breaks(self, from_total: float, to_total: float) -> Sequence[float]:
        """Totals strictly between two others at which the blend changes [kg]."""
        return self.edges[bisect_right(self.edges, from_total) : bisect_left(self.edges, to_total)]

    def held_kg(self, total: float) -> float:
        """What the ledger holds when the meter stands at a total after the last step [kg].

        Negative where more came out than went in since.
        """
        return sum(kg for _, kg in self.held) - (total - self.held_at)


def trace(model: Model, steps: Iterable[Step]) -> Trace:
    """Follow a silo from its first filling on; the order in which steps are given is irrelevant."""
    ledger: _Fifo | _Mixed = _Fifo() if model == "fifo" else _Mixed()
    in_kg = 0.0
    for step in sorted(steps):
        if step.kg > 0.0:
            ledger.fill(step.total, step.lot, step.kg)
            in_kg += step.kg
        else:
            ledger.empty(step.total)
    edges, blends = _without_empty(ledger.edges, ledger.blends)
    return Trace(
        edges, blends, in_kg, ledger.held(), ledger.here, ledger.written_off, ledger.overdrawn
    )


def bounded(found: Trace, limits: Mapping[str, float]) -> Trace:
    """The same trace with no more of a lot coming out than there can be of it.

    Args:
        found: What comes out by the ledger alone, which stretches the lot that lay there last.
        limits: By lot, the most that can come out of it [kg]; one that is left out is unbounded.
    """
    left = {lot: kg for lot, kg in limits.items() if kg < math.inf}
    edges: list[float] = []
    blends = [found.blends[0]]
    for n, blend in enumerate(found.blends[1:]):
        here = found.edges[n]
        end = found.edges[n + 1] if n + 1 < len(found.edges) else math.inf
        while here < end:
            now = tuple((_spent(lot, left), part) for lot, part in blend)
            edges.append(here)
            blends.append(now)
            ends = {
                lot: here + left[lot] / p for lot, p in now if isinstance(lot, str) and lot in left
            }
            stop = min([end, *ends.values()])
            for lot, part in now:
                if isinstance(lot, str) and lot in ends:
                    left[lot] = 0.0 if ends[lot] <= stop else left[lot] - part * (stop - here)
            here = stop
    kept_edges, kept = _without_empty(edges, blends)
    return replace(found, edges=kept_edges, blends=kept)


def _spent(lot: str | Spent | None, left: Mapping[str, float]) -> str | Spent | None:
    return Spent(lot) if isinstance(lot, str) and left.get(lot, math.inf) <= 0.0 else lot


class _Ledger:
    """Edges and blends so far; `here` is the total of the last step."""

    def __init__(self) -> None:
        self.edges: list[float] = []
        self.blends: list[Blend] = [UNKNOWN]
        self.here = 0.0
        self.written_off = 0.0
        self.overdrawn = 0.0

    def _from(self, total: float, blend: Blend) -> None:
        self.edges.append(total)
        self.blends.append(blend)


class _Fifo(_Ledger):
    def __init__(self) -> None:
        super().__init__()
        self._until = 0.0  # total at which all that went in is used up
        self._layers: list[tuple[str, float]] = []  # lot, total at which it is used up

    def fill(self, total: float, lot: str, kg: float) -> None:
        start = self._reach(total)
        self._from(start, ((lot, 1.0),))
        self._until = start + kg
        self._layers.append((lot, self._until))

    def empty(self, total: float) -> None:
        self._reach(total)
        self.written_off += max(self._until - total, 0.0)
        while self.edges and self.edges[-1] >= total:
            self.edges.pop()
            self.blends.pop()
        self._until = total
        self._layers.clear()

    def held(self) -> Blend:
        held, before = [], self.here
        for lot, until in self._layers:
            if until > before:
                held.append((lot, until - before))
                before = until
        return _merged(held)

    def _reach(self, total: float) -> float:
        if self.edges:
            self.overdrawn += max(total - self._until, 0.0)
        self.here = total
        self._layers = [layer for layer in self._layers if layer[1] > total]
        return max(self._until, total) if self.edges else total


class _Mixed(_Ledger):
    def __init__(self) -> None:
        super().__init__()
        self._kg: dict[str, float] = {}

    def fill(self, total: float, lot: str, kg: float) -> None:
        self._reach(total)
        self._kg[lot] = self._kg.get(lot, 0.0) + kg
        held = sum(self._kg.values())
        self._from(total, tuple((name, part / held) for name, part in self._kg.items()))

    def empty(self, total: float) -> None:
        self._reach(total)
        self.written_off += sum(self._kg.values())
        self._kg.clear()

    def held(self) -> Blend:
        return tuple(self._kg.items())

    def _reach(self, total: float) -> None:
        held, out_kg = sum(self._kg.values()), total - self.here
        if self.edges:
            self.overdrawn += max(out_kg - held, 0.0)
        left = max(held - out_kg, 0.0) / held if held > 0.0 else 0.0
        self._kg = {lot: kg * left for lot, kg in self._kg.items() if left > 0.0}
        self.here = total


def _without_empty(
    edges: Sequence[float], blends: Sequence[Blend]
) -> tuple[tuple[float, ...], tuple[Blend, ...]]:
    """Leave out blends of which nothing came out before the next."""
    kept_edges: list[float] = []
    kept = [blends[0]]
    for edge, blend in zip(edges, blends[1:], strict=True):
        if kept_edges and edge <= kept_edges[-1]:
            kept[-1] = blend
        elif blend != kept[-1]:
            kept_edges.append(edge)
            kept.append(blend)
    return tuple(kept_edges), tuple(kept)


def _merged(parts: Iterable[tuple[str, float]]) -> Blend:
    sums: dict[str | Spent | None, float] = {}
    for lot, kg in parts:
        sums[lot] = sums.get(lot, 0.0) + kg
    return tuple(sums.items())
