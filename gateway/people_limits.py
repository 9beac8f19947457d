"""Limits for people, from the reviewed table, and the limit that a condition of the site has."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from gateway.config_alarms import Alarm

TABLE: Final = Path(__file__).resolve().parents[1] / "agent" / "tables" / "people.toml"


class PeopleLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One limit for the air where people work.

    Args:
        value: At it an alarm rises, in `unit`.
        unit: Unit of the points it is for.
        basis: Over which time, and in which direction.
        source: Who set it.
        mark: "V" verified, "M" from memory.
        valid_from: Since when, as year-month-day.
    """

    value: float
    unit: str
    basis: str
    source: str
    mark: str
    valid_from: str


@cache
def people_limits(path: Path = TABLE) -> Mapping[str, PeopleLimit]:
    """Name -> limit, as in agent/tables/people.toml."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))["limit"]
    return msgspec.convert(table, dict[str, PeopleLimit])


def limit_of(alarm: Alarm) -> float | None:
    """The limit of a condition, wherever it stands [the condition's unit]; None without one."""
    if alarm.limit_from is None:
        return alarm.limit
    known = people_limits().get(alarm.limit_from)
    return None if known is None else known.value
