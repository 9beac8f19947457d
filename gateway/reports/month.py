"""A month as it was known at some time: its records, and what the books need beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from agent.cofiring.lots import Lot
from agent.cofiring.plant import Plant
from agent.cofiring.record import FactorRecord
from agent.errors import HinobanError
from gateway.config import Config
from gateway.footprint.calendar import Calendar, Span
from gateway.footprint.lots.entries import Entries, Version
from gateway.footprint.lots.grading import Graded, graded, load_quality
from gateway.footprint.lots.supply import told_of
from gateway.footprint.seals import Seal
from gateway.footprint.site import plant_of
from gateway.footprint.store import FootprintStore
from gateway.footprint.tables import Tables
from gateway.site import Site

UNMEASURED: Final = "unmeasured: "
"""How a record's mark begins that names a totaliser and for how long it was not measured."""


class ReportError(HinobanError):
    """The report cannot be made, in words that say what to do."""


@dataclass(frozen=True, slots=True)
class Month:
    """All that a report is made of.

    Args:
        name: Such as "2026-10".
        span: Start and end, UTC [µs].
        record: Of electricity.
        steam: Of heat; None where none is sold.
        earlier: Records of electricity of the months since the first survey, by month.
        lots: That counted, by id.
        told: The newest of all that people told.
        grades: Of waste-derived fuels.
        seals: Of the month's last day.
        public_key: The site's; None where it has none yet.
        as_of_us: As it was known then, UTC [µs]; None for now.
        now_us: When the report is made, UTC [µs].
    """

    name: str
    span: Span
    config: Config
    plant: Plant
    tables: Tables
    record: FactorRecord
    steam: FactorRecord | None
    earlier: Mapping[str, FactorRecord]
    lots: Mapping[str, Lot]
    told: Sequence[Version]
    grades: Sequence[Graded]
    seals: Sequence[Seal]
    public_key: str | None
    as_of_us: int | None
    now_us: int

    @property
    def zone(self) -> ZoneInfo:
        """The site's."""
        return ZoneInfo(self.config.site.timezone)

    def of_kind(self, kind: str) -> list[Version]:
        """What people told of one kind, the oldest first."""
        return [version for version in self.told if version.kind == kind and version.body]

    def fuel_name(self, fuel: str, language: str) -> str:
        """What a fuel is called, in a language or else as the site's file has it first."""
        names = next((dict(one.name) for one in self.config.fuel if one.id == fuel), {})
        return str({str(k): v for k, v in names.items()}.get(language, [*names.values(), fuel][0]))

    def unmeasured_h(self, point: str) -> str | None:
        """For how long a totaliser was not measured [h], as the record says it; None if it was."""
        begin = f"{UNMEASURED}{point}, "
        mark = next((one for one in self.record.marks if one.startswith(begin)), None)
        return None if mark is None else mark.removeprefix(begin).removesuffix(" h")

    def local(self, t_us: int) -> str:
        """An instant as the site's clocks show it, to the minute."""
        instant = datetime.fromtimestamp(t_us // 1_000_000, UTC).astimezone(self.zone)
        return instant.strftime("%Y-%m-%d %H:%M")

    def last_day(self) -> date:
        """The month's last legal day."""
        return date.fromisoformat(self.local(self.span[1] - 1)[:10])


def read_month(
    site: Site,
    store: FootprintStore,
    name: str,
    *,
    as_of_us: int | None,
    now_us: int,
    public_key: str | None,
) -> Month:
    """Read a month.

    Args:
        site: The site.
        store: Its records.
        name: Such as "2026-10".
        as_of_us: As it was known then, UTC [µs]; None for now.
        now_us: The present, UTC [µs].
        public_key: The site's; None where it has none yet.

    Raises:
        ReportError: It is no month, or was not issued by then.
    """
    plant = plant_of(site.config, site.tables)
    calendar = Calendar(plant)
    span = calendar.span("month", _middle_us(name, plant.timezone))
    series = f"{plant.plant_id}.{plant.unit_id}"

    def records(product: str, from_us: int) -> dict[str, FactorRecord]:
        found = store.factors(
            series=f"{series}.{product}.month", from_us=from_us, to_us=span[1], as_of_us=as_of_us
        )
        return {_month_of(record, plant.timezone): record for record in found}

    told = Entries(store.engine).newest(as_of_us)
    surveyed = [str(v.body["month"]) for v in told if v.kind == "survey" and v.body]
    first = min([*surveyed, name])
    earlier = records("electricity", calendar.span("month", _middle_us(first, plant.timezone))[0])
    if name not in earlier:
        when = "" if as_of_us is None else " as it was known then"
        raise ReportError(
            f"{name} has no record{when}: a month is issued when its last minute is closed; name "
            "an earlier month, or see `hinoban check`"
        )
    lots = told_of(site.lots, told).lots
    last = datetime.fromtimestamp(span[1] // 1_000_000 - 1, ZoneInfo(plant.timezone)).date()
    return Month(
        name=name,
        span=span,
        config=site.config,
        plant=plant,
        tables=site.tables,
        record=earlier[name],
        steam=records("steam", span[0]).get(name),
        earlier=earlier,
        lots=lots,
        told=told,
        grades=graded(site.config, lots.values(), load_quality()),
        seals=store.seals(last.isoformat()),
        public_key=public_key,
        as_of_us=as_of_us,
        now_us=now_us,
    )


def next_month(name: str) -> str:
    """The month after one, both such as "2026-10"."""
    return (date.fromisoformat(f"{name}-15") + timedelta(days=30)).strftime("%Y-%m")


def month_span(name: str, plant: Plant) -> Span:
    """Start and end of a month at the site, UTC [µs]."""
    return Calendar(plant).span("month", _middle_us(name, plant.timezone))


def _middle_us(name: str, timezone: str) -> int:
    try:
        middle = datetime.strptime(f"{name}-15", "%Y-%m-%d").replace(tzinfo=ZoneInfo(timezone))
    except ValueError:
        raise ReportError(f"{name!r} is no month; write such as 2026-10") from None
    return int(middle.timestamp()) * 1_000_000


def _month_of(record: FactorRecord, timezone: str) -> str:
    start = datetime.fromisoformat(record.valid_from_utc).astimezone(ZoneInfo(timezone))
    return start.strftime("%Y-%m")
