"""State × visibility × event: every cell, on the real book, against tables written by hand."""

import itertools
import json

import pytest

from agent.alarms.book import AlarmBook
from agent.alarms.elapsed import Elapsed
from agent.alarms.hides import Hides
from agent.alarms.instant import Instant
from agent.alarms.standing import Alarm, Cause
from agent.alarms.states import Event, State
from agent.alarms.terms import Term
from agent.alarms.visibility import HANDS_OFF, HIDINGS, HideEvent, Visibility
from agent.errors import NotAllowedError

N, U, A = "normal", "unacknowledged", "acknowledged"
R, LU, LA = "returned_unacknowledged", "latched_unacknowledged", "latched_acknowledged"
NO, __ = "refused", "nothing"
UNSEEN = {U, R, LU}
FAULT = "sensor_fault:yard.c1.co_ppm"

# Rows: raised, cleared, acknowledged, reset, realarmed.
PLAIN = {
    N: (U, __, NO, NO, __),
    U: (__, R, A, NO, __),
    A: (__, N, __, NO, U),
    R: (U, __, N, NO, __),
    LU: (U, __, LA, NO, __),
    LA: (U, __, __, N, __),
}
LATCHING = PLAIN | {U: (__, LU, A, NO, __), A: (__, LA, __, NO, U)}
UNTOLD = {U: (__, N, A, NO, __)}
PROCESS = ("raised", "cleared", "acknowledged", "reset", "realarmed")
BY_PERSON = {"acknowledged", "reset"}

# o: out of service, s: suppressed by design, h: shelved. What a person is told, and may touch.
SHOWN_AS = {
    "": ("shown", True), "h": ("shelved", False), "s": ("suppressed", True),
    "o": ("out_of_service", False), "sh": ("suppressed", True), "oh": ("out_of_service", False),
    "os": ("out_of_service", False), "osh": ("out_of_service", False),
}  # fmt: skip
# For each event, what hides the alarm after it, in the order of the sets above.
HIDES = {
    "shelved": ("h", "h", "sh", "oh", "sh", "oh", "osh", "osh"),
    "unshelved": (NO, "", NO, NO, "s", "o", NO, "os"),
    "shelf_expired": (__, "", __, __, "s", "o", __, "os"),
    "suppressed": ("s", "sh", __, "os", __, "osh", __, __),
    "unsuppressed": (__, __, "", __, "h", __, "o", "oh"),
    "out_of_service": ("o", "oh", "os", "o", "osh", "oh", "os", "osh"),
    "returned_to_service": (NO, NO, NO, "", NO, "h", "s", "sh"),
}
AT = Instant(1, 1, True, "boot")


