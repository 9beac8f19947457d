"""What was chosen once, remembered: a fuel in a lot has the same values all day."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from agent.cofiring.choosing import choose
from agent.cofiring.chosen import Properties
from agent.cofiring.fuels import FuelEntry, Physics
from agent.cofiring.lot import Lot
from agent.cofiring.moisture import FeederMoisture

_REMEMBERED: Final = 1024


@dataclass(frozen=True, slots=True, eq=False)
class _Itself:
    """Something that is equal to itself only, so that it need not be compared by its parts."""

    what: Any

    def __hash__(self) -> int:
        return id(self.what)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.what is other.what


def chosen(
    entry: FuelEntry, lot: Lot | None, on: date, physics: Physics, moisture: FeederMoisture | None
) -> Properties:
    """The values that count, as `choose` gives them: the same object for the same question."""
    return _chosen(_Itself(entry), _Itself(lot), on, _Itself(physics), moisture)


@lru_cache(_REMEMBERED)
def _chosen(
    entry: _Itself, lot: _Itself, on: date, physics: _Itself, moisture: FeederMoisture | None
) -> Properties:
    return choose(entry.what, lot.what, on, physics.what, moisture)
