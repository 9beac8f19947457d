"""Portions summed in one step, or in several, are the same portion."""

from datetime import date

import pytest

from agent.cofiring.choosing import choose
from agent.cofiring.moisture import FeederMoisture
from agent.cofiring.portions import merged, portion_of

COMPOSITES = ((0.30, "moisture m1"), (0.32, "moisture m1, moisture m2"), (0.35, "moisture m2"))
"""What counts before a composite sample ends, while it does, and after."""


@pytest.mark.parametrize("cut", [1, 2])
def test_a_sum_of_sums_names_each_report_once(tables, cut):
    pks, on = tables.fuel("pks"), date(2026, 10, 1)
    minutes = [
        portion_of(
            "pks",
            None,
            choose(pks, None, on, tables.physics, FeederMoisture(value, 0.01, source)),
            100.0,
            other_kg=None,
            filled=(0.0, 0.0),
            substituted_kg=0.0,
        )
        for value, source in COMPOSITES
    ]
    (at_once,) = merged(minutes)
    (in_steps,) = merged([*merged(minutes[:cut]), *merged(minutes[cut:])])
    assert at_once.properties.moisture.source == "moisture m1, moisture m2"
    assert in_steps.properties.moisture.source == "moisture m1, moisture m2"
    # By this name errors are shared: two lots with the same composites have the same error.
    assert in_steps.properties.ncv.source == at_once.properties.ncv.source
    assert in_steps.properties.moisture.value == pytest.approx(at_once.properties.moisture.value)
