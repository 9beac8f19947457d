"""`hinoban verify reads`: the figures once more, from the archived reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.errors import HinobanError
from gateway.command.words import print_report, progress
from gateway.footprint.kept import is_kept, kept_at
from gateway.footprint.lots.desk import LotDesk
from gateway.footprint.retrace import Retrace, Retraced
from gateway.footprint.site import long_gaps_us, plant_of
from gateway.footprint.store import FootprintStore
from gateway.historian.query import History
from gateway.paths import ARCHIVE, JOURNAL
from gateway.site import Site, load_site
from gateway.views.periods import instant_us


class RetraceError(HinobanError):
    """The figures cannot be retraced, in words that say what to do."""


def retrace(config: Path, from_text: str | None, to_text: str | None, *, as_json: bool) -> None:
    """Count closed settlement periods once more and print what differs.

    Args:
        config: The site's file.
        from_text: From when on; None for all there is.
        to_text: Until when; None for all there is.
        as_json: For a program to read.

    Raises:
        RetraceError: There is nothing to retrace.
    """
    site = load_site(config)
    zone = ZoneInfo(site.config.site.timezone)
    from_us = None if from_text is None else instant_us(from_text, zone)
    to_us = None if to_text is None else instant_us(to_text, zone)
    with _retrace(site) as work:
        pieces = work.pieces(from_us, to_us)
        if not pieces:
            raise RetraceError("no settlement period of that range is closed; widen it")
        found = Retraced()
        with progress("months or days", len(pieces)) as advance:
            for piece in work.run(pieces, found):
                advance(piece)
    more = found.differing - len(found.problems)
    problems = [*found.problems, *([f"… and {more} more differ"] if more else [])]
    print_report(found.counts, problems, as_json=as_json)


@contextmanager
def _retrace(site: Site) -> Iterator[Retrace]:
    data, config = site.config.storage.directory, site.config
    if not is_kept(config):
        words = "there are no factors yet; has the gateway run with this?"
        raise RetraceError(f"{kept_at(config)}: {words}")
    plant = plant_of(config, site.tables)
    store = FootprintStore.of(config)
    history = History(data / JOURNAL, data / ARCHIVE)
    try:
        desk = LotDesk(config, store.engine, f"{plant.plant_id}.{plant.unit_id}")
        burning = desk.burning(plant, site.tables, site.lots)
        yield Retrace(plant, burning, site.tables, long_gaps_us(config), history, store)
    finally:
        history.close()
        store.close()
