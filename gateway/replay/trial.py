"""Trial: a period of a site's records under other limits, beside what was told."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Final

from agent.alarms.conditions import Kind
from agent.alarms.events import AlarmEvent
from agent.alarms.kpis import alarm_kpis
from agent.alarms.kpis_figures import AlarmKpis
from agent.errors import HinobanError
from gateway.historian.alarms import StoredAlarm
from gateway.historian.coverage import KIND, covered
from gateway.historian.reader import Reader
from gateway.replay.comparison import Comparison, compare
from gateway.replay.records import recorded_commits
from gateway.replay.replaying import replay
from gateway.site import Site, rules_of
from gateway.views.kpis import load_kpi_table

WARM_UP_US: Final = 86_400_000_000
"""How long before the period the replay begins, so that what stood then stands again [µs]."""

_PAGE: Final = 5_000


class ReplayError(HinobanError):
    """A period that is not on record."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it.

    Args:
        comparison: When alarms stood and would have stood.
        was: KPIs as they were.
        would_be: KPIs with the replayed alarms in place of those that were judged again.
        begun_us: Where the replay began, UTC [µs].
    """

    comparison: Comparison
    was: AlarmKpis
    would_be: AlarmKpis
    begun_us: int


def try_limits(
    reader: Reader,
    archive: Path,
    site: Site,
    other: Site,
    from_us: int,
    to_us: int,
    passed: Callable[[int], None],
) -> Trial:
    """Replay a period.

    Args:
        reader: Of the journal.
        archive: The archive's folder; it need not exist.
        site: As it is.
        other: With the limits in question.
        from_us: Start, UTC [µs].
        to_us: End, not in it, UTC [µs].
        passed: Called with the time up to which the replay has come, UTC [µs].

    Raises:
        ReplayError: There is nothing on record in that period.
        JournalError: The journal cannot be read.
        ArchiveError: The archive cannot be read.
    """
    conditions = (*rules_of(site).conditions, *rules_of(other).conditions)
    judged = {one.id for one in conditions if one.kind is not Kind.LAST_GASP}
    commits = recorded_commits(reader, archive, from_us - WARM_UP_US, to_us)
    first = next(commits, None)
    if first is None:
        raise ReplayError("there are no samples of that period on record; ask for a later one")
    # What is derived was recorded, and rounds are walked by people: neither is done again.
    engine = replace(rules_of(other), outlook=None).engine()
    told = [
        event
        for event in replay(engine, chain([first], commits), _journal(reader, to_us), passed)
        if event.condition in judged
    ]
    was = _recent(_journal(reader, to_us), from_us - WARM_UP_US)
    rest = [event for event in was if event.condition not in judged]
    runs = covered(reader.state(KIND))
    table = load_kpi_table()
    return Trial(
        compare(was, told, judged, from_us, to_us),
        alarm_kpis(was, runs, from_us, to_us, table),
        alarm_kpis([*rest, *told], runs, from_us, to_us, table),
        first.utc_us,
    )


def _journal(reader: Reader, until_us: int) -> Iterator[StoredAlarm]:
    after = 0
    while page := reader.alarm_events(after, _PAGE, until_us=until_us):
        yield from page
        after = page[-1].id


def _recent(journal: Iterable[StoredAlarm], from_us: int) -> list[AlarmEvent]:
    """The events of a journal, less what was over before an instant: ten years are many."""
    kept: dict[str, list[StoredAlarm]] = {}
    for stored in journal:
        own = kept.setdefault(stored.event.alarm_id, [])
        own.append(stored)
        if stored.event.edge == "cleared" and stored.event.at_us < from_us:
            own.clear()
    everything = sorted((one for own in kept.values() for one in own), key=attrgetter("id"))
    return [stored.event for stored in everything]
