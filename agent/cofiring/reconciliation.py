"""Reconciliation of a settlement period: what its meters say of each other.

It stands beside the record's figures and changes none of them.
"""

from collections.abc import Mapping
from typing import Any, Final

from agent.cofiring.balance import SLOT_US
from agent.cofiring.balances import HEAT
from agent.cofiring.budget import budget, meter_errors
from agent.cofiring.fuels import Tables
from agent.cofiring.plant import Plant
from agent.cofiring.reconcile import reconcile
from agent.cofiring.rollup import Sums, Tally
from agent.errors import BadBalanceError

INCOMPLETE: Final = "incomplete"
NOT_STEADY: Final = "not_steady"
UNKNOWN_ACCURACY: Final = "unknown_accuracy"
UNDETERMINED: Final = "undetermined"
_REST: Final = "rest."
_Known = tuple[float, float]
"""A reading and its variance."""


def reconciliation(
    sums: Sums, span_us: tuple[int, int], plant: Plant, tables: Tables
) -> dict[str, Any] | None:
    """What the site's balances say of a period, JSON-ready; None where it declares none.

    Only periods that are measured throughout and quasi-steady are reconciled: in a ramp what flows
    in and out differs by what is stored between. Others say why they are not.

    Args:
        sums: Of the period.
        span_us: Its start and end, UTC [µs].
        plant: The unit, its balances and the accuracy of its meters.
        tables: Reviewed tables.
    """
    if not plant.balances:
        return None
    if not _covered(sums, span_us[1] - span_us[0], plant):
        return {"reason": INCOMPLETE}
    if not _steady(sums.everything, tables.uncertainties.steady_span):
        return {"reason": NOT_STEADY}
    middle_us = (span_us[0] + span_us[1]) // 2
    known, unknown = _readings(sums.everything, middle_us, plant, tables)
    if unknown:
        return {"reason": f"{UNKNOWN_ACCURACY}: {', '.join(unknown)}"}
    return _reconciled(known, plant, tables)


def _covered(sums: Sums, length_us: int, plant: Plant) -> bool:
    """Whether all that is accounted for, and all that is balanced, was measured throughout."""
    meters = sums.everything.meters
    points = {point for each in plant.balances for point in each.points()}
    return sums.complete * SLOT_US >= length_us and all(
        point in meters and meters[point].covered_us >= length_us for point in points
    )


def _steady(sums: Tally, span: float) -> bool:
    least, most, whole = sums.least_gross_kwh, sums.most_gross_kwh, sums.gross_kwh
    if least is None or most is None or not whole:
        return False
    return most - least <= span * whole / sums.minutes


def _readings(
    sums: Tally, middle_us: int, plant: Plant, tables: Tables
) -> tuple[dict[str, _Known], list[str]]:
    """Readings by name with their variances, and those of which too little is known."""
    z95 = tables.uncertainties.z95
    heats, known, unknown = sums.by_fuel("mj"), dict[str, _Known](), list[str]()
    errors = budget(sums, middle_us, plant, tables)
    weighers = {fuel.id: fuel.mass_point for fuel in plant.fuels}
    for name in dict.fromkeys(name for each in plant.balances for name, _ in each.terms):
        if name.startswith(HEAT):
            fuel = name.removeprefix(HEAT)
            heat = heats.get(fuel)
            if heat is None or weighers[fuel] in errors.unknown:
                unknown.append(name)
                continue
            parts = (
                row.heat.get(fuel, 0.0) ** 2 * (row.systematic.variance + row.random)
                for row in errors.rows.values()
            )
            known[name] = heat, sum(parts)
            continue
        accuracy, count = plant.accuracy.get(name), sums.meters.get(name)
        if accuracy is None or count is None or count.total is None:
            unknown.append(name)
            continue
        scale, ends = meter_errors(accuracy, count, middle_us, z95)
        known[name] = count.total, scale.variance * count.total**2 + ends
    return known, unknown


def _reconciled(known: Mapping[str, _Known], plant: Plant, tables: Tables) -> dict[str, Any]:
    table = tables.uncertainties
    readings, names = dict(known), list(known)
    for each in plant.balances:
        largest = max(abs(weight * known[name][0]) for name, weight in each.terms)
        if each.rest:
            names.append(_REST + each.id)
            readings[_REST + each.id] = 0.0, (each.rest * largest / table.z95) ** 2
    rows = [dict([*each.terms, (_REST + each.id, 1.0)]) for each in plant.balances]
    try:
        found = reconcile(
            [readings[name][0] for name in names],
            [readings[name][1] for name in names],
            [[row.get(name, 0.0) for name in names] for row in rows],
            table,
        )
    except BadBalanceError:
        return {"reason": UNDETERMINED}
    suspect = found.suspect
    return {
        "balances": [each.id for each in plant.balances],
        "agrees": found.agrees,
        "chi2": found.chi2,
        "chi2_limit": found.limit,
        "suspect": names[suspect] if isinstance(suspect, int) else suspect,
        "candidates": [names[n] for n in found.candidates],
        "readings": [
            {
                "name": name,
                "measured": readings[name][0],
                "reconciled": found.values[n],
                "half_width": found.half_widths[n],
                "normalised": found.normalised[n],
            }
            for n, name in enumerate(names)
        ],
    }
