"""Lots for the API: what is known of them, and what people tell, on its way to the disk."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from agent.cofiring.burn_first import Risk, Stored, burn_first
from agent.errors import NotAllowedError
from gateway.clock import Clock
from gateway.footprint.lots.checking import Checker, Place
from gateway.footprint.lots.entries import Entries, Version
from gateway.footprint.lots.grading import graded, load_quality
from gateway.footprint.lots.holding import Holding
from gateway.footprint.lots.importing import Importer, Preview
from gateway.footprint.lots.silos import silo_states
from gateway.footprint.lots.supply import told_of
from gateway.footprint.lots_file import bodies_of
from gateway.footprint.store import FootprintStore
from gateway.http.lot_views import ChangeView, ImportView, TurnView, VersionView
from gateway.http.store_views import StoreStatus, StoreView
from gateway.site import Site
from gateway.views.asked import asked

_DAY_US: Final = 86_400_000_000
_RISKS: Final[Mapping[StoreStatus, Risk]] = {
    "alarm": "handle",
    "warning": "warning",
    "fault": "unwatched",
    "silent": "unwatched",
    "no_data": "unwatched",
    "no_sensor": "unwatched",
    "ok": "watched",
}


class LotBench:
    """Where lots are shown and told of.

    Args:
        site: Fuels, tables and the lots file.
        clock: When something is told; nothing is taken while it cannot be believed.
        stores: Every store, as its alarms have it.
    """

    def __init__(
        self,
        site: Site,
        clock: Clock,
        stores: Callable[[], Sequence[StoreView]],
    ) -> None:
        self._site, self._clock = site, clock
        self._stores = stores
        self._opened: FootprintStore | None = None

    async def versions(self, as_of_us: int | None) -> list[VersionView]:
        """Every lot and event that counts, as it was known then; None for now."""
        return await asked(self._versions, as_of_us)

    async def history(self, kind: str, key: str) -> list[VersionView]:
        """Every version of one lot or event, the oldest first."""
        found = await asked(lambda: self._entries().versions(kind, key))
        return [_view(version) for version in found]

    async def take(
        self,
        documents: Mapping[str, Sequence[Mapping[str, Any]]],
        person: str,
        *,
        dry_run: bool,
        accept_good: bool,
    ) -> ImportView:
        """Check what a person tells, and keep it; return once it is on disk.

        Raises:
            NotAllowedError: The clock cannot be believed.
        """
        now = self._clock.now()
        if not now.synchronised:
            words = "the clock is not synchronised: what is told would be dated wrongly; see health"
            raise NotAllowedError(words)
        wanted = (documents, person, dry_run, accept_good, now.utc_us)
        return await asked(self._take, *wanted)

    async def silos(self) -> list[dict[str, Any]]:
        """What each traced silo holds."""
        site = self._site
        states = await asked(
            lambda: silo_states(site.config, site.tables, site.lots, self._store())
        )
        return [state.as_dict() for state in states]

    async def quality(self) -> list[dict[str, Any]]:
        """Grades and classes of waste-derived fuels."""
        return await asked(self._quality)

    async def burn_first(self) -> list[TurnView]:
        """The order in which stores are to be burnt."""
        now_us = self._clock.now().utc_us
        views = tuple(self._stores())
        return await asked(self._burn_first, views, now_us)

    def _burn_first(self, views: Sequence[StoreView], now_us: int) -> list[TurnView]:
        config = self._site.config
        zone = ZoneInfo(config.site.timezone)
        loaded = {store.id: _midnight_us(store.loaded, zone) for store in config.stores()}
        told = told_of(self._site.lots, self._entries().newest())
        holding = Holding(config, told.lots.values())
        stored = []
        for one in views:
            lot = holding.lot(one.id, now_us)
            since_us = loaded.get(one.id)
            if lot is not None and lot.delivery is not None:
                since_us = lot.delivery.delivered_us or since_us
            name = lot.id if lot else one.lot or ""
            risk = _RISKS[one.status]
            stored.append(Stored(one.id, one.fuel, name, since_us, risk, one.status))
        return [
            TurnView(
                turn.place,
                turn.stored.store,
                turn.stored.fuel,
                turn.stored.lot,
                None if turn.age_us is None else round(turn.age_us / _DAY_US, 2),
                turn.stored.risk,
                turn.stored.why,
            )
            for turn in burn_first(stored, now_us)
        ]

    def _store(self) -> FootprintStore:
        # Opened here and not before: a footprint database that is damaged stops no alarm.
        if self._opened is None:
            self._opened = FootprintStore.of(self._site.config)
        return self._opened

    def _entries(self) -> Entries:
        return Entries(self._store().engine)

    def _versions(self, as_of_us: int | None) -> list[VersionView]:
        versions = self._entries().newest(as_of_us)
        imported = {version.key for version in versions if version.kind == "lot"}
        path = self._site.config.cofiring.lots_file
        declared = [
            VersionView("lot", key, path.name, path.name, body)
            for key, body in bodies_of(path).items()
            if key not in imported
        ]
        return [*map(_view, versions), *declared]

    def _take(
        self,
        documents: Mapping[str, Sequence[Mapping[str, Any]]],
        person: str,
        dry_run: bool,
        accept_good: bool,
        now_us: int,
    ) -> ImportView:
        importer = Importer(self._site.config, self._site.tables, self._store())
        checker = Checker("request", lambda path: Place(None))
        bodies = importer.bodies()
        for kind, told in documents.items():
            checker.documents(kind, told, bodies)
        preview = importer.preview_of(checker.found, "request")
        blocked = dry_run or (preview.problems and not accept_good)
        kept = [] if blocked else importer.keep(preview, person, now_us)
        return _shown(preview, len(kept))

    def _quality(self) -> list[dict[str, Any]]:
        lots = told_of(self._site.lots, self._entries().newest()).lots.values()
        return [one.as_dict() for one in graded(self._site.config, lots, load_quality())]


def _view(version: Version) -> VersionView:
    return VersionView(
        version.kind,
        version.key,
        version.person,
        version.source,
        version.body,
        version.recorded_at_us,
    )


def _shown(preview: Preview, kept: int) -> ImportView:
    changes = tuple(
        ChangeView(
            change.entry.kind,
            change.entry.key,
            change.what,
            change.fields,
            change.restates[0] if change.restates else None,
            change.restates[1] if change.restates else None,
        )
        for change in preview.changes
    )
    return ImportView(changes, preview.same, tuple(map(str, preview.problems)), kept)


def _midnight_us(day: date | None, zone: ZoneInfo) -> int | None:
    if day is None:
        return None
    return round(datetime.combine(day, time(), zone).timestamp()) * 1_000_000
