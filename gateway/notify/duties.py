"""Duties: what has to be told of every alarm, until somebody acknowledges it."""

import logging
from collections.abc import Container, Iterable, Sequence
from typing import Final

from agent.alarms.conditions import Priority
from agent.alarms.events import AlarmEvent
from agent.alarms.inhibit_losses import PATH_LOST
from agent.alarms.instant import Instant
from agent.alarms.standing import AlarmView
from agent.alarms.visibility import Visibility
from gateway.clock import Clock
from gateway.notify.cases import Case
from gateway.notify.facts import Facts, of_event, of_view
from gateway.notify.issuing import Issuing
from gateway.notify.ledger import Ledger
from gateway.notify.notice import Kind
from gateway.notify.roster import Roster

RAISES: Final = frozenset({"raised", "realarmed"})
"""Edges that page; every other edge is information."""

GRACE_US: Final = 5_000_000
"""An alarm that stands so long without an event having told of it is told by itself [µs]."""

KEEP_EARLY_US: Final = 7 * 86_400_000_000
"""How long an event that was told before it was on disk is waited for [µs]."""

_LOG: Final = logging.getLogger(__name__)

KEEP_AGE_US: Final = 30_000_000
"""How often the age of a case is kept [µs]."""


class Duties:
    """The open cases of a site, moved by events and by looking at what stands.

    Each raising is told once: an event that is told before it is on disk is recognised when it
    comes from the journal, and so is an alarm that was seen standing before its event came.

    Args:
        ledger: Keeps cases, and what was told before it was on disk.
        issuing: Tells people.
        clock: Counts elapsed time.

    Attributes:
        failed: Events that the program failed on.
    """

    def __init__(self, ledger: Ledger, issuing: Issuing, clock: Clock) -> None:
        self._ledger = ledger
        self._issuing = issuing
        self._clock = clock
        self._cases: dict[str, Case] = {}
        self._kept_age_us: dict[str, int] = {}
        self._early: set[str] = set()
        self._seen_us: dict[str, int] = {}
        self.failed = 0

    def use(self, roster: Roster) -> None:
        """Tell these people from now on."""
        self._roster = roster

    def restore(self) -> None:
        """Go on from what is on disk."""
        for case in self._ledger.memos("case", Case).values():
            self._cases[case.alarm_id] = case
        now_us = self._clock.now().utc_us
        for key, at_us in self._ledger.memos("early", int).items():
            if now_us - at_us < KEEP_EARLY_US:
                self._early.add(key)
            else:
                self._ledger.forget("early", key)

    def take(self, events: Sequence[AlarmEvent], *, stored: bool) -> None:
        """What happened, in order.

        Args:
            events: From the journal, or told before they were on disk.
            stored: Whether they are on disk.
        """
        # Raised and cleared at one instant: later good samples had shown the return already.
        passed = {
            (event.alarm_id, event.at_us)
            for event in events
            if event.edge == "cleared" and event.from_history
        }
        for event in events:
            try:
                self._take(event, passed, stored=stored)
            except Exception:  # noqa: BLE001 -- one bad event is not to hide those after it
                self.failed += 1
                _LOG.exception("notification failed on an event of %s", event.alarm_id)

    def _take(self, event: AlarmEvent, passed: Container[tuple[str, int]], *, stored: bool) -> None:
        key = f"{event.alarm_id}|{event.edge}|{event.t_us}"
        if stored and key in self._early:
            self._early.discard(key)
            self._ledger.forget("early", key)
            return
        if not stored:
            self._early.add(key)
            self._ledger.note("early", key, event.at_us)
        if event.edge not in RAISES:
            self._inform(event)
        elif not event.from_history or (event.alarm_id, event.at_us) not in passed:
            self._raised(event)

    def look(self, views: Iterable[AlarmView], *, whole: bool) -> None:
        """Escalate what stands, close what was seen, announce what nobody was told of.

        Args:
            views: Every alarm that is not normal.
            whole: Every event up to now was taken, so that what is missing can be told.
        """
        now = self._instant()
        standing = {view.alarm_id: view for view in views}
        for case in list(self._cases.values()):
            view = standing.get(case.alarm_id)
            if view is None or not _waits(view) or view.raised_us > case.raised_us:
                self._close(case)
            else:
                self._advance(case, of_view(view), now)
        if not whole:
            return
        missing = [view for view in standing.values() if self._is_missing(view)]
        self._seen_us = {
            view.alarm_id: self._seen_us.get(view.alarm_id, now.mono_us) for view in missing
        }
        for view in missing:
            if now.mono_us - self._seen_us[view.alarm_id] >= GRACE_US:
                self._open(of_view(view), now)

    def open_cases(self) -> int:
        """How many alarms nobody has acknowledged that somebody was told of."""
        return len(self._cases)

    def _raised(self, event: AlarmEvent) -> None:
        facts = of_event(event)
        case = self._cases.get(event.alarm_id)
        # An alarm that has to be seen again is told anew, whatever the time of its sample.
        again = event.edge != "raised"
        known = case is not None and case.raised_us >= facts.raised_us and not again
        hidden = event.visibility != Visibility.SHOWN
        history = event.from_history and not facts.urgent
        if known or hidden or history or _in_group(facts) or not self._roster.concerns(facts):
            return
        self._open(facts, self._instant(), event.at_us if again else 0)

    def _inform(self, event: AlarmEvent) -> None:
        facts = of_event(event)
        for way in self._roster.ways(facts, self._clock.now()):
            if event.edge in way.tell:
                for recipient in way.told_until(0):
                    self._issuing.about(
                        recipient,
                        Kind.INFORMATION,
                        facts,
                        edge=event.edge,
                        person=event.person,
                    )

    def _is_missing(self, view: AlarmView) -> bool:
        case = self._cases.get(view.alarm_id)
        if not _waits(view) or (case is not None and case.raised_us >= view.raised_us):
            return False
        facts = of_view(view)
        # What was over before it arrived was told nobody, and stands on the page only.
        over = view.from_history and not view.in_alarm
        return not over and not _in_group(facts) and self._roster.concerns(facts)

    def _open(self, facts: Facts, now: Instant, since_us: int = 0) -> None:
        case = Case(facts.alarm_id, max(facts.raised_us, since_us), now)
        self._cases[facts.alarm_id] = case
        self._kept_age_us[facts.alarm_id] = -KEEP_AGE_US
        self._advance(case, facts, now)

    def _advance(self, case: Case, facts: Facts, now: Instant) -> None:
        age_us = case.age(now)
        ways = self._roster.ways(facts, self._clock.now())
        due = case.due(ways)
        for one in due:
            self._issuing.about(one.recipient, one.kind, facts, elapsed_us=age_us)
        if due or age_us - self._kept_age_us.get(case.alarm_id, 0) >= KEEP_AGE_US:
            self._kept_age_us[case.alarm_id] = age_us
            self._ledger.note("case", case.alarm_id, case)

    def _close(self, case: Case) -> None:
        del self._cases[case.alarm_id]
        self._kept_age_us.pop(case.alarm_id, None)
        self._ledger.forget("case", case.alarm_id)

    def _instant(self) -> Instant:
        now = self._clock.now()
        return Instant(now.utc_us, now.mono_us, now.synchronised, self._clock.boot_id)


def _waits(view: AlarmView) -> bool:
    """Whether people are to be told of an alarm until somebody acknowledges it."""
    shown = view.visibility == Visibility.SHOWN
    return shown and view.unseen and (view.in_alarm or view.latching)


def _in_group(facts: Facts) -> bool:
    """Whether the page of a failed path stands for it; no alarm of a store stands for another."""
    head = facts.group or ""
    grave = facts.urgent or facts.priority == Priority.CRITICAL
    return head.startswith(f"{PATH_LOST}:") and head != facts.alarm_id and not grave
