"""What the API shows of co-firing and factors, and the loop that keeps the account."""

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from agent.cofiring.biomass import biomass_of_rows
from agent.cofiring.packs import Packs
from agent.cofiring.record import FactorRecord
from agent.samples import Quality
from gateway.clock import Clock
from gateway.footprint.accountant import Accountant
from gateway.footprint.live import Live
from gateway.footprint.moments import us_of
from gateway.footprint.site import plant_of
from gateway.footprint.site_key import SiteKey
from gateway.footprint.store import FootprintStore
from gateway.historian.reader import Reader
from gateway.http.footprint_views import CofiringView, FuelFlow, LiveFactor
from gateway.http.hub import Hub
from gateway.paths import JOURNAL
from gateway.problems import UnavailableError
from gateway.site import Site
from gateway.views.freshness import Freshness, without_factor, without_figures
from gateway.views.plans import answered

_LOG: Final = logging.getLogger(__name__)
_ROWS_A_STEP: Final = 500
_RETRY_S: Final = 5.0


class AccountError(UnavailableError):
    """The account of fuels and factors cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """How the account fares.

    Args:
        error: Why it stands still; None while it goes on.
        journal_n: Commits up to this one are in it.
        closed_until_us: Minutes before this are closed, UTC [µs].
        conflicts: Reads left out because they contradict others.
    """

    error: str | None = None
    journal_n: int = 0
    closed_until_us: int = 0
    conflicts: int = 0


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
        self._site, self._data, self._clock = site, data, clock
        self._opened: tuple[FootprintStore, Accountant] | None = None
        self._error: str | None = None

    async def account_for_ever(self, interval_s: float) -> None:
        """Read on in the journal, issue what is due, show what is live; until cancelled."""
        while True:
            try:
                read = await asyncio.to_thread(self._step)
                if read < _ROWS_A_STEP:
                    self._publish()
            except Exception as err:  # noqa: BLE001 -- an alarm must outlive a carbon bug
                # The cursor has not moved: the same rows are read again.
                words = f"{type(err).__name__}: {err}"
                if words != self._error:
                    _LOG.error("the account stands still", exc_info=err)
                self._error = words
                await asyncio.sleep(_RETRY_S)
                continue
            self._error = None
            if read < _ROWS_A_STEP:
                await asyncio.sleep(interval_s)

    def account_status(self) -> AccountStatus:
        """How far the account is, and why it is not further."""
        if self._opened is None:
            return AccountStatus(self._error)
        return AccountStatus(self._error, **self._opened[1].status())

    def _step(self) -> int:
        # Opened here and not before: a footprint database that is damaged stops no alarm.
        if self._opened is None:
            site, store = self._site, FootprintStore.open(self._data)
            journal = Reader(self._data / JOURNAL)
            key = SiteKey.open(site.config.signing_key())
            self._opened = (
                store,
                Accountant(site.config, site.tables, site.lots, journal, store, self._clock, key),
            )
        return self._opened[1].step(_ROWS_A_STEP)

    @property
    def _store(self) -> FootprintStore:
        if self._opened is None:
            reason = self._error or "it is being opened"
            raise AccountError(f"the footprint database cannot be read yet: {reason}; see health")
        return self._opened[0]

    @property
    def packs(self) -> Packs:
        """The reporting schemes, as reviewed."""
        return self._site.tables.schemes

    def plan(self, asked: Mapping[str, Any] | None, language: str | None) -> dict[str, Any]:
        """What the steps of a plan would give, in a language or else in the site's."""
        return answered(asked, self._site.tables, language or self._site.config.site.language)

    def live(self) -> Live | None:
        """The trailing minutes as the account has them, old or not; None before any."""
        return None if self._opened is None else self._opened[1].live()

    def cofiring_latest(self) -> CofiringView | None:
        """The trailing minutes; None before the first readings."""
        live = self.live()
        return None if live is None else self._of_live(live)

    async def cofiring(self, from_us: int, to_us: int, period: str) -> list[CofiringView]:
        """Minutes or settlement periods that begin in the range, in time order."""
        records = await asyncio.to_thread(
            self._store.factors,
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
        return [
            msgspec.to_builtins(record) for record in await asyncio.to_thread(self._store.latest)
        ]

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
        records = await asyncio.to_thread(
            self._store.factors,
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
        record = await asyncio.to_thread(self._store.get, record_id)
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
