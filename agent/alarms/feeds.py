"""Feed: one point that foresight rests on, and the store whose hours it fills."""

import zlib
from collections.abc import Iterator
from typing import Final

from agent.alarms.foresight import Foresight
from agent.alarms.open_hours import HOUR_US, OpenHours, mean
from agent.samples import Sample

_BELIEVED: Final = frozenset({None, "late"})

Means = dict[str, float | None]
"""Value -> its mean over an hour, None where that is not known."""


class FedStore:
    """One store, or the air: its hours that are open, its foresight, what of it changed.

    Args:
        name: Its id.
        foresight: What its hours go into; None for the air.
    """

    __slots__ = ("_feeds", "foresight", "hours_changed", "id", "open", "over_changed")

    def __init__(self, name: str, foresight: Foresight | None) -> None:
        self.id = name
        self.foresight = foresight
        self.open = OpenHours(_phase_us(name))
        self.hours_changed = self.over_changed = False
        self._feeds: list[Feed] = []

    def fed_by(self, feed: "Feed") -> None:
        """One more point of it."""
        self._feeds.append(feed)

    def forget_hours(self) -> None:
        """What is in its open hours came by a wrong clock."""
        self.open = OpenHours(_phase_us(self.id))
        for feed in self._feeds:
            feed.since_us = feed.until_us = 0


class Feed:
    """One point that foresight rests on.

    Between `since_us` and `until_us` its samples change nothing, which is so for nearly all.

    Args:
        store: What it is about.
        value: Last part of the point's name.
    """

    __slots__ = ("since_us", "store", "until_us", "value")

    def __init__(self, store: FedStore, value: str) -> None:
        self.store, self.value = store, value
        self.since_us = self.until_us = 0
        store.fed_by(self)

    def take(self, sample: Sample, latest_us: int) -> Iterator[tuple[int, Means]]:
        """One sample of the point.

        Args:
            sample: As it came.
            latest_us: What is newer than this had a wrong clock, UTC [µs].

        Yields:
            The hours of the store that are over with it, in order, with their means.
        """
        over = sample.reason == "over_range"
        known = sample.value is not None and sample.reason in _BELIEVED
        if not (over or known) or sample.t_us > latest_us:
            return
        store = self.store
        if store.open.newest_us is not None and store.open.newest_us > latest_us:
            store.forget_hours()
        counts = store.open.add(self.value, sample.t_us, None if over else sample.value)
        if counts is None:
            return
        if counts[1] >= self.until_us:
            self.since_us, self.until_us = counts
        store.hours_changed = True
        for hour, readings in store.open.over():
            yield hour, {value: mean(readings, value) for value in readings}


def _phase_us(store: str) -> int:
    """A minute of the hour of each store's own, the same for ever."""
    return zlib.crc32(store.encode()) % HOUR_US
