"""How well a meter is known, as the site's file has it."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from gateway.config_base import Table

Percent = Annotated[float, Field(ge=0, le=100)]
SignedPercent = Annotated[float, Field(gt=-50, lt=50)]


class Calibration(Table):
    """What a calibration of a meter found.

    Args:
        on: When.
        field: The field it is of; None for all totals of the meter.
        found_pct: Error it found: shown over true, less one [%].
        left_pct: Error it left behind; as found where the meter was not adjusted [%].
    """

    on: AwareDatetime
    field: str | None = None
    found_pct: SignedPercent
    left_pct: SignedPercent | None = None


class PointAccuracy(Table):
    """What is known of one total; what is left out is as the meter's class has it.

    Args:
        scale_pct: Half width of 95 % of its scale [%].
        step: What one count is, in the total's unit.
        jitter_s: By how much the time of a read may be wrong [s].
        drift_pct_per_year: By how much the scale may drift in a year, either way [%].
    """

    scale_pct: Percent | None = None
    step: Annotated[float, Field(ge=0)] | None = None
    jitter_s: Annotated[float, Field(ge=0, le=3600)] | None = None
    drift_pct_per_year: Percent | None = None
