"""Which value counts for a fuel in a lot on a day, and why.

A lot's own analysis goes before what its certificate says, that before the site's own values, the
country's table, the study's and the IPCC's defaults. A factor whose calorific value nobody knows
is passed over, and the value that counts says so.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from agent.cofiring.analyses import Measured
from agent.cofiring.chosen import CERTIFICATE, DEFAULT, LAB, Chosen, Properties, from_table
from agent.cofiring.conversions import MOISTURE, as_received, dry, gross, net
from agent.cofiring.doubts import doubts
from agent.cofiring.fuels import TIERS, Entry, FuelEntry, Physics
from agent.cofiring.lot import Lot
from agent.cofiring.moisture import FeederMoisture

# Whatever nobody proved to be biogenic counts as fossil.
_FOSSIL: Final = Chosen(0.0, "1", "", DEFAULT, "no biogenic fraction known: all fossil")
_LOT: Final = (LAB, CERTIFICATE)
_ORDER: Final = (LAB, CERTIFICATE, *TIERS)
_UNNAMED: Final = "laboratory not named"
"""Lots whose reports do not say who analysed count as analysed by one."""
_FEEDER: Final = "moisture at the feeder"
_COMPLETE: Final = Chosen(1.0, "1", "", DEFAULT, "complete oxidation")


def choose(
    entry: FuelEntry,
    lot: Lot | None,
    on: date,
    physics: Physics,
    moisture: FeederMoisture | None = None,
) -> Properties:
    """The values that count for a fuel in a lot on a day.

    Args:
        entry: What tables and site know of the fuel.
        lot: The lot that burns; None where none was declared.
        on: The day.
        physics: Constants.
        moisture: Water at the feeder, where it is known; None for what the lot says.
    """
    look = _Look(entry, lot, on, physics, moisture)
    ncv, gcv = look.ncv(), look.gcv()
    if ncv is None and gcv is not None and entry.site.acknowledged:
        ncv = replace(gcv, acknowledged=entry.site.acknowledged)
    upstream, stages = look.upstream()
    co2 = look.co2(ncv, gcv)
    return Properties(
        ncv=ncv,
        gcv=gcv,
        co2=co2,
        biogenic_carbon_fraction=look.lab("biogenic_carbon_fraction", "1")
        or look.table("biogenic_carbon_fraction")
        or _FOSSIL,
        oxidation=look.table("oxidation") or _COMPLETE,
        ch4=look.table("ch4"),
        n2o=look.table("n2o"),
        upstream_co2e=upstream,
        moisture=look.water,
        ash=look.ash(),
        land_use_co2e=look.certified(look.lot.land_use_co2e_g_per_mj_ncv)
        or look.table("land_use_co2e"),
        upstream=stages,
        doubts=tuple(doubts(entry, on, co2, ncv, gcv)),
    )


class _Look:
    """One lookup in a lot and the tables."""

    def __init__(
        self,
        entry: FuelEntry,
        lot: Lot | None,
        on: date,
        physics: Physics,
        at_feeder: FeederMoisture | None,
    ) -> None:
        self.lot = lot or Lot("", entry.key, 0)
        self._entry, self._on, self._physics = entry, on, physics
        self._own_water = self.lab("moisture", "1", "ar")
        self._at_feeder = at_feeder
        self.water = (
            _water(at_feeder, self.lot.fuel)
            if at_feeder
            else self._own_water or self.table(MOISTURE)
        )

    def lab(self, quantity: str, unit: str, basis: str = "", carbon: str = "") -> Chosen | None:
        """A value of the lot's own analyses or certificate; None where they have none."""
        found = self.lot.measured(quantity)
        if found is None:
            return None
        low = high = None
        if found.half95 is not None:
            low, high = found.value - found.half95, found.value + found.half95
        return Chosen(
            found.value, unit, basis, found.how, found.source or f"lot {self.lot.id}",
            carbon=carbon, low=low, high=high, reason=found.method, samples=found.n,
            laboratory=self._laboratory(found),
        )  # fmt: skip

    def _laboratory(self, found: Measured) -> str:
        """Whose systematic error an analysis has: one laboratory is not wrong anew in each lot."""
        fuel = self.lot.fuel
        if found.laboratory:
            return f"{found.laboratory}, {fuel}"
        return f"{_UNNAMED}, {fuel}" if found.how == LAB else ""

    def certified(self, g_per_mj: float | None) -> Chosen | None:
        """A figure of the lot's way here, which its papers say."""
        if g_per_mj is None:
            return None
        sets = {leg.gwp_set for leg in self.lot.legs}
        one_set = sets.pop() if len(sets) == 1 else ""
        source = f"lot {self.lot.id}"
        return Chosen(g_per_mj, "g/MJ", "mj_ncv", CERTIFICATE, source, gwp_set=one_set)

    def table(self, quantity: str) -> Chosen | None:
        """The value of the tables that counts."""
        found = self._entry.at(quantity, self._on)
        return self._cast(found) if found else None

    def ncv(self) -> Chosen | None:
        """The net calorific value as received [MJ/kg]."""
        made = [*self._values("ncv"), *self._net_of_gross()]
        return min(made, key=lambda value: _ORDER.index(value.how), default=None)

    def gcv(self) -> Chosen | None:
        """The gross calorific value as received [MJ/kg]."""
        made = [*self._values("gcv"), *self._gross_of_net()]
        return min(made, key=lambda value: _ORDER.index(value.how), default=None)

    def co2(self, ncv: Chosen | None, gcv: Chosen | None) -> Chosen | None:
        """The CO₂ factor: the first whose calorific value is known, else the first of all.

        A table's gross value is of another coal where the net one is the lot's own: a factor
        counted with it would not move with what burns.
        """
        known = {
            "kg": True,
            "mj_ncv": ncv is not None,
            "mj_gcv": gcv is not None and not _of_another(gcv, ncv),
        }
        found = [self._cast(e) for e in self._entry.candidates("co2", self._on)]
        if lab := self._lab_co2():
            found.insert(0, lab)
        passed: list[str] = []
        for each in found:
            if known[each.basis]:
                return replace(each, reason="; ".join(filter(None, [each.reason, *passed])))
            value = f"{each.how} {each.value:.6g} {each.unit}"
            passed.append(f"{value} passed over: no calorific value for {each.basis}")
        return found[0] if found else None

    def ash(self) -> Chosen | None:
        """Ash as received [mass fraction]."""
        found = self.lab("ash_dry", "1", "d") or self.table("ash")
        if found is None or found.basis != "d":
            return found
        if self.water is None:
            return None
        return _scaled(found, 1.0 - self.water.value, "1", "ar")

    def upstream(self) -> tuple[Chosen | None, tuple[tuple[str, Chosen], ...]]:
        """The supply chain as a whole [g CO₂e/MJ], and its stages that are known."""
        physics, lot = self._physics, self.lot
        known = {stage: self.certified(g) for stage, g in lot.upstream_by_stage(physics).items()}
        stages = tuple((stage, found) for stage, found in known.items() if found)
        if own := self.certified(lot.upstream(physics)):
            return own, stages
        of_table = tuple((e.stage, self._cast(e)) for e in self._entry.stages(self._on))
        return self.table("upstream_co2e"), stages or of_table

    def _values(self, kind: str) -> Iterator[Chosen]:
        """Calorific values as received, net or gross, the best first."""
        wet = self.lab(f"{kind}_ar_mj_per_kg", "MJ/kg", f"{kind}_ar")
        if wet and (self._at_feeder is None or self._at_feeder.value == self.lot.moisture):
            yield wet
        matter = self.lab(f"{kind}_dry_mj_per_kg", "MJ/kg", f"{kind}_d")
        if matter is None and wet is not None:
            matter = dry(wet, self._own_water, self._physics)
        if matter and (made := as_received(matter, self.water, self._physics)):
            yield made
        if wet is not None:
            yield wet
        for entry in self._entry.candidates(kind, self._on):
            if made := as_received(self._moved(entry), self.water, self._physics):
                yield made

    def _moved(self, entry: Entry) -> Chosen:
        """A calorific value of the tables, of the dry matter where this fuel is otherwise wet.

        Only a moisture of the same tier is the one it was published at: a statutory value stays as
        the state has it.
        """
        given = self._cast(entry)
        waters = self._entry.candidates(MOISTURE, self._on)
        own = next((self._cast(e) for e in waters if e.tier == entry.tier), None)
        if given.basis.endswith("_d"):
            return replace(given, published=given.value)
        if self.water is None or own is None or self.water.value == own.value:
            return given
        matter = dry(given, own, self._physics)
        return given if matter is None else replace(matter, published=given.value)

    def _net_of_gross(self) -> Iterator[Chosen]:
        """Net calorific values as received, made from gross ones."""
        hydrogen = self.lab("hydrogen_dry", "1", "d") or self.table("hydrogen_dry")
        for value in self._values("gcv"):
            matter = dry(value, self.water, self._physics)
            matter = matter and net(matter, hydrogen, self._physics)
            if matter and (made := as_received(matter, self.water, self._physics)):
                of_table = value.how in TIERS and value.published is None
                yield replace(made, published=value.value) if of_table else made

    def _gross_of_net(self) -> Iterator[Chosen]:
        """Gross calorific values as received, made from the lot's own net ones."""
        hydrogen = self.lab("hydrogen_dry", "1", "d") or self.table("hydrogen_dry")
        for value in self._values("ncv"):
            if value.how not in _LOT:
                return
            matter = dry(value, self.water, self._physics)
            matter = matter and gross(matter, hydrogen, self._physics)
            if matter and (made := as_received(matter, self.water, self._physics)):
                yield made

    def _lab_co2(self) -> Chosen | None:
        """The lot's own CO₂, which is of the same dry carbon at any moisture."""
        moisture = self._at_feeder.value if self._at_feeder else None
        given = self.lab("co2_total_g_per_mj_ncv", "g/MJ", "mj_ncv", "total")
        if given is not None:
            value = self.lot.co2_total(self._physics, moisture)
            return given if value is None else _scaled(given, value / given.value, "g/MJ", "mj_ncv")
        carbon = self.lab("carbon_dry", "1", "d", "total")
        if carbon is None or self.water is None:
            return None
        per_kg = (1.0 - self.water.value) * self._physics.co2_per_carbon * 1000.0
        return _scaled(carbon, per_kg, "g/kg", "kg")

    def _cast(self, entry: Entry) -> Chosen:
        return from_table(entry, self._physics)


def _of_another(gcv: Chosen, ncv: Chosen | None) -> bool:
    """Whether a gross value is a default while the net one is the lot's own."""
    return ncv is not None and ncv.how in _LOT and gcv.how not in _LOT


def _water(found: FeederMoisture, fuel: str) -> Chosen:
    low = high = None
    if found.half95 is not None:
        low, high = found.value - found.half95, found.value + found.half95
    shared = f"{_FEEDER}, {fuel}"
    return Chosen(found.value, "1", "ar", LAB, found.source, low=low, high=high, laboratory=shared)


def _scaled(value: Chosen, scale: float, unit: str, basis: str) -> Chosen:
    """A value of dry matter, as received."""
    if scale == 1.0:
        return replace(value, unit=unit, basis=basis)
    return replace(
        value,
        value=value.value * scale,
        unit=unit,
        basis=basis,
        low=None if value.low is None else value.low * scale,
        high=None if value.high is None else value.high * scale,
        made_from=(*value.made_from, MOISTURE),
    )
