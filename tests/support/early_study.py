"""The study of early warning: hotspots in a simulated yard, and what would have told of them.

Definitions:
- Everything is judged by an `AlarmEngine` with the conditions of the shipped example plant, fed
  with a sample a value every quarter of an hour. Early warning is what stands on derived values.
- A plain limit is crossed at the second of two samples in a row at or above 50 °C or 3000 ppm.
- A crossing counts only if the twin (same seed, nothing smoulders) has not crossed by then. Where
  the twin crosses 3000 ppm at all, the run is uninformative for CO and 50 °C alone is its mark.
- Lead = valid plain crossing − first fire-class early warning after onset on that container; a
  crossing that never comes is censored at the end of the run, a warning that never comes is −∞.
"""

import dataclasses
import math
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from agent.alarms.conditions import Condition
from agent.alarms.emission import Emission
from agent.alarms.engine import AlarmEngine
from agent.alarms.foresight import is_derived
from agent.alarms.instant import Instant
from agent.alarms.outlook import OutlookSpec
from agent.samples import Quality, Sample
from gateway.site import conditions, load_site
from simulators.yard.runs import CONTAINERS, Hot, Run, draw_run
from simulators.yard.season import Shown, simulate

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "gateway" / "deploy" / "example-plant.toml"
STEP_S = 900.0
STEP_US = round(STEP_S * 1e6)
DAY_US = 86_400_000_000
BEGIN_US = 20_605 * DAY_US  # 1 June 2026
DAYS = 60.0
MONTH_DAYS = 365.25 / 12.0
RANGE_PPM = 5000.0
AT_ONCE = 50
AIR = "yard.air_degc"


def shipped() -> list[Condition]:
    """The conditions of the example plant."""
    return conditions(load_site(EXAMPLE).config)


def emission(energy: float = 1.0) -> Emission:
    """The emission model of a container, from the reviewed table.

    Args:
        energy: What its activation energy is multiplied by, so that the model is wrong about
            the simulator by as much.
    """
    table = (ROOT / "agent" / "tables" / "yard.toml").read_text(encoding="utf-8")
    model = Emission.of_container(tomllib.loads(table)["constant"])
    return dataclasses.replace(model, activation_k=model.activation_k * energy)


