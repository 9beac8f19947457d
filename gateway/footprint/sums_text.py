"""Sums as stored text, and back: every number to the bit.

The properties of fuels are long and the same for weeks, so that they are kept once, by digest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from agent.cofiring.counted import Counted
from agent.cofiring.delivered import Beyond
from agent.cofiring.deliveries import ZeroRating
from agent.cofiring.factors import Burnt, Properties
from agent.cofiring.plant import Plant
from agent.cofiring.portions import Portion
from agent.cofiring.rollup import Sums, Tally, tally
from gateway.footprint.canonical import hash_of, text_of

_KEPT: Final = 2000
_COUNTS: Final = ("complete", "drawing", "unmixed", "unsold")


class _Portion(msgspec.Struct):
    fuel: str
    lot: str | None
    properties: str
    burnt: Burnt
    dry_kg: float | None
    other_kg: float | None
    filled_kg: float
    filled_sigma_kg: float
    substituted_kg: float
    lost_kg: float | None = None
    zero_rated: tuple[ZeroRating, ...] = ()
    beyond: tuple[Beyond, ...] = ()


class _Tally(msgspec.Struct):
    minutes: int
    portions: list[_Portion]
    meters: dict[str, Counted]
    gross_range_kwh: tuple[float | None, float | None]


class _Sums(msgspec.Struct):
    everything: _Tally
    whole: _Tally | None
    complete: int
    drawing: int
    unmixed: int = 0
    unsold: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """Sums as text.

    Args:
        text: Canonical JSON.
        properties: By digest, the canonical JSON of the properties it names.
    """

    text: str
    properties: dict[str, str]


class SumsText:
    """Writes and reads sums; remembers the properties it met."""

    def __init__(self) -> None:
        self._known: dict[str, Properties] = {}
        self._texts: dict[int, tuple[Properties, str, str]] = {}

    def write(self, sums: Sums) -> Written:
        """The text of sums."""
        named: dict[str, str] = {}
        whole = None if sums.whole is sums.everything else self._tally(sums.whole, named)
        counts = {name: getattr(sums, name) for name in _COUNTS}
        stored = _Sums(self._tally(sums.everything, named), whole, **counts)
        return Written(text_of(msgspec.to_builtins(stored)), named)

    def read(
        self, texts: Sequence[str], named: Callable[[set[str]], dict[str, str]], plant: Plant
    ) -> list[Sums]:
        """The sums of some texts.

        Args:
            texts: As `write` gave them.
            named: Gives the texts of properties by their digests.
            plant: Whose sums they are.
        """
        stored = [msgspec.json.decode(text, type=_Sums) for text in texts]
        tallies = [t for each in stored for t in (each.everything, each.whole) if t is not None]
        digests = {portion.properties for each in tallies for portion in each.portions}
        if len(self._known) > _KEPT:
            self._known.clear()
        if unknown := digests - self._known.keys():
            for digest, text in named(unknown).items():
                self._known[digest] = msgspec.json.decode(text, type=Properties)
        return [self._read(each, plant) for each in stored]

    def _read(self, stored: _Sums, plant: Plant) -> Sums:
        everything = self._untold(stored.everything, plant)
        whole = everything if stored.whole is None else self._untold(stored.whole, plant)
        return Sums(everything, whole, **{name: getattr(stored, name) for name in _COUNTS})

    def _tally(self, each: Tally, named: dict[str, str]) -> _Tally:
        portions = []
        for portion in each.portions:
            digest, text = self._named(portion.properties)
            named[digest] = text
            fields: dict[str, Any] = {
                name: getattr(portion, name) for name in Portion.__dataclass_fields__
            }
            portions.append(_Portion(**{**fields, "properties": digest}))
        limits = (each.least_gross_kwh, each.most_gross_kwh)
        return _Tally(each.minutes, portions, dict(each.meters), limits)

    def _named(self, properties: Properties) -> tuple[str, str]:
        met = self._texts.get(id(properties))
        if met is None or met[0] is not properties:
            if len(self._texts) > _KEPT:
                self._texts.clear()
            text = text_of(msgspec.to_builtins(properties))
            met = self._texts[id(properties)] = (properties, hash_of(text), text)
        return met[1], met[2]

    def _untold(self, each: _Tally, plant: Plant) -> Tally:
        portions = []
        for stored in each.portions:
            fields = {name: getattr(stored, name) for name in _Portion.__struct_fields__}
            portions.append(Portion(**{**fields, "properties": self._known[stored.properties]}))
        return tally(each.minutes, portions, each.meters, plant, each.gross_range_kwh)
