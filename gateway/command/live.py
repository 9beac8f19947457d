"""Live: every field of a meter read once, with its value or the reason why there is none."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from gateway.clock import Now
from gateway.command.words import shown
from gateway.config import Line as Wiring
from gateway.config import Meter
from gateway.modbus import decode
from gateway.modbus.device import timing_of
from gateway.modbus.errors import LinkError, MeterError, RefusedError
from gateway.modbus.line import Answer, Line, Link, line_of
from gateway.modbus.plan import Request, plan
from gateway.modbus.profile import Field, Limits, Profile
from gateway.site import Site


@dataclass(frozen=True, slots=True)
class Live:
    """What one field showed.

    Args:
        meter: The meter's id.
        field: Name in the register map.
        type: Type of its registers.
        point: Point it feeds; None where it feeds none.
        value: Value, or text; None where it is not known.
        unit: Unit of the value; empty for texts.
        quality: "good" or "bad".
        reason: Why it is bad, in words.
        raw: The registers, in hexadecimal; empty where nothing came.
        reply_ms: From request to reply [ms]; None where none came.
    """

    meter: str
    field: str
    type: str
    point: str | None
    value: float | str | None
    unit: str
    quality: str
    reason: str
    raw: str
    reply_ms: float | None


async def read_fields(
    link: Link, meter: str, fields: Mapping[str, Field], limits: Limits
) -> list[Live]:
    """Read some fields once, numbers before texts; each gives a value or the reason why not.

    A device that has not answered at all is asked once, not once for each of its requests.

    Args:
        link: The unit.
        meter: Its id.
        fields: What to read.
        limits: What the device bears.
    """
    texts = {name: field for name, field in fields.items() if field.kind == "text"}
    numbers = {name: field for name, field in fields.items() if name not in texts}
    found: list[Live] = []
    silent: LinkError | None = None
    answers = False
    for request in (*plan(numbers, limits), *plan(texts, limits)):
        answer: Answer | None = None
        error: MeterError | None = silent
        if silent is None:
            try:
                answer = await link.read(request.register, request.address, request.count)
                answers = True
            except RefusedError as refused:
                error = refused
                answers = True
            except LinkError as lost:
                error = lost
                silent = None if answers else lost
        found += _rows(meter, request, answer, error, fields)
    link.poll_done()
    return found


async def read_site(site: Site, now: Callable[[], Now], told: Callable[[int], None]) -> list[Live]:
    """Read every meter once, all lines at a time, in the order of the site's file.

    Args:
        site: Which meters.
        now: Tells the time.
        told: Called with how many more meters are done.
    """
    together: dict[str, list[Meter]] = defaultdict(list)
    for meter in site.config.meter:
        together[f"line {meter.line}" if meter.line else f"meter {meter.id}"].append(meter)

    async def of_line(meters: Sequence[Meter]) -> list[Live]:
        settings = line_of(meters[0], site.config.line)
        line = Line(settings, now)
        rows = []
        try:
            for meter in meters:
                rows += await _of_meter(line, settings, meter, site.profiles[meter.profile])
                told(1)
        finally:
            line.close()
        return rows

    groups = await asyncio.gather(*(of_line(meters) for meters in together.values()))
    order = {meter.id: n for n, meter in enumerate(site.config.meter)}
    return sorted((row for rows in groups for row in rows), key=lambda row: order[row.meter])


async def _of_meter(line: Line, settings: Wiring, meter: Meter, profile: Profile) -> list[Live]:
    points = {name: wanted.point for name, wanted in meter.points.items()}
    fields = {
        name: field
        for name, field in profile.fields.items()
        if name in points or field.kind == "text"
    }
    link = line.link(meter.unit, timing_of(meter, profile.limits, settings))
    rows = await read_fields(link, meter.id, fields, profile.limits)
    return [replace(row, point=points.get(row.field)) for row in rows]


def _rows(
    meter: str,
    request: Request,
    answer: Answer | None,
    error: MeterError | None,
    fields: Mapping[str, Field],
) -> Iterator[Live]:
    reply_ms = None if answer is None else (answer.received.mono_us - answer.sent.mono_us) / 1000
    for name in request.fields:
        field = fields[name]
        start = field.address - request.address
        own = None if answer is None else answer.values[start : start + field.words]
        value, reason = _value(own, field)
        raw = "" if own is None else " ".join(f"{register:04X}" for register in own)
        words = ""
        if reason is not None:
            place = f"{request.register} {request.address}"
            words = f"{place}: {error}" if error else f"{name}: {_why(own, field)} ({raw})"
        quality = "good" if reason is None else "bad"
        yield Live(meter, name, field.type, None, value, field.unit, quality, words, raw, reply_ms)


def _why(own: Sequence[int] | None, field: Field) -> str:
    """What is wrong with registers that came and give no value."""
    plain = msgspec.structs.replace(field, kind="gauge", min=None, max=None, nan=())
    if field.kind == "text":
        return "the registers hold no text"
    value, _ = decode.gauge(own, plain)
    if value is None:
        return f"the registers are no {field.type}: check type, order and address"
    if decode.gauge(own, msgspec.structs.replace(plain, nan=field.nan))[0] is None:
        return "the device says that it has no value"
    said = f"{shown(value, field.type)} {field.unit}"
    if field.kind == "counter":
        return f"{said} is more than the totaliser can show: check modulus, type and order"
    least, most = ("any" if n is None else f"{n:,.10g}" for n in (field.min, field.max))
    return f"{said} is not between min = {least} and max = {most}: check type, order and scale"


def _value(own: Sequence[int] | None, field: Field) -> tuple[float | str | None, str | None]:
    if field.kind == "text":
        text = decode.text(own, field)
        return text, None if text is not None else "no text"
    if field.kind == "counter":
        counted, reason = decode.count(own, field)
        return None if counted is None else counted * field.step, reason
    return decode.gauge(own, field)