@dataclass(frozen=True, slots=True)
class Watch:
    """What runs are watched with.

    Args:
        conditions: Those of the site.
        model: The emission model the agent believes in.
        air: Whether somebody measures the temperature of the air.
        noise: The CO cells are so much noisier than the simulator's.
    """

    conditions: Sequence[Condition]
    model: Emission
    air: bool = True
    noise: float = 1.0

    def engine(self) -> AlarmEngine:
        """An engine for the containers of one run."""
        kinds = {f"c{n}": "container" for n in range(CONTAINERS)}
        spec = OutlookSpec({"container": self.model}, kinds, AIR if self.air else None)
        return AlarmEngine(self.conditions, [], outlook=spec)

    def seen(self, run: Run, shown: Shown) -> Shown:
        """What the sensors show where the cells are noisier; a twin's as its hot container's."""
        if self.noise == 1.0:
            return shown
        dice = np.random.default_rng((run.seed, 2))
        kicks = dice.standard_normal((CONTAINERS, shown.co_ppm.shape[1]))
        spread = math.sqrt(self.noise**2 - 1.0) * (0.01 * shown.co_ppm + 3.0)
        rough = shown.co_ppm + kicks[[n for n, _ in run.rows]] * spread
        return dataclasses.replace(shown, co_ppm=np.rint(np.maximum(rough, 0.0)))


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm that was raised.

    Args:
        condition: Its condition.
        klass: "fire", "gas" or "advisory".
        early: It stands on a derived value, not on a plain limit.
        container: Where.
        day: When the gateway knew, since the beginning of the run [d].
    """

    condition: str
    klass: str
    early: bool
    container: int
    day: float


def samples(shown: Shown, rows: Sequence[int]) -> Iterator[list[Sample]]:
    """What the boards send, step by step: CO and both probes of each container, and the air."""
    co = shown.co_ppm[rows].T.tolist()
    temp = shown.temp_degc[rows].transpose(2, 0, 1).tolist()
    for step, air_degc in enumerate(shown.air_degc.tolist()):
        t_us = BEGIN_US + step * STEP_US
        sent = [Sample(AIR, t_us, air_degc)]
        for n in range(len(rows)):
            if co[step][n] >= RANGE_PPM:
                over = Quality.UNCERTAIN, "over_range"
                sent.append(Sample(f"yard.c{n}.co_ppm", t_us, RANGE_PPM, *over))
            else:
                sent.append(Sample(f"yard.c{n}.co_ppm", t_us, co[step][n]))
            sent.append(Sample(f"yard.c{n}.temp_1_degc", t_us, temp[step][n][0]))
            sent.append(Sample(f"yard.c{n}.temp_2_degc", t_us, temp[step][n][1]))
        yield sent


def watched(shown: Shown, rows: Sequence[int], watch: Watch) -> list[Raised]:
    """Every alarm of these rows, as the engine raises them."""
    engine = watch.engine()
    found: list[Raised] = []
    for sent in samples(shown, rows):
        t_us = sent[0].t_us
        for event in engine.on_samples(sent, Instant(t_us, t_us, True, "study")):
            if event.edge == "raised":
                container = int(event.source.split(".")[1][1:])
                day = (event.at_us - BEGIN_US) / DAY_US
                early = is_derived(event.source)
                found.append(Raised(event.condition, event.klass, early, container, day))
        engine.derived()
    return found


def crossed_day(values: np.ndarray, limit: float) -> float | None:
    """Day of the second of two samples in a row at or above a limit; None if there is none."""
    above = values >= limit
    both = np.flatnonzero(above[1:] & above[:-1])
    return None if not len(both) else float(both[0] + 1) * STEP_S / 86_400.0


@dataclass(frozen=True, slots=True)
class HotRun:
    """What came of one run with a hotspot.

    Args:
        seed: What it was drawn from.
        hot: The hotspot.
        detected_day: First fire-class early warning on its container after onset.
        detected_by: The condition that gave it.
        plain_day: First valid plain crossing.
        uninformative: Its twin crossed 3000 ppm too.
        false: Early warnings before onset, or on a container where nothing smoulders.
    """

    seed: int
    hot: Hot
    detected_day: float | None
    detected_by: str | None
    plain_day: float | None
    uninformative: bool
    false: tuple[Raised, ...]

    @property
    def lead_h(self) -> float:
        """Lead [h]: censored at the end of the run, −∞ for a miss."""
        if self.detected_day is None:
            return -math.inf
        return ((DAYS if self.plain_day is None else self.plain_day) - self.detected_day) * 24.0

    @property
    def delay_h(self) -> float:
        """From onset to detection [h]; ∞ for a miss."""
        if self.detected_day is None:
            return math.inf
        return (self.detected_day - self.hot.onset_day) * 24.0

    @property
    def calm_months(self) -> float:
        """Container-months of it in which nothing smouldered."""
        return ((CONTAINERS - 1) * DAYS + self.hot.onset_day) / MONTH_DAYS


def judged(seed: int, hot: Hot, shown: Shown, watch: Watch) -> HotRun:
    """Hold one run with a hotspot against its twin."""
    rows = list(range(CONTAINERS))
    rows[hot.container] = CONTAINERS
    early = [e for e in watched(shown, rows, watch) if e.early]
    false = [e for e in early if e.container != hot.container or e.day < hot.onset_day]
    fire = (e for e in early if e not in false and e.klass == "fire")
    first = min(fire, key=lambda e: e.day, default=None)
    twin_co = crossed_day(shown.co_ppm[hot.container], 3000.0)
    plain = [(_hot_day(shown, CONTAINERS), _hot_day(shown, hot.container))]
    if twin_co is None:
        plain.append((crossed_day(shown.co_ppm[-1], 3000.0), None))
    valid = [own for own, twin in plain if own is not None and (twin is None or own < twin)]
    return HotRun(
        seed,
        hot,
        None if first is None else first.day,
        None if first is None else first.condition,
        min(valid, default=None),
        twin_co is not None,
        tuple(false),
    )


def _hot_day(shown: Shown, row: int) -> float | None:
    days = [crossed_day(probe, 50.0) for probe in shown.temp_degc[row]]
    return min((day for day in days if day is not None), default=None)


@dataclass(slots=True)
class Calm:
    """What came of containers where nothing smoulders.

    Args:
        months: Container-months watched.
        events: Alarms of any kind, all of them false.
    """

    months: float = 0.0
    events: list[Raised] = field(default_factory=list)

    def early(self, klass: str) -> int:
        """False early warnings of a class."""
        return sum(e.early and e.klass == klass for e in self.events)

    def plain(self, condition: str) -> int:
        """False alarms of a plain limit."""
        return sum(not e.early and e.condition == condition for e in self.events)


def hot_runs(seeds: Sequence[int], watch: Watch) -> Iterator[HotRun]:
    """Runs with one hotspot each."""
    for part in _parts(seeds):
        runs = [draw_run(seed, hot=True, days=DAYS, step_s=STEP_S) for seed in part]
        for run, shown in zip(runs, simulate(runs, STEP_S), strict=True):
            assert run.hot is not None
            yield judged(run.seed, run.hot, watch.seen(run, shown), watch)


def calm_runs(seeds: Sequence[int], watch: Watch) -> Calm:
    """Runs in which nothing smoulders."""
    calm = Calm()
    for part in _parts(seeds):
        runs = [draw_run(seed, hot=False, days=DAYS, step_s=STEP_S) for seed in part]
        for run, shown in zip(runs, simulate(runs, STEP_S), strict=True):
            calm.events += watched(watch.seen(run, shown), range(CONTAINERS), watch)
            calm.months += CONTAINERS * DAYS / MONTH_DAYS
    return calm


def _parts(seeds: Sequence[int]) -> Iterable[Sequence[int]]:
    return (seeds[first : first + AT_ONCE] for first in range(0, len(seeds), AT_ONCE))


def upper_bound(events: int) -> float:
    """One-sided 95 % upper bound of a Poisson mean after so many events (exact)."""
    low, high = float(events), events + 10.0 + 5.0 * math.sqrt(events)
    for _ in range(100):
        mean = (low + high) / 2.0
        logs = [n * math.log(mean) - mean - math.lgamma(n + 1) for n in range(events + 1)]
        low, high = (mean, high) if math.fsum(map(math.exp, logs)) > 0.05 else (low, mean)
    return high
