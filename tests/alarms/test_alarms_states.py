"""Every state × event cell, latching or not."""

import itertools

import pytest

from agent.alarms.states import IN_ALARM, TABLE, UNSEEN, Event, State, after
from agent.errors import NotAllowedError

N, U, A = State.NORMAL, State.UNACKNOWLEDGED, State.ACKNOWLEDGED
R = State.RETURNED_UNACKNOWLEDGED
LU, LA = State.LATCHED_UNACKNOWLEDGED, State.LATCHED_ACKNOWLEDGED
NO = "refused"

# state: (raised, cleared, acknowledged, reset, realarmed); None: nothing changes.
PLAIN = {
    N: (U, None, NO, NO, None),
    U: (None, R, A, NO, None),
    A: (None, N, None, NO, U),
    R: (U, None, N, NO, None),
    LU: (U, None, LA, NO, None),
    LA: (U, None, None, N, None),
}
LATCHING = PLAIN | {U: (None, LU, A, NO, None), A: (None, LA, None, NO, U)}
UNTOLD = PLAIN | {U: (None, N, A, NO, None)}
CELLS = [
    pytest.param(state, event, latching, untold, cell, id=f"{state}-{event}-{latching}-{untold}")
    for latching, untold, table in (
        (False, False, PLAIN), (True, False, LATCHING),
        (False, True, UNTOLD), (True, True, LATCHING),
    )
    for state, row in table.items()
    for event, cell in zip(Event, row, strict=True)
]  # fmt: skip


@pytest.mark.parametrize(("state", "event", "latching", "untold", "expected"), CELLS)
def test_every_cell_is_as_the_standard_says(state, event, latching, untold, expected):
    if expected == NO:
        with pytest.raises(NotAllowedError, match=r"\w"):
            after(state, event, latching=latching, untold=untold)
    else:
        assert after(state, event, latching=latching, untold=untold) == expected


def test_the_matrix_has_no_hole():
    assert set(itertools.product(State, Event)) == {
        (state, event) for state, row in TABLE.items() for event in row
    }
    assert len(CELLS) == 4 * len(State) * len(Event)


@pytest.mark.parametrize("latching", [False, True])
def test_only_a_person_makes_an_unseen_alarm_seen(latching):
    for state, event in itertools.product(UNSEEN, (Event.RAISED, Event.CLEARED)):
        assert (after(state, event, latching=latching) or state) in UNSEEN


def test_an_alarm_whose_cause_stands_is_never_reset():
    for state in IN_ALARM:
        with pytest.raises(NotAllowedError, match="still in alarm"):
            after(state, Event.RESET, latching=True)
