"""Inhibition: one alarm for a failed path instead of one for each board behind it."""

import json
from collections.abc import Container
from dataclasses import replace
from typing import Final

from agent.alarms.book import AlarmBook
from agent.alarms.conditions import Klass, Priority
from agent.alarms.events import AlarmEvent
from agent.alarms.groups import Groups
from agent.alarms.hides import Hides
from agent.alarms.inhibit_evidence import Evidence
from agent.alarms.inhibit_losses import PATH_LOST, Loss
from agent.alarms.instant import Instant
from agent.alarms.standing import Alarm, Cause
from agent.alarms.visibility import may_suppress

SETTLING: Final = "path_settling"
"""What hides an alarm that waits for its cause to be found."""

_HELD: Final = "h/"
_CLASSES: Final = frozenset({Klass.ADVISORY, Klass.FAULT, Klass.SYSTEM})


def may_inhibit(alarm: Alarm, reason: str | None, *, about_board: bool) -> bool:
    """Whether a cause may hide an alarm, whatever the configuration says.

    Args:
        alarm: The alarm; one on the limit of a value is never hidden, whatever its class, and of
            critical ones only those about boards and paths are.
        reason: Reason word of the sample that raises it.
        about_board: Whether it says that a board is not heard.
    """
    if alarm.klass not in _CLASSES or not may_suppress(alarm.klass, reason):
        return False
    if about_board or alarm.condition == PATH_LOST:
        return True
    return alarm.limit is None and alarm.priority != Priority.CRITICAL


