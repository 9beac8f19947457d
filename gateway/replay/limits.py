"""Other limits: a site's alarm conditions with changes a person wants to try."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent.errors import HinobanError
from gateway.config_alarms import Alarm
from gateway.problems import did_you_mean
from gateway.site import Site

Changes = dict[str, dict[str, Any]]
"""Condition -> key of its table in the site's file -> value."""


class LimitsError(HinobanError):
    """Changed limits that cannot be read or cannot be."""


def read_limits(path: Path) -> Changes:
    """Changes from a file with ``[[alarm]]`` tables: an id and what is to be other than it is.

    Raises:
        LimitsError: It cannot be read, or a table names no condition.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        raise LimitsError(f"{path}: {err}; give a TOML file with [[alarm]] tables") from err
    tables = raw.get("alarm")
    if not isinstance(tables, list) or not tables or raw.keys() != {"alarm"}:
        raise LimitsError(f"{path}: give [[alarm]] tables, each with an id, and nothing else")
    changes: Changes = {}
    for table in tables:
        given = dict(table)
        id_ = given.pop("id", None)
        if not isinstance(id_, str) or id_ in changes:
            raise LimitsError(f"{path}: each [[alarm]] needs an id of its own, not {id_!r}")
        changes[id_] = given
    return changes


def read_setting(text: str) -> tuple[str, str, Any]:
    """A change as typed, such as ``co_high.limit=2500``: condition, key and value.

    Raises:
        LimitsError: It is none.
    """
    name, is_, value = text.partition("=")
    id_, dot, key = name.strip().partition(".")
    if not (is_ and dot and id_ and key.isidentifier()):
        raise LimitsError(f"{text!r} is no change of a limit; write such as co_high.limit=2500")
    try:
        return id_, key, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return id_, key, value.strip()


def changed(site: Site, changes: Mapping[str, Mapping[str, Any]], without: Iterable[str]) -> Site:
    """The site with other conditions; a new id needs a whole table.

    Args:
        site: As it is.
        changes: What is to be other than it is.
        without: Conditions to leave out.

    Raises:
        LimitsError: There is no such condition, or its table cannot be.
    """
    alarms = {alarm.id: alarm for alarm in site.config.alarm}
    for id_ in without:
        if alarms.pop(id_, None) is None:
            raise LimitsError(f"there is no condition {id_!r}. {did_you_mean(id_, alarms)}")
    for id_, given in changes.items():
        before = alarms.get(id_)
        if before is None and "kind" not in given:
            raise LimitsError(f"there is no condition {id_!r}. {did_you_mean(id_, alarms)}")
        known = {} if before is None else before.model_dump(exclude_unset=True, by_alias=True)
        try:
            alarms[id_] = Alarm.model_validate({**known, "id": id_, **given})
        except ValidationError as err:
            words = "; ".join(
                f"{'.'.join(map(str, one['loc'])) or 'it'}: {one['msg']}" for one in err.errors()
            )
            raise LimitsError(f"condition {id_!r} cannot be so: {words}") from err
    config = site.config.model_copy(update={"alarm": tuple(alarms.values())})
    return replace(site, config=config)
