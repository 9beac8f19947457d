"""Which issued periods rest on a lot or an event, so that people know what to restate."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, select

from agent.cofiring.fuels import Tables
from agent.cofiring.plant import Plant
from gateway.config import Config
from gateway.footprint.canonical import text_of
from gateway.footprint.lots.bodies import us_of
from gateway.footprint.lots.checking import Entry
from gateway.footprint.lots.entries import Version, after
from gateway.footprint.lots.fields import BOOKS
from gateway.footprint.lots.supply import feeding_of, told_of
from gateway.footprint.lots_file import load_lots
from gateway.footprint.schema import factor_records
from gateway.footprint.site import check_fuels
from gateway.footprint.store import FootprintStore

Span = tuple[int, int]


class Affected:
    """Finds what was issued with a lot or an event.

    Args:
        config: The site.
        plant: Its unit.
        tables: Reviewed tables.
        store: Where records lie.
    """

    def __init__(self, config: Config, plant: Plant, tables: Tables, store: FootprintStore) -> None:
        self._config, self._plant, self._tables = config, plant, tables
        self._engine: Engine = store.engine
        _, state = store.progress(f"{plant.plant_id}.{plant.unit_id}")
        self._closed_us = int(state.get("next_us") or 0)
        self.lots = load_lots(config.cofiring.lots_file)

    def by(self, versions: Sequence[Version], entries: Sequence[Entry]) -> list[Span | None]:
        """By entry, from when to when issued periods rest on it [UTC µs]; None where none do.

        Args:
            versions: What is known.
            entries: What is told, good throughout.
        """
        if not entries or not self._closed_us:
            return [None] * len(entries)
        known = {(v.kind, v.key): v.body or {} for v in versions}
        issued = self._issued(entry.key for entry in entries if entry.kind == "lot")
        burning = self._burning(versions, entries)
        spans = []
        for entry in entries:
            before = known.get((entry.kind, entry.key), {})
            if entry.kind in BOOKS:
                found = []
            elif entry.kind == "lot":
                found = [*issued.get(entry.key, ()), *burning.get(entry.key, ())]
            else:
                found = [span for body in (before, entry.body) if body for span in _of(body)]
            spans.append(self._closed(found))
        return spans

    def _closed(self, spans: Iterable[Span]) -> Span | None:
        cut = [(first, min(last, self._closed_us)) for first, last in spans]
        cut = [span for span in cut if span[0] < span[1]]
        if not cut:
            return None
        return min(first for first, _ in cut), max(last for _, last in cut)

    def _issued(self, lots: Iterable[str]) -> dict[str, list[Span]]:
        """Settlement periods whose records name a lot."""
        t = factor_records.c
        found = {}
        with self._engine.connect() as connection:
            for lot in lots:
                named = t.body.contains(f'"lot":{text_of(lot)}', autoescape=True)
                periods = select(t.valid_from_us, t.valid_to_us).where(
                    t.period == "settlement", named
                )
                found[lot] = [(row[0], row[1]) for row in connection.execute(periods)]
        return found

    def _burning(
        self, versions: Sequence[Version], entries: Sequence[Entry]
    ) -> dict[str, list[Span]]:
        """When lots that burn by a declared time will have burnt."""
        told = told_of(self.lots, after(versions, entries))
        feeding = feeding_of(self._config, told)
        burning = check_fuels(self._plant, self._tables, told.lots.values(), feeding)
        traced = {silo.fuel for silo in feeding.silos}
        found: dict[str, list[Span]] = {}
        for fuel in self._plant.fuels:
            lots = () if fuel.id in traced else burning.of(fuel.id)
            for n, lot in enumerate(lots):
                end_us = lots[n + 1].from_us if n + 1 < len(lots) else self._closed_us
                found.setdefault(lot.id, []).append((lot.from_us, end_us))
        return found


def _of(body: Mapping[str, Any]) -> Iterable[Span]:
    """From when on an event counts: a moisture until its end, all else until now."""
    begins = us_of(body.get("at_utc") or body["from_utc"])
    yield begins, us_of(body["to_utc"]) if "moisture" in body else 2**62
