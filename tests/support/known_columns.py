"""The same month as the product has it once all is known, by the account of many slots at once."""

from dataclasses import dataclass

import numpy as np
from known_month import config_of, kind_of

from agent.cofiring.balance import SLOT_US, slot_of
from agent.cofiring.columns import Piece
from agent.cofiring.factor import Span, build
from agent.cofiring.knot_columns import ColumnTrack, ReadTimes
from agent.cofiring.record import FactorRecord
from agent.cofiring.slot_columns import SlotColumns
from gateway.footprint.lots.entries import Version, after
from gateway.footprint.lots.supply import feeding_of, told_of
from gateway.footprint.lots_file import parse_entries
from gateway.footprint.site import check_fuels, long_gaps_us, plant_of
from gateway.footprint.tables import load_tables
from simulators.ledgered.meters import Meter, Moist
from simulators.ledgered.papers import Paper
from simulators.ledgered.story import Story


@dataclass(frozen=True)
class SlotTotals:
    """Totals of outlets from slots, as the accountant's store gives them.

    Args:
        slots: By outlet, from the first one in which it was read.
        moist: By slot, what the meter beside the weigher of shells showed in the mean [%].
    """

    slots: dict[str, SlotColumns]
    moist: dict[int, float]

    def total(self, point: str, t_us: int) -> float | None:
        known = self.slots[point]
        number = min(max((t_us - known.from_us) // SLOT_US, 0), len(known) - 1)
        slot = known.slot(int(number))
        assert slot.from_total is not None
        assert slot.to_total is not None
        part = min(max((t_us - known.from_us - number * SLOT_US) / SLOT_US, 0.0), 1.0)
        return slot.from_total + (slot.to_total - slot.from_total) * part

    def gauge(self, point: str, slot_us: int) -> float | None:
        return self.moist.get(slot_us)

    def edition(self) -> int:
        return 0

    def until_us(self) -> int:
        known = next(iter(self.slots.values()))
        return known.from_us + len(known) * SLOT_US


def record_of(story: Story, meters: list[Meter], told: list[Paper]) -> FactorRecord:
    """The restated record of a whole story, with a moisture of the shells from composites."""
    (record,) = records_of(story, meters, told, Span(kind_of(story), story.from_us, story.to_us))
    return record


def records_of(
    story: Story, meters: list[Meter], told: list[Paper], first: Span, moist: Moist | None = None
) -> list[FactorRecord]:
    """The restated records of a story's periods, as long as the first one.

    Args:
        story: What happened.
        meters: What totalisers show.
        told: Papers, in order of time.
        first: The first period; it begins with the story.
        moist: What a meter says of the shells' moisture; None where papers tell it.
    """
    config = config_of(meters, calibrated=False, on_line=moist is not None)
    tables = load_tables()
    plant = plant_of(config, tables)
    delays = {fuel.mass_point: fuel.delay_us for fuel in plant.fuels}
    gaps = long_gaps_us(config)
    tracks = {}
    for meter in meters:
        tracks[meter.point] = ColumnTrack(gaps[meter.point])
        times = ReadTimes.of(meter.t_us + delays.get(meter.point, 0))
        tracks[meter.point].feed(times, meter.totals())
    begins = {m.point: slot_of(int(m.t_us[0]) + delays.get(m.point, 0)) for m in meters}
    known = {point: track.slots(begins[point], story.to_us) for point, track in tracks.items()}
    totals = SlotTotals(known, {} if moist is None else _means(moist))
    feeding = told_of([], _versions(told))
    lots = check_fuels(plant, tables, feeding.lots.values(), feeding_of(config, feeding), totals)
    slots = {point: track.slots(story.from_us, story.to_us) for point, track in tracks.items()}
    length_us = first.to_us - first.from_us
    starts = range(story.from_us, story.to_us, length_us)
    numbers = np.array([(start - story.from_us) // SLOT_US for start in starts])
    return [
        build(Span(first.kind, start, start + length_us), sums, plant, tables, "electricity")
        for start, sums in zip(starts, Piece(slots, plant, lots, tables).sums(numbers), strict=True)
    ]


def _means(moist: Moist) -> dict[int, float]:
    """By slot, the mean of what was shown in it."""
    slots, first = np.unique(moist.t_us // SLOT_US * SLOT_US, return_index=True)
    counts = np.diff(np.append(first, len(moist.t_us)))
    means = np.add.reduceat(moist.percent, first) / counts
    return dict(zip(slots.tolist(), means.tolist(), strict=True))


def _versions(told: list[Paper]) -> list[Version]:
    versions: list[Version] = []
    for paper in told:
        bodies = {v.key: v.body for v in versions if v.kind == "lot"}
        found = parse_entries(paper.text, "paper.toml", bodies)
        assert found.problems == []
        versions = after(versions, found.entries)
    return versions
