"""Which lots burn in which slots, in what parts, with what properties: many slots at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from agent.cofiring.balance import SLOT_US
from agent.cofiring.choices import chosen
from agent.cofiring.deliveries import ZeroRating
from agent.cofiring.factors import Burnt, Properties, burn
from agent.cofiring.fuels import FuelEntry, Tables
from agent.cofiring.lots import Burning, Lot, Parts
from agent.cofiring.plant import FuelLine, Plant
from agent.cofiring.slot_columns import Flags, Floats

_EPOCH = date(1970, 1, 1)
_DAY_US = 1440 * SLOT_US


@dataclass(slots=True)
class Stream:
    """What one fuel in one lot gave, slot by slot, where its properties are the same.

    Args:
        unit: What burning a kilogram gives.
        burns: Slots in which it burns, or would by the other blending model.
        part: Part of the fuel that it is.
        other: The same by the other blending model.
        substituted: Where its moisture stands in for one at the feeder.
        blends: Where the two models differ.
        zero_rated: The lot's zero-ratings that held then.
        beyond: Of a stream without a lot: by lot that is used up, the part that is beyond it.
    """

    fuel: str
    lot: Lot | None
    properties: Properties
    unit: Burnt
    burns: Flags
    part: Floats
    other: Floats
    substituted: Flags
    blends: Flags
    zero_rated: tuple[ZeroRating, ...] = ()
    beyond: dict[str, tuple[Lot, Floats]] = field(default_factory=dict)


def streams(
    plant: Plant, fuel: FuelLine, lots: Burning, tables: Tables, from_us: int, count: int
) -> list[Stream]:
    """The streams of a fuel over slots that follow each other, in order of their first slot.

    Lots, moistures, tables and evidence are looked up once for every run of slots in which they
    stay the same.
    """
    to_us = from_us + count * SLOT_US
    changes = [
        *lots.changes(fuel.id, from_us, to_us),
        *lots.moisture_changes(fuel.id, from_us, to_us),
        *_legal_changes(plant, fuel.entry, lots.of(fuel.id), from_us, to_us),
    ]
    known = _Streams(fuel.id, count)
    for first, last in pairwise(_cuts(changes, from_us, count)):
        begin_us = from_us + first * SLOT_US
        span_us = (begin_us, begin_us + SLOT_US)
        parts, others = lots.parts(fuel.id, *span_us), lots.other_parts(fuel.id, *span_us)
        mine, theirs = _by_lot(parts), _by_lot(others)
        for lot_id, (lot, _) in {**theirs, **mine}.items():
            moisture = lots.moisture_at(fuel.id, lot, *span_us)
            day = plant.day(begin_us)
            properties = chosen(fuel.entry, lot, day, tables.physics, moisture)
            stream = known.of(lot, properties, lot.rated_on(day) if lot else ())
            run = slice(first, last)
            stream.burns[run] = True
            stream.part[run] = mine[lot_id][1] if lot_id in mine else 0.0
            stream.other[run] = theirs[lot_id][1] if lot_id in theirs else 0.0
            stream.substituted[run] = moisture is not None and moisture.substituted
            stream.blends[run] = parts != others
            if lot is None:
                known.beyond(stream, run, lots.beyond(fuel.id, *span_us))
    return list(known.found.values())


class _Streams:
    """The streams met so far. Equal properties are one stream; most are the same object."""

    def __init__(self, fuel: str, count: int) -> None:
        self._fuel, self._count = fuel, count
        self._same: dict[tuple[object, ...], tuple[Properties, Stream]] = {}
        self.found: dict[tuple[object, ...], Stream] = {}

    def of(self, lot: Lot | None, properties: Properties, rated: tuple[ZeroRating, ...]) -> Stream:
        """The stream of a lot with some properties and evidence; a new one where there is none."""
        name = lot.id if lot else None
        known = self._same.get((name, id(properties), rated))
        if known is not None:
            return known[1]
        stream = self.found.get((name, properties, rated))
        if stream is None:
            stream = self.found[name, properties, rated] = self._new(lot, properties)
            stream.zero_rated = rated
        self._same[name, id(properties), rated] = (properties, stream)
        return stream

    def beyond(self, stream: Stream, run: slice, over: Iterable[tuple[Lot, float]]) -> None:
        """What of a stream in a run is beyond lots that are used up."""
        for lot, part in over:
            _, parts = stream.beyond.setdefault(lot.id, (lot, np.zeros(self._count)))
            parts[run] += part

    def _new(self, lot: Lot | None, properties: Properties) -> Stream:
        count = self._count
        return Stream(
            self._fuel,
            lot,
            properties,
            burn(1.0, properties),
            burns=np.zeros(count, bool),
            part=np.zeros(count),
            other=np.zeros(count),
            substituted=np.zeros(count, bool),
            blends=np.zeros(count, bool),
        )


def _by_lot(parts: Parts) -> dict[str | None, tuple[Lot | None, float]]:
    found: dict[str | None, tuple[Lot | None, float]] = {}
    for lot, part in parts:
        key = lot.id if lot else None
        found[key] = (lot, part + (found[key][1] if key in found else 0.0))
    return found


def _cuts(changes: Iterable[int], from_us: int, count: int) -> list[int]:
    """Numbers of slots at which runs begin and end: a slot with a change in it is a run."""
    cuts = {0, count}
    for t_us in changes:
        number, inside_us = divmod(t_us - from_us, SLOT_US)
        cuts |= {number, number + 1} if inside_us else {number}
    return sorted(cut for cut in cuts if 0 <= cut <= count)


def _legal_changes(
    plant: Plant, entry: FuelEntry, lots: Iterable[Lot], from_us: int, to_us: int
) -> list[int]:
    """Legal midnights at which another value of the tables, or no evidence any more, may count."""
    vintages = [*entry.vintages.values(), *entry.site.own.values()]
    days = {each.valid_from for known in vintages for each in known}
    days |= {
        each.valid_to + timedelta(days=1)
        for known in vintages
        for each in known
        if each.valid_to is not None and each.valid_to < date.max
    }
    ends = (date.fromisoformat(r.valid_to) for lot in lots for r in lot.zero_rated if r.valid_to)
    days |= {end + timedelta(days=1) for end in ends if end < date.max}
    found = [(day - _EPOCH).days * _DAY_US - plant.utc_offset_us for day in days]
    return sorted(t_us for t_us in found if from_us < t_us < to_us)
