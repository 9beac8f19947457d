"""What the API answers of the alarm journal as a whole: KPIs, the report, and exports."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.clock import Clock
from gateway.config import Config
from gateway.historian.reader import Reader
from gateway.views.alarm_exports import Export, Format
from gateway.views.alarm_words import AlarmWords
from gateway.views.cards import CardRack
from gateway.views.kpi_report import read_report
from gateway.views.kpi_sheets import KpiReport
from gateway.views.kpis import kpis_json
from gateway.views.periods import Asked
from gateway.views.places import places
from gateway.views.sheets import POLICY


class AlarmRecords:
    """Reads the journal with readers of its own, so that nobody waits for a long report.

    Args:
        journal: The journal's file.
        config: The site.
        clock: What time it is.
    """

    def __init__(self, journal: Path, config: Config, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._rack = CardRack()
        self.use(config)

    @property
    def policy(self) -> str:
        """Content security policy of its pages."""
        return POLICY

    def use(self, config: Config) -> None:
        """The site from now on."""
        self._config = config

    async def kpi(
        self, *, week: str | None, month: str | None, from_us: int | None, to_us: int | None
    ) -> dict[str, Any]:
        """The figures of a period; the last whole week where none is named."""
        asked = Asked(week, month, from_us, to_us)
        report = await asyncio.to_thread(self._report, asked, None)
        return kpis_json(report.kpis)

    async def report(
        self,
        *,
        week: str | None,
        month: str | None,
        from_us: int | None,
        to_us: int | None,
        language: str | None,
    ) -> str:
        """The same as a page for the printer."""
        asked = Asked(week, month, from_us, to_us)
        report = await asyncio.to_thread(self._report, asked, language)
        return report.page()

    def export(
        self,
        kind: Format,
        *,
        alarm: str | None,
        from_us: int | None,
        to_us: int | None,
        language: str | None,
    ) -> Iterator[str]:
        """The alarm journal, or one alarm's part of it with its card; blocks while it reads."""
        site = self._config.site
        words = AlarmWords(language or site.language)
        return Export(
            journal=self._journal,
            from_us=from_us,
            to_us=to_us,
            title=f"{words['journal']} – {site.name}",
            words=words,
            zone=ZoneInfo(site.timezone),
            places=places(self._config),
            alarm=alarm,
            card=None if alarm is None else self._rack.guide(self._config, alarm, words.language),
        ).pieces(kind)

    def _report(self, asked: Asked, language: str | None) -> KpiReport:
        reader = Reader(self._journal)
        try:
            now_us = self._clock.now().utc_us
            return read_report(reader, self._config, asked, language, now_us)
        finally:
            reader.close()
