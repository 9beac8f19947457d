"""Norms: reviewed rules of the account that are no property of a fuel."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AshRoute:
    """Where ash goes above a share of co-firing (biomass by heat), as parts that sum to one."""

    above_share: float
    cement: float
    landfill: float
    source: str
    mark: str


@dataclass(frozen=True, slots=True)
class Norms:
    """Rules of norms.toml.

    Args:
        ash_routes: The highest share first.
        least_useful_heat: Least plausible gross power and exported heat per fuel heat.
        most_useful_heat: The most.
        biomass_from: From which biogenic fraction of its carbon on a lot is biomass throughout.
        conservative_sigmas: How many standard uncertainties an estimate leans against the claim.
        reference_hours: How far back a substitution looks [h].
        least_periods: From how many settlement periods it may be made.
        load_band: By how much of the gross output two loads may differ to be the same level.
    """

    ash_routes: tuple[AshRoute, ...]
    least_useful_heat: float
    most_useful_heat: float
    biomass_from: float
    conservative_sigmas: float
    reference_hours: float
    least_periods: float
    load_band: float

    def ash_route(self, biomass_share: float) -> AshRoute:
        """Where ash goes at a share of co-firing."""
        found = (route for route in self.ash_routes if biomass_share > route.above_share)
        return next(found, self.ash_routes[-1])


def read_norms(document: Mapping[str, Any]) -> Norms:
    """Rules of a parsed norms.toml."""
    routes = (
        AshRoute(
            body["above_share"], body["cement"], body["landfill"], body["source"], body["mark"]
        )
        for body in document["ash_route"]
    )
    rules = document["substitution"]
    return Norms(
        tuple(sorted(routes, key=lambda route: -route.above_share)),
        document["useful_heat"]["least"]["value"],
        document["useful_heat"]["most"]["value"],
        document["biomass"]["from_fraction"]["value"],
        document["conservative"]["sigmas"]["value"],
        rules["reference_hours"]["value"],
        rules["least_periods"]["value"],
        rules["load_band"]["value"],
    )
