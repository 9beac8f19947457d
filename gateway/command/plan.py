"""`hinoban check --plan`: which requests read the site's meters, and what they cost a line."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from rich.table import Table

from gateway.command.words import out, print_table, say_line
from gateway.config import Line, Meter
from gateway.modbus.airtime import busy_s, data_bytes, is_serial
from gateway.modbus.frames import FUNCTIONS
from gateway.modbus.plan import Request, plan
from gateway.modbus.profile import Kind, Profile
from gateway.site import SiteMeters

FULL: Final = 0.8
"""Share of its time up to which a serial line keeps up with lost replies now and then."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One request as the gateway will send it.

    Args:
        meter: Id of the meter.
        line: Id of its line; None with a connection of its own.
        poll_s: How often [s].
        function: Function code.
        register: Kind of register.
        address: First one, zero-based.
        count: How many.
        fields: Fields it answers.
        unneeded: Registers or bits that it reads over.
        bytes: Data in the reply.
        busy_s: How long it keeps its serial line busy [s]; None on a network.
    """

    meter: str
    line: str | None
    poll_s: float
    function: int
    register: Kind
    address: int
    count: int
    fields: tuple[str, ...]
    unneeded: int
    bytes: int
    busy_s: float | None


@dataclass(frozen=True, slots=True)
class Load:
    """How busy a serial line is.

    Args:
        line: Its id.
        baud: Its speed [Bd].
        share: Seconds that requests take in each second.
    """

    line: str
    baud: int
    share: float

    @property
    def warning(self) -> str | None:
        """What to do about it; None where there is room."""
        if self.share <= FULL:
            return None
        fails = "cannot keep up" if self.share > 1 else "has no room for a lost reply"
        return (
            f"line {self.line!r} at {self.baud} Bd is busy for {self.share * 100:.0f} % of the time"
            f" and {fails}: raise poll_s of its meters, read fewer fields, or raise the baud rate"
        )


def planned(site: SiteMeters) -> list[Planned]:
    """Every request of every meter, in the order of the site's file."""
    lines = {line.id: line for line in site.tables.line}
    return [
        one
        for meter in site.tables.meter
        for one in _of_meter(meter, site.profiles[meter.profile], lines.get(meter.line or ""))
    ]


def loads(requests: Iterable[Planned], lines: Sequence[Line]) -> list[Load]:
    """How busy every serial line is, in the order of the site's file."""
    share: dict[str, float] = defaultdict(float)
    for one in requests:
        if one.line is not None and one.busy_s is not None:
            share[one.line] += one.busy_s / one.poll_s
    return [Load(line.id, line.baud, share[line.id]) for line in lines if line.id in share]


def print_plan(site: SiteMeters, *, as_json: bool) -> None:
    """Print the requests and, for serial lines, how busy they are."""
    requests = planned(site)
    busy = loads(requests, site.tables.line)
    if as_json:
        warned = [asdict(one) | {"warning": one.warning} for one in busy]
        say_line(json.dumps({"requests": [asdict(one) for one in requests], "lines": warned}))
        return
    table = Table(title="Requests to the meters", title_justify="left")
    for name in ("meter", "every", "function", "first", "count", "fields", "unneeded", "bytes",
                 "line busy"):  # fmt: skip
        table.add_column(name, justify="left" if name in {"meter", "function"} else "right")
    for cells in _rows(requests):
        table.add_row(*cells)
    print_table(table)
    per_s = sum(1 / one.poll_s for one in requests)
    out.print(f"{len(requests)} requests, {per_s:.4g} a second over all meters")
    for one in busy:
        out.print(f"line {one.line}: busy for {one.share * 100:.1f} % of the time")
        if one.warning is not None:
            out.print(f"warning: {one.warning}", style="bold yellow", markup=False)


def groups(meter: Meter) -> dict[float, list[str]]:
    """The meter's fields by how often they are read [s], the most often first."""
    found: dict[float, list[str]] = defaultdict(list)
    for field, wanted in meter.points.items():
        found[wanted.poll_s or meter.poll_s].append(field)
    return dict(sorted(found.items()))


def unneeded(request: Request, profile: Profile) -> int:
    """Registers or bits of a request that no field of it needs."""
    needed = {
        address
        for field in (profile.fields[name] for name in request.fields)
        for address in range(field.address, field.address + field.words)
    }
    return request.count - len(needed)


def _of_meter(meter: Meter, profile: Profile, line: Line | None) -> Iterator[Planned]:
    pause_s = profile.limits.request_pause_ms / 1000
    serial = line if line is not None and is_serial(line) else None
    for poll_s, names in groups(meter).items():
        for request in plan({name: profile.fields[name] for name in names}, profile.limits):
            yield Planned(
                meter.id,
                meter.line,
                poll_s,
                FUNCTIONS[request.register],
                request.register,
                request.address,
                request.count,
                request.fields,
                unneeded(request, profile),
                data_bytes(request),
                None if serial is None else busy_s(request, serial, pause_s),
            )


def _rows(requests: Iterable[Planned]) -> Iterator[list[str]]:
    for one in requests:
        counts = (one.address, one.count, len(one.fields), one.unneeded, one.bytes)
        busy = "" if one.busy_s is None else f"{one.busy_s * 1000:.0f} ms"
        function = f"{one.function} {one.register}"
        yield [one.meter, f"{one.poll_s:g} s", function, *map(str, counts), busy]
