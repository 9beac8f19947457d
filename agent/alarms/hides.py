"""Hides: what keeps alarms from being shown, whether they stand or not."""

import json
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import Any

from agent.alarms.conditions import Klass
from agent.alarms.terms import Request, Term
from agent.alarms.visibility import Visibility, may_suppress, strongest


@dataclass(frozen=True, slots=True)
class Hidden:
    """How visible an alarm is.

    Args:
        visibility: Shown, or the strongest reason why not.
        by: The person, or the causes, that hide it.
        until_us: When that ends by itself, or is expected to end, UTC [µs].
        why: In the words of the person who hid it.
    """

    visibility: Visibility = Visibility.SHOWN
    by: str | None = None
    until_us: int | None = None
    why: str | None = None


SHOWN = Hidden()


@dataclass(frozen=True, slots=True)
class HideView:
    """One thing that hides an alarm or source, or is asked for.

    Args:
        target: Alarm id, or a point, board or store.
        what: "shelved", "suppressed", "out_of_service", or what is asked for:
            "shelved_requested", "out_of_service_requested".
        by: The person, or the cause.
        second: Who agreed, where two had to.
        why: In that person's words.
        since_us: Since when, UTC [µs].
        until_us: When it ends or lapses by itself, or is expected to end, UTC [µs].
        span_us: For how long it was set, or is asked for [µs].
    """

    target: str
    what: str
    by: str
    since_us: int
    second: str | None = None
    why: str | None = None
    until_us: int | None = None
    span_us: int | None = None


