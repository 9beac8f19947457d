"""Which value counts for a fuel in a lot on a day, and why.

A lot's own analysis goes before what its certificate says, that before the site's own values, the
country's table, the study's and the IPCC's defaults. A factor whose calorific value nobody knows
is passed over, and the value that counts says so.
"""

from dataclasses import replace
from datetime import date
from typing import Protocol

from agent.cofiring.chosen import CERTIFICATE, DEFAULT, LAB, Chosen, Properties, from_table
from agent.cofiring.conversions import as_received, lot_ncv_dry, net
from agent.cofiring.fuels import Entry, FuelEntry, Physics
from agent.cofiring.lots import Lot, ncv_as_received


class AtFeeder(Protocol):
    """Water found at the feeder [mass fraction], with its 95 % half width and where it is from."""

    @property
    def value(self) -> float:
        """Water in what the feeder weighs [mass fraction]."""
        ...

    @property
    def half95(self) -> float | None:
        """Half width of its 95 % range; None where nobody states one."""
        ...

    @property
    def source(self) -> str:
        """Which measurement it is."""
        ...


def choose(
    entry: FuelEntry, lot: Lot | None, on: date, physics: Physics, moisture: AtFeeder | None = None
) -> Properties:
    """The values that count for a fuel in a lot on a day.

    Args:
        entry: What tables and site know of the fuel.
        lot: The lot that burns; None where none was declared.
        on: The day.
        physics: Constants.
        moisture: Water at the feeder, where it was measured; None for what the lot says.
    """
    look = _Look(entry, lot, on, physics, moisture)
    # Whatever nobody proved to be biogenic counts as fossil.
    fossil = Chosen(0.0, "1", "", DEFAULT, "no biogenic fraction known: all fossil")
    complete = Chosen(1.0, "1", "", DEFAULT, "complete oxidation")
    ncv, gcv = look.ncv(), look.gcv()
    if ncv is None and gcv is not None and entry.site.acknowledged:
        ncv = replace(gcv, acknowledged=entry.site.acknowledged)
    upstream = look.of_lot("upstream_co2e_g_per_mj_ncv", "g/MJ", "mj_ncv")
    return Properties(
        ncv=ncv,
        gcv=gcv,
        co2=look.co2(ncv, gcv),
        biogenic_carbon_fraction=look.of_lot("biogenic_carbon_fraction", "1", "")
        or look.table("biogenic_carbon_fraction")
        or fossil,
        oxidation=look.table("oxidation") or complete,
        ch4=look.table("ch4"),
        n2o=look.table("n2o"),
        upstream_co2e=replace(upstream, how=CERTIFICATE)
        if upstream
        else look.table("upstream_co2e"),
        moisture=look.moisture,
        ash=look.table("ash"),
        land_use_co2e=look.table("land_use_co2e"),
        upstream=tuple((e.stage, from_table(e, physics)) for e in entry.stages(on)),
    )


class _Look:
    """One lookup in a lot and the tables."""

    def __init__(
        self,
        entry: FuelEntry,
        lot: Lot | None,
        on: date,
        physics: Physics,
        at_feeder: AtFeeder | None,
    ) -> None:
        self.lot = lot or Lot("", entry.key, 0)
        self._declared = lot is not None
        self._entry, self._on, self._physics = entry, on, physics
        self._at_feeder = _water(at_feeder) if at_feeder else None
        self.moisture = (
            self._at_feeder or self.of_lot("moisture", "1", "ar") or self.table("moisture")
        )

    def of_lot(self, name: str, unit: str, basis: str, carbon: str = "") -> Chosen | None:
        """A value of the lot's own; None where it brings none."""
        value: float | None = getattr(self.lot, name)
        return None if value is None else self._lab(value, unit, basis, carbon)

    def table(self, quantity: str) -> Chosen | None:
        """The value of the tables that counts."""
        found = self._entry.at(quantity, self._on)
        return self._cast(found) if found else None

    def ncv(self) -> Chosen | None:
        """The net calorific value as received [MJ/kg]."""
        lot, physics = self.lot, self._physics
        dry = lot_ncv_dry(lot, physics)
        if dry is not None and self._at_feeder is not None:
            wet = ncv_as_received(dry, self._at_feeder.value, physics.latent_mj_per_kg)
            return replace(
                self._lab(wet, "MJ/kg", "ncv_ar"), reason=f"moisture: {self._at_feeder.source}"
            )
        own = lot.ncv_ar(physics)
        if own is not None:
            return self._lab(own, "MJ/kg", "ncv_ar")
        hydrogen = self.table("hydrogen_dry")
        gross = self._lot_gross()
        if gross and (made := net(gross, self.moisture, hydrogen, physics)):
            return made
        for found in self._entry.candidates("ncv", self._on):
            if value := as_received(self._cast(found), self.moisture, physics):
                return value
        for found in self._entry.candidates("gcv", self._on):
            gross = as_received(self._cast(found), self.moisture, physics)
            if gross and (made := net(gross, self.moisture, hydrogen, physics)):
                return made
        return None

    def gcv(self) -> Chosen | None:
        """The gross calorific value as received [MJ/kg]."""
        if gross := self._lot_gross():
            return gross
        for found in self._entry.candidates("gcv", self._on):
            if value := as_received(self._cast(found), self.moisture, self._physics):
                return value
        return None

    def co2(self, ncv: Chosen | None, gcv: Chosen | None) -> Chosen | None:
        """The CO₂ factor: the first whose calorific value is known, else the first of all."""
        known = {"kg": True, "mj_ncv": ncv is not None, "mj_gcv": gcv is not None}
        lab = self.of_lot("co2_total_g_per_mj_ncv", "g/MJ", "mj_ncv", "total")
        found = [lab] if lab else []
        found += [self._cast(e) for e in self._entry.candidates("co2", self._on)]
        passed: list[str] = []
        for each in found:
            if known[each.basis]:
                return replace(each, reason="; ".join([each.reason, *passed]).strip("; "))
            value = f"{each.how} {each.value:.6g} {each.unit}"
            passed.append(f"{value} passed over: no calorific value for {each.basis}")
        return found[0] if found else None

    def _lot_gross(self) -> Chosen | None:
        gross = self.lot.gcv_ar()
        return None if gross is None else self._lab(gross, "MJ/kg", "gcv_ar")

    def _lab(self, value: float, unit: str, basis: str, carbon: str = "") -> Chosen:
        return Chosen(value, unit, basis, LAB, f"lot {self.lot.id}", carbon=carbon)

    def _cast(self, entry: Entry) -> Chosen:
        none = f"lot {self.lot.id} has none" if self._declared else ""
        return from_table(entry, self._physics, none)


def _water(found: AtFeeder) -> Chosen:
    half = found.half95
    low = None if half is None else found.value - half
    high = None if half is None else found.value + half
    return Chosen(found.value, "1", "ar", LAB, found.source, low=low, high=high)
