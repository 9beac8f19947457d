"""What burns where silos stand before the feeder: lots traced through them by their outlet meters.

A fuel with a traced silo burns what came out of it, a transport delay ago. A fuel whose feeder is
filled from containers, each with one lot, is traced the same way through its feed line. Any other
fuel burns its lots one after the other, as the book of lots has them.
"""

import math
from bisect import bisect_left
from collections.abc import Container, Iterable, Mapping
from typing import Final

from agent.cofiring.balance import SLOT_US
from agent.cofiring.blending import OTHER, UNKNOWN, Blend, Model, Spent, Step, Trace, bounded, trace
from agent.cofiring.delivered import limits_kg
from agent.cofiring.delivered_book import DeliveredBook
from agent.cofiring.feeder_bound import FeederBound
from agent.cofiring.feeding import EmptyCheck, Feeding, Filling, Silo
from agent.cofiring.lots import Lot, Parts
from agent.cofiring.moisture import Composites, FeederMoisture
from agent.cofiring.silo_events import by_id, sorted_events
from agent.cofiring.totals import Totals

_HUNDRED: Final = 100.0
_NO_WEIGHERS: Final[Mapping[str, str]] = {}


class Supply:
    """Which lots burn in what parts; the `Burning` of a site.

    Args:
        lots: All of them; those of traced fuels need no order.
        feeding: Silos, what happened to them, and moistures.
        totals: What their outlet meters stood at, and the weighers of fuels without a silo.
        weighers: By fuel, the totaliser of what burns of it [kg]: bounds the lots of a fuel
            without a silo.
        uncounted: Fuels that cannot be counted without a lot.

    Raises:
        UnknownFuelError: A lot, silo or fuel is not known, or a lot is in another fuel's silo.
    """

    def __init__(
        self,
        lots: Iterable[Lot],
        feeding: Feeding,
        totals: Totals,
        weighers: Mapping[str, str] = _NO_WEIGHERS,
        uncounted: Container[str] = (),
    ) -> None:
        lots = tuple(lots)
        self._totals = totals
        self._silos: dict[str, list[Silo]] = {}
        for silo in sorted(feeding.silos, key=lambda one: one.id):
            self._silos.setdefault(silo.fuel, []).append(silo)
        untraced = (lot for lot in lots if lot.fuel not in self._silos)
        self._book = DeliveredBook(untraced, weighers, totals, uncounted)
        self._traced = by_id(lot for lot in lots if lot.fuel in self._silos)
        self._steps, self._discharges = sorted_events(feeding, self._traced)
        self._limits = limits_kg(feeding.events, self._traced, uncounted)
        self._traces: dict[tuple[str, Model], tuple[tuple[int, int], Trace]] = {}
        self._bounded: dict[tuple[str, Model], tuple[Trace, Trace]] = {}
        self._weighers = weighers
        self._feeders: dict[tuple[str, Model], tuple[tuple[Trace, int], FeederBound]] = {}
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
            return self._book.other_parts(fuel, from_us, to_us)
        return self._blended(fuel, from_us, to_us, other=True)

    def beyond(self, fuel: str, from_us: int, to_us: int) -> list[tuple[Lot, float]]:
        """Lots that are used up, with the fractions that burn in their place."""
        if fuel not in self._silos:
            return self._book.beyond(fuel, from_us, to_us)
        blend = self._blend(fuel, from_us, to_us, other=False)
        return [(self._traced[lot.lot], part) for lot, part in blend if isinstance(lot, Spent)]

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
            if bound := self._feeder(silos[0], model):
                for start in bound.used_up(from_us, to_us, self._totals.until_us()):
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
        """What comes out of a silo by its ledger, by the total of its outlet."""
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

    def delivered(self, silo: Silo, model: Model) -> Trace:
        """The same, with no more of a lot than was delivered of it."""
        found = self.traced(silo, model)
        known = self._bounded.get((silo.id, model))
        if known is None or known[0] is not found:
            known = found, bounded(found, self._limits.get(silo.id, {}))
            self._bounded[silo.id, model] = known
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
        return self._lots(self._blend(fuel, from_us, to_us, other=other))

    def _blend(self, fuel: str, from_us: int, to_us: int, *, other: bool) -> Blend:
        silo, *more = self._silos[fuel]
        blend = self._left(fuel, from_us, to_us, other=other)
        bound = None if more else self._feeder(silo, OTHER[silo.model] if other else silo.model)
        until_us = self._totals.until_us()
        return blend if bound is None else bound.weighed(blend, from_us, to_us, until_us)

    def _left(self, fuel: str, from_us: int, to_us: int, *, other: bool) -> Blend:
        outs = [self._out(silo, from_us, to_us, other=other) for silo in self._silos[fuel]]
        kg = sum(out_kg for out_kg, _ in outs)
        if kg <= 0.0:
            # Nothing left any of them: the feeder still holds what came last.
            return next((b for _, b in outs if b != UNKNOWN), UNKNOWN)
        sums: dict[str | Spent | None, float] = {}
        for out_kg, blend in outs:
            for lot, fraction in blend:
                sums[lot] = sums.get(lot, 0.0) + fraction * out_kg / kg
        return tuple((lot, part) for lot, part in sums.items() if part > 0.0)

    def _out(self, silo: Silo, from_us: int, to_us: int, *, other: bool) -> tuple[float, Blend]:
        first = self.total(silo, from_us - silo.delay_us)
        last = self.total(silo, to_us - silo.delay_us)
        if first is None or last is None:
            return 0.0, UNKNOWN
        model = OTHER[silo.model] if other else silo.model
        return max(last - first, 0.0), self.delivered(silo, model).parts(first, last)

    def _feeder(self, silo: Silo, model: Model) -> FeederBound | None:
        """What the feeder says of a silo's lots; None where its own total is the outlet's."""
        point, limits = self._weighers.get(silo.fuel), self._limits.get(silo.id)
        if point is None or not limits or point == silo.outlet_point:
            return None
        trace, edition = self.delivered(silo, model), self._totals.edition()
        known = self._feeders.get((silo.id, model))
        if known is None or known[0][0] is not trace or known[0][1] != edition:
            first_us = self._steps[silo.id][0].t_us + silo.shift_us + silo.delay_us
            bound = FeederBound(
                trace,
                limits,
                lambda t_us: self.total(silo, t_us - silo.delay_us),
                lambda t_us: self._totals.total(point, t_us),
                first_us,
            )
            known = self._feeders[silo.id, model] = (trace, edition), bound
        return known[1]

    def _lots(self, blend: Blend) -> Parts:
        parts: Parts = [(self._traced[lot], part) for lot, part in blend if isinstance(lot, str)]
        unknown = [part for lot, part in blend if not isinstance(lot, str)]
        return [*parts, (None, sum(unknown))] if unknown else parts

    def _slots_with_a_change(
        self, silo: Silo, model: Model, from_us: int, to_us: int
    ) -> Iterable[int]:
        first = self.total(silo, from_us - silo.delay_us)
        last = self.total(silo, to_us - silo.delay_us)
        if first is None or last is None:
            return
        starts = range(from_us - from_us % SLOT_US, to_us, SLOT_US)
        for edge in self.delivered(silo, model).breaks(first, last):

            def passed(start: int, edge: float = edge) -> bool:
                total = self.total(silo, start + SLOT_US - silo.delay_us)
                return total is not None and total > edge

            index = bisect_left(starts, True, key=passed)
            # Where the total stands at the edge over some slots, each of them is by itself.
            yield from starts[max(index - 1, 0) : index + 1]
