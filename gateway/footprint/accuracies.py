"""From the site's file: how well each total is known, and what totals must fulfil together."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from agent.cofiring.accuracy import Accuracy, Uncertainties
from agent.cofiring.balances import Balance
from agent.cofiring.plant import Plant
from gateway.config import Config, Meter, MeterPoint

_PERCENT: Final = 0.01


def accuracies(config: Config, table: Uncertainties) -> dict[str, Accuracy]:
    """By point; a total whose meter has neither a class nor a scale of its own is left out.

    Raises:
        UnknownAccuracyError: A meter's class is not in the table.
    """
    found = {}
    for meter in config.meter:
        for field, point in meter.points.items():
            known = _known(meter, field, point, table)
            if known is not None:
                found[point.point] = known
    return found


def balances_of(config: Config) -> tuple[Balance, ...]:
    """What the site's meters must fulfil together."""
    return tuple(
        Balance(table.id, tuple(sorted(table.terms.items())), table.rest_pct * _PERCENT)
        for table in config.balance
    )


def unknown_accuracies(plant: Plant) -> list[str]:
    """Totals that figures rest on and whose accuracy nobody declared, with the remedy."""
    return [
        f"{point}: no accuracy is known, so figures that rest on it have no interval; give its "
        "meter an accuracy class, or the point scale_pct"
        for point in plant.needed()
        if point not in plant.accuracy
    ]


def _known(meter: Meter, field: str, point: MeterPoint, table: Uncertainties) -> Accuracy | None:
    own: Mapping[str, float | None] = {
        "scale": _part(point.scale_pct),
        "step": point.step,
        "jitter_s": point.jitter_s,
        "drift_per_year": _part(point.drift_pct_per_year),
    }
    declared = {name: value for name, value in own.items() if value is not None}
    if meter.accuracy is not None:
        return replace(table.meter(meter.accuracy), **declared, calibrations=_found(meter, field))
    if point.scale_pct is None:
        return None
    bare = Accuracy(scale=0.0, step=0.0, jitter_s=0.0)
    return replace(bare, **declared, calibrations=_found(meter, field))


def _found(meter: Meter, field: str) -> tuple[tuple[int, float, float], ...]:
    mine = [each for each in meter.calibration if each.field in (None, field)]
    return tuple(
        (
            round(each.on.timestamp() * 1e6),
            each.found_pct * _PERCENT,
            (each.found_pct if each.left_pct is None else each.left_pct) * _PERCENT,
        )
        for each in sorted(mine, key=lambda each: each.on)
    )


def _part(percent: float | None) -> float | None:
    return None if percent is None else percent * _PERCENT
