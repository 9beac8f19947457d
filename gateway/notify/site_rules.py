"""What [[recipient]], [[route]], [heartbeat] and [horn] of a site's file have to keep to."""

import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final
from urllib.parse import urlsplit

from agent.errors import HinobanError
from gateway.config import Config
from gateway.config_broken import Broken, unknown
from gateway.config_notify import Horn, Route
from gateway.notify.addresses import Secret, address_of
from gateway.notify.heartbeat import check_beat
from gateway.notify.sender import check_address
from gateway.toml_lines import Path

INFORMING: Final = (
    "cleared",
    "acknowledged",
    "reset",
    "silenced",
    "shelved",
    "unshelved",
    "shelf_expired",
    "suppressed",
    "unsuppressed",
    "out_of_service",
    "returned_to_service",
)
"""Edges a route may tell beside the raising of an alarm."""

_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def broken_notify(config: Config) -> list[Broken]:
    """Every rule of notification, heartbeat and horn that is broken."""
    return [
        *_recipients(config),
        *(broken for n, route in enumerate(config.route) for broken in _route(n, route, config)),
        *_page(config),
        *_heartbeat(config),
        *_horn(config.horn),
    ]


def broken_addresses(config: Config) -> list[Broken]:
    """Every address that cannot be read or used, looked up on this machine.

    A gateway starts all the same: an alarm without one recipient is better than no alarm.
    """
    broken: list[Broken] = []
    for n, one in enumerate(config.recipient):
        broken += _address(("recipient", n), one, check_address)
    if config.heartbeat is not None:
        broken += _address(("heartbeat",), config.heartbeat, check_beat)
    return broken


def _recipients(config: Config) -> Iterator[Broken]:
    yield from _times(("notify",), {"test_at": config.notify.test_at})
    for n, one in enumerate(config.recipient):
        yield from _secret(("recipient", n), one, "an Apprise address")
        times = {"quiet_from": one.quiet_from, "quiet_to": one.quiet_to}
        yield from _times(("recipient", n), {**times, "test_at": one.test_at})
        yield from _pair(("recipient", n), times)
    if config.notify.nobody and config.recipient:
        yield Broken(
            ("notify", "nobody"),
            "true",
            f"there are {len(config.recipient)} recipients",
            "Remove the key, or the recipients",
        )


def _secret(path: Path, one: Secret, what: str) -> Iterator[Broken]:
    if (one.url_file is None) == (one.url_env is None):
        yield Broken(
            path,
            "",
            f"{what} stands in a file or in an environment variable: one of the two",
            'Give url_file = "/etc/hinoban/…" or url_env = "…", never the address itself',
        )


def _address(path: Path, one: Secret, check: Callable[[str], None]) -> Iterator[Broken]:
    key = "url_env" if one.url_file is None else "url_file"
    try:
        check(address_of(one))
    except HinobanError as err:
        reason, _, remedy = str(err).partition("; ")
        value = repr(str(getattr(one, key)))
        yield Broken((*path, key), value, reason, remedy[:1].upper() + remedy[1:])


def _route(n: int, route: Route, config: Config) -> Iterator[Broken]:
    path: Path = ("route", n)
    known = {one.id for one in config.recipient}
    for name in route.recipients:
        if name not in known:
            yield unknown((*path, "recipients"), name, "recipient", known)
    if not route.recipients:
        yield Broken((*path, "recipients"), "[]", "this route tells nobody", "Name recipients")
    after = 0.0
    for k, step in enumerate(route.step):
        for name in step.recipients:
            if name not in known:
                yield unknown((*path, "step", k, "recipients"), name, "recipient", known)
        if step.after_minutes <= after:
            yield Broken(
                (*path, "step", k, "after_minutes"),
                f"{step.after_minutes:g} min",
                f"the step before it comes after {after:g} min",
                "Order the steps by their minutes, all counted from the alarm",
            )
        after = step.after_minutes
    times = {"from": route.begins, "to": route.ends}
    yield from _times(path, times)
    yield from _pair(path, times)
    yield from _areas(path, route, config)
    for edge in route.tell:
        if edge not in INFORMING:
            yield unknown((*path, "tell"), edge, "edge", INFORMING)


def _areas(path: Path, route: Route, config: Config) -> Iterator[Broken]:
    stores = [store.id for store in config.stores()]
    rows = {store.row for store in config.stores() if store.row}
    for pattern in route.stores:
        if not any(fnmatchcase(store, pattern) for store in stores):
            yield unknown((*path, "stores"), pattern, "store", stores)
    for row in route.rows:
        if row not in rows:
            yield unknown((*path, "rows"), row, "row", rows)


def _times(path: Path, times: Mapping[str, str | None]) -> Iterator[Broken]:
    for key, text in times.items():
        if text is not None and _TIME.fullmatch(text) is None:
            yield Broken(
                (*path, key),
                repr(text),
                "this is no local time",
                'Write hours and minutes as "08:30"',
            )


def _pair(path: Path, times: Mapping[str, str | None]) -> Iterator[Broken]:
    if len({text is None for text in times.values()}) > 1:
        first, second = times
        yield Broken(path, "", f"'{first}' and '{second}' go together", "Give both or none")
    elif len(set(times.values())) == 1 and None not in times.values():
        first, text = next(iter(times.items()))
        yield Broken((*path, first), repr(text), "the span is empty", "Let it end at another time")


def _page(config: Config) -> Iterator[Broken]:
    url = config.notify.page_url
    if url is None:
        return
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        yield Broken(
            ("notify", "page_url"),
            repr(url),
            "no browser can open this",
            'Write the page\'s whole address, such as "https://hinoban.plant.example/"',
        )


def _heartbeat(config: Config) -> Iterator[Broken]:
    if config.heartbeat is not None:
        yield from _secret(("heartbeat",), config.heartbeat, "the heartbeat's address")


def _horn(horn: Horn | None) -> Iterator[Broken]:
    if horn is None:
        return
    if horn.output == "gpio" and horn.line is None:
        yield Broken(("horn",), "", "a GPIO output needs 'line'", "Add the line's number")
    if horn.output == "serial" and horn.line is not None:
        yield Broken(
            ("horn", "line"), str(horn.line), "a serial output has no line", "Remove the key"
        )
    if not horn.classes and not horn.priorities:
        yield Broken(
            ("horn", "classes"), "[]", "no alarm would ever sound", "Name classes or priorities"
        )
