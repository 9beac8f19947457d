"""Hides: what keeps alarms from being shown, whether they stand or not."""

import json
from dataclasses import asdict, dataclass, field

from agent.alarms.visibility import Visibility, may_suppress


@dataclass(frozen=True, slots=True)
class Hidden:
    """How visible an alarm is.

    Args:
        visibility: Shown, or the strongest reason why not.
        by: The person, or the causes, that hide it.
        until_us: When that ends by itself, UTC [µs].
        why: In the words of the person who hid it.
    """

    visibility: Visibility = Visibility.SHOWN
    by: str | None = None
    until_us: int | None = None
    why: str | None = None


SHOWN = Hidden()


@dataclass(slots=True)
class Hide:
    """What hides one alarm.

    Args:
        causes: Ids of the causes that suppress it by design -> since when, UTC [µs].
    """

    causes: dict[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing hides it."""
        return not self.causes


class Hides:
    """What hides each alarm; an alarm that nothing hides has no entry."""

    def __init__(self) -> None:
        self._hides: dict[str, Hide] = {}
        self._dirty: set[str] = set()

    def of(self, alarm_id: str, klass: str, reason: str | None) -> Hidden:
        """How visible an alarm of this class and reason is now."""
        hide = self._hides.get(alarm_id)
        if hide is None:
            return SHOWN
        if hide.causes and may_suppress(klass, reason):
            return Hidden(Visibility.SUPPRESSED, ", ".join(sorted(hide.causes)))
        return SHOWN

    def suppress(self, alarm_id: str, cause_id: str, at_us: int) -> bool:
        """A cause hides an alarm.

        Args:
            alarm_id: The alarm.
            cause_id: The cause.
            at_us: Since when, UTC [µs].

        Returns:
            Whether it is the first cause that does.
        """
        hide = self._hides.setdefault(alarm_id, Hide())
        first = not hide.causes
        if cause_id not in hide.causes:
            hide.causes[cause_id] = at_us
            self._dirty.add(alarm_id)
        return first

    def unsuppress(self, alarm_id: str, cause_id: str) -> bool:
        """A cause is over; returns whether it was the last one."""
        hide = self._hides.get(alarm_id)
        if hide is None or hide.causes.pop(cause_id, None) is None:
            return False
        self._dirty.add(alarm_id)
        last = not hide.causes
        if hide.is_empty:
            del self._hides[alarm_id]
        return last

    def restore(self, rows: dict[str, str]) -> None:
        """Take over alarm id -> JSON text, in place of everything held."""
        self._hides = {key: Hide(**json.loads(text)) for key, text in rows.items()}
        self._dirty.clear()

    def touch(self) -> None:
        """Everything counts as changed."""
        self._dirty.update(self._hides)

    def dirty(self) -> dict[str, str | None]:
        """Alarm id -> JSON text of what changed since the last call; None if nothing hides it."""
        changed: dict[str, str | None] = {}
        for alarm_id in self._dirty:
            hide = self._hides.get(alarm_id)
            changed[alarm_id] = None if hide is None else json.dumps(asdict(hide))
        self._dirty.clear()
        return changed
