"""What burns where silos stand before the feeder: lots traced through them by their outlet meters.

A fuel with a traced silo burns what came out of it, a transport delay ago. A fuel whose feeder is
filled from containers, each with one lot, is traced the same way through its feed line. Any other
fuel burns its lots one after the other, as the book of lots has them.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from agent.cofiring.balance import SLOT_US
from agent.cofiring.blending import OTHER, UNKNOWN, Blend, Model, Step, Trace, trace
from agent.cofiring.feeding import Discharge, Discharges, EmptyCheck, Feeding, Filling, Silo
from agent.cofiring.lots import Lot, LotBook, Parts
from agent.cofiring.moisture import Composites, FeederMoisture
from agent.errors import UnknownFuelError

_HUNDRED: Final = 100.0


class Totals(Protocol):
    """What outlet totalisers stood at."""

    def total(self, point: str, t_us: int) -> float | None:
        """The total at an instant [kg], interpolated.

        Where none is known on one side the nearest on the other; None where it was never read.
        """
        ...

    def gauge(self, point: str, slot_us: int) -> float | None:
        """The mean of a point's values in a slot; None where there were none."""
        ...

    def edition(self) -> int:
        """Another number once totals of the past moved."""
        ...

    def until_us(self) -> int:
        """Totals are known until then, UTC [µs]."""
        ...


