"""What a reload replaced is let go of, and what lasts is not looked through again."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from gateway import garbage


class Ring:
    """Refers to itself: nothing but the collector lets go of it."""

    def __init__(self) -> None:
        self.self = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)
    gc.enable()


def test_what_lasts_is_looked_through_when_it_may_have_been_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(garbage, "FEW", 10**9)
    ring = Ring()
    seen = weakref.ref(ring)
    garbage.lasting()
    del ring
    gc.collect()
    assert seen() is not None, "what lasts is not looked through"
    with garbage.while_much_is_made():
        assert not gc.isenabled()
    assert seen() is None
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_a_large_site_is_not_held_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "FEW", 0)
    ring = Ring()
    seen = weakref.ref(ring)
    garbage.lasting()
    del ring
    with garbage.while_much_is_made():
        pass
    assert seen() is not None
    assert gc.isenabled()