@dataclass(slots=True)
class Hide:
    """What hides one alarm, or all that is about one source.

    Args:
        causes: Ids of the causes that suppress it by design -> since when, UTC [µs].
        shelf: The shelf it lies on.
        out: Its time out of service.
        asked: What one person asked for and a second one has to agree to.
        klass: Class of the alarm; "system" for a source.
        priority: Its priority.
        store: Its store.
    """

    causes: dict[str, int] = field(default_factory=dict)
    shelf: Term | None = None
    out: Term | None = None
    asked: Request | None = None
    klass: str = "system"
    priority: str = "low"
    store: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing hides it and nobody asked for that."""
        return not (self.causes or self.shelf or self.out or self.asked)

    @property
    def by(self) -> frozenset[Visibility]:
        """Everything that hides it."""
        found = {
            Visibility.OUT_OF_SERVICE: self.out,
            Visibility.SUPPRESSED: self.causes,
            Visibility.SHELVED: self.shelf,
        }
        return frozenset(one for one, there in found.items() if there)

    @property
    def terms(self) -> tuple[Term, ...]:
        """What ends after a time."""
        asked = None if self.asked is None else self.asked.term
        return tuple(term for term in (self.shelf, self.out, asked) if term is not None)

    def views(self, target: str) -> list[HideView]:
        """One view for each thing."""
        found = [
            HideView(target, str(Visibility.SUPPRESSED), cause, at_us)
            for cause, at_us in sorted(self.causes.items())
        ]
        terms = {Visibility.OUT_OF_SERVICE: self.out, Visibility.SHELVED: self.shelf}
        found += [_view(target, str(w), t, t.span_us) for w, t in terms.items() if t is not None]
        if self.asked is not None:
            what = f"{self.asked.action}_requested"
            found.append(_view(target, what, self.asked.term, self.asked.span_us))
        return found

    def dump(self) -> dict[str, Any]:
        """JSON-ready state."""
        return {
            "causes": self.causes,
            "shelf": self.shelf and self.shelf.dump(),
            "out": self.out and self.out.dump(),
            "asked": self.asked and self.asked.dump(),
            "klass": self.klass,
            "priority": self.priority,
            "store": self.store,
        }

    @classmethod
    def load(cls, dumped: dict[str, Any]) -> "Hide":
        """What `dump` described."""
        shelf, out, asked = (dumped.get(name) for name in ("shelf", "out", "asked"))
        return cls(
            **{
                **dumped,
                "shelf": shelf and Term.load(shelf),
                "out": out and Term.load(out),
                "asked": asked and Request.load(asked),
            }
        )


def _view(target: str, what: str, term: Term, span_us: int) -> HideView:
    return HideView(
        target, what, term.person, term.since_us, term.second, term.why, term.until_us, span_us
    )


class Hides:
    """What hides each alarm and source; where nothing does, there is no entry.

    Args:
        two_people: Classes that one person alone does not hide, whatever they were when it was
            shelved or taken out of service.
    """

    def __init__(self, two_people: Set[str] = frozenset()) -> None:
        self._two_people = two_people
        self._hides: dict[str, Hide] = {}
        self._dirty: set[str] = set()

    def __iter__(self) -> Iterator[tuple[str, Hide]]:
        return iter(sorted(self._hides.items()))

    def get(self, target: str) -> Hide | None:
        """What hides an alarm or source, or is to."""
        return self._hides.get(target)

    def change(self, target: str) -> Hide:
        """The same, to be changed; `settle` is to follow."""
        return self._hides.setdefault(target, Hide())

    def settle(self, target: str) -> None:
        """A target's entry was changed; where nothing is left it goes."""
        hide = self._hides.get(target)
        if hide is not None and hide.is_empty:
            del self._hides[target]
        self._dirty.add(target)

    def timed(self) -> list[tuple[str, Hide]]:
        """Everything that ends or lapses after a time."""
        found = [(t, h) for t, h in self._hides.items() if h.shelf or h.out or h.asked]
        return sorted(found, key=lambda one: one[0])

    def views(self) -> list[HideView]:
        """Everything that hides something, or is asked for."""
        return [view for target, hide in self for view in hide.views(target)]

    def suppress(self, alarm_id: str, cause_id: str, at_us: int) -> None:
        """A cause hides an alarm from now on, without a word: for one that is about to rise.

        Args:
            alarm_id: The alarm.
            cause_id: The cause.
            at_us: Since when, UTC [µs].
        """
        self.change(alarm_id).causes.setdefault(cause_id, at_us)
        self.settle(alarm_id)

    def unsuppress(self, alarm_id: str, cause_id: str) -> None:
        """A cause is over, without a word: for an alarm that does not stand."""
        hide = self._hides.get(alarm_id)
        if hide is not None and hide.causes.pop(cause_id, None) is not None:
            self.settle(alarm_id)

    def by(self, cause_id: str) -> list[str]:
        """The alarms that a cause hides."""
        return [alarm_id for alarm_id, hide in self if cause_id in hide.causes]

    def causes(self) -> list[tuple[str, str]]:
        """Alarm and cause, of everything that is suppressed by design."""
        return [(alarm_id, cause) for alarm_id, hide in self for cause in sorted(hide.causes)]

    def suppresses(self, alarm_id: str) -> bool:
        """Whether a cause hides an alarm by design, be it hidden by something stronger too."""
        hide = self._hides.get(alarm_id)
        return hide is not None and bool(hide.causes)

    def of(
        self, alarm_id: str, source: str, store: str | None, klass: str, reason: str | None
    ) -> Hidden:
        """How visible an alarm is now.

        Args:
            alarm_id: ``<condition>:<source>``.
            source: The point or board it is about.
            store: The store it belongs to.
            klass: What it is about.
            reason: Reason word of the sample that raised it.
        """
        if not self._hides:
            return SHOWN
        own = self._hides.get(alarm_id)
        may = may_suppress(klass, reason)
        hidden = set() if own is None else set(own.by)
        out, shelf = (None, None) if own is None else (own.out, own.shelf)
        if klass in self._two_people:
            out = out if out is not None and out.second is not None else None
            shelf = shelf if shelf is not None and shelf.second is not None else None
        if out is None:
            hidden.discard(Visibility.OUT_OF_SERVICE)
        if shelf is None:
            hidden.discard(Visibility.SHELVED)
        if may and out is None and klass != Klass.SYSTEM:  # the gateway's own are about itself
            names = (source,) if store is None else (source, store)
            around = (self._hides.get(name) for name in names)
            out = next((one.out for one in around if one is not None and one.out), None)
            if out is not None:
                hidden.add(Visibility.OUT_OF_SERVICE)
        if not may:
            hidden.discard(Visibility.SUPPRESSED)
        visibility = strongest(hidden)
        if visibility is Visibility.SUPPRESSED and own is not None:
            return Hidden(visibility, ", ".join(sorted(own.causes)))
        term = out if visibility is Visibility.OUT_OF_SERVICE else shelf
        if visibility is Visibility.SHOWN or term is None:
            return SHOWN
        return Hidden(visibility, term.person, term.until_us, term.why)

    def restore(self, rows: dict[str, str]) -> None:
        """Take over target -> JSON text, in place of everything held."""
        self._hides = {key: Hide.load(json.loads(text)) for key, text in rows.items()}
        self._dirty.clear()

    def touch(self) -> None:
        """Everything counts as changed."""
        self._dirty.update(self._hides)

    def dirty(self) -> dict[str, str | None]:
        """Target -> JSON text of what changed since the last call; None if nothing is left."""
        changed: dict[str, str | None] = {}
        for target in self._dirty:
            hide = self._hides.get(target)
            changed[target] = None if hide is None else json.dumps(hide.dump())
        self._dirty.clear()
        return changed
