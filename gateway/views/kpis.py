"""The KPIs of the alarm journal: read from it, whether its gateway runs or not."""

import tomllib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from agent.alarms import kpis
from agent.alarms.events import AlarmEvent
from agent.alarms.kpis_figures import AlarmKpis
from agent.alarms.kpis_history import FOREVER_US
from agent.alarms.kpis_table import KpiTable, read_kpi_table
from gateway.historian.coverage import KIND, covered
from gateway.historian.reader import Reader
from gateway.http.moments import to_iso

_TABLE: Final = Path(kpis.__file__).parents[1] / "tables" / "alarm_kpis.toml"
_PAGE: Final = 5_000


def load_kpi_table() -> KpiTable:
    """The reviewed table that comes with the program.

    Raises:
        BadKpiTableError: It contradicts itself.
    """
    return read_kpi_table(tomllib.loads(_TABLE.read_text(encoding="utf-8")))


def journal_kpis(reader: Reader, table: KpiTable, from_us: int, to_us: int) -> AlarmKpis:
    """The figures of a period. All events before its end are read: an alarm may stand for long.

    Args:
        reader: Of the journal.
        table: Definitions and targets.
        from_us: Start, UTC [µs].
        to_us: End, not in it, UTC [µs].

    Raises:
        JournalError: The journal cannot be read.
    """
    runs = covered(reader.state(KIND))
    return kpis.alarm_kpis(_events(reader, to_us), runs, from_us, to_us, table)


def _events(reader: Reader, until_us: int) -> Iterator[AlarmEvent]:
    after = 0
    while page := reader.alarm_events(after, _PAGE, until_us=until_us):
        yield from (stored.event for stored in page)
        after = page[-1].id


def recorded_until_us(reader: Reader) -> int:
    """Up to when there is a journal, UTC [µs]; 0 where there is none.

    Raises:
        JournalError: The journal cannot be read.
    """
    return max((run.to_us for run in covered(reader.state(KIND))), default=0)


def kpis_json(kpis: AlarmKpis) -> dict[str, Any]:
    """The figures as JSON-ready fields; instants ISO 8601, null where unknown or not yet."""
    fields = asdict(kpis)
    for name in ("from", "to"):
        fields[f"{name}_utc"] = to_iso(fields.pop(f"{name}_us"))
    fields["floods"] = [_stretch(*flood) for flood in kpis.floods]
    fields["stale"] = [{"alarm_id": s.alarm_id, **_stretch(*s.span)} for s in kpis.stale]
    for hiding in fields["hidings"]:
        for name in ("at", "until"):
            t_us = hiding.pop(f"{name}_us")
            hiding[f"{name}_utc"] = None if t_us is None else to_iso(t_us)
    return fields


def _stretch(from_us: int, to_us: int) -> dict[str, str | None]:
    ended = None if to_us >= FOREVER_US else to_iso(to_us)
    return {"from_utc": to_iso(from_us), "to_utc": ended}
