"""From one calorific basis to another: dry to as received, gross to net, with their ranges.

Gross becomes net only with a hydrogen content, be it the table's with its own range.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from agent.cofiring.chosen import Chosen
from agent.cofiring.fuels import Physics
from agent.cofiring.lots import Lot, ncv_as_received, ncv_dry

_DRY: Final = {"ncv_d": "ncv_ar", "gcv_d": "gcv_ar"}


def lot_ncv_dry(lot: Lot, physics: Physics) -> float | None:
    """Net calorific value of a lot's dry matter [MJ/kg]; None where its analysis is too short."""
    if lot.ncv_dry_mj_per_kg is not None:
        return lot.ncv_dry_mj_per_kg
    if lot.gcv_dry_mj_per_kg is not None and lot.hydrogen_dry is not None:
        return ncv_dry(lot.gcv_dry_mj_per_kg, lot.hydrogen_dry, physics)
    if lot.ncv_ar_mj_per_kg is None or lot.moisture is None:
        return None
    water = physics.latent_mj_per_kg * lot.moisture
    return (lot.ncv_ar_mj_per_kg + water) / (1.0 - lot.moisture)


def as_received(value: Chosen, moisture: Chosen | None, physics: Physics) -> Chosen | None:
    """A calorific value as received; None where it needs a moisture that nobody knows.

    Air-dry values stay what they are: the water lost in the laboratory is not in any table.
    """
    if value.basis not in _DRY:
        return value if value.basis in _DRY.values() else None
    if moisture is None:
        return None
    latent = physics.latent_mj_per_kg if value.basis == "ncv_d" else 0.0
    low, number, high = _ranged(
        lambda dry, water: ncv_as_received(dry, water, latent), (value, moisture)
    )
    reason = _join(value.reason, f"from dry at moisture {moisture.value:.3g} ({moisture.how})")
    basis = _DRY[value.basis]
    return replace(value, value=number, basis=basis, low=low, high=high, reason=reason)


def net(
    gross: Chosen, moisture: Chosen | None, hydrogen: Chosen | None, physics: Physics
) -> Chosen | None:
    """Net from gross, both as received; None without moisture or hydrogen."""
    if moisture is None or hydrogen is None or gross.basis != "gcv_ar":
        return None

    def formula(cv: float, water: float, h: float) -> float:
        formed = physics.water_per_hydrogen * h * (1.0 - water)
        return cv - physics.latent_mj_per_kg * (formed + water)

    low, value, high = _ranged(formula, (gross, moisture, hydrogen))
    made = f"net from gross with hydrogen {hydrogen.value:.3g} ({hydrogen.how})"
    reason = _join(gross.reason, f"{made} at moisture {moisture.value:.3g} ({moisture.how})")
    return replace(gross, value=value, basis="ncv_ar", low=low, high=high, reason=reason)


def _ranged(
    formula: Callable[..., float], values: Sequence[Chosen]
) -> tuple[float | None, float, float | None]:
    """What a formula gives, with its 95 % range where every input that has one moved alone."""
    centre = [each.value for each in values]
    result = formula(*centre)
    below, above = [], []
    for n, each in enumerate(values):
        if each.low is None or each.high is None:
            continue
        ends = [formula(*centre[:n], end, *centre[n + 1 :]) - result for end in _ends(each)]
        below.append(min(*ends, 0.0))
        above.append(max(*ends, 0.0))
    if not below:
        return None, result, None
    return result - math.hypot(*below), result, result + math.hypot(*above)


def _ends(value: Chosen) -> tuple[float, float]:
    low = value.value if value.low is None else value.low
    return low, value.value if value.high is None else value.high


def _join(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
