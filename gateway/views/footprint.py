"""What the API shows of co-firing and factors."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from agent.cofiring.biomass import biomass_of_rows
from agent.cofiring.packs import Packs
from agent.cofiring.record import FactorRecord
from agent.samples import Quality
from gateway.clock import Clock
from gateway.footprint.live import Live
from gateway.footprint.moments import us_of
from gateway.footprint.site import plant_of
from gateway.http.footprint_views import CofiringView, FuelFlow, LiveFactor
from gateway.http.hub import Hub
from gateway.site import Site
from gateway.views.account import Account
from gateway.views.asked import asked
from gateway.views.freshness import Freshness, without_factor, without_figures
from gateway.views.plans import answered


class FootprintView:
    """Shares and factors: live from the accountant, issued ones from the database.

    Args:
        site: Fuels, lots and tables.
        data: The site's data directory.
        clock: Nothing is issued while it cannot be believed.
        hub: Gets the live figures after each step.
        freshness: Which figures are too old to be shown as the present ones.
    """

    def __init__(
        self, site: Site, data: Path, clock: Clock, hub: Hub, freshness: Freshness
    ) -> None:
        self._fuels = {fuel.id: fuel for fuel in site.config.fuel}
        plant = plant_of(site.config, site.tables)
        self._freshness = freshness
        self._needed = plant.needed()
        self._biomass = {fuel.id: fuel.is_biomass for fuel in plant.fuels}
        self._series = f"{site.config.site.id}.{site.config.unit.id}.electricity"
        self._gwp_set = site.config.cofiring.gwp_set
        gwp = site.tables.gwp[self._gwp_set]
        self._gwp_ch4 = float(getattr(gwp, site.tables.combustion_ch4))
        self._gwp_n2o = gwp.n2o
        self._live_hub = hub
        self._site = site
        self.account = Account(site, data, clock, self._publish)

    @property
    def packs(self) -> Packs:
        """The reporting schemes, as reviewed."""
        return self._site.tables.schemes

    def plan(self, asked: Mapping[str, Any] | None, language: str | None) -> dict[str, Any]:
        """What the steps of a plan would give, in a language or else in the site's."""
        return answered(asked, self._site.tables, language or self._site.config.site.language)

    def live(self) -> Live | None:
        """The trailing minutes as the account has them, old or not; None before any."""
        return self.account.live()

    def cofiring_latest(self) -> CofiringView | None:
        """The trailing minutes; None before the first readings."""
        live = self.live()
        return None if live is None else self._of_live(live)

    async def cofiring(self, from_us: int, to_us: int, period: str) -> list[CofiringView]:
        """Minutes or settlement periods that begin in the range, in time order."""
        records = await asked(
            self.account.store.factors,
            series=f"{self._series}.{period}",
            from_us=from_us,
            to_us=to_us,
            limit=10_000,
        )
        return [self._of_record(record) for record in records]

    def factor_live(self) -> LiveFactor | None:
        """The factor of the trailing minutes; computed, never stored."""
        live = self.live()
        return None if live is None else self._factor(live)

    async def factors_latest(self) -> list[dict[str, Any]]:
        """The newest record of each series."""
        return [msgspec.to_builtins(record) for record in await asked(self.account.store.latest)]

    async def factors(
        self,
        *,
        series: str | None,
        period: str | None,
        from_us: int | None,
        to_us: int | None,
        as_of_us: int | None,
        limit: int,
    ) -> list[dict[str, Any]]:
        """Records as they were known at `as_of_us`, in time order."""
        records = await asked(
            self.account.store.factors,
            series=series,
            period=period,
            from_us=from_us,
            to_us=to_us,
            as_of_us=as_of_us,
            limit=limit,
        )
        return [msgspec.to_builtins(record) for record in records]

    async def factor(self, record_id: str) -> dict[str, Any] | None:
        """One record, superseded or not."""
        record = await asked(self.account.store.get, record_id)
        return None if record is None else msgspec.to_builtins(record)

    def _publish(self) -> None:
        if self._live_hub.is_idle:
            return
        live = self.live()
        if live is not None:
            self._live_hub.view(self._of_live(live))
            self._live_hub.view(self._factor(live))

    def _of_live(self, live: Live) -> CofiringView:
        hours = (live.to_us - live.from_us) / 3.6e9
        view = self._view(live.factor, live.from_us, live.to_us, hours)
        return without_figures(view) if self._is_past(live) else view

    def _of_record(self, record: FactorRecord) -> CofiringView:
        from_us, to_us = us_of(record.valid_from_utc), us_of(record.valid_to_utc)
        return self._view(record, from_us, to_us, (to_us - from_us) / 3.6e9)

    def _view(self, record: FactorRecord, from_us: int, to_us: int, hours: float) -> CofiringView:
        return CofiringView(
            period=record.period,
            valid_from_us=from_us,
            valid_to_us=to_us,
            fuels=tuple(self._flow(name, record, hours) for name in self._fuels),
            biomass_share_mass=biomass_of_rows(record.fuels, "kg", self._biomass),
            biomass_share_heat=biomass_of_rows(record.fuels, "mj", self._biomass),
            cv_basis=record.cv_basis,
            gross_kwh=record.gross_kwh,
            net_kwh=record.net_kwh,
            net_kw=None if record.net_kwh is None else record.net_kwh / hours,
            steam_mj=record.steam_mj,
            coverage=record.coverage,
            quality=_quality(record),
            reason=record.no_factor_reason,
            estimated_fraction=record.estimated_fraction,
        )

    def _flow(self, fuel: str, record: FactorRecord, hours: float) -> FuelFlow:
        kg = _total(record.fuels, fuel, "kg")
        return FuelFlow(
            id=fuel,
            name=self._fuels[fuel].name,
            biomass=self._biomass[fuel],
            mass_kg=kg,
            mass_kg_per_h=None if kg is None else kg / hours,
            heat_mj=_total(record.fuels, fuel, "mj"),
            share_mass=None if record.share_mass is None else record.share_mass.get(fuel),
            share_heat=None if record.share_heat is None else record.share_heat.get(fuel),
        )

    def _factor(self, live: Live) -> LiveFactor:
        factor = self._live_factor(live)
        return without_factor(factor) if self._is_past(live) else factor

    def _is_past(self, live: Live) -> bool:
        return self._freshness.is_past(live.to_us, self._needed)

    def _live_factor(self, live: Live) -> LiveFactor:
        record = live.factor
        fossil, biogenic = record.ch4_fossil_kg_per_kwh, record.ch4_biogenic_kg_per_kwh
        ch4 = None if fossil is None or biogenic is None else (fossil + biogenic) * self._gwp_ch4
        n2o = record.n2o_kg_per_kwh
        return LiveFactor(
            series_id=f"{self._series}.live",
            product="electricity",
            valid_from_us=live.from_us,
            valid_to_us=live.to_us,
            direct_co2e_kg_per_kwh=self._in_set(record.direct_co2e_kg_per_kwh),
            co2e_parts_kg_per_kwh={
                "fossil_co2": record.fossil_co2_kg_per_kwh,
                "ch4": ch4,
                "n2o": None if n2o is None else n2o * self._gwp_n2o,
            },
            biogenic_co2_kg_per_kwh=record.biogenic_co2_kg_per_kwh,
            upstream_co2e_kg_per_kwh=self._in_set(record.upstream_co2e_kg_per_kwh),
            lifecycle_co2e_kg_per_kwh=self._in_set(record.lifecycle_co2e_kg_per_kwh),
            gwp_set=self._gwp_set,
            net_kw=live.net_kw,
            coverage=record.coverage,
            quality=_quality(record),
            reason=record.no_factor_reason,
        )

    def _in_set(self, figures: Mapping[str, float] | None) -> float | None:
        return None if figures is None else figures[self._gwp_set]


def _quality(record: FactorRecord) -> Quality:
    if record.fossil_co2_kg_per_kwh is None:
        return Quality.BAD
    return Quality.GOOD if record.coverage >= 1.0 else Quality.UNCERTAIN


def _total(recipe: Sequence[Mapping[str, Any]], fuel: str, key: str) -> float | None:
    """What all lots of a fuel gave together; None where any part is not known."""
    parts: list[float | None] = [entry.get(key) for entry in recipe if entry["fuel"] == fuel]
    known = [part for part in parts if part is not None]
    return math.fsum(known) if parts and len(known) == len(parts) else None
