"""What to burn first."""

from hypothesis import given
from hypothesis import strategies as st

from agent.cofiring.burn_first import Stored, burn_first

DAY_US = 86_400_000_000
NOW_US = 100 * DAY_US


def stored(store, days, risk="watched"):
    loaded_us = None if days is None else NOW_US - days * DAY_US
    return Stored(store, "pellets", f"lot of {store}", loaded_us, risk)


def order(*stores):
    return [(turn.place, turn.stored.store) for turn in burn_first(stores, NOW_US)]


def test_the_oldest_comes_first_and_a_warning_before_it():
    stores = stored("new", 1), stored("old", 90), stored("warm", 5, "warning")
    assert order(*stores) == [(1, "warm"), (2, "old"), (3, "new")]


def test_what_burns_already_is_handled_and_not_moved():
    assert order(stored("old", 90), stored("hot", 3, "handle")) == [(None, "hot"), (1, "old")]


def test_unwatched_is_no_safer_than_watched_and_no_age_older_than_any():
    stores = stored("seen", 30), stored("unseen", 40, "unwatched"), stored("unknown", None)
    assert order(*stores) == [(1, "unknown"), (2, "unseen"), (3, "seen")]
    assert burn_first([stored("a", 7)], NOW_US)[0].age_us == 7 * DAY_US


@given(
    st.lists(
        st.tuples(
            st.integers(0, 99),
            st.one_of(st.none(), st.integers(0, 50)),
            st.sampled_from(["handle", "warning", "unwatched", "watched"]),
        ),
        unique_by=lambda told: told[0],
    ),
    st.randoms(use_true_random=False),
)
def test_every_store_has_one_place_whatever_the_order_it_is_told_in(told, dice):
    stores = [stored(f"s{n}", days, risk) for n, days, risk in told]
    found = order(*stores)
    places = [place for place, _ in found if place is not None]
    assert places == list(range(1, len(places) + 1))
    assert sorted(store for _, store in found) == sorted(one.store for one in stores)
    dice.shuffle(stores)
    assert order(*stores) == found
