"""All stores of the yard together, advanced in step with real time."""

import dataclasses
import math
import random
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulators.scenario import Hotspot, YardPart
from simulators.yard.store import DAY_S, Store, StoreKind

TABLE: Final = Path(__file__).parents[1] / "yard.toml"

_WATCHED_SHELL_M: Final = 0.06
_MOST_SHELLS: Final = 60
_UNWATCHED_SHELLS: Final = 8
_UNWATCHED_STEP_S: Final = 3600.0
_LONGEST_STEP_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class BoardSpec:
    """A board in the yard.

    Args:
        id: Name of the board.
        store: The store it watches.
        probe_m: Distance of each temperature probe from the middle, temp_1 first [m].
    """

    id: str
    store: str
    probe_m: tuple[float, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """What it reports."""
        return (*(f"temp_{n}_degc" for n in range(1, len(self.probe_m) + 1)), "co_ppm")


@dataclass(frozen=True, slots=True)
class YardTable:
    """The yard as built: `yard.toml`."""

    containers: tuple[str, ...]
    silos: tuple[str, ...]
    container: StoreKind
    silo: StoreKind
    boards: tuple[BoardSpec, ...]


def load_yard(path: Path = TABLE) -> YardTable:
    """Read the yard as built."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return YardTable(
        containers=tuple(
            f"c{number:04d}"
            for row in tables["row"]
            for number in range(row["first"], row["first"] + row["count"])
        ),
        silos=tuple(tables["silos"]["ids"]),
        container=StoreKind(**tables["container"]),
        silo=StoreKind(**tables["silo"]),
        boards=tuple(
            BoardSpec(entry["id"], entry["store"], tuple(entry["probe_m"]))
            for entry in tables["board"]
        ),
    )


class Yard:
    """The yard over time.

    Args:
        table: The yard as built.
        part: What happens, with times in real seconds.
        seed: Sets each store's air exchange and CO.

    Raises:
        ValueError: A hotspot lies in a store that does not exist.
    """

    def __init__(self, table: YardTable, part: YardPart, seed: int) -> None:
        self.table = table
        self._part = part
        spots = {spot.store: self._simulated(spot) for spot in part.hotspot}
        if unknown := spots.keys() - {*table.containers, *table.silos}:
            raise ValueError(f"hotspot in unknown store {', '.join(sorted(unknown))}")
        watched = {board.store for board in table.boards}
        self.stores = {
            name: self._store(name, seed, name in watched, spots.get(name))
            for name in (*table.containers, *table.silos)
        }
        self.watched = {name: self.stores[name] for name in sorted(watched)}
        self.others = {name: s for name, s in self.stores.items() if name not in watched}
        self._step_s = min(max(part.speed / 2.0, 1.0), _LONGEST_STEP_S)

    def advance(self, real_s: float) -> None:
        """Go on to this time since the start [real s]."""
        simulated_s = real_s * self._part.speed
        for store in self.watched.values():
            store.advance(simulated_s, self._step_s, self._air_degc)
        for store in self.others.values():
            store.advance(simulated_s, _UNWATCHED_STEP_S, self._air_degc)

    def _air_degc(self, simulated_s: float) -> float:
        swing = math.sin(math.tau * simulated_s / DAY_S)
        return self._part.ambient_degc + self._part.ambient_swing_k * swing

    def _store(self, name: str, seed: int, watched: bool, spot: Hotspot | None) -> Store:
        dice = random.Random(f"{seed}/{name}")
        kind = self.table.silo if name in self.table.silos else self.table.container
        radius_m = math.cbrt(3.0 * kind.fuel_m3 / (4.0 * math.pi))
        fine = min(round(radius_m / _WATCHED_SHELL_M), _MOST_SHELLS)
        return Store(
            name,
            kind,
            shells=fine if watched else _UNWATCHED_SHELLS,
            degc=self._part.ambient_degc + dice.uniform(-1.0, 1.0),
            spent=self._part.spent,
            air_exchange_per_day=_log_uniform(dice, *self._part.air_exchange_per_day),
            co_mg_per_t_day=dice.uniform(*self._part.co_mg_per_t_day),
            hotspot=spot,
        )

    def _simulated(self, spot: Hotspot) -> Hotspot:
        speed = self._part.speed
        return dataclasses.replace(
            spot,
            onset_s=spot.onset_s * speed,
            nitrogen_s=None if spot.nitrogen_s is None else spot.nitrogen_s * speed,
        )


def _log_uniform(dice: random.Random, least: float, most: float) -> float:
    return math.exp(dice.uniform(math.log(least), math.log(most)))
