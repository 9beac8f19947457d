"""What the probes and the gas cell of a board show of a store."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from simulators.scenario import SensorFault
from simulators.yard.site import BoardSpec
from simulators.yard.store import Store

_TEMP_STEP_K: Final = 0.0625
_TEMP_NOISE_K: Final = 0.05
_CO_NOISE: Final = 0.01
_CO_NOISE_PPM: Final = 3.0
_CO_RANGE_PPM: Final = 5_000.0


@dataclass(frozen=True, slots=True)
class Shown:
    """One reading of all sensors of a board.

    Args:
        values: By name, each in the unit its name ends in.
        bad: Reason of each value that cannot be had.
    """

    values: dict[str, float]
    bad: dict[str, str]


class Sensors:
    """The sensors of one board.

    Args:
        board: Which board, and where its probes are.
        store: What it looks at.
        faults: Sensors that fail, times in real seconds; those of other boards are left out.
        seed: Sets the noise.
    """

    def __init__(
        self, board: BoardSpec, store: Store, faults: Sequence[SensorFault], seed: int
    ) -> None:
        self._board = board
        self._store = store
        self._faults = [fault for fault in faults if fault.board == board.id]
        self._dice = random.Random(f"{seed}/{board.id}")

    def read(self, real_s: float) -> Shown:
        """Read every sensor at this time since the start [real s]."""
        values = {
            f"temp_{n}_degc": self._temperature(distance_m)
            for n, distance_m in enumerate(self._board.probe_m, start=1)
        }
        values["co_ppm"] = self._gas()
        bad = {
            fault.value: fault.reason
            for fault in self._faults
            if fault.from_s <= real_s and (fault.to_s is None or real_s < fault.to_s)
        }
        return Shown({name: v for name, v in values.items() if name not in bad}, bad)

    def _temperature(self, distance_m: float) -> float:
        """A digital probe: its step is 1/16 K."""
        degc = self._store.pile.probe_degc(distance_m) + self._dice.gauss(0.0, _TEMP_NOISE_K)
        return round(degc / _TEMP_STEP_K) * _TEMP_STEP_K

    def _gas(self) -> float:
        """An infrared cell, which needs no oxygen: no reading below 0, none above its range."""
        ppm = self._store.co_ppm
        noisy = ppm + self._dice.gauss(0.0, _CO_NOISE * ppm + _CO_NOISE_PPM)
        return float(round(min(max(noisy, 0.0), _CO_RANGE_PPM)))
