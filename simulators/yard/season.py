"""A season of many instrumented containers at once, with and without what smoulders in one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulators.yard.conduction import box, nest
from simulators.yard.constants import ABSOLUTE_ZERO_DEGC, load_constants
from simulators.yard.runs import CONTAINERS, Hot, Run
from simulators.yard.weather import DAY_S, Array

_SUNLIT: Final = 0.4  # part of the walls
_PROBES_ALONG: Final = (1.0 / 3.0, 2.0 / 3.0)  # two probes, half way across and up
_TEMP_NOISE_K: Final = 0.05
_TEMP_STEP_K: Final = 0.0625
_AIR_NOISE_K: Final = 0.2
_CO_NOISE: Final = 0.01
_CO_NOISE_PPM: Final = 3.0


@dataclass(frozen=True, slots=True)
class Shown:
    """What the sensors of one run show; rows as in `Run.rows`, columns are steps.

    Args:
        co_ppm: CO [ppm]; nothing below 0 is shown, a range is the sensor's matter.
        temp_degc: Of the two probes, rows × probes × steps [°C].
        air_degc: Air in the shade [°C].
        oxygen: True oxygen over fresh air's, which no sensor shows.
    """

    co_ppm: Array
    temp_degc: Array
    air_degc: Array
    oxygen: Array


def simulate(runs: Sequence[Run], step_s: float) -> list[Shown]:
    """Let all runs pass side by side.

    Args:
        runs: As drawn, all of the same length and step.
        step_s: One step, which is also how often the sensors are read [s].

    Returns:
        What each run's sensors show.
    """
    season = _Season(runs, step_s)
    steps = len(runs[0].weather.air_degc)
    rows = len(season.degc)
    co_ppm, oxygen = np.empty((rows, steps)), np.empty((rows, steps))
    temp_degc = np.empty((rows, len(_PROBES_ALONG), steps))
    for step in range(steps):
        season.step(step)
        co_ppm[:, step], oxygen[:, step] = season.co_ppm, season.oxygen
        temp_degc[:, :, step] = season.probes_degc()
    found, first = [], 0
    for run in runs:
        rows_of_run = slice(first, first + len(run.rows))
        first = rows_of_run.stop
        found.append(_shown(run, co_ppm[rows_of_run], temp_degc[rows_of_run], oxygen[rows_of_run]))
    return found


class _Season:
    """All containers of all runs: one row each."""

    def __init__(self, runs: Sequence[Run], step_s: float) -> None:
        self._c = load_constants()
        self._dt = step_s
        self._box, self._nest = box(step_s), nest(step_s)
        rows = [(run, n, hot) for run in runs for n, hot in run.rows]
        self._air = np.array([run.weather.air_degc for run in runs])
        self._sun = np.array([run.weather.sun_k for run in runs])
        self._pressure = np.array([run.weather.pressure for run in runs])
        self._of_run = np.array([n for n, run in enumerate(runs) for _ in run.rows])
        self._exchange_per_s = np.array([r.exchange_per_day[n] for r, n, _ in rows]) / DAY_S
        self._co_mg_per_t_day = np.array([r.co_mg_per_t_day[n] for r, n, _ in rows])
        self._sunlight = np.array([r.sunlight[n] for r, n, _ in rows])
        self.degc = np.repeat(
            np.array([r.loaded_degc[n] for r, n, _ in rows])[:, None],
            len(self._box.volume_m3),
            axis=1,
        )
        fresh = np.array([1.0 - r.spent[n] for r, n, _ in rows])
        self._left = np.ones_like(self.degc) * fresh[:, None]  # of the oxidation pool
        self.oxygen = np.ones(len(rows))
        self.co_ppm = np.zeros(len(rows))
        self._gas_k: Array | None = None
        self._spots = [(n, hot) for n, (_, _, hot) in enumerate(rows) if hot is not None]
        self._hot_rows = np.array([n for n, _ in self._spots], dtype=int)
        self._onset_s = np.array([hot.onset_day * DAY_S for _, hot in self._spots])
        self._doubling_s = np.array([hot.doubling_days * DAY_S for _, hot in self._spots])
        self._excess_k = np.zeros((len(self._spots), len(self._nest.volume_m3)))
        self._near = self._nest.place_m < self._c["hotspot_radius"]
        self._felt = np.array([self._felt_by_probes(hot) for _, hot in self._spots])

    def _felt_by_probes(self, hot: Hot) -> Array:
        """Which part of each layer's warmth round a nest each probe feels."""
        at = np.array(hot.place_m)
        across, up = self._c["width"] / 2.0, self._c["height"] / 2.0
        probes = [(across, self._c["length"] * part, up) for part in _PROBES_ALONG]
        far_m = [float(np.linalg.norm(at - np.array(probe))) for probe in probes]
        layers = np.eye(len(self._nest.place_m))
        return np.array([[np.interp(d, self._nest.place_m, row) for row in layers] for d in far_m])

    def probes_degc(self) -> Array:
        """True temperature at each probe [°C]."""
        found = np.repeat(self.degc[:, -1:], len(_PROBES_ALONG), axis=1)
        if len(self._hot_rows):
            found[self._hot_rows] += np.einsum("hpl,hl->hp", self._felt, self._excess_k)
        return found

    def step(self, step: int) -> None:
        """Let one step pass."""
        air = self._air[self._of_run, step]
        sun = self._sun[self._of_run, step] * self._sunlight
        pool_j, used_per_oxygen = self._oxidise()
        spot_j, spot_co_g = self._smoulder(step * self._dt)
        self._breathe(step, air, sun, used_per_oxygen, spot_j, spot_co_g)
        self.degc = self._box.step(self.degc, pool_j, air + _SUNLIT * sun)

    def _rate(self, factor: float, energy: float, degc: Array) -> Array:
        kelvin = degc - ABSOLUTE_ZERO_DEGC
        rate: Array = factor * np.exp(-energy / (self._c["gas_constant"] * kelvin))
        return rate

    def _oxidise(self) -> tuple[Array, Array]:
        """Heat in each layer [J], and oxygen wanted over what is there."""
        mass_kg = self._c["bulk_density"] * self._box.volume_m3
        fresh = self._rate(self._c["pool_rate"], self._c["pool_energy"], self.degc) * self._left
        burnt = np.minimum(fresh * self._dt * self.oxygen[:, None], self._left)
        self._left -= burnt
        runaway = self._rate(self._c["runaway_power"], self._c["runaway_energy"], self.degc)
        wanted_j = (fresh * self._c["pool_heat"] + runaway) * mass_kg * self._dt
        heat_j = (
            burnt * self._c["pool_heat"] + runaway * self._dt * self.oxygen[:, None]
        ) * mass_kg
        return heat_j, wanted_j.sum(axis=1) / self._oxygen_j()

    def _oxygen_j(self) -> float:
        """What the oxygen of a container full of fresh air can burn [J]."""
        kg = self._c["oxygen_density"] * self._c["oxygen_in_air"] * self._c["container_gas"]
        return kg * self._c["oxygen_heat"]

    def _smoulder(self, now_s: float) -> tuple[Array, Array]:
        """Heat [J] and CO [g] of the nests in this step, as far as there is oxygen for them."""
        heat_j, co_g = np.zeros(len(self.degc)), np.zeros(len(self.degc))
        if not len(self._hot_rows):
            return heat_j, co_g
        doublings = np.minimum((now_s - self._onset_s) / self._doubling_s, 60.0)
        power = np.where(doublings >= 0.0, self._c["hotspot_power"] * 2.0**doublings, 0.0)
        around = self.degc[self._hot_rows, -1:]
        nest_kg = self._c["bulk_density"] * self._nest.volume_m3
        args = self._c["runaway_power"], self._c["runaway_energy"]
        extra = (self._rate(*args, around + self._excess_k) - self._rate(*args, around)) * nest_kg
        wanted = power + extra.sum(axis=1)
        most = np.minimum(
            self._c["nest_power"], self.oxygen[self._hot_rows] * self._oxygen_j() / self._dt
        )
        given = np.where(wanted > 0.0, np.minimum(1.0, most / np.maximum(wanted, 1e-9)), 0.0)
        near = self._near * self._nest.volume_m3
        source = (power[:, None] * near / near.sum() + extra) * given[:, None] * self._dt
        self._excess_k = self._nest.step(self._excess_k, source, np.zeros(len(power)))
        heat_j[self._hot_rows] = wanted * given * self._dt
        grams_per_j = self._c["hotspot_co"] / 3600.0 / self._c["hotspot_power"]
        co_g[self._hot_rows] = power * given * self._dt * grams_per_j
        return heat_j, co_g

    def _breathe(
        self, step: int, air: Array, sun: Array, used: Array, spot_j: Array, spot_co_g: Array
    ) -> None:
        """Leak, breathing, oxygen used, CO given off."""
        volume = self._box.volume_m3
        bulk = self.degc @ volume / volume.sum()
        head = self._c["head_space"] / self._c["container_gas"]
        gas_k = (1.0 - head) * bulk + head * (self.degc[:, 0] + air + sun) / 2.0
        gas_k = gas_k - ABSOLUTE_ZERO_DEGC
        before = gas_k if self._gas_k is None else self._gas_k
        pushed = (self._pressure[:, step] - self._pressure[:, max(step - 1, 0)])[self._of_run]
        drawn_in = np.maximum((before - gas_k) / gas_k + pushed, 0.0)
        self._gas_k = gas_k
        fresh = self._exchange_per_s * self._dt + drawn_in
        left = (self.oxygen + fresh) / (1.0 + fresh + used)
        self.oxygen = np.maximum(left - spot_j / self._oxygen_j(), 0.0)
        given = self._co_rate(step * self._dt) * self.oxygen * self._dt + spot_co_g
        gained = given * self._c["co_volume"] / self._c["container_gas"] * 1e6
        self.co_ppm = (self.co_ppm + gained) / (1.0 + fresh)

    def _co_rate(self, age_s: float) -> Array:
        """CO of the fuel in fresh air [g/s]: warmth and age set it."""
        kelvin = self.degc - ABSOLUTE_ZERO_DEGC
        inverse = 1.0 / kelvin - 1.0 / self._c["co_reference"]
        warmth = np.exp(-self._c["co_energy"] / self._c["gas_constant"] * inverse)
        mean = warmth @ self._box.volume_m3 / self._box.volume_m3.sum()
        age = 2.0 ** (-age_s / DAY_S / self._c["co_half_life"])
        fuel_t = self._c["container_fuel"]
        rate: Array = self._co_mg_per_t_day * fuel_t / 1000.0 / DAY_S * mean * age
        return rate


def _shown(run: Run, co_ppm: Array, temp_degc: Array, oxygen: Array) -> Shown:
    """Add the sensors' noise, the hot container's the same as its twin's."""
    dice = np.random.default_rng((run.seed, 1))
    steps = co_ppm.shape[1]
    of_co = dice.standard_normal((CONTAINERS, steps))
    of_temp = dice.standard_normal((CONTAINERS, len(_PROBES_ALONG), steps))
    air = run.weather.air_degc + _AIR_NOISE_K * dice.standard_normal(steps)
    same = [n for n, _ in run.rows]
    shown_ppm = co_ppm + of_co[same] * (_CO_NOISE * co_ppm + _CO_NOISE_PPM)
    shown_degc = temp_degc + of_temp[same] * _TEMP_NOISE_K
    return Shown(
        co_ppm=np.rint(np.maximum(shown_ppm, 0.0)),
        temp_degc=np.round(shown_degc / _TEMP_STEP_K) * _TEMP_STEP_K,
        air_degc=air,
        oxygen=oxygen,
    )