class Supply:
    """Which lots burn in what parts; the `Burning` of a site.

    Args:
        lots: All of them; those of traced fuels need no order.
        feeding: Silos, what happened to them, and moistures.
        totals: What their outlet meters stood at.

    Raises:
        UnknownFuelError: A lot, silo or fuel is not known, or a lot is in another fuel's silo.
    """

    def __init__(self, lots: Iterable[Lot], feeding: Feeding, totals: Totals) -> None:
        lots = tuple(lots)
        self._totals = totals
        self._silos: dict[str, list[Silo]] = {}
        for silo in sorted(feeding.silos, key=lambda one: one.id):
            self._silos.setdefault(silo.fuel, []).append(silo)
        self._book = LotBook(lot for lot in lots if lot.fuel not in self._silos)
        self._traced = _by_id(lot for lot in lots if lot.fuel in self._silos)
        self._steps, self._discharges = _sorted_events(feeding, self._traced)
        self._traces: dict[tuple[str, Model], tuple[tuple[int, int], Trace]] = {}
        self._on_line = {one.fuel: one for one in feeding.on_line}
        self._outdoors = feeding.outdoors | self._on_line.keys()
        self._composites = {
            fuel: Composites(one for one in feeding.composites if one.fuel == fuel)
            for fuel in {one.fuel for one in feeding.composites}
        }

    def of(self, fuel: str) -> tuple[Lot, ...]:
        """The lots of a fuel in the order they begin, or of a traced one were delivered."""
        mine = (lot for lot in self._traced.values() if lot.fuel == fuel)
        return self._book.of(fuel) or tuple(sorted(mine, key=lambda lot: (lot.from_us, lot.id)))

    def __getitem__(self, lot_id: str) -> Lot:
        return self._traced[lot_id] if lot_id in self._traced else self._book[lot_id]

    def silos(self) -> tuple[Silo, ...]:
        """Every traced silo, by fuel."""
        return tuple(silo for silos in self._silos.values() for silo in silos)

    def is_traced(self, fuel: str) -> bool:
        """Whether a fuel comes through a traced silo or feed line."""
        return fuel in self._silos

    def at(self, fuel: str, t_us: int) -> Lot | None:
        """The lot that most of what burns at an instant is of."""
        if fuel not in self._silos:
            return self._book.at(fuel, t_us)
        parts = self.parts(fuel, t_us, t_us + SLOT_US)
        return max(parts, key=lambda part: part[1])[0]

    def parts(self, fuel: str, from_us: int, to_us: int) -> Parts:
        """Fractions by lot of what burns in an interval, by the declared models."""
        if fuel not in self._silos:
            return self._book.parts(fuel, from_us, to_us)
        return self._blended(fuel, from_us, to_us, other=False)

    def other_parts(self, fuel: str, from_us: int, to_us: int) -> Parts:
        """The same, each silo by the model that was not declared."""
        if fuel not in self._silos:
            return self._book.parts(fuel, from_us, to_us)
        return self._blended(fuel, from_us, to_us, other=True)

    def changes(self, fuel: str, from_us: int, to_us: int) -> list[int]:
        """Instants strictly between, such that between two of them parts are constant.

        Of a traced fuel they are edges of slots: one in which a blend changes stands alone.
        """
        silos = self._silos.get(fuel)
        if silos is None:
            return self._book.changes(fuel, from_us, to_us)
        if len(silos) > 1:
            return list(range(from_us - from_us % SLOT_US + SLOT_US, to_us, SLOT_US))
        cuts: set[int] = set()
        for model in (silos[0].model, OTHER[silos[0].model]):
            for start in self._slots_with_a_change(silos[0], model, from_us, to_us):
                cuts |= {start, start + SLOT_US}
        return sorted(cut for cut in cuts if from_us < cut < to_us)

    def moisture_at(
        self, fuel: str, lot: Lot | None, from_us: int, to_us: int
    ) -> FeederMoisture | None:
        """What was measured at the feeder, else the lot's own.

        The lot's own is marked as substituted where the fuel lay outdoors, or where its feeder
        has a moisture meter that said nothing.
        """
        if (read := self._read_on_line(fuel, from_us, to_us)) is not None:
            return read
        measured = self._composites.get(fuel)
        found = measured.mean(from_us, to_us) if measured else None
        if found is not None or lot is None:
            return found
        return lot.own_moisture(outdoors=fuel in self._outdoors)

    def moisture_changes(self, fuel: str, from_us: int, to_us: int) -> list[int]:
        """When another measured moisture begins or ends to count, strictly between."""
        if fuel in self._on_line:
            return list(range(from_us - from_us % SLOT_US + SLOT_US, to_us, SLOT_US))
        measured = self._composites.get(fuel)
        return measured.changes(from_us, to_us) if measured else []

    def traced(self, silo: Silo, model: Model | None = None) -> Trace:
        """What comes out of a silo, by the total of its outlet."""
        model = model or silo.model
        steps = self._steps.get(silo.id, [])
        last_us = steps[-1].t_us + silo.shift_us if steps else 0
        # A step that is not over yet has a total that still moves.
        key = (self._totals.edition(), min(self._totals.until_us(), last_us))
        known = self._traces.get((silo.id, model))
        if known is None or known[0] != key:
            reached = list(self._with_totals(silo, steps))
            known = key, trace(model, reached)
            # What was filled before the outlet was ever read is asked for again.
            if len(reached) == len(steps):
                self._traces[silo.id, model] = known
        return known[1]

    def total(self, silo: Silo, t_us: int) -> float | None:
        """What had left a silo by an instant [kg]."""
        if silo.outlet_point:
            return self._totals.total(silo.outlet_point, t_us)
        return self._discharges[silo.id].total(t_us) if silo.id in self._discharges else None

    def _read_on_line(self, fuel: str, from_us: int, to_us: int) -> FeederMoisture | None:
        """The mean of what the feeder's own meter read in the slots of an interval."""
        meter = self._on_line.get(fuel)
        if meter is None:
            return None
        slots = range(from_us - from_us % SLOT_US, to_us, SLOT_US)
        read = [self._totals.gauge(meter.point, slot) for slot in slots]
        known = [value for value in read if value is not None and 0.0 <= value < _HUNDRED]
        if not known:
            return None
        half95 = None if meter.half95_percent is None else meter.half95_percent / _HUNDRED
        mean = math.fsum(known) / len(known) / _HUNDRED
        return FeederMoisture(mean, half95, f"on-line {meter.point}")

    def _with_totals(self, silo: Silo, steps: Iterable[Filling | EmptyCheck]) -> Iterable[Step]:
        for step in steps:
            total = self.total(silo, step.t_us + silo.shift_us)
            if total is not None and isinstance(step, Filling):
                yield Step(step.t_us, step.kg, step.lot, step.id, total)
            elif total is not None:
                yield Step(step.t_us, 0.0, "", step.id, total)

    def _blended(self, fuel: str, from_us: int, to_us: int, *, other: bool) -> Parts:
        outs = [self._out(silo, from_us, to_us, other=other) for silo in self._silos[fuel]]
        kg = sum(out_kg for out_kg, _ in outs)
        if kg <= 0.0:
            # Nothing left any of them: the feeder still holds what came last.
            return self._lots(next((b for _, b in outs if b != UNKNOWN), UNKNOWN))
        sums: dict[str | None, float] = {}
        for out_kg, blend in outs:
            for lot, fraction in blend:
                sums[lot] = sums.get(lot, 0.0) + fraction * out_kg / kg
        return self._lots(tuple((lot, part) for lot, part in sums.items() if part > 0.0))

    def _out(self, silo: Silo, from_us: int, to_us: int, *, other: bool) -> tuple[float, Blend]:
        first = self.total(silo, from_us - silo.delay_us)
        last = self.total(silo, to_us - silo.delay_us)
        if first is None or last is None:
            return 0.0, UNKNOWN
        model = OTHER[silo.model] if other else silo.model
        return max(last - first, 0.0), self.traced(silo, model).parts(first, last)

    def _lots(self, blend: Blend) -> Parts:
        return [(None if lot is None else self._traced[lot], part) for lot, part in blend]

    def _slots_with_a_change(
        self, silo: Silo, model: Model, from_us: int, to_us: int
    ) -> Iterable[int]:
        first = self.total(silo, from_us - silo.delay_us)
        last = self.total(silo, to_us - silo.delay_us)
        if first is None or last is None:
            return
        starts = range(from_us - from_us % SLOT_US, to_us, SLOT_US)
        for edge in self.traced(silo, model).breaks(first, last):

            def passed(start: int, edge: float = edge) -> bool:
                total = self.total(silo, start + SLOT_US - silo.delay_us)
                return total is not None and total > edge

            index = bisect_left(starts, True, key=passed)
            # Where the total stands at the edge over some slots, each of them is by itself.
            yield from starts[max(index - 1, 0) : index + 1]


