"""Issuing: a message is numbered and promised, or held back for a digest."""

import logging
from collections.abc import Callable
from typing import Final, Protocol

from gateway.clock import Now
from gateway.notify.facts import Facts
from gateway.notify.held import HOUR_US, Held, Pace
from gateway.notify.ledger import Ledger
from gateway.notify.notice import Kind, Notice
from gateway.notify.roster import Roster
from gateway.notify.wording import Wording

MOST_WAITING = 5
"""Messages that wait for a service which is away; what comes on top waits for a digest."""

_LOG: Final = logging.getLogger(__name__)


class Outbox(Protocol):
    """Where a recipient's notices wait to be sent."""

    def add(self, notice: Notice) -> None:
        """One more."""
        ...

    def waiting(self, recipient: str) -> int:
        """How many of a recipient's wait that are not urgent."""
        ...

    def tells_of(self, recipient: str, alarm_id: str) -> bool:
        """Whether something of an alarm still has to be sent to a recipient."""
        ...


class Issuing:
    """Makes notices.

    Args:
        ledger: Gives numbers and keeps everything.
        outbox: Sends.
        now: The instant.
    """

    def __init__(self, ledger: Ledger, outbox: Outbox, now: Callable[[], Now]) -> None:
        self._ledger = ledger
        self._outbox = outbox
        self._now = now
        self._paces: dict[str, Pace] = {}
        self._held: dict[str, Held] = {}
        self._held_since: dict[str, int] = {}

    def use(self, roster: Roster, wording: Wording) -> None:
        """Tell these recipients, in these words, from now on."""
        self._roster, self._wording = roster, wording
        for name, settings in roster.recipients.items():
            if name in self._paces:
                self._paces[name].use(settings)
            else:
                self._paces[name] = Pace(settings)

    def restore(self, recent: list[Notice]) -> None:
        """Go on from what is on disk."""
        now = self._now()
        for held in self._ledger.memos("held", Held).values():
            self._held[held.key] = held
            self._held_since.setdefault(held.recipient, now.mono_us)
        for notice in reversed(recent):
            pace = self._paces.get(notice.recipient)
            # A clock that went back since makes a message as young as can be, never older.
            age_us = max(now.utc_us - notice.made_us, 0)
            if pace is None or age_us >= HOUR_US:
                continue
            if notice.kind is Kind.DIGEST:
                pace.digest(now.mono_us - age_us)
            elif notice.kind is not Kind.TEST and not notice.urgent:
                pace.tell(now.mono_us - age_us)

    def about(
        self,
        recipient: str,
        kind: Kind,
        facts: Facts,
        *,
        elapsed_us: int = 0,
        edge: str = "",
        person: str | None = None,
    ) -> None:
        """Tell somebody of an alarm, or hold it back for a digest.

        Args:
            recipient: Who is told.
            kind: Why.
            facts: Of what.
            elapsed_us: How long nobody has acknowledged it [µs].
            edge: What happened to it, for information.
            person: Who did that.
        """
        if kind is Kind.REMINDER and self._outbox.tells_of(recipient, facts.alarm_id):
            return  # nobody is reminded of what has not reached them
        now = self._now()
        urgent = facts.urgent and kind is not Kind.INFORMATION
        if not urgent and self._hold(recipient, kind, facts, now):
            return
        number = self._ledger.number()
        try:
            title, body = self._wording.about(
                recipient,
                number,
                kind,
                facts,
                elapsed_us=elapsed_us,
                edge=edge,
                person=person,
                clock_right=now.synchronised,
            )
        except Exception:  # noqa: BLE001 -- whatever it was, somebody is told
            _LOG.exception("there are no words for %s", facts.alarm_id)
            # A page without fine words is better than none.
            title = f"#{number} {facts.klass.upper()}: {facts.store or facts.source}"
            body = f"{facts.alarm_id} {edge}"
        self._add(Notice(number, recipient, kind, facts.cause, facts.alarm_id, urgent, title, body,
                         now.utc_us))  # fmt: skip

    def test(
        self, recipient: str, *, unseen: int, boards: int, silent: int, person: str | None = None
    ) -> Notice:
        """Send a test message; the limit does not count it."""
        number = self._ledger.number()
        title, body = self._wording.test(
            recipient, number, unseen=unseen, boards=boards, silent=silent, person=person
        )
        notice = Notice(
            number,
            recipient,
            Kind.TEST,
            "",
            None,
            False,
            title,
            body,
            self._now().utc_us,
            person,
        )
        self._add(notice)
        return notice

    def digests(self) -> None:
        """Tell what was held back, where it is time."""
        now = self._now()
        for recipient, since_us in list(self._held_since.items()):
            if recipient not in self._roster.recipients:
                self._let_go(recipient)
                continue
            pace = self._paces[recipient]
            held = self._of(recipient)
            quiet = self._roster.is_quiet(recipient, now)
            # What only the quiet hours held back comes as soon as they end.
            due = all(one.quiet for one in held) or pace.digest_due(since_us, now.mono_us)
            if quiet or not due or self._outbox.waiting(recipient) >= MOST_WAITING:
                continue
            number = self._ledger.number()
            title, body = self._wording.digest(recipient, number, held)
            notice = Notice(
                number, recipient, Kind.DIGEST, "", None, False, title, body, now.utc_us
            )
            pace.digest(now.mono_us)
            self._let_go(recipient)
            self._add(notice)

    def held(self, recipient: str) -> int:
        """How many messages wait for a recipient's next digest."""
        return len(self._of(recipient))

    def _hold(self, recipient: str, kind: Kind, facts: Facts, now: Now) -> bool:
        pace = self._paces[recipient]
        quiet = self._roster.is_quiet(recipient, now)
        backed_up = self._outbox.waiting(recipient) >= MOST_WAITING
        if not quiet and not backed_up and pace.may_tell(now.mono_us):
            pace.tell(now.mono_us)
            return False
        held = Held(recipient, facts, str(kind), quiet)
        self._held[held.key] = held
        self._held_since.setdefault(recipient, now.mono_us)
        self._ledger.note("held", held.key, held)
        return True

    def _of(self, recipient: str) -> list[Held]:
        return [one for one in self._held.values() if one.recipient == recipient]

    def _let_go(self, recipient: str) -> None:
        for one in self._of(recipient):
            del self._held[one.key]
            self._ledger.forget("held", one.key)
        del self._held_since[recipient]

    def _add(self, notice: Notice) -> None:
        self._ledger.put(notice)
        self._outbox.add(notice)
