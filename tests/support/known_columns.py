"""The same month as the product has it once all is known, by the account of many slots at once."""

from dataclasses import dataclass

import numpy as np
from known_month import config_of

from agent.cofiring.balance import SLOT_US
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
from simulators.ledgered.meters import Meter
from simulators.ledgered.papers import Paper
from simulators.ledgered.story import Story


@dataclass(frozen=True)
class SlotTotals:
    """Totals of outlets from slots, as the accountant's store gives them."""

    slots: dict[str, SlotColumns]

    def total(self, point: str, t_us: int) -> float | None:
        known = self.slots[point]
        number = min(max((t_us - known.from_us) // SLOT_US, 0), len(known) - 1)
        slot = known.slot(int(number))
        assert slot.from_total is not None
        assert slot.to_total is not None
        part = min(max((t_us - known.from_us - number * SLOT_US) / SLOT_US, 0.0), 1.0)
        return slot.from_total + (slot.to_total - slot.from_total) * part

    def gauge(self, point: str, slot_us: int) -> float | None:
        return None

    def edition(self) -> int:
        return 0

    def until_us(self) -> int:
        known = next(iter(self.slots.values()))
        return known.from_us + len(known) * SLOT_US


def record_of(story: Story, meters: list[Meter], told: list[Paper]) -> FactorRecord:
    """The restated record of a whole month, with a moisture of the shells from composites."""
    config = config_of(meters, calibrated=False, on_line=False)
    tables = load_tables()
    plant = plant_of(config, tables)
    delays = {fuel.mass_point: fuel.delay_us for fuel in plant.fuels}
    gaps = long_gaps_us(config)
    tracks = {}
    for meter in meters:
        tracks[meter.point] = ColumnTrack(gaps[meter.point])
        times = ReadTimes.of(meter.t_us + delays.get(meter.point, 0))
        tracks[meter.point].feed(times, meter.totals())
    from_us = story.begin_us + 900_000_000
    known = {point: track.slots(from_us, story.to_us) for point, track in tracks.items()}
    feeding = told_of([], _versions(told))
    lots = check_fuels(
        plant, tables, feeding.lots.values(), feeding_of(config, feeding), SlotTotals(known)
    )
    slots = {point: track.slots(story.from_us, story.to_us) for point, track in tracks.items()}
    piece = Piece(slots, plant, lots, tables)
    (sums,) = piece.sums(np.array([0]))
    span = Span("month", story.from_us, story.to_us)
    return build(span, sums, plant, tables, "electricity")


def _versions(told: list[Paper]) -> list[Version]:
    versions: list[Version] = []
    for paper in told:
        bodies = {v.key: v.body for v in versions if v.kind == "lot"}
        found = parse_entries(paper.text, "paper.toml", bodies)
        assert found.problems == []
        versions = after(versions, found.entries)
    return versions