def _by_id(lots: Iterable[Lot]) -> dict[str, Lot]:
    found: dict[str, Lot] = {}
    for lot in lots:
        if lot.id in found:
            raise UnknownFuelError(f"lot {lot.id!r} is declared twice; give each its own id")
        found[lot.id] = lot
    return found


def _sorted_events(
    feeding: Feeding, lots: Mapping[str, Lot]
) -> tuple[dict[str, list[Filling | EmptyCheck]], dict[str, Discharges]]:
    silos = {silo.id: silo for silo in feeding.silos}
    steps: dict[str, list[Filling | EmptyCheck]] = {}
    discharges: dict[str, list[Discharge]] = {}
    for event in feeding.events:
        silo = silos.get(event.silo)
        if silo is None:
            raise UnknownFuelError(
                f"{event.id}: silo {event.silo!r} is not traced; give it `blending` in the site's "
                f"file, or use one of: {', '.join(sorted(silos)) or 'none is'}"
            )
        if isinstance(event, Discharge):
            discharges.setdefault(silo.id, []).append(event)
            continue
        if isinstance(event, Filling):
            lot = lots.get(event.lot)
            if lot is None or lot.fuel != silo.fuel:
                raise UnknownFuelError(
                    f"{event.id}: lot {event.lot!r} is no known lot of {silo.fuel}, which silo "
                    f"{silo.id} holds; import the lot first"
                )
        steps.setdefault(silo.id, []).append(event)
    for known in steps.values():
        known.sort(key=lambda step: (step.t_us, step.id))
    return steps, {silo: Discharges(each) for silo, each in discharges.items()}