class Inhibition:
    """Which paths have failed, and what is hidden because of that.

    Everything is decided at ticks; in between evidence is gathered, and what may turn out to have
    a cause waits, hidden.

    Args:
        book: Where the alarms stand.
        hides: What hides them.
        evidence: What speaks for a path having failed.
        groups: What belongs together.
        about_boards: Conditions whose alarms say that a board is not heard.
        return_us: For so long boards must be heard again before a cause is over [µs].
    """

    def __init__(
        self,
        book: AlarmBook,
        hides: Hides,
        evidence: Evidence,
        groups: Groups,
        about_boards: Container[str],
        return_us: int,
    ) -> None:
        self._book = book
        self._hides = hides
        self._evidence = evidence
        self._groups = groups
        self._about_boards = about_boards
        self._return_us = return_us
        self._held: dict[str, int] = {}
        self._dirty: set[str] = set()
        self._unchecked = True

    def rises(self, alarm: Alarm, cause: Cause) -> None:
        """An alarm is about to be raised: hide it if it has a cause, or may have one.

        Args:
            alarm: The alarm, not in alarm yet; it is told what it is grouped under.
            cause: What raises it.
        """
        evidence = self._evidence
        tells = [loss for loss in evidence.losses if loss.is_told_by(alarm.id)]
        for loss in tells:
            loss.known.add(alarm.id)
        if self._is_about_board(alarm.id):
            evidence.gone(alarm.source)
        may = self._may(alarm, cause.reason)
        causes = self._causes(alarm.id) if may else []
        for loss in causes:
            self._hides.suppress(alarm.id, loss.cause_id, cause.at_us)
        wait_us = self._wait_of(alarm)
        if causes:
            alarm.group = causes[0].cause_id
            self._groups.under(alarm.group, alarm.id, cause.t_us)
        elif may and (tells or wait_us):
            self._hides.suppress(alarm.id, SETTLING, cause.at_us)
            self._held.setdefault(alarm.id, evidence.now_us + wait_us)
            self._dirty.add(alarm.id)
        else:
            alarm.group = self._groups.joins(alarm.id, alarm.store, cause.t_us)

    def on_tick(self, now: Instant) -> list[AlarmEvent]:
        """Look which paths have failed or work again."""
        cause = Cause(now.utc_us, now.utc_us)
        events = self._check(cause) if self._unchecked else []
        for loss in self._evidence.losses:
            loss.known = {alarm for alarm in loss.known if self._book.in_alarm(alarm)}
            loss.grow_old(self._evidence.now_us)
        for loss in self._evidence.losses:
            if loss.is_lost():
                loss.back_us = None
                if not loss.stands and (loss.known or not self._evidence.is_deaf(loss)):
                    events += self._begin(loss, cause)
            elif loss.stands and loss.back_us is None:
                loss.back_us = self._evidence.now_us
        for loss in reversed(self._evidence.losses):
            if loss.back_us is not None and self._evidence.now_us - loss.back_us >= self._return_us:
                events += self._end(loss, cause)
        return events + self._release(cause)

    # ── What follows from it ──────────────────────────────────────────────────────────────

    def _begin(self, loss: Loss, cause: Cause) -> list[AlarmEvent]:
        """A path has failed: tell of it, and hide what it explains."""
        alarm = loss.alarm(self._evidence.stores(loss))
        events = self._book.raised(alarm, replace(cause, value=float(loss.missing)))
        loss.stands = True
        self._evidence.doubt(loss)
        return events + self._cover(loss, cause)

    def _end(self, loss: Loss, cause: Cause) -> list[AlarmEvent]:
        """Boards are heard again: what stands all the same is shown."""
        loss.settle()
        self._groups.over(loss.cause_id)
        events = self._book.cleared(loss.cause_id, cause)
        for alarm_id in self._hides.by(loss.cause_id):
            events += self._uncover(alarm_id, loss.cause_id, cause)
        return events

    def _release(self, cause: Cause) -> list[AlarmEvent]:
        """Show what has waited for a cause long enough."""
        events: list[AlarmEvent] = []
        for alarm_id, due_us in sorted(self._held.items()):
            board = alarm_id.partition(":")[2]
            if due_us <= self._evidence.now_us and not self._evidence.is_deaf_to(board):
                events += self._let_go(alarm_id, cause)
        return events

    def _let_go(self, alarm_id: str, cause: Cause) -> list[AlarmEvent]:
        del self._held[alarm_id]
        self._dirty.add(alarm_id)
        alarm = self._book.get(alarm_id)
        if alarm is not None and alarm.group is None:
            group = self._groups.joins(alarm_id, alarm.store, alarm.raised_us)
            self._book.group(alarm_id, group)
        return self._uncover(alarm_id, SETTLING, cause)

    def _cover(self, loss: Loss, cause: Cause) -> list[AlarmEvent]:
        """Hide what stands already."""
        events: list[AlarmEvent] = []
        for alarm in sorted(self._book, key=lambda a: a.id):
            if not self._explains(loss, alarm.id) or not self._may(alarm, alarm.reason):
                continue
            head = self._causes(alarm.id)[0].cause_id
            self._book.group(alarm.id, head)
            self._groups.under(head, alarm.id, alarm.raised_us)
            events += self._book.suppress(alarm.id, loss.cause_id, cause)
            if alarm.id in self._held:
                events += self._let_go(alarm.id, cause)
        return events

    def _uncover(self, alarm_id: str, cause_id: str, cause: Cause) -> list[AlarmEvent]:
        alarm = self._book.get(alarm_id)
        if alarm is None:
            self._hides.unsuppress(alarm_id, cause_id)
            return []
        if alarm.group == cause_id:
            causes = self._causes(alarm.id)
            self._book.group(alarm_id, causes[0].cause_id if causes else None)
        return self._book.unsuppress(alarm_id, cause_id, cause)

    def _check(self, cause: Cause) -> list[AlarmEvent]:
        """After a restart: paths may have left the configuration, and boards moved."""
        self._unchecked = False
        standing = {loss.cause_id: loss for loss in self._evidence.losses if loss.stands}
        events: list[AlarmEvent] = []
        for alarm in list(self._book):
            if alarm.condition == PATH_LOST and alarm.id not in standing:
                events += self._book.cleared(alarm.id, cause)
        for alarm_id, cause_id in self._hides.causes():
            if cause_id == SETTLING:
                still = alarm_id in self._held
            else:
                loss = standing.get(cause_id)
                still = loss is not None and self._explains(loss, alarm_id)
            if not still:
                events += self._uncover(alarm_id, cause_id, cause)
        for loss in standing.values():
            events += self._cover(loss, cause)
        return events

    def _causes(self, alarm_id: str) -> list[Loss]:
        """What explains an alarm now, the outermost first."""
        return [
            one for one in self._evidence.losses if one.stands and self._explains(one, alarm_id)
        ]

    def _explains(self, loss: Loss, alarm_id: str) -> bool:
        return loss.explains(alarm_id, about_board=self._is_about_board(alarm_id))

    def _may(self, alarm: Alarm, reason: str | None) -> bool:
        return may_inhibit(alarm, reason, about_board=self._is_about_board(alarm.id))

    def _is_about_board(self, alarm_id: str) -> bool:
        return alarm_id.partition(":")[0] in self._about_boards

    def _wait_of(self, alarm: Alarm) -> int:
        """How long an alarm waits for its cause [µs]."""
        if self._is_about_board(alarm.id):
            return self._evidence.wait_us(alarm.source)
        if alarm.condition == PATH_LOST:
            return self._evidence.wait_for_outer_us(alarm.source)
        return 0

    # ── What survives a restart ───────────────────────────────────────────────────────────

    def restore(self, rows: dict[str, str]) -> None:
        """Take over key -> JSON text, in place of everything held."""
        self._held = {
            key.removeprefix(_HELD): json.loads(text)
            for key, text in rows.items()
            if key.startswith(_HELD)
        }
        self._evidence.restore({k: t for k, t in rows.items() if not k.startswith(_HELD)})
        self._dirty.clear()
        self._unchecked = True

    def touch(self) -> None:
        """Everything counts as changed."""
        self._dirty.update(self._held)
        self._evidence.touch()

    def dirty(self) -> dict[str, str | None]:
        """Key -> JSON text of what changed since the last call; None deletes."""
        rows = self._evidence.dirty()
        for alarm_id in self._dirty:
            due_us = self._held.get(alarm_id)
            rows[f"{_HELD}{alarm_id}"] = None if due_us is None else json.dumps(due_us)
        self._dirty.clear()
        return rows
