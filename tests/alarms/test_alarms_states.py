"""Every state × event cell, latching or not."""

import itertools

import pytest

from agent.alarms.states import IN_ALARM, TABLE, UNSEEN, Event, State, after
from agent.errors import NotAllowedError

N, U, A = State.NORMAL, State.UNACKNOWLEDGED, State.ACKNOWLEDGED
R = State.RETURNED_UNACKNOWLEDGED
LU, LA = State.LATCHED_UNACKNOWLEDGED, State.LATCHED_ACKNOWLEDGED
NO = "refused"

# state: (raised, cleared, acknowledged, reset); None: nothing changes.
PLAIN = {
    N: (U, None, NO, NO),
    U: (None, R, A, NO),
    A: (None, N, None, NO),
    R: (U, None, N, NO),
    LU: (U, None, LA, NO),
    LA: (U, None, None, N),
}
LATCHING = PLAIN | {U: (None, LU, A, NO), A: (None, LA, None, NO)}
CELLS = [
    pytest.param(state, event, latching, cell, id=f"{state}-{event}-{'latching' * latching}")
    for latching, table in ((False, PLAIN), (True, LATCHING))
    for state, row in table.items()
    for event, cell in zip(Event, row, strict=True)
]


@pytest.mark.parametrize(("state", "event", "latching", "expected"), CELLS)
def test_every_cell_is_as_the_standard_says(state, event, latching, expected):
    if expected == NO:
        with pytest.raises(NotAllowedError, match=r"\w"):
            after(state, event, latching=latching)
    else:
        assert after(state, event, latching=latching) == expected


def test_the_matrix_has_no_hole():
    assert set(itertools.product(State, Event)) == {
        (state, event) for state, row in TABLE.items() for event in row
    }
    assert len(CELLS) == 2 * len(State) * len(Event)


@pytest.mark.parametrize("latching", [False, True])
def test_only_a_person_makes_an_unseen_alarm_seen(latching):
    for state, event in itertools.product(UNSEEN, (Event.RAISED, Event.CLEARED)):
        assert (after(state, event, latching=latching) or state) in UNSEEN


def test_an_alarm_whose_cause_stands_is_never_reset():
    for state in IN_ALARM:
        with pytest.raises(NotAllowedError, match="still in alarm"):
            after(state, Event.RESET, latching=True)