class Cell:
    """A book with one alarm in one state, hidden by some things."""

    def __init__(self, state: str, hidden: str, *, latching: bool, untold: bool) -> None:
        self.hides = Hides()
        self.latching = latching
        self.book = AlarmBook(lambda _: self.fresh(), self.hides)
        if state != N:
            seen = Elapsed(1, AT) if state == A else None
            alarm = Alarm(**self.about(), state=State(state), untold=untold, seen=seen)
            self.book.restore({FAULT: json.dumps(alarm.dump())})
        hide = self.hides.change(FAULT)
        hide.causes = {"ap7": 1} if "s" in hidden else {}
        hide.shelf = Term.begin("mori", "why", 9, AT) if "h" in hidden else None
        hide.out = Term.begin("mori", "why", 9, AT) if "o" in hidden else None
        self.hides.settle(FAULT)

    def about(self) -> dict:
        condition, _, source = FAULT.partition(":")
        return {"condition": condition, "source": source, "klass": "fault", "priority": "high",
                "latching": self.latching, "guidance": "bad", "store": "c1"}  # fmt: skip

    def fresh(self) -> Alarm:
        return Alarm(**self.about())

    @property
    def stands(self) -> tuple[str, str]:
        found = self.hides.get(FAULT)
        letters = {"out_of_service": "o", "suppressed": "s", "shelved": "h"}
        by = set() if found is None else {letters[str(one)] for one in found.by}
        return str(self.book.state(FAULT)), "".join(c for c in "osh" if c in by)

    def process(self, event: str) -> list:
        cause = Cause(2, 2)
        if event == "raised":
            return self.book.raised(self.fresh(), cause)
        if event == "cleared":
            return self.book.cleared(FAULT, cause)
        if event == "realarmed":
            return self.book.again(FAULT, cause)
        return self.book.by_person(Event(event), FAULT, "aoki", None, AT)

    def hide(self, event: str) -> list:
        cause = Cause(2, 2)
        if event == "suppressed":
            return self.book.suppress(FAULT, "ap7", cause)
        if event == "unsuppressed":
            return self.book.unsuppress(FAULT, "ap7", cause)
        term = Term.begin("mori", "why", 9, AT)
        changes = {
            "shelved": ("shelf", term), "unshelved": ("shelf", None),
            "shelf_expired": ("shelf", None), "out_of_service": ("out", term),
            "returned_to_service": ("out", None),
        }  # fmt: skip
        name, value = changes[event]
        return self.book.hide(FAULT, HideEvent(event), lambda h: setattr(h, name, value), cause)


def tables():
    """Every state with what it does by itself; untold only where it can be."""
    for latching, table in ((False, PLAIN), (True, LATCHING)):
        for state, row in table.items():
            yield pytest.param(state, latching, False, row, id=f"{state}-{latching}")
    for hidden_state, row in UNTOLD.items():
        yield pytest.param(hidden_state, False, True, row, id=f"{hidden_state}-untold")


@pytest.mark.parametrize(("state", "latching", "untold", "row"), list(tables()))
def test_every_process_event_in_every_visibility(state, latching, untold, row):
    for (hidden, (shown_as, may)), (event, then) in itertools.product(
        SHOWN_AS.items(), zip(PROCESS, row, strict=True)
    ):
        cell = Cell(state, hidden, latching=latching, untold=untold)
        if event in BY_PERSON and (then == NO or (not may and state != N)):
            with pytest.raises(NotAllowedError, match=r"\w"):
                cell.process(event)
            assert cell.stands == (state, hidden)
            continue
        told = cell.process(event)
        after = state if then == __ else then
        assert cell.stands == (after, hidden)
        edges = [] if then == __ else [(event, after, shown_as)]
        assert [(e.edge, e.state, e.visibility) for e in told] == edges


@pytest.mark.parametrize(("state", "latching", "untold", "row"), list(tables()))
def test_every_hiding_event_leaves_the_state(state, latching, untold, row):
    for event, cells in HIDES.items():
        for hidden, then in zip(SHOWN_AS, cells, strict=True):
            cell = Cell(state, hidden, latching=latching, untold=untold)
            if then == NO:
                with pytest.raises(NotAllowedError, match=r"\w"):
                    cell.hide(event)
                assert cell.stands == (state, hidden)
                continue
            told = [(e.edge, e.state, e.visibility) for e in cell.hide(event)]
            after = hidden if then == __ else then
            assert cell.stands == (state, after)
            edges = [] if then == __ else [(event, state, SHOWN_AS[after][0])]
            if hidden and not after and state in UNSEEN:
                edges.append(("realarmed", state, "shown"))
            assert told == edges, (event, hidden)


def test_the_matrix_has_no_hole():
    assert set(PLAIN) == set(LATCHING) == set(map(str, State))
    assert set(PROCESS) == set(map(str, Event))
    assert set(HIDES) == set(map(str, HideEvent)) == set(map(str, HIDINGS))
    assert {shown for shown, _ in SHOWN_AS.values()} == set(map(str, Visibility))
    assert set(HANDS_OFF) == set(Visibility)
    assert len(SHOWN_AS) == 2**3
