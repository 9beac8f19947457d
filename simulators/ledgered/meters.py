"""What the unit's totalisers show: with an error that drifts, in whole counts, rolling over.

A calibration at either end, and at an exchange, finds what error there is.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.ledgered.flows import Array, Flows
from simulators.ledgered.story import CELL_US, DAY_US, FIFO, FUELS, MIXED, S, Story

Ints = NDArray[np.int64]

READ_US: Final = 20 * S
STEP: Final = {"oil": 0.1, "gross": 0.1, "aux": 0.1, "sold": 0.1, "steam": 1.0}
"""What one count is [kg, kWh, MJ]; of any other weigher a kilogram."""
ROUND: Final = {"coal": 1_000_000, "gross": 100_000_000, "steam": 16_777_216}
"""Counts at which a totaliser shows nought again; others go on to 2³²."""
_ROUND: Final = 2**32
_YEAR_S: Final = 365.25 * 86_400.0
_DRIFT: Final = {"gross": 0.0005, "aux": 0.0005, "sold": 0.0005, "steam": 0.005}
_BELT_DRIFT: Final = 0.005


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a calibration found, and what error it left: shown over true, less one."""

    at_us: int
    found: float
    left: float


@dataclass(frozen=True, slots=True)
class Meter:
    """One totaliser through the month.

    Args:
        name: A fuel, or "gross", "aux", "sold", "steam".
        unit: "kg", "kwh" or "mj".
        step: What one count is.
        modulus: Counts at which it shows 0 again.
        t_us: When it answers, as told by whoever reads it, UTC [µs].
        raw: What its register shows then.
        swap_index: Reads before it are the old device's; all of them where none is exchanged.
        final: The old device's last count.
        initial: The new device's first.
        calibrations: In order of time; none where nobody calibrated it.
    """

    name: str
    unit: str
    step: float
    modulus: int
    t_us: Ints
    raw: Ints
    swap_index: int
    final: int
    initial: int
    calibrations: tuple[Calibration, ...]

    @property
    def point(self) -> str:
        """Name of its total."""
        return f"unit1.{self.name}_total_{self.unit}"

    def totals(self) -> Array:
        """What it has counted since its first read, over roll-over and exchange."""
        gone = np.diff(self.raw, prepend=self.raw[0]) % self.modulus
        if self.swap_index < len(self.raw):
            n = self.swap_index
            old = (self.final - self.raw[n - 1]) % self.modulus
            gone[n] = old + (self.raw[n] - self.initial) % self.modulus
        counted: Array = np.cumsum(gone) * self.step
        return counted


@dataclass(frozen=True, slots=True)
class Moist:
    """What the moisture meter beside the shells' weigher shows [%]."""

    t_us: Ints
    percent: Array


def calibrated(story: Story, flow: Flows) -> list[Meter]:
    """Meters that drift by up to a percent and more, calibrated at both ends; else faultless."""
    rng = np.random.default_rng([story.seed, 2])
    return [
        _meter(story, flow, name, rng.uniform(-0.01, 0.01, 2), rng.uniform(-0.006, 0.006, 2))
        for name in (*FUELS, "gross", "aux", "sold", "steam")
    ]


def drifting(story: Story, flow: Flows) -> list[Meter]:
    """Meters that nobody calibrated for a year, each with a drift and a clock of its own."""
    rng = np.random.default_rng([story.seed, 3])
    found = []
    for name in (*FUELS, "gross", "aux", "sold", "steam"):
        drift = _DRIFT.get(name, _BELT_DRIFT) * rng.uniform(-1.0, 1.0, 2)
        month = (story.to_us - story.from_us) / S / _YEAR_S
        found.append(_meter(story, flow, name, drift, drift * month, rng))
    return found


def moist(story: Story, flow: Flows, noise: float) -> Moist:
    """The moisture meter's values, one a read.

    Args:
        story: The month.
        flow: Its flows.
        noise: Standard deviation of one value [%].
    """
    rng = np.random.default_rng([story.seed, 4])
    t_us = _read_times(story)
    water = flow.water[np.minimum((t_us - flow.start_us) // CELL_US, len(flow) - 1)]
    return Moist(t_us, 100.0 * water + noise * rng.standard_normal(len(t_us)))


def _meter(
    story: Story,
    flow: Flows,
    name: str,
    errors: Array,
    drifts: Array,
    noise: np.random.Generator | None = None,
) -> Meter:
    """A meter whose two devices begin with `errors` and change by `drifts` over the month."""
    edges_us = flow.edges_us()
    passing = flow.weighed[name] if name in FUELS else flow.power.get(name, flow.steam)
    middle = (edges_us[:-1] + edges_us[1:]) / 2
    swap_us = story.swap[1] if name == FIFO else story.end_us + DAY_US
    lasted = (middle - story.begin_us) / (story.end_us - story.begin_us)
    device = (middle >= swap_us).astype(int)
    shown = passing * (1.0 + errors[device] + drifts[device] * lasted) * (CELL_US / S)
    step = STEP.get(name, 1.0)
    modulus = ROUND.get(name, _ROUND)
    counts = np.concatenate([[0.0], np.cumsum(shown)]) / step
    t_us = _read_times(story)
    answered = t_us
    if noise is not None:
        answered = t_us + np.round(noise.uniform(-1e5, 1e5, len(t_us))).astype(np.int64)
    if name == MIXED:
        heard = (t_us < story.unheard[0]) | (t_us >= story.unheard[1])
        t_us, answered = t_us[heard], answered[heard]
    begin, new_begin = int(0.9 * modulus), 1_234
    at = np.interp(answered, edges_us, counts)
    at_swap = float(np.interp(swap_us, edges_us, counts))
    index = int(np.searchsorted(t_us, swap_us))
    old = (begin + np.floor(at).astype(np.int64)) % modulus
    new = new_begin + np.floor(at - at_swap).astype(np.int64)
    raw = np.where(np.arange(len(t_us)) < index, old, new)
    final = (begin + int(np.floor(at_swap))) % modulus
    unit = "kg" if name in FUELS else "mj" if name == "steam" else "kwh"
    calibrations = () if noise is not None else _found(story, name, swap_us, errors, drifts)
    return Meter(name, unit, step, modulus, t_us, raw, index, final, new_begin, calibrations)


def _found(
    story: Story, name: str, swap_us: int, errors: Array, drifts: Array
) -> tuple[Calibration, ...]:
    def error(device: int, at_us: int) -> float:
        lasted = (at_us - story.begin_us) / (story.end_us - story.begin_us)
        return float(errors[device] + drifts[device] * lasted)

    first = Calibration(story.begin_us, error(0, story.begin_us), error(0, story.begin_us))
    if name != FIFO:
        end = error(0, story.end_us)
        return first, Calibration(story.end_us, end, end)
    end = error(1, story.end_us)
    return (
        first,
        Calibration(swap_us, error(0, swap_us), error(1, swap_us)),
        Calibration(story.end_us, end, end),
    )


def _read_times(story: Story) -> Ints:
    """Seven seconds past each third of a minute."""
    return np.arange(story.begin_us + 7 * S, story.end_us, READ_US, dtype=np.int64)
