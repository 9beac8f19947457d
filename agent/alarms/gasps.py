"""Gasps: boards that the broker, by their last will, says are gone."""

import json
from collections.abc import Mapping, Sequence

from msgspec.structs import astuple

from agent.alarms.book import AlarmBook
from agent.alarms.conditions import Condition, Kind
from agent.alarms.events import AlarmEvent
from agent.alarms.instant import Instant, between_us
from agent.alarms.silence import BoardDuty
from agent.alarms.standing import Cause, described


class Gasps:
    """Last wills; a board that says itself that it is there takes its own back.

    A last will comes as soon as the broker misses the board, silence only after several reports:
    they are two alarms, because a board whose power fails gives both and one whose network is slow
    gives neither.

    Args:
        conditions: The site's conditions; those of other kinds are passed over.
        duties: What each board owes.
        book: Where the alarms stand.
    """

    def __init__(
        self, conditions: Sequence[Condition], duties: Mapping[str, BoardDuty], book: AlarmBook
    ) -> None:
        gasps = [c for c in conditions if c.kind is Kind.LAST_GASP]
        self._conditions = {board: [c for c in gasps if c.covers(board)] for board in duties}
        self._duties = duties
        self._book = book
        self._gone: dict[str, Instant] = {}
        self._dirty: set[str] = set()

    def told(self, board: str, now: Instant, *, online: bool) -> list[AlarmEvent]:
        """The broker or the board itself tells whether it is there."""
        if board not in self._conditions:
            return []
        if not online:
            if board not in self._gone:
                self._gone[board] = now
                self._dirty.add(board)
            return self.on_tick(now)
        if self._gone.pop(board, None) is not None:
            self._dirty.add(board)
        cause = Cause(now.utc_us, now.utc_us)
        events: list[AlarmEvent] = []
        for condition in self._conditions[board]:
            events += self._book.cleared(f"{condition.id}:{board}", cause)
        return events

    def on_tick(self, now: Instant) -> list[AlarmEvent]:
        """Raise what has been gone for longer than its delay."""
        events: list[AlarmEvent] = []
        for board, since in self._gone.items():
            passed_us = between_us(since, now)
            for condition in self._conditions[board]:
                if self._book.in_alarm(f"{condition.id}:{board}"):
                    continue
                # Across a restart of the machine with a wrong clock nobody knows how long: enough.
                if passed_us is None or passed_us >= condition.on_delay_s * 1e6:
                    alarm = described(condition, board, self._duties[board].store)
                    cause = Cause(now.utc_us, now.utc_us)
                    events += self._book.raised(alarm, cause)
        return events

    def restore(self, rows: dict[str, str]) -> None:
        """Take over board -> JSON text, in place of everything held."""
        known = {board: text for board, text in rows.items() if board in self._conditions}
        self._gone = {board: Instant(*json.loads(text)) for board, text in known.items()}
        self._dirty.clear()

    def touch(self) -> None:
        """Everything counts as changed."""
        self._dirty.update(self._gone)

    def dirty(self) -> dict[str, str | None]:
        """Board -> JSON text of what changed since the last call; None for one that is back."""
        rows: dict[str, str | None] = {}
        for board in self._dirty:
            since = self._gone.get(board)
            rows[board] = None if since is None else json.dumps(astuple(since))
        self._dirty.clear()
        return rows
