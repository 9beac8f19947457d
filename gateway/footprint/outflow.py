"""What outlets and weighers stood at, from the slots of the account: what lots are traced by.

Between the two ends of a slot a total is taken to rise evenly, as the account itself does. So a
restatement that reads the stored slots finds the same fractions as the accountant found.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, select

from agent.cofiring.balance import SLOT_US, MeterSlot, slot_of
from gateway.footprint.schema import knots
from gateway.footprint.writer import SlotInput, read_slots

_KEPT: Final = 200_000
_HOUR_US: Final = 60 * SLOT_US


@dataclass(frozen=True, slots=True)
class _Known:
    """What is kept in mind of a slot."""

    meters: Mapping[str, MeterSlot]
    gauges: Mapping[str, float]


class Outflow:
    """Totals of some points at any instant.

    Args:
        points: Totalisers of outlets and of fuels, and what is measured beside feeders.
        engine: Of the database where slots and knots lie that were not learnt.
        unit: The name they are kept under.
        until_us: Slots that begin before are stored, UTC [µs].
    """

    def __init__(self, points: Iterable[str], engine: Engine, unit: str, until_us: int) -> None:
        self._points = tuple(points)
        self._engine, self._unit = engine, unit
        self._until_us = until_us
        self._near: dict[tuple[str, int], tuple[int, float | None]] = {}
        self._edition = 0
        self._slots: OrderedDict[int, _Known] = OrderedDict()

    def learn(self, slots: Iterable[SlotInput]) -> None:
        """Take slots that are about to be stored, or that were read by others anyway."""
        if not self._points:
            return
        for slot in slots:
            fresh = self._of(slot)
            known = self._slots.get(slot.slot_us)
            if slot.slot_us < self._until_us and known is not None and known != fresh:
                self._edition += 1
                self._near.clear()
            self._put(slot.slot_us, fresh)
            self._until_us = max(self._until_us, slot.slot_us + SLOT_US)

    def edition(self) -> int:
        """Another number once totals of the past moved."""
        return self._edition

    def until_us(self) -> int:
        """Totals are known until then, UTC [µs]."""
        return self._until_us

    def total(self, point: str, t_us: int) -> float | None:
        """The total at an instant [kg]; the nearest one known where none is known there."""
        slot_us = slot_of(min(t_us, self._until_us - 1))
        found = self._slot(slot_us).meters.get(point)
        if found is not None and found.from_total is not None and found.to_total is not None:
            part = min((t_us - slot_us) / SLOT_US, 1.0)
            return found.from_total + (found.to_total - found.from_total) * part
        return self._nearest(point, slot_us)

    def gauge(self, point: str, slot_us: int) -> float | None:
        """The mean of what a point read in a closed slot; None where it read nothing."""
        return self.gauges(slot_us).get(point)

    def gauges(self, slot_us: int) -> Mapping[str, float]:
        """All that was read beside feeders in a closed slot."""
        return self._slot(slot_us).gauges if slot_us < self._until_us else {}

    def _of(self, slot: SlotInput) -> "_Known":
        meters = {point: slot.meters[point] for point in self._points if point in slot.meters}
        return _Known(meters, slot.gauges)

    def _slot(self, slot_us: int) -> "_Known":
        known = self._slots.get(slot_us)
        if known is None:
            with self._engine.connect() as connection:
                stored = read_slots(connection, self._unit, slot_us, slot_us + SLOT_US)
            known = self._of(stored[0]) if stored else _Known({}, {})
            self._put(slot_us, known)
        return known

    def _put(self, slot_us: int, known: "_Known") -> None:
        self._slots[slot_us] = known
        if len(self._slots) > _KEPT:
            self._slots.popitem(last=False)

    def _nearest(self, point: str, slot_us: int) -> float | None:
        """The last total read before a slot, else the first read after it."""
        # Asked again within the hour, of a meter that is not read, the answer is remembered.
        hour = self._until_us // _HOUR_US
        known = self._near.get((point, slot_us))
        if known is None or (known[1] is None and known[0] != hour):
            known = self._near[point, slot_us] = hour, self._read_near(point, slot_us)
        return known[1]

    def _read_near(self, point: str, slot_us: int) -> float | None:
        t = knots.c
        mine = (t.unit == self._unit) & (t.point == point)
        before = select(t.last).where(mine, t.slot_us <= slot_us).order_by(t.slot_us.desc())
        after = select(t.first).where(mine, t.slot_us > slot_us).order_by(t.slot_us)
        with self._engine.connect() as connection:
            for query in (before, after):
                found = connection.execute(query.limit(1)).scalar()
                if found is not None:
                    return float(found)
        return self._learnt(point)

    def _learnt(self, point: str) -> float | None:
        """The first total among slots that are about to be stored, when none is yet."""
        totals = (
            known.meters[point].from_total
            for _, known in sorted(self._slots.items())
            if point in known.meters
        )
        return next((total for total in totals if total is not None), None)
