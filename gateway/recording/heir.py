"""Heir: the alarm engine of changed rules, made and filled while the present one judges on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.alarms.parts import POINTS

if TYPE_CHECKING:
    from agent.alarms.carrying import Carrying
    from agent.alarms.engine import AlarmEngine
    from gateway.recording.alarm_rows import AlarmRows
    from gateway.recording.desk import Desk
    from gateway.recording.rules import Rules

_FEW: Final = 200
"""Rows of points that are taken over at once in the end."""

_ROUNDS: Final = 5


@dataclass(frozen=True, slots=True)
class Heir:
    """An engine that took over most of what another holds.

    Args:
        engine: The engine.
        carrying: All that the other has told since, and tells until it is followed.
    """

    engine: AlarmEngine
    carrying: Carrying


async def heir_of(desk: Desk, rules: Rules) -> Heir | None:
    """The engine of changed rules, filled in turns with all else that the loop has to do.

    What takes long is done in a thread, on what nobody else has.

    Args:
        desk: Its engine is to be followed.
        rules: The changed rules.

    Returns:
        None where the desk went back to the disk meanwhile.

    Raises:
        BadConditionError: The alarm conditions cannot stand together; nothing was touched.
    """
    engine = await asyncio.to_thread(rules.engine)
    told = desk.alarm_rows
    carrying = told.carry()
    for rows in desk.alarms.tell_all():
        told.note(rows)
        await asyncio.sleep(0)
        if not told.carries(carrying):
            return None  # what would be told next is of before
    for _ in range(_ROUNDS):
        late = carrying.late(POINTS)
        await asyncio.to_thread(engine.begin, late, carrying.rows(POINTS))
        if len(late) <= _FEW:
            break
    return Heir(engine, carrying)


def successor(
    present: AlarmEngine, told: AlarmRows, rules: Rules, heir: Heir | None
) -> AlarmEngine:
    """The engine that goes on with all that the present one holds.

    Args:
        present: Not to be used any more.
        told: What it told.
        rules: What its successor judges by.
        heir: One that took over most already; where it cannot follow, because the present one
            went back to the disk meanwhile, all is taken over at once by another.

    Raises:
        BadConditionError: The alarm conditions cannot stand together; nothing was touched.
    """
    if heir is not None and told.carries(heir.carrying):
        told.note(present.dirty())
        heir.engine.follow(heir.carrying)
        engine = heir.engine
    else:
        engine = rules.engine()
        present.carry_over(engine)
    told.followed()
    return engine
