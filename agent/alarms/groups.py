"""Groups: alarms that belong together, and which of them came first."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from agent.alarms.conditions import Klass, Priority
from agent.alarms.standing import AlarmView

_CLASSES: Final = [str(klass) for klass in Klass]
_PRIORITIES: Final = [str(priority) for priority in Priority]


@dataclass(slots=True)
class Together:
    """Alarms under one head.

    Args:
        head: The alarm they are grouped under: that of their cause, or the first one known.
        first: The alarm that came first on sample time.
        first_us: When that was, UTC [µs].
        last_us: When the last one came, UTC [µs].
    """

    head: str
    first: str
    first_us: int
    last_us: int

    def take(self, alarm_id: str, t_us: int) -> None:
        """One more."""
        if (t_us, alarm_id) < (self.first_us, self.first):
            self.first, self.first_us = alarm_id, t_us
        self.last_us = max(self.last_us, t_us)


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed path.

    Args:
        path: Its id.
        boards: Boards behind it that are not heard.
        stores: The stores they watch, of which nothing is known.
    """

    path: str
    boards: tuple[str, ...]
    stores: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupView:
    """Alarms that belong together, as shown.

    Args:
        group: The alarm they are grouped under.
        kind: "cause" or "store".
        source: The path or the store.
        first_out: The alarm that came first on sample time.
        first_us: When that was, UTC [µs].
        alarms: Those that are not normal: the head, then the others in the order of the list.
        klass: The worst class among them.
        priority: The worst priority among them.
        boards: Boards behind the path that are not heard.
        stores: The stores they watch, of which nothing is known.
    """

    group: str
    kind: str
    source: str
    first_out: str
    first_us: int
    alarms: tuple[str, ...]
    klass: str
    priority: str
    boards: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The group as JSON-ready fields."""
        return asdict(self)


class Groups:
    """Groups by cause, which the inhibition makes, and by store, which time makes.

    Args:
        within_us: Alarms of a store no further apart than this on sample time belong together
            [µs].
    """

    def __init__(self, within_us: int) -> None:
        self._within_us = within_us
        self._held: dict[str, Together] = {}  # by store or cause
        self._dirty: set[str] = set()

    def joins(self, alarm_id: str, store: str | None, t_us: int) -> str | None:
        """An alarm without a known cause.

        Args:
            alarm_id: The alarm.
            store: The store it belongs to.
            t_us: When it was raised, UTC [µs].

        Returns:
            What it is grouped under; None for the head of a group and for what has no store.
        """
        if store is None:
            return None
        known = self._held.get(store)
        if known is None or t_us > known.last_us + self._within_us:
            self._held[store] = Together(alarm_id, alarm_id, t_us, t_us)
        elif t_us < known.first_us - self._within_us:
            return None  # of a time long before
        else:
            known.take(alarm_id, t_us)
        self._dirty.add(store)
        head = self._held[store].head
        return head if head != alarm_id else None

    def under(self, cause_id: str, alarm_id: str, t_us: int) -> None:
        """An alarm has a cause.

        Args:
            cause_id: The alarm that tells of the cause.
            alarm_id: What follows from it.
            t_us: When that was raised, UTC [µs].
        """
        known = self._held.get(cause_id)
        if known is None:
            self._held[cause_id] = Together(cause_id, alarm_id, t_us, t_us)
        else:
            known.take(alarm_id, t_us)
        self._dirty.add(cause_id)

    def over(self, cause_id: str) -> None:
        """A cause is over."""
        if self._held.pop(cause_id, None) is not None:
            self._dirty.add(cause_id)

    def views(
        self, alarms: Sequence[AlarmView], failures: Mapping[str, Failure]
    ) -> list[GroupView]:
        """What belongs together now: failed paths, and stores with more than one alarm.

        Args:
            alarms: What is not normal, in the order of the list.
            failures: Alarm of a failed path -> what is behind it.
        """
        heads = failures.keys() | {together.head for together in self._held.values()}
        members: dict[str, list[AlarmView]] = {}
        for alarm in alarms:
            head = alarm.alarm_id if alarm.alarm_id in heads and not alarm.group else alarm.group
            if head is not None:
                members.setdefault(head, []).append(alarm)
        return [
            self._view(head, own, failures.get(head))
            for head, own in members.items()
            if len(own) > 1 or head in failures
        ]

    def _view(self, head: str, own: list[AlarmView], failure: Failure | None) -> GroupView:
        store = next((alarm.store for alarm in own if alarm.store is not None), None)
        known = self._held.get(head if failure is not None else store or "")
        first, first_us = min((alarm.raised_us, alarm.alarm_id) for alarm in own)[::-1]
        if known is not None and known.head == head:
            first, first_us = known.first, known.first_us
        return GroupView(
            group=head,
            kind="store" if failure is None else "cause",
            source=failure.path if failure is not None else store or head,
            first_out=first,
            first_us=first_us,
            alarms=tuple(sorted((a.alarm_id for a in own), key=lambda name: name != head)),
            klass=min((alarm.klass for alarm in own), key=_CLASSES.index),
            priority=min((alarm.priority for alarm in own), key=_PRIORITIES.index),
            boards=() if failure is None else failure.boards,
            stores=() if failure is None else failure.stores,
        )

    def restore(self, rows: dict[str, str]) -> None:
        """Take over key -> JSON text, in place of everything held."""
        self._held = {key: Together(*json.loads(text)) for key, text in rows.items()}
        self._dirty.clear()

    def touch(self) -> None:
        """Everything counts as changed."""
        self._dirty.update(self._held)

    def dirty(self) -> dict[str, str | None]:
        """Key -> JSON text of what changed since the last call; None deletes."""
        rows: dict[str, str | None] = {}
        for key in self._dirty:
            together = self._held.get(key)
            rows[key] = None if together is None else json.dumps(list(asdict(together).values()))
        self._dirty.clear()
        return rows
