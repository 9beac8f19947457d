"""Which rows of the boards' state are ring stores."""

from gateway.historian.verify import watermarks_of


def test_what_else_is_kept_of_a_board_is_no_ring_store() -> None:
    state = {
        "b1": '["9f3a12c4"]',
        "b1/9f3a12c4": '{"mark": 412}',
        "b1/9f3a12c4/17": "[]",
        "b1/~due": '{"co_ppm": "2027-05-01"}',
        "b1/~stays": '[[0, "yard.c0025."]]',
    }
    assert watermarks_of(state) == {("b1", "9f3a12c4"): 412}
