"""Who stands beside whom, and which containers one board speaks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.alarms.yard import Place, Yard, shortened


def row(name, first, count, tiers=1):
    return [
        Place(f"c{first + n:04d}", name, first + n // tiers, 1 + n % tiers, n // tiers)
        for n in range(count)
    ]


def test_in_a_row_the_ones_before_and_after_are_neighbours():
    yard = Yard(row("A", 1, 5))
    assert yard.neighbours("c0003") == ("c0002", "c0004")
    assert yard.neighbours("c0001") == ("c0002",)
    assert yard.neighbours("nobody") == ()


def test_two_rows_do_not_touch_unless_the_site_says_so():
    places = row("A", 1, 3) + row("B", 4, 3)
    assert Yard(places).neighbours("c0003") == ("c0002",)
    beside = Yard(places, beside={"A": ["B"]})
    assert beside.neighbours("c0002") == ("c0001", "c0003", "c0005")
    assert beside.neighbours("c0005") == ("c0002", "c0004", "c0006")


def test_a_stack_has_neighbours_above_and_below():
    yard = Yard(row("A", 1, 6, tiers=2))
    assert yard.neighbours("c0003") == ("c0001", "c0004", "c0005")


def test_what_is_named_goes_both_ways():
    yard = Yard([Place("s1", neighbours=("s2",)), Place("s2"), Place("s3")])
    assert yard.neighbours("s1") == ("s2",)
    assert yard.neighbours("s2") == ("s1",)
    assert yard.neighbours("s3") == ()


def test_the_nearest_board_of_the_row_speaks_for_a_container():
    yard = Yard(row("A", 1, 50) + row("B", 51, 2), watched=["c0025"])
    assert len(yard.group("c0025")) == 49
    assert yard.coverage("c0025") == "c0001–c0024, c0026–c0050"
    assert yard.speaks_for("c0001") == "c0025"
    assert yard.speaks_for("c0051") is None
    assert yard.speaks_for("c0025") is None
    assert yard.coverage("c0051") is None


def test_a_site_may_say_itself_for_whom_a_board_speaks():
    places = [*row("A", 1, 3), *row("B", 4, 3), Place("s1", covers=("B", "c0001"))]
    yard = Yard(places, watched=["s1", "c0002"])
    assert yard.group("s1") == ("c0001", "c0004", "c0005", "c0006")
    assert yard.group("c0002") == ("c0003",)


def test_who_covers_some_does_not_get_the_rest_as_well():
    places = [Place("a", "A", 1, covers=("b",)), Place("b", "A", 2), Place("c", "A", 3)]
    yard = Yard(places, watched=["a"])
    assert yard.group("a") == ("b",)
    assert yard.speaks_for("c") is None


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([], ""),
        (["c1"], "c1"),
        (["c1", "c2", "c3", "s1"], "c1–c3, s1"),
        (["c0009", "c0010", "c0012"], "c0009–c0010, c0012"),
        (["c9", "c10"], "c9, c10"),
        (["left", "right"], "left, right"),
        (["a1", "b2"], "a1, b2"),
    ],
)
def test_runs_of_ids_are_drawn_together(ids, words):
    assert shortened(ids) == words


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "A", "B"]), st.integers(0, 5), st.integers(1, 3), st.booleans()
        ),
        max_size=14,
    ),
    st.booleans(),
)
def test_neighbours_are_mutual_and_every_store_is_watched_spoken_for_or_neither(spots, touching):
    places = [Place(f"c{n}", r, p, t, p) for n, (r, p, t, _) in enumerate(spots)]
    watched = [f"c{n}" for n, spot in enumerate(spots) if spot[3]]
    yard = Yard(places, watched, {"A": ["B"]} if touching else None)
    for place in places:
        assert place.id not in yard.neighbours(place.id)
        for other in yard.neighbours(place.id):
            assert place.id in yard.neighbours(other)
        speaker = yard.speaks_for(place.id)
        assert (speaker is None) or (place.id not in watched and speaker in watched)
        assert speaker is None or place.id in yard.group(speaker)
    spoken = [one for store in yard.places for one in yard.group(store)]
    assert len(spoken) == len(set(spoken))
