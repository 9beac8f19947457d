"""Rule: what all tracks of one condition share; Outcome: what judging a sample leads to."""

from collections.abc import Callable
from enum import IntEnum

from agent.alarms.conditions import Condition
from agent.alarms.delays import Spans
from agent.alarms.memories import Memories
from agent.alarms.verdicts import Verdict, judge_for, quiet_between
from agent.samples import Sample


class Outcome(IntEnum):
    """What judging a sample led to."""

    NOTHING = 0
    RAISE = 1
    CLEAR = 2
    RAISE_FROM_HISTORY = 3
    """Found in samples that have no place in time, and nothing since has shown a return."""
    PASSED_IN_HISTORY = 4
    """Found in late samples; later ones had already shown its return."""
    WAS_IN_ALARM = 5
    """The journal does not tell it yet of this stretch of time."""
    WAS_NOT_IN_ALARM = 6
    """The journal tells it of this stretch of time, and late samples show that it was not."""


class Rule:
    """What all tracks of one condition share.

    Args:
        condition: A condition over points.
        memories: What conditions remember of samples before; its own where None.
    """

    __slots__ = ("condition", "judge", "quiet", "spans")

    def __init__(self, condition: Condition, memories: Memories | None = None) -> None:
        self.condition = condition
        self.judge: Callable[[Sample], Verdict] = judge_for(condition, memories)
        self.spans = Spans(condition)
        self.quiet = quiet_between(condition)
