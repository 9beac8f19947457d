"""From one calorific basis to another: dry to as received, gross to net, with their ranges.

Gross becomes net only with a hydrogen content, be it the table's with its own range. The range of
a converted value leaves the moisture out: what water it was made with is named beside it, and is
a source of error of its own.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from agent.cofiring.chosen import Chosen
from agent.cofiring.fuels import Physics
from agent.cofiring.moisture import dried, ncv_as_received

MOISTURE: Final = "moisture"
HYDROGEN: Final = "hydrogen_dry"
_AS_RECEIVED: Final = {"ncv_d": "ncv_ar", "gcv_d": "gcv_ar"}
_DRY: Final = {wet: dry for dry, wet in _AS_RECEIVED.items()}


def as_received(value: Chosen, moisture: Chosen | None, physics: Physics) -> Chosen | None:
    """A calorific value as received; None where it needs a moisture that nobody knows.

    Air-dry values stay out: the water lost in the laboratory is in no table.
    """
    if value.basis not in _AS_RECEIVED:
        return value if value.basis in _DRY else None
    if moisture is None:
        return None
    water, latent = moisture.value, _latent(value, physics)
    made = _made(value, lambda dry: ncv_as_received(dry, water, latent), MOISTURE)
    return replace(
        made,
        basis=_AS_RECEIVED[value.basis],
        reason=_join(made.reason, _with("moisture", moisture)),
    )


def dry(value: Chosen, moisture: Chosen | None, physics: Physics) -> Chosen | None:
    """The calorific value of the dry matter; None where its moisture is not known."""
    if value.basis not in _DRY:
        return value if value.basis in _AS_RECEIVED else None
    if moisture is None:
        return None
    basis = _DRY[value.basis]
    water, latent = moisture.value, _latent(replace(value, basis=basis), physics)
    return replace(_made(value, lambda wet: dried(wet, water, latent), MOISTURE), basis=basis)


def net(gross_dry: Chosen, hydrogen: Chosen | None, physics: Physics) -> Chosen | None:
    """Net from gross, both of the dry matter; None without its hydrogen."""
    if hydrogen is None:
        return None

    def formula(gross: float, h: float) -> float:
        return gross - physics.latent_mj_per_kg * physics.water_per_hydrogen * h

    low, value, high = _ranged(formula, (gross_dry, hydrogen))
    return replace(
        gross_dry,
        value=value,
        basis="ncv_d",
        low=low,
        high=high,
        reason=_join(gross_dry.reason, _with("hydrogen", hydrogen)),
        made_from=(*gross_dry.made_from, HYDROGEN),
    )


def gross(net_dry: Chosen, hydrogen: Chosen | None, physics: Physics) -> Chosen | None:
    """Gross from net, both of the dry matter; None without its hydrogen."""
    if hydrogen is None:
        return None

    def formula(dry_net: float, h: float) -> float:
        return dry_net + physics.latent_mj_per_kg * physics.water_per_hydrogen * h

    low, value, high = _ranged(formula, (net_dry, hydrogen))
    return replace(
        net_dry,
        value=value,
        basis="gcv_d",
        low=low,
        high=high,
        reason=_join(net_dry.reason, _with("hydrogen", hydrogen)),
        made_from=(*net_dry.made_from, HYDROGEN),
    )


def _latent(value: Chosen, physics: Physics) -> float:
    return physics.latent_mj_per_kg if value.basis == "ncv_d" else 0.0


def _made(value: Chosen, formula: Callable[[float], float], source: str) -> Chosen:
    low, number, high = _ranged(formula, (value,))
    names = dict.fromkeys((*value.made_from, source))
    return replace(value, value=number, low=low, high=high, made_from=tuple(names))


def _ranged(
    formula: Callable[..., float], values: Sequence[Chosen]
) -> tuple[float | None, float, float | None]:
    """What a formula gives, with its 95 % range: each input moved to its ends alone."""
    centre = [each.value for each in values]
    result = formula(*centre)
    below, above = [], []
    for n, each in enumerate(values):
        if each.low is None or each.high is None:
            continue
        ends = [
            formula(*centre[:n], end, *centre[n + 1 :]) - result for end in (each.low, each.high)
        ]
        below.append(min(*ends, 0.0))
        above.append(max(*ends, 0.0))
    if not below:
        return None, result, None
    return result - math.hypot(*below), result, result + math.hypot(*above)


def _with(name: str, value: Chosen) -> str:
    return f"{name} {value.value:.4g} by {value.how}"


def _join(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
