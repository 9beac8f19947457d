"""Reload: a changed site's file applied to the gateway that runs, all of it or nothing."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from agent.errors import HinobanError
from gateway import presence
from gateway.config import Config
from gateway.footprint.lots.supply import silos_of
from gateway.footprint.site import long_gaps_us, plant_of
from gateway.modbus.line import line_of
from gateway.presence import ANSWER, monotonic_us, write_json
from gateway.problems import ConfigError
from gateway.site import Site, load_site

APPLIED: Final = (
    "line",
    "meter",
    "alarm",
    "path",
    "inhibition",
    "notify",
    "recipient",
    "route",
    "heartbeat",
    "alarm_handling",
    "store_row",
    "store",
    "rounds",
)
"""Sections that can change while the gateway runs; with them the register maps."""

_PLAIN: Final = ("inhibition", "notify", "heartbeat", "alarm_handling", "rounds")
"""Those of them that are one table."""

_LOG: Final = logging.getLogger(__name__)


class ReloadError(HinobanError):
    """The changed file cannot be applied; nothing of it was."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a reload.

    Args:
        asked_us: The file was read after this, monotonic [µs].
        applied: Whether the file is in force now.
        words: What changed, or everything that is wrong.
    """

    asked_us: int
    applied: bool
    words: tuple[str, ...]


class Reloader:
    """Waits to be asked, reads the site's file and hands it on.

    Args:
        site: What is in force.
        apply: Puts another site in force; raises and changes nothing where that cannot be.
    """

    def __init__(self, site: Site, apply: Callable[[Site], Awaitable[None]]) -> None:
        self._site = site
        self._apply = apply
        self._asked = asyncio.Event()
        self.problem: str | None = None

    def ask(self) -> None:
        """Reload soon; asked again meanwhile, once more after that."""
        self._asked.set()

    async def run(self) -> None:
        """Reload whenever asked, until cancelled; others find this process meanwhile."""
        data = self._site.config.storage.directory
        here = presence.own(self._site.path)
        here.write(data)
        try:
            while True:
                await self._asked.wait()
                self._asked.clear()
                answer = await self._reload()
                write_json(data / ANSWER, asdict(answer))
        finally:
            here.remove(data)

    async def _reload(self) -> Answer:
        asked_us = monotonic_us()
        try:
            site = await asyncio.to_thread(load_site, self._site.path)
            words = await asyncio.to_thread(changes, self._site, site)
            if words:
                await self._apply(site)
        except (HinobanError, OSError) as err:
            found = err.problems if isinstance(err, ConfigError) else (err,)
            problems = tuple(str(problem) for problem in found)
            more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
            self.problem = f"{problems[0]}{more}"
            for problem in problems:
                _LOG.error("the site's file is not applied: %s", problem)
            return Answer(asked_us, applied=False, words=problems)
        self._site, self.problem = site, None
        words = words or ("nothing changed",)
        for word in words:
            _LOG.warning("the site's file is applied: %s", word)
        return Answer(asked_us, applied=True, words=words)


def changes(before: Site, after: Site) -> tuple[str, ...]:
    """What differs, in words; nothing where nothing does.

    Raises:
        ReloadError: Something differs that only a restart applies.
    """
    refused = [
        f"[{name}] changed, which cannot be applied while the gateway runs: restart the service"
        " (systemctl restart hinoban), or undo that change and reload"
        for name in Config.model_fields
        if name not in APPLIED and getattr(before.config, name) != getattr(after.config, name)
    ]
    refused += [
        f"[meter] reads {point} at another interval, and the account of fuels rests on that:"
        " restart the service (systemctl restart hinoban), or leave its poll_s as it was"
        for point in _other_intervals(before, after)
    ]
    if silos_of(before.config) != silos_of(after.config):
        refused.append(
            "[store] traces lots another way, and the account of fuels rests on that: restart the"
            " service (systemctl restart hinoban), or undo that change and reload"
        )
    if refused:
        raise ReloadError("; ".join(refused))
    pairs = {
        "meter": (_meters(before), _meters(after)),
        "alarm": tuple(
            {alarm.id: alarm for alarm in site.config.alarm} for site in (before, after)
        ),
        "store": tuple({one.id: one for one in site.config.stores()} for site in (before, after)),
        "row": tuple({row.row: row for row in site.config.store_row} for site in (before, after)),
        "path": tuple({path.id: path for path in site.config.path} for site in (before, after)),
        "recipient": tuple({r.id: r for r in site.config.recipient} for site in (before, after)),
        "route": tuple({r.id: r for r in site.config.route} for site in (before, after)),
        "section": tuple(
            {name: getattr(site.config, name) for name in _PLAIN} for site in (before, after)
        ),
    }
    return tuple(
        word for what, (old, new) in pairs.items() for word in _differences(what, old, new)
    )


def _other_intervals(before: Site, after: Site) -> list[str]:
    """Totalisers of the account whose interval changed: it splits their steps by that."""
    gaps_us = [long_gaps_us(site.config) for site in (before, after)]
    points = plant_of(after.config, after.tables).points()
    return [point for point in points if gaps_us[0].get(point) != gaps_us[1].get(point)]


def _meters(site: Site) -> dict[str, Any]:
    config = site.config
    return {
        meter.id: (
            meter.model_dump(exclude_unset=True),
            line_of(meter, config.line),
            site.profiles[meter.profile],
        )
        for meter in config.meter
    }


def _differences(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[str]:
    verbs = {
        "added": [name for name in after if name not in before],
        "removed": [name for name in before if name not in after],
        "changed": [name for name in after if name in before and after[name] != before[name]],
    }
    for verb, names in verbs.items():
        if names:
            yield f"{what} {verb}: {', '.join(names)}"
