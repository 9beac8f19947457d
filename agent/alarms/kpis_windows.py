"""Sliding windows over instants: the busiest one, floods, chattering, and what lies in stretches.

A window of width w that ends at t holds the instants a with t − w < a ≤ t: two alarms exactly w
apart are never in one window. All times are UTC [µs], all lists of instants ascending, and all
stretches (`Stretch`) half-open, ascending and apart from each other.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Stretch(NamedTuple):
    """From an instant up to another, that one not included; UTC [µs]."""

    from_us: int
    to_us: int


def overlap(stretches: Iterable[Stretch], from_us: int, to_us: int) -> list[Stretch]:
    """What of the stretches lies within [from_us, to_us)."""
    cut = (Stretch(max(s.from_us, from_us), min(s.to_us, to_us)) for s in stretches)
    return [s for s in cut if s.from_us < s.to_us]


def length_us(stretches: Iterable[Stretch]) -> int:
    """How long they are together [µs]."""
    return sum(s.to_us - s.from_us for s in stretches)


def peak(instants_us: Sequence[int], width_us: int, within: Iterable[Stretch]) -> int:
    """The most instants in any window that ends within the stretches.

    A window may begin before its stretch, so the peak of a period is the greatest of its parts'.
    """
    most = 0
    for stretch in within:
        # The count only rises at an instant, so it is greatest at one or at the beginning.
        first = bisect_left(instants_us, stretch.from_us)
        last = bisect_left(instants_us, stretch.to_us)
        for end_us in (stretch.from_us, *instants_us[first:last]):
            inside = bisect_right(instants_us, end_us) - bisect_right(
                instants_us, end_us - width_us
            )
            most = max(most, inside)
    return most


def floods(
    instants_us: Sequence[int], width_us: int, starts_above: int, ends_below: int
) -> list[Stretch]:
    """Floods: from the instant whose window holds more than `starts_above`.

    A flood ends at the first later instant, whether something happens then or not, whose window
    holds fewer than `ends_below`.
    """
    found: list[Stretch] = []
    since_us: int | None = None
    entered = left = 0
    while left < len(instants_us):
        leaves_us = instants_us[left] + width_us
        enters_us = instants_us[entered] if entered < len(instants_us) else leaves_us
        now_us = min(enters_us, leaves_us)
        entered = bisect_right(instants_us, now_us)
        left = bisect_right(instants_us, now_us - width_us)
        inside = entered - left
        if since_us is None and inside > starts_above:
            since_us = now_us
        elif since_us is not None and inside < ends_below:
            found.append(Stretch(since_us, now_us))
            since_us = None
    return found


def crowded(instants_us: Sequence[int], width_us: int, count: int) -> list[int]:
    """The instants whose window holds at least `count`."""
    return [
        end_us
        for before_us, end_us in zip(instants_us, instants_us[count - 1 :], strict=False)
        if end_us - before_us < width_us
    ]


def most_at_once(spans: Iterable[Stretch]) -> int:
    """The most spans, which may overlap, that hold one instant."""
    changes = sorted(
        change for s in spans if s.from_us < s.to_us for change in ((s.from_us, 1), (s.to_us, -1))
    )
    most = now = 0
    # At one instant endings (−1) sort before beginnings, as half-open spans have it.
    for _, step in changes:
        now += step
        most = max(most, now)
    return most
