"""What was chosen once, remembered: a fuel in a lot has the same values all day."""

from datetime import date
from functools import lru_cache
from typing import Final

from agent.cofiring.choosing import choose
from agent.cofiring.chosen import Properties
from agent.cofiring.fuels import FuelEntry, Physics
from agent.cofiring.itself import Itself
from agent.cofiring.lot import Lot
from agent.cofiring.moisture import FeederMoisture

_REMEMBERED: Final = 1024


def chosen(
    entry: FuelEntry, lot: Lot | None, on: date, physics: Physics, moisture: FeederMoisture | None
) -> Properties:
    """The values that count, as `choose` gives them: the same object for the same question."""
    return _chosen(Itself(entry), Itself(lot), on, Itself(physics), moisture)


@lru_cache(_REMEMBERED)
def _chosen(
    entry: Itself[FuelEntry],
    lot: Itself[Lot | None],
    on: date,
    physics: Itself[Physics],
    moisture: FeederMoisture | None,
) -> Properties:
    return choose(entry.what, lot.what, on, physics.what, moisture)
