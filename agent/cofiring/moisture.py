"""Moisture at the feeder: what it does to a calorific value, and whose value counts when.

Lots are kept in dry mass. What the feeder weighs is wet: its dry mass is kg × (1 − M), M the
moisture at the feeder. An on-line or composite value of the feeder counts before the lot's own;
the lot's is marked as substituted where the fuel lay outdoors since it was sampled.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from agent.errors import BadMoistureError


@dataclass(frozen=True, slots=True)
class FeederMoisture:
    """The moisture that counts for what the feeder weighed.

    Args:
        value: Mass fraction, wet basis.
        half95: Half width of its expanded uncertainty (k = 2, 95 %), mass fraction; None where
            nobody gave it.
        source: What it is from.
        substituted: The lot's own in place of one at the feeder, of a fuel that lay outdoors.
    """

    value: float
    half95: float | None
    source: str
    substituted: bool = False


@dataclass(frozen=True, slots=True)
class Composite:
    """A moisture measured at the feeder over some time: a daily composite, or an on-line mean.

    Args:
        id: Number of the report or entry.
        fuel: Id of the fuel.
        from_us: From when it counts, UTC [µs].
        to_us: Until when, UTC [µs].
        value: Mass fraction, wet basis, 0 ≤ M < 1.
        half95: Half width of its expanded uncertainty (k = 2), mass fraction.
        method: Standard or device.

    Raises:
        BadMoistureError: The value is no mass fraction, or the time has no length.
    """

    id: str
    fuel: str
    from_us: int
    to_us: int
    value: float
    half95: float | None = None
    method: str = ""

    def __post_init__(self) -> None:
        check_moisture(self.value, f"moisture {self.id}")
        if self.from_us >= self.to_us:
            raise BadMoistureError(
                f"moisture {self.id}: ends at {self.to_us} µs, not after its start at "
                f"{self.from_us} µs; mend one of them"
            )


class Composites:
    """The moistures measured at one fuel's feeder.

    Args:
        each: In any order. Where two cover the same time the one that began later counts; of two
            that began together, the one whose id sorts last.
    """

    def __init__(self, each: Iterable[Composite] = ()) -> None:
        known = sorted(each, key=lambda one: (one.from_us, one.id))
        self._edges = sorted({edge for one in known for edge in (one.from_us, one.to_us)})
        self._runs: list[Composite | None] = [
            next(
                (one for one in reversed(known) if one.from_us <= start and end <= one.to_us), None
            )
            for start, end in pairwise(self._edges)
        ]

    def mean(self, from_us: int, to_us: int) -> FeederMoisture | None:
        """The mean over an interval, by time; None where any part of it is not covered."""
        edges = [from_us, *self.changes(from_us, to_us), to_us]
        found = [self._at(start) for start in edges[:-1]]
        known = [one for one in found if one is not None]
        if len(known) < len(found):
            return None
        weights = [(end - start) / (to_us - from_us) for start, end in pairwise(edges)]
        halves = [one.half95 for one in known]
        half95 = None
        if all(half is not None for half in halves):
            half95 = sum(w * (half or 0.0) for w, half in zip(weights, halves, strict=True))
        value = sum(w * one.value for w, one in zip(weights, known, strict=True))
        source = ", ".join(dict.fromkeys(f"moisture {one.id}" for one in known))
        return FeederMoisture(value, half95, source)

    def changes(self, from_us: int, to_us: int) -> list[int]:
        """Instants strictly between at which another one counts, in order."""
        first = bisect_right(self._edges, from_us)
        return [edge for edge in self._edges[first:] if edge < to_us]

    def _at(self, t_us: int) -> Composite | None:
        index = bisect_right(self._edges, t_us) - 1
        return self._runs[index] if 0 <= index < len(self._runs) else None


def ncv_as_received(ncv_dry_mj_per_kg: float, moisture: float, latent_mj_per_kg: float) -> float:
    """Net calorific value as received, at constant pressure.

    Args:
        ncv_dry_mj_per_kg: Of the dry matter [MJ/kg].
        moisture: Mass fraction, wet basis, 0 ≤ M < 1.
        latent_mj_per_kg: Enthalpy of evaporation [MJ/kg].

    Returns:
        NCV_d·(1 − M) − latent·M [MJ/kg].

    Raises:
        BadMoistureError: The moisture is no mass fraction.
    """
    check_moisture(moisture, "this fuel")
    return ncv_dry_mj_per_kg * (1.0 - moisture) - latent_mj_per_kg * moisture


def dried(ncv_ar_mj_per_kg: float, moisture: float, latent_mj_per_kg: float) -> float:
    """Net calorific value of the dry matter [MJ/kg]: `ncv_as_received` undone.

    Raises:
        BadMoistureError: The moisture is no mass fraction.
    """
    check_moisture(moisture, "this fuel")
    return (ncv_ar_mj_per_kg + latent_mj_per_kg * moisture) / (1.0 - moisture)


def check_moisture(moisture: float, whose: str) -> None:
    """Refuse what is no mass fraction.

    Raises:
        BadMoistureError: It is not 0 ≤ M < 1.
    """
    if not 0.0 <= moisture < 1.0:
        raise BadMoistureError(
            f"{whose}: moisture {moisture} is no mass fraction; write 0.10 for 10 %"
        )
