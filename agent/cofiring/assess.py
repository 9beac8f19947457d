"""What a record says of its own uncertainty."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, Final

from agent.cofiring.accuracy import INDICATORS, Uncertainties
from agent.cofiring.allocation import POWER_BONUS
from agent.cofiring.budget import Budget, budget, day_of, inverse
from agent.cofiring.chosen import Properties
from agent.cofiring.fuels import Tables
from agent.cofiring.itself import Itself
from agent.cofiring.plant import Plant
from agent.cofiring.rollup import Sums, Tally
from agent.cofiring.sources import age_years
from agent.cofiring.uncertainty import Interval, PerKwh, of_factor, of_share

FOSSIL: Final = "fossil_co2_kg_per_kwh"
DIRECT: Final = "direct_co2e_kg_per_kwh"
LIFECYCLE: Final = "lifecycle_co2e_kg_per_kwh"
SHARE: Final = "share_heat"
UNKNOWN_ACCURACY: Final = "unknown_accuracy"
_TOP: Final = 5
_TOP_OF_OTHERS: Final = 4


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a record that get an interval; None where they are not known.

    Args:
        fossil: Fossil CO₂ [kg/kWh].
        direct: With methane and nitrous oxide, in the site's GWP set [kg CO₂e/kWh].
        lifecycle: With the supply chain [kg CO₂e/kWh].
        share_heat: By fuel.
        per: How sums become figures of the product; None where there are none.
    """

    fossil: float | None
    direct: float | None
    lifecycle: float | None
    share_heat: Mapping[str, float] | None
    per: PerKwh | None


def assess(
    sums: Sums,
    span_us: tuple[int, int],
    figures: Figures,
    plant: Plant,
    tables: Tables,
    short: bool = False,
) -> dict[str, Any]:
    """The fields of a record that tell how well its figures are known.

    Args:
        sums: Of the period.
        span_us: Its start and end, UTC [µs].
        figures: The record's.
        plant: The unit.
        tables: Reviewed tables.
        short: Name contributors of the life cycle only, or of what is known of it; those of
            other figures stand in longer periods.

    Returns:
        Fields of FactorRecord. `intervals` are of every figure that has one, and `contributors`
        name the figure they are of; `ci95_low` and what stands beside it are of the life cycle.
    """
    middle_us = (span_us[0] + span_us[1]) // 2
    whole = budget(sums.whole, middle_us, plant, tables)
    same = sums.mixed is sums.whole
    mixed = whole if same else budget(sums.mixed, middle_us, plant, tables)
    found = {
        **_factors(whole, figures, plant, tables),
        **_shares(mixed, sums.mixed, figures, tables.uncertainties.z95),
    }
    main = found.get(LIFECYCLE)
    named = next((name for name in (LIFECYCLE, DIRECT, FOSSIL) if name in found), None)
    fields: dict[str, Any] = {
        "intervals": {name: each.as_dict() for name, each in found.items()},
        "contributors": [
            {"figure": name, **source}
            for name, each in found.items()
            if not short or name == named
            for source in each.contributors(_TOP if each is main else _TOP_OF_OTHERS)
        ],
        "pedigree": pedigree(sums.everything, middle_us, tables.uncertainties),
        "no_interval_reason": _reason(whole, mixed),
    }
    if main is not None:
        fields |= {
            "ci95_low": main.low,
            "ci95_high": main.high,
            "u_systematic": main.u_systematic,
            "u_random": main.u_random,
        }
    return fields


def pedigree(sums: Tally, middle_us: int, table: Uncertainties) -> dict[str, float] | None:
    """Mean scores, 1 best to 5, of the values that figures rest on, weighted by heat."""
    day = day_of(middle_us)
    scored = [
        (portion.burnt.mj, _scores(Itself(portion.properties), day, table))
        for portion in sums.portions
        if portion.burnt.mj
    ]
    heat = math.fsum(mj for mj, _ in scored if mj)
    if not heat:
        return None
    return {
        name: math.fsum((mj or 0.0) * scores[n] for mj, scores in scored) / heat
        for n, name in enumerate(INDICATORS)
    }


@lru_cache(maxsize=4096)
def _scores(of: Itself[Properties], on: date, table: Uncertainties) -> tuple[float, ...]:
    values = [of.what.ncv, of.what.co2, of.what.upstream_co2e]
    known = [table.score(v.how, age_years(v, on)) for v in values if v is not None]
    return tuple(math.fsum(scores[name] for scores in known) / len(known) for name in INDICATORS)


def _factors(errors: Budget, figures: Figures, plant: Plant, tables: Tables) -> dict[str, Interval]:
    if figures.per is None or errors.unknown or errors.unknown_output:
        return {}
    gwp, per = tables.gwp[plant.gwp_set], figures.per
    ch4, n2o = float(getattr(gwp, tables.combustion_ch4)), gwp.n2o
    direct = (1.0, ch4, n2o, 0.0)
    if per.method == POWER_BONUS and per.el_share != 1.0:
        per = replace(per, bonus=((figures.direct or 0.0) * inverse(per.scale), direct))
    wanted = (
        (FOSSIL, figures.fossil, (1.0, 0.0, 0.0, 0.0)),
        (DIRECT, figures.direct, direct),
        (LIFECYCLE, figures.lifecycle, (1.0, ch4, n2o, 1.0)),
    )
    return {
        name: of_factor(value, weights, errors, per, tables.uncertainties)
        for name, value, weights in wanted
        if value is not None
    }


def _shares(errors: Budget, sums: Tally, figures: Figures, z95: float) -> dict[str, Interval]:
    heat = sums.gas("mj")
    if not heat or figures.share_heat is None or errors.unknown:
        return {}
    return {
        f"{SHARE}.{fuel}": of_share(share, fuel, heat, errors, z95)
        for fuel, share in figures.share_heat.items()
    }


def _reason(whole: Budget, mixed: Budget) -> str | None:
    unknown = dict.fromkeys((*mixed.unknown, *whole.unknown, *whole.unknown_output))
    return f"{UNKNOWN_ACCURACY}: {', '.join(unknown)}" if unknown else None
