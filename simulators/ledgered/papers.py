"""What people hear of lots, and when: deliveries at once, analyses days later.

Each text is a file as it could be imported.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import tomli_w

from simulators.ledgered.flows import Flows
from simulators.ledgered.story import CELL_US, FIFO, MIXED, Story, TrueLot

SAMPLES: Final = 4
_Z95: Final = 1.959963984540054
_RANDOM: Final = {
    "ncv_dry_mj_per_kg": 0.017320508, "co2_total_g_per_mj_ncv": 0.0071414284,
    "moisture": 0.01, "biogenic_carbon_fraction": 0.02,
}  # fmt: skip
"""95 % of what one sample adds: parts of a calorific value and of CO₂, fractions of the rest."""
_FRACTIONS: Final = ("moisture", "biogenic_carbon_fraction")


@dataclass(frozen=True, slots=True)
class Paper:
    """What somebody tells, and when, UTC [µs]."""

    at_us: int
    text: str


def papers(story: Story, *, noisy: bool) -> list[Paper]:
    """All papers of a month, in order of time.

    Args:
        story: The month.
        noisy: Whether the samples of a lot differ from it and from each other.
    """
    rng = np.random.default_rng([story.seed, 5])
    found: list[Paper] = []
    for fuel, lots in story.lots.items():
        silo = {FIFO: "silo1", MIXED: "bunker1"}.get(fuel)
        for lot in lots:
            told: dict[str, Any] = {"lot": [_delivered(lot)]}
            if silo is not None:
                told["filling"] = [
                    {"id": f"fill-{lot.id}", "store": silo, "lot": lot.id, "kg": lot.kg}
                    | {"at_utc": _text(lot.at_us)}
                ]
            found.append(Paper(lot.at_us, tomli_w.dumps(told)))
            analysed = {"id": lot.id, "fuel": lot.fuel, "analyses": [*_analyses(lot, rng, noisy)]}
            found.append(Paper(lot.known_us, tomli_w.dumps({"lot": [analysed]})))
    return sorted(found, key=lambda paper: paper.at_us)


def composites(story: Story, flow: Flows) -> list[Paper]:
    """The shells' moisture at their feeder, from a composite sample of each thirtieth of a month.

    Each comes as late as analyses of lots do, and with the error of one sample.
    """
    rng = np.random.default_rng([story.seed, 6])
    part_us = (story.to_us - story.from_us) // 30 // CELL_US * CELL_US
    found = []
    for number, start_us in enumerate(range(story.begin_us, story.end_us, part_us)):
        first = (start_us - flow.start_us) // CELL_US
        end_us = min(start_us + part_us, story.end_us)
        cells = slice(first, (end_us - flow.start_us) // CELL_US)
        burnt, water = flow.burnt["pks"][cells], flow.water[cells]
        mean = float((burnt * water).sum() / burnt.sum()) if burnt.any() else float(water.mean())
        error = float(rng.standard_normal()) * _RANDOM["moisture"] / _Z95
        told = {"id": f"m{number}", "fuel": "pks", "moisture": mean + error}
        told |= {"from_utc": _text(start_us), "to_utc": _text(end_us)}
        found.append(Paper(end_us + 3 * part_us, tomli_w.dumps({"moisture": [told]})))
    return found


def heard(story: Story, flow: Flows) -> list[Paper]:
    """All papers of a noisy month, in order of time: of its lots and of the shells' moisture."""
    return sorted(
        [*papers(story, noisy=True), *composites(story, flow)], key=lambda paper: paper.at_us
    )


def _delivered(lot: TrueLot) -> dict[str, Any]:
    return {
        "id": lot.id,
        "fuel": lot.fuel,
        "from_utc": _text(lot.at_us),
        "upstream_co2e_g_per_mj_ncv": lot.way,
    }


def _analyses(lot: TrueLot, rng: np.random.Generator, noisy: bool) -> Iterator[dict[str, Any]]:
    really = {"ncv_dry_mj_per_kg": lot.ncv_dry, "moisture": lot.water}
    if lot.biogenic < 1.0:
        really["co2_total_g_per_mj_ncv"] = lot.co2
    if 0.0 < lot.biogenic < 1.0:
        really["biogenic_carbon_fraction"] = lot.biogenic
    for number in range(1, SAMPLES + 1 if noisy else 2):
        values = {}
        for name, value in really.items():
            error = float(rng.standard_normal()) * _RANDOM[name] / _Z95 if noisy else 0.0
            values[name] = max(value + error, 0.0) if name in _FRACTIONS else value * (1.0 + error)
        if lot.fuel == "oil":
            values["moisture"] = lot.water
        sampled = _text(lot.at_us)[:10]
        yield {"id": f"{lot.id}/{number}", "date": sampled, "laboratory": "simulated", **values}


def _text(t_us: int) -> str:
    moment = datetime.fromtimestamp(t_us // 1_000_000, UTC).replace(microsecond=t_us % 1_000_000)
    return moment.isoformat().replace("+00:00", "Z")
