"""Visibility: whether an alarm is shown; never a process state, so hiding cannot erase anything."""

from enum import StrEnum
from typing import Final

from agent.alarms.conditions import Klass


class Visibility(StrEnum):
    """Whether an alarm is shown, and if not, why: the first that applies, in this order."""

    OUT_OF_SERVICE = "out_of_service"
    SUPPRESSED = "suppressed"
    SHELVED = "shelved"
    SHOWN = "shown"


NEVER_SUPPRESSED: Final = frozenset({Klass.FIRE, Klass.GAS, Klass.PEOPLE})
"""Classes that no cause hides, whatever the configuration says."""

OVER_RANGE: Final = "over_range"
"""Reason of an alarm that no cause hides either."""


def may_suppress(klass: str, reason: str | None) -> bool:
    """Whether an alarm may be suppressed by design.

    Args:
        klass: What the alarm is about.
        reason: Reason word of the sample that raised it, if any.
    """
    return klass not in NEVER_SUPPRESSED and reason != OVER_RANGE
