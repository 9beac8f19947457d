"""Rules: what meters count and what raises an alarm, as the site's file has it."""

from collections.abc import Mapping
from dataclasses import dataclass

from agent.alarms.conditions import Condition
from agent.alarms.silence import BoardDuty
from gateway.modbus.counters import CounterSpec


@dataclass(frozen=True, slots=True)
class Rules:
    """What the desk judges by.

    Args:
        counters: Point -> what its totaliser can do.
        conditions: The alarm conditions.
        duties: What each board owes.
    """

    counters: Mapping[str, CounterSpec]
    conditions: tuple[Condition, ...]
    duties: tuple[BoardDuty, ...]
