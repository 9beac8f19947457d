"""Rules: what meters count and what raises an alarm, as the site's file has it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.alarms.conditions import Condition
from agent.alarms.engine import AlarmEngine
from agent.alarms.outlook import OutlookSpec
from agent.alarms.silence import BoardDuty
from gateway.modbus.counters import CounterSpec
from gateway.modbus.crosscheck import DriftSpec


@dataclass(frozen=True, slots=True)
class Rules:
    """What the desk judges by.

    Args:
        counters: Point -> what its totaliser can do.
        conditions: The alarm conditions.
        duties: What each board owes.
        comparisons: Totaliser's point -> how it is compared with its rate.
        outlook: What early warning rests on.
    """

    counters: Mapping[str, CounterSpec]
    conditions: tuple[Condition, ...]
    duties: tuple[BoardDuty, ...]
    comparisons: Mapping[str, DriftSpec] = field(default_factory=dict)
    outlook: OutlookSpec | None = None

    def engine(self) -> AlarmEngine:
        """An alarm engine that judges by them and holds nothing yet.

        Raises:
            BadConditionError: The alarm conditions cannot stand together.
        """
        return AlarmEngine(self.conditions, self.duties, outlook=self.outlook)
