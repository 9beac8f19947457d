"""Outlook: the foresight of all stores; samples in, derived samples out when an hour is over.

Rule 1: Only a sample whose time and value can be believed belongs to an hour.
Rule 2: What is derived is a sample, to be judged by conditions as any other, and nothing is
derived from it again.
Rule 3: A store that was loaded anew begins to learn anew.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from agent.alarms.emission import Emission
from agent.alarms.feeds import FedStore, Feed
from agent.alarms.foresight import CO, Foresight, Shared
from agent.alarms.stores import store_of
from agent.alarms.trail import Trail
from agent.samples import Quality, Sample

AHEAD_OF_CLOCK_US: Final = 60_000_000
"""A sample further ahead of the gateway's clock than this had a wrong clock itself [µs]."""

_AIR: Final = ""  # a name no store has
_AIR_HOURS: Final = 6  # so long a day's mean of the air is as good as today's
_COMMON: Final = "common|"


@dataclass(frozen=True, slots=True)
class OutlookSpec:
    """What a site's foresight rests on.

    Args:
        emissions: Kind of store -> its emission model.
        kinds: Store -> its kind; a store that is missing here is not looked at.
        air_point: Point with the temperature of the air in the shade, None where nobody
            measures it; rates of rise are then not corrected for ambient.
        loads: Store -> what changes whenever other fuel comes into it, such as the load date.
    """

    emissions: Mapping[str, Emission]
    kinds: Mapping[str, str]
    air_point: str | None = None
    loads: Mapping[str, str] = field(default_factory=dict)


class Outlook:
    """The foresight of all stores of a site.

    Args:
        spec: What it rests on; None for no foresight at all.
    """

    def __init__(self, spec: OutlookSpec | None = None) -> None:
        self._spec = OutlookSpec({}, {}) if spec is None else spec
        self._begin()

    def _begin(self) -> None:
        self._shared = Shared()
        self._air = Trail()
        self._air_hour: int | None = None  # its newest hour
        self._air_store = FedStore(_AIR, None)
        self._stores: dict[str, FedStore] = {}
        self._changed: dict[str, FedStore] = {}
        self._feeds: dict[str, Feed | None] = {}  # those of all points met

    def asks_for(self, point: str) -> bool:
        """Whether foresight rests on a point that was met."""
        return self._feeds.get(point) is not None

    def on_samples(
        self, samples: Iterable[Sample], now_us: int, stands: Callable[[str], bool]
    ) -> Iterator[list[Sample]]:
        """Samples of any points, as they come.

        Args:
            samples: All that arrived.
            now_us: The gateway's UTC [µs].
            stands: Whether an advisory or alarm of a store stands.

        Yields:
            What could be derived from an hour that is over with them, mostly none; it is to be
            judged before the next one is asked for.
        """
        feeds = self._feeds
        for sample in samples:
            try:
                feed = feeds[sample.point]
            except KeyError:
                feed = feeds[sample.point] = self._meet(sample.point)
            if feed is None or feed.since_us < sample.t_us < feed.until_us:
                continue
            for hour, means in feed.take(sample, now_us + AHEAD_OF_CLOCK_US):
                yield self._over(feed.store, hour, means, stands)
            if feed.store.hours_changed:
                self._changed[feed.store.id] = feed.store

    def _meet(self, point: str) -> Feed | None:
        """A point seen for the first time; None where foresight does not rest on it."""
        store = self._air_store if point == self._spec.air_point else self._store_with(point)
        if store is None:
            return None
        return Feed(store, point.rpartition(".")[2])

    def _store_with(self, point: str) -> FedStore | None:
        name, value = store_of(point), point.rpartition(".")[2]
        probe = value.startswith("temp_") and value.endswith("_degc")
        return self._store(name) if name is not None and (probe or value == CO) else None

    def _store(self, name: str) -> FedStore | None:
        found = self._stores.get(name)
        emission = self._spec.emissions.get(self._spec.kinds.get(name, ""))
        if found is None and emission is not None:
            foresight = Foresight(name, emission, self._shared)
            found = self._stores[name] = FedStore(name, foresight)
        return found

    def _over(
        self,
        store: FedStore,
        hour: int,
        means: Mapping[str, float | None],
        stands: Callable[[str], bool],
    ) -> list[Sample]:
        store.over_changed = True
        if store.foresight is None:
            missed = 0 if self._air_hour is None else hour - self._air_hour - 1
            self._air.add(next(iter(means.values())), after=max(missed, 0))
            self._air_hour = hour
            return []
        alarm = stands(store.id)
        fresh = self._air_hour is not None and hour - self._air_hour <= _AIR_HOURS
        air_degc = self._air.day_mean() if fresh else None
        t_us = store.open.known_us(hour)
        return [
            Sample(
                f"yard.{store.id}.{found.value}",
                t_us,
                round(found.number, 3),
                Quality.UNCERTAIN if found.learning else Quality.GOOD,
                "learning" if found.learning else None,
            )
            for found in store.foresight.hour(hour, means, air_degc, alarm=alarm)
        ]

    def foresight(self, store: str) -> Foresight | None:
        """One store's, None while it is not heard of."""
        found = self._stores.get(store)
        return None if found is None else found.foresight

    def restore(self, rows: dict[str, str]) -> None:
        """Take over key -> JSON text, in place of everything held."""
        self._begin()
        for key, text in rows.items():
            part, _, name = key.partition("|")
            dumped = msgspec.json.decode(text)
            if key == _COMMON:
                for value, common in dumped.items():
                    self._shared.common[value].load(common)
            elif name == _AIR:
                self._load_air(part, dumped)
            elif (store := self._store(name)) is not None:
                self._load(store, part, dumped)

    def _load_air(self, part: str, dumped: list[Any]) -> None:
        if part == "hours":
            self._air_store.open.load(dumped)
        else:
            self._air_hour, self._air = dumped[0], Trail(dumped[1])

    def _load(self, store: FedStore, part: str, dumped: list[Any]) -> None:
        load, held = dumped
        if load != self._spec.loads.get(store.id):
            return
        if part == "hours":
            store.open.load(held)
        elif store.foresight is not None:
            store.foresight.load(held)

    def touch(self) -> None:
        """Everything counts as changed."""
        for store in (self._air_store, *self._stores.values()):
            store.hours_changed = store.over_changed = True
            self._changed[store.id] = store

    def dirty(self) -> dict[str, str | None]:
        """Key -> JSON text of what changed since the last call.

        Open hours change with a sample every quarter of an hour and are small; what is over
        changes once an hour.
        """
        rows: dict[str, str | None] = {}
        over = False
        for name, store in self._changed.items():
            load = self._spec.loads.get(name)
            if store.hours_changed:
                held = store.open.dump()
                rows[f"hours|{name}"] = _text(held if name == _AIR else [load, held])
            if store.over_changed:
                over = True
                foresight = store.foresight
                rows[f"over|{name}"] = _text(
                    [self._air_hour, self._air.dump()]
                    if foresight is None
                    else [load, foresight.dump()]
                )
            store.hours_changed = store.over_changed = False
        if over:
            common = self._shared.common
            rows[_COMMON] = _text({value: held.dump() for value, held in common.items()})
        self._changed.clear()
        return rows


def _text(dumped: object) -> str:
    return msgspec.json.encode(dumped).decode()
