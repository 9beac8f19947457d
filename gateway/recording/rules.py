"""Rules: what meters count and what raises an alarm, as the site's file has it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.alarms.conditions import Condition
from agent.alarms.crowd import CrowdSpec
from agent.alarms.engine import AlarmEngine
from agent.alarms.handling import Handling
from agent.alarms.outlook import OutlookSpec
from agent.alarms.round_book import RoundSettings
from agent.alarms.silence import BoardDuty
from agent.alarms.yard import Yard
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
        yard: What stands where, and which stores a board speaks for.
        rounds: How handheld rounds are walked.
        crowd: How alarms are inhibited by cause, grouped and counted.
        handling: How long people may hide alarms, and when acknowledged ones come back.
    """

    counters: Mapping[str, CounterSpec]
    conditions: tuple[Condition, ...]
    duties: tuple[BoardDuty, ...]
    comparisons: Mapping[str, DriftSpec] = field(default_factory=dict)
    outlook: OutlookSpec | None = None
    handling: Handling = field(default_factory=Handling)
    yard: Yard = field(default_factory=Yard)
    rounds: RoundSettings = field(default_factory=RoundSettings)
    crowd: CrowdSpec = field(default_factory=CrowdSpec)

    def engine(self) -> AlarmEngine:
        """An alarm engine that judges by them and holds nothing yet.

        Raises:
            BadConditionError: The alarm conditions cannot stand together.
        """
        return AlarmEngine(
            self.conditions,
            self.duties,
            outlook=self.outlook,
            yard=self.yard,
            rounds=self.rounds,
            crowd=self.crowd,
            handling=self.handling,
        )
