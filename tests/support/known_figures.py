"""What a record says of a month whose truth is known, by the names of the truth."""

from collections.abc import Mapping

from agent.cofiring.record import FactorRecord
from simulators.ledgered.story import FUELS


def figures(record: FactorRecord) -> dict[str, float]:
    """Per kWh [kg], and parts of the heat and of the mass."""
    assert record.lifecycle_co2e_kg_per_kwh is not None
    assert record.fossil_co2_kg_per_kwh is not None
    assert record.share_heat is not None
    assert record.share_mass is not None
    return {
        "fossil": record.fossil_co2_kg_per_kwh,
        "lifecycle": record.lifecycle_co2e_kg_per_kwh["AR5"],
        **{f"heat.{fuel}": share for fuel, share in record.share_heat.items()},
        **{f"mass.{fuel}": share for fuel, share in record.share_mass.items()},
    }


def outside(
    record: FactorRecord, expected: Mapping[str, float]
) -> dict[str, tuple[float, float, float]]:
    """Figures whose truth is not in the record's own interval: its low end, the truth, its high."""
    assert record.ci95_low is not None
    assert record.ci95_high is not None
    intervals = {
        "fossil": record.intervals["fossil_co2_kg_per_kwh"],
        "lifecycle": {"low": record.ci95_low, "high": record.ci95_high},
        **{f"heat.{fuel}": record.intervals[f"share_heat.{fuel}"] for fuel in FUELS},
    }
    ends = {name: (i["low"], expected[name], i["high"]) for name, i in intervals.items()}
    return {name: each for name, each in ends.items() if not each[0] <= each[1] <= each[2]}
