"""Roster: who is told of which alarm, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Final
from zoneinfo import ZoneInfo

from gateway.clock import Now
from gateway.config import Config
from gateway.config_notify import Recipient, Route
from gateway.notify.facts import Facts

REPEAT_MINUTES: Final = 15.0
"""How often urgent pages come again while nobody acknowledges, where a route does not say [min]."""

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WORTH_A_PAGE: Final = frozenset({"critical", "high"})


@dataclass(frozen=True, slots=True)
class Way:
    """How one alarm goes along one route.

    Args:
        route: Id of the route.
        steps: After how long without acknowledgement [µs] -> who is told; the first at once.
        repeat_us: After how long all of them are told again [µs]; None for never.
        tell: Edges that are told as information.
    """

    route: str
    steps: tuple[tuple[int, tuple[str, ...]], ...]
    repeat_us: int | None
    tell: frozenset[str]

    def told_until(self, step: int) -> tuple[str, ...]:
        """Everybody of the steps up to this one, each once."""
        names = (name for _, recipients in self.steps[: step + 1] for name in recipients)
        return tuple(dict.fromkeys(names))


class Roster:
    """The recipients and routes of a site.

    A site without routes tells everybody of what is urgent, critical or high. An urgent alarm
    that no route takes at this hour goes along the routes of other hours, else to everybody.

    Args:
        config: The site.
    """

    def __init__(self, config: Config) -> None:
        self.recipients: Mapping[str, Recipient] = {one.id: one for one in config.recipient}
        self._routes = config.route
        self._zone = ZoneInfo(config.site.timezone)
        self._rows = {store.id: store.row for store in config.stores()}
        self._stores = {board.id: board.store for board in config.board}

    def ways(self, facts: Facts, now: Now) -> list[Way]:
        """The ways an alarm goes now; empty only where nobody is to be told of it."""
        concerned = self._concerned(facts)
        local = self.local(now)
        on_duty = [route for route in concerned if local is None or _covers(route, local)]
        if on_duty or (concerned and facts.urgent):
            return [_way(route, facts) for route in on_duty or concerned]
        everybody = not self._routes and facts.priority in _WORTH_A_PAGE
        if not self.recipients or not (everybody or facts.urgent):
            return []
        repeat_us = round(REPEAT_MINUTES * 60e6) if facts.urgent else None
        return [Way("", ((0, tuple(self.recipients)),), repeat_us, frozenset())]

    def concerns(self, facts: Facts) -> bool:
        """Whether anybody is told of such an alarm at any hour."""
        if not self.recipients:
            return False
        without = not self._routes and facts.priority in _WORTH_A_PAGE
        return facts.urgent or without or bool(self._concerned(facts))

    def is_quiet(self, recipient: str, now: Now) -> bool:
        """Whether it is a recipient's quiet time; never while the clock cannot be believed."""
        settings, local = self.recipients[recipient], self.local(now)
        if local is None or settings.quiet_from is None or settings.quiet_to is None:
            return False
        return _between(local.strftime("%H:%M"), settings.quiet_from, settings.quiet_to)

    def local(self, now: Now) -> datetime | None:
        """The site's local time; None where the clock cannot be believed."""
        if not now.synchronised:
            return None
        return datetime.fromtimestamp(now.utc_us / 1e6, UTC).astimezone(self._zone)

    def _concerned(self, facts: Facts) -> list[Route]:
        store = facts.store or self._stores.get(facts.source)
        return [route for route in self._routes if self._takes(route, facts, store)]

    def _takes(self, route: Route, facts: Facts, store: str | None) -> bool:
        if route.classes and facts.klass not in route.classes:
            return False
        if route.priorities and facts.priority not in route.priorities:
            return False
        if not route.stores and not route.rows:
            return True
        if store is None:
            return False
        by_row = bool(self._rows.get(store)) and self._rows[store] in route.rows
        return by_row or any(fnmatchcase(store, pattern) for pattern in route.stores)


def _way(route: Route, facts: Facts) -> Way:
    minutes = route.repeat_minutes
    if minutes is None and facts.urgent:
        minutes = REPEAT_MINUTES
    later = ((round(step.after_minutes * 60e6), step.recipients) for step in route.step)
    return Way(
        route.id,
        ((0, route.recipients), *later),
        None if minutes is None else round(minutes * 60e6),
        frozenset(route.tell),
    )


def _covers(route: Route, local: datetime) -> bool:
    """Whether a route is in force; a span past midnight belongs to the day it begins on."""
    clock = local.strftime("%H:%M")
    day = local.weekday()
    if route.begins is not None and route.ends is not None:
        if not _between(clock, route.begins, route.ends):
            return False
        if route.begins > route.ends and clock < route.ends:
            day = (day - 1) % 7
    return not route.weekdays or _DAYS[day] in route.weekdays


def _between(clock: str, begins: str, ends: str) -> bool:
    """Whether a local time lies in a span that may go past midnight."""
    if begins <= ends:
        return begins <= clock < ends
    return clock >= begins or clock < ends
