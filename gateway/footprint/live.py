"""Live figures of the trailing minutes: computed from the newest reads, never stored or chained."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final

import msgspec

from agent.cofiring.balance import SLOT_US, MeterSlot
from agent.cofiring.factor import Span, build
from agent.cofiring.fuels import Tables
from agent.cofiring.lots import Burning
from agent.cofiring.plant import Plant
from agent.cofiring.record import FactorRecord
from agent.cofiring.rollup import stretch, sums_of
from agent.samples import Quality, Sample
from gateway.historian.reads import Reads

WINDOW_US: Final = 5 * SLOT_US
_LEAST_US: Final = 5_000_000
_Read = tuple[int, float]


@dataclass(frozen=True, slots=True)
class FuelFlow:
    """What one fuel did over the window; None where it is not known."""

    fuel: str
    is_biomass: bool
    kg_per_h: float | None
    share_mass: float | None
    share_heat: float | None


@dataclass(frozen=True, slots=True)
class Live:
    """The trailing window.

    Args:
        from_us: Its start, UTC [µs].
        to_us: Its end: the newest instant that every totaliser it needs has passed, UTC [µs].
        net_kw: Mean net output [kW].
        gross_kw: Mean gross output [kW].
        steam_kw: Mean heat exported [kW].
        factor: Per-kWh figures with their parts, in the fields of a record; period "live".
    """

    from_us: int
    to_us: int
    fuels: tuple[FuelFlow, ...]
    net_kw: float | None
    gross_kw: float | None
    steam_kw: float | None
    factor: FactorRecord


class LiveWindow:
    """The reads of the last minutes, fed by the accountant, asked by anyone.

    Args:
        plant: The unit.
        lots: What burns when.
        tables: Reviewed tables.
    """

    def __init__(self, plant: Plant, lots: Burning, tables: Tables) -> None:
        self._lock = Lock()
        self._reads: dict[str, deque[_Read]] = {point: deque() for point in plant.points()}
        self._rows: dict[tuple[str, ...], deque[Reads]] = {}
        self._forget_us = 0
        self.use(plant, lots, tables)

    def use(self, plant: Plant, lots: Burning, tables: Tables) -> None:
        """Compute with these from now on."""
        self._plant, self._lots, self._tables = plant, lots, tables
        self._delays_us = {fuel.mass_point: fuel.delay_us for fuel in plant.fuels}

    def keep(self, row: Iterable[Reads]) -> None:
        """Take good reads of a row; they are looked at when somebody asks."""
        with self._lock:
            for reads in row:
                rows = self._rows.get(reads.points)
                if rows is None:
                    rows = self._rows[reads.points] = deque()
                rows.append(reads)
                if reads.times_us[0] > self._forget_us:
                    self._forget(reads.times_us[0])

    def take(self, samples: Iterable[Sample]) -> None:
        """Take the good totaliser reads among some samples."""
        with self._lock:
            self._spread()
            for sample in samples:
                if sample.value is not None and sample.quality is Quality.GOOD:
                    self._read(sample.point, sample.t_us, sample.value)
                elif sample.reason == "counter_reset" and sample.point in self._reads:
                    self._reads[sample.point].clear()

    def _spread(self) -> None:
        """Look at the rows that were only kept."""
        rows = [reads for kept in self._rows.values() for reads in kept]
        for kept in self._rows.values():
            kept.clear()
        for reads in sorted(rows, key=_first_us):
            for read in zip(reads.points, reads.times_us, reads.values, strict=True):
                self._read(*read)

    def _read(self, point: str, read_us: int, value: float) -> None:
        reads = self._reads.get(point)
        if reads is None:
            return
        t_us = read_us + self._delays_us.get(point, 0)
        if reads:
            last_us, last = reads[-1]
            if t_us <= last_us or value < last:
                return
            if t_us > self._forget_us:
                self._forget(t_us)
        reads.append((t_us, value))

    def _forget(self, t_us: int) -> None:
        """Once a minute: drop what lies before any window that ends now or later."""
        self._forget_us = t_us + SLOT_US
        before_us = t_us - WINDOW_US - 2 * SLOT_US - max(self._delays_us.values(), default=0)
        for reads in self._reads.values():
            while len(reads) > 2 and reads[1][0] <= before_us:
                reads.popleft()
        for rows in self._rows.values():
            while len(rows) > 2 and rows[1].times_us[0] <= before_us:
                rows.popleft()

    def live(self) -> Live | None:
        """The window that ends at the newest instant every totaliser a factor needs has passed.

        None until each of those has been read over some seconds.
        """
        with self._lock:
            self._spread()
            reads = {point: list(known) for point, known in self._reads.items()}
        needed = [reads[point] for point in self._plant.needed()]
        if not all(needed):
            return None
        to_us = min(known[-1][0] for known in needed)
        from_us = max(to_us - WINDOW_US, *(known[0][0] for known in needed))
        if to_us - from_us < _LEAST_US:
            return None
        meters = {point: _between(known, from_us, to_us) for point, known in reads.items()}
        return self._figures(Span("live", from_us, to_us), meters)

    def _figures(self, span: Span, meters: dict[str, MeterSlot]) -> Live:
        length_us = span.to_us - span.from_us
        least_kwh = self._plant.minimum_net_kwh * length_us / SLOT_US
        plant = replace(self._plant, minimum_net_kwh=least_kwh)
        computed = stretch((span.from_us, span.to_us), meters, plant, self._lots, self._tables)
        record = build(span, sums_of(computed, plant), plant, self._tables, "electricity")
        # The window ends where every needed totaliser was read: it is measured from end to end.
        record = msgspec.structs.replace(record, coverage=1.0)
        hours = length_us / 3.6e9
        mass, heat = record.share_mass or {}, record.share_heat or {}
        flows = tuple(
            FuelFlow(
                fuel.id,
                fuel.is_biomass,
                _per(meters[fuel.mass_point].amount, hours),
                mass.get(fuel.id),
                heat.get(fuel.id),
            )
            for fuel in plant.fuels
        )
        steam_kwh = None if record.steam_mj is None else record.steam_mj / 3.6
        return Live(
            span.from_us,
            span.to_us,
            flows,
            _per(record.net_kwh, hours),
            _per(record.gross_kwh, hours),
            _per(steam_kwh, hours),
            record,
        )


def _first_us(reads: Reads) -> int:
    return reads.times_us[0]


def _per(amount: float | None, hours: float) -> float | None:
    return None if amount is None else amount / hours


def _between(reads: list[_Read], from_us: int, to_us: int) -> MeterSlot:
    if not reads or reads[0][0] > from_us or reads[-1][0] < to_us:
        return MeterSlot()
    return MeterSlot(_at(reads, from_us), _at(reads, to_us), SLOT_US, through=False)


def _at(reads: list[_Read], t_us: int) -> float:
    index = bisect_left(reads, t_us, key=lambda read: read[0])
    above = reads[index]
    if above[0] == t_us:
        return above[1]
    below = reads[index - 1]
    return below[1] + (above[1] - below[1]) * (t_us - below[0]) / (above[0] - below[0])
