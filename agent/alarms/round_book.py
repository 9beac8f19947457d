"""RoundBook: every handheld round, opened by fire and closed by name."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from agent.alarms.book import AlarmBook
from agent.alarms.conditions import Klass
from agent.alarms.events import AlarmEvent
from agent.alarms.instant import Instant
from agent.alarms.rounds import Entry, Round
from agent.alarms.standing import Alarm, Cause
from agent.alarms.yard import Yard
from agent.errors import NotAllowedError, UnknownRoundError

OVERDUE: Final = "round_overdue"
"""Condition of a round whose time is over."""

KEPT: Final = 200
"""Closed rounds remembered; the journal has all that was entered."""

_OPENING: Final = frozenset({"raised", "realarmed"})
_COUNTER: Final = "n"


@dataclass(frozen=True, slots=True)
class RoundSettings:
    """How rounds are walked.

    Args:
        within_s: In which time a round is to be walked [s].
    """

    within_s: float = 7200.0


class RoundBook:
    """The rounds of a site.

    Args:
        yard: What stands where.
        settings: How rounds are walked.
        book: Where the alarms of overdue rounds stand.
    """

    def __init__(self, yard: Yard, settings: RoundSettings, book: AlarmBook) -> None:
        self._yard = yard
        self._settings = settings
        self._book = book
        self._rounds: dict[str, Round] = {}
        self._n = 0
        self._dirty: set[str] = set()

    def all(self) -> list[Round]:
        """Every round that is remembered: open ones first, each kind the newest first."""
        newest = sorted(self._rounds.values(), key=lambda r: -r.opened_us)
        return [r for r in newest if r.open] + [r for r in newest if not r.open]

    def get(self, round_id: str) -> Round:
        """One round.

        Raises:
            UnknownRoundError: There is no such round.
        """
        found = self._rounds.get(round_id)
        if found is None:
            raise UnknownRoundError(f"there is no round {round_id!r}; see the list of rounds")
        return found

    def on_events(self, events: Iterable[AlarmEvent], now: Instant) -> None:
        """A fire-class alarm of a store that speaks for others opens a round of those.

        What stands beside it is measured too, unless it has a board of its own. A second alarm of
        the store joins the round that is open.
        """
        for event in events:
            if event.edge not in _OPENING or event.klass != Klass.FIRE or event.store is None:
                continue
            known = self._open_of(event.store)
            if known is None:
                stores = self._to_measure(event.store)
                if stores:
                    self._open(event.store, stores, [event.alarm_id], None, now)
            elif event.alarm_id not in known.alarms:
                known.alarms.append(event.alarm_id)
                self._dirty.add(known.id)

    def open(self, store: str, person: str, now: Instant) -> Round:
        """A person asks for a round around a store; an open one gets the store itself added.

        Raises:
            NotAllowedError: There is no such store, or a round that measures it is open.
        """
        if store not in self._yard.places:
            raise NotAllowedError(f"there is no store {store!r}; /api/v1/stores lists them")
        if (known := self._open_of(store)) is not None:
            if store in known.stores:
                raise NotAllowedError(f"{store}: round {known.id} is open already; walk that one")
            known.stores = (store, *known.stores)
            self._dirty.add(known.id)
            return known
        stores = tuple(dict.fromkeys((store, *self._to_measure(store))))
        return self._open(store, stores, [], person, now)

    def enter(self, round_id: str, entry: Entry) -> Round:
        """A person measured a store.

        Raises:
            UnknownRoundError: There is no such round.
            NotAllowedError: It is closed, the store is not in it, or the reading cannot be.
        """
        one = self.get(round_id)
        if not one.open:
            raise NotAllowedError(f"{round_id}: {one.closed_by} closed it; open another round")
        if entry.store not in one.stores:
            raise NotAllowedError(f"{round_id}: {entry.store!r} is not in this round")
        entry.check()
        one.entries.append(entry)
        self._dirty.add(round_id)
        return one

    def close(self, round_id: str, person: str, comment: str | None, now: Instant) -> Round:
        """A person closes a round; one that is not whole only with words why.

        Raises:
            UnknownRoundError: There is no such round.
            NotAllowedError: It is closed, nobody is named, or a reading is missing without a word.
        """
        one = self.get(round_id)
        if not person.strip():
            raise NotAllowedError(f"{round_id}: nobody is named; log in to close it")
        if not one.open:
            raise NotAllowedError(f"{round_id}: {one.closed_by} closed it already")
        if one.missing and not comment:
            raise NotAllowedError(
                f"{round_id}: {len(one.missing)} of {len(one.stores)} are not measured; measure"
                " them, or say in the comment why not: they stay unknown"
            )
        one.closed_by, one.closed_us, one.comment = person, now.utc_us, comment
        self._dirty.add(round_id)
        self._forget()
        return one

    def on_tick(self, now: Instant) -> list[AlarmEvent]:
        """Raise what is overdue, and clear what no longer is."""
        events: list[AlarmEvent] = []
        cause = Cause(now.utc_us, now.utc_us)
        for one in self._rounds.values():
            overdue = one.is_overdue(now)
            if one.since.unsaved:
                self._dirty.add(one.id)
            if overdue == one.overdue:
                continue
            one.overdue = overdue
            self._dirty.add(one.id)
            if overdue:
                cause.value = float(len(one.missing))
                events += self._book.raised(_overdue(one), cause)
            else:
                events += self._book.cleared(f"{OVERDUE}:{one.id}", Cause(now.utc_us, now.utc_us))
        return events

    def describe(self, alarm_id: str) -> Alarm | None:
        """The alarm of an overdue round as it would be raised; None where there is no round."""
        condition, _, round_id = alarm_id.partition(":")
        if condition != OVERDUE or round_id not in self._rounds:
            return None
        return _overdue(self._rounds[round_id])

    def _to_measure(self, store: str) -> tuple[str, ...]:
        near = (*self._yard.neighbours(store), *self._yard.group(store))
        return tuple(one for one in dict.fromkeys(near) if one not in self._yard.watched)

    def _open_of(self, store: str) -> Round | None:
        return next((r for r in self._rounds.values() if r.open and r.store == store), None)

    def _open(
        self, store: str, stores: tuple[str, ...], alarms: list[str], by: str | None, now: Instant
    ) -> Round:
        self._n += 1
        one = Round(
            id=f"r{self._n}",
            store=store,
            stores=stores,
            alarms=alarms,
            opened_us=now.utc_us,
            opened_by=by,
            within_s=self._settings.within_s,
        )
        one.since.begin(now)
        self._rounds[one.id] = one
        self._dirty |= {one.id, _COUNTER}
        return one

    def _forget(self) -> None:
        closed = [r for r in self._rounds.values() if not r.open and not r.overdue]
        for one in sorted(closed, key=lambda r: r.closed_us or 0)[:-KEPT]:
            del self._rounds[one.id]
            self._dirty.add(one.id)

    def restore(self, rows: dict[str, str]) -> None:
        """Take over key -> JSON text, in place of everything held."""
        self._n = json.loads(rows.get(_COUNTER, "0"))
        kept = {key: text for key, text in rows.items() if key != _COUNTER}
        self._rounds = {key: Round.load(json.loads(text)) for key, text in kept.items()}
        self._dirty.clear()

    def touch(self) -> None:
        """Everything counts as changed."""
        self._dirty.update(self._rounds, (_COUNTER,))

    def dirty(self) -> dict[str, str | None]:
        """Key -> JSON text of what changed since the last call; None for one forgotten."""
        rows: dict[str, str | None] = {}
        for key in self._dirty:
            if key == _COUNTER:
                rows[key] = json.dumps(self._n)
            else:
                one = self._rounds.get(key)
                rows[key] = None if one is None else json.dumps(one.dump(), separators=(",", ":"))
        self._dirty.clear()
        return rows


def _overdue(one: Round) -> Alarm:
    return Alarm(
        condition=OVERDUE,
        source=one.id,
        klass=str(Klass.SYSTEM),
        priority="high",
        latching=False,
        guidance=OVERDUE,
        store=one.store,
        unit="stores",
    )
