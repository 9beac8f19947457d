"""Live: every field of a meter read once, with its value or the reason why there is none."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.clock import Now
from gateway.command.device_words import Asked
from gateway.command.live_words import better, blame, refusals, why
from gateway.config import Line as Wiring
from gateway.config import Meter
from gateway.modbus import decode
from gateway.modbus.device import timing_of
from gateway.modbus.errors import LinkError, RefusedError
from gateway.modbus.line import Answer, Line, Link, Timing, line_of
from gateway.modbus.plan import Request, plan
from gateway.modbus.profile import Field, Limits, Profile
from gateway.modbus.remarks import tiny
from gateway.site import SiteMeters

_NO_SUCH_REGISTER = 2
"""The exception of a device that has not all the registers it was asked for."""


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
        remark: What is odd about a good value, in words.
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
    remark: str
    raw: str
    reply_ms: float | None


async def read_fields(
    line: Line,
    timing: Timing,
    asked: Asked,
    meter: str,
    fields: Mapping[str, Field],
    limits: Limits,
) -> list[Live]:
    """Read some fields once, numbers before texts; each gives a value or the reason why not.

    A device that has not answered at all is asked once, not once for each of its requests. Of a
    request for registers that are not there, each field is asked for alone: one may be to blame.

    Args:
        line: The line.
        timing: What the device needs.
        asked: The device.
        meter: Its id.
        fields: What to read.
        limits: What the device bears.
    """
    link = line.link(asked.unit, timing)
    texts = {name: field for name, field in fields.items() if field.kind == "text"}
    numbers = {name: field for name, field in fields.items() if name not in texts}
    requests = (*plan(numbers, limits), *plan(texts, limits))
    answers: dict[Request, Answer] = {}
    reasons: dict[str, str] = {}
    absent: dict[Request, list[str]] = {}
    silent = ""
    for request in requests:
        place = f"{request.register} {request.address}"
        try:
            if not silent:
                answers[request] = await link.read(request.register, request.address, request.count)
        except RefusedError as error:
            if error.code == _NO_SUCH_REGISTER:
                absent[request] = await _refused_alone(link, request, fields)
            else:
                reasons |= dict.fromkeys(request.fields, f"{place}: {error}")
        except LinkError as error:
            if answers or absent or reasons:
                reasons |= dict.fromkeys(request.fields, f"{place}: {error}")
            else:
                silent = asked.silence(error, connected=bool(line.connections))
        if silent:
            reasons |= dict.fromkeys(request.fields, silent)
    link.poll_done()
    reasons |= refusals(asked, absent, requests, fields)
    return [
        row
        for request in requests
        for row in _rows(meter, request, answers.get(request), reasons, fields)
    ]


async def read_site(
    site: SiteMeters, now: Callable[[], Now], told: Callable[[int], None]
) -> list[Live]:
    """Read every meter once, all lines at a time, in the order of the site's file.

    Args:
        site: Which meters.
        now: Tells the time.
        told: Called with how many more meters are done.
    """
    together: dict[str, list[Meter]] = defaultdict(list)
    for meter in site.tables.meter:
        together[f"line {meter.line}" if meter.line else f"meter {meter.id}"].append(meter)

    async def of_line(meters: Sequence[Meter]) -> list[Live]:
        settings = line_of(meters[0], site.tables.line)
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
    order = {meter.id: n for n, meter in enumerate(site.tables.meter)}
    return sorted((row for rows in groups for row in rows), key=lambda row: order[row.meter])


async def _of_meter(line: Line, settings: Wiring, meter: Meter, profile: Profile) -> list[Live]:
    points = {name: wanted.point for name, wanted in meter.points.items()}
    fields = {
        name: field
        for name, field in profile.fields.items()
        if name in points or field.kind == "text"
    }
    timing = timing_of(meter, profile.limits, settings)
    asked = Asked(settings, meter.unit)
    rows = await read_fields(line, timing, asked, meter.id, fields, profile.limits)
    return [replace(row, point=points.get(row.field)) for row in rows]


async def _refused_alone(link: Link, request: Request, fields: Mapping[str, Field]) -> list[str]:
    """The fields of a refused request that are refused when they are asked for alone."""
    if len(request.fields) == 1:
        return list(request.fields)
    found = []
    for name in request.fields:
        try:
            await link.read(request.register, fields[name].address, fields[name].words)
        except RefusedError:
            found.append(name)
        except LinkError:
            break
    return found


def _rows(
    meter: str,
    request: Request,
    answer: Answer | None,
    reasons: Mapping[str, str],
    fields: Mapping[str, Field],
) -> Iterator[Live]:
    reply_ms = None if answer is None else (answer.received.mono_us - answer.sent.mono_us) / 1000
    for name in request.fields:
        field = fields[name]
        start = field.address - request.address
        own = None if answer is None else answer.values[start : start + field.words]
        value, reason = _value(own, field)
        raw = "" if own is None else " ".join(f"{register:04X}" for register in own)
        words = reasons.get(name, "")
        if own is not None and reason is not None:
            words = blame(name, why(own, field), raw)
        quality = "good" if reason is None else "bad"
        odd = tiny(value, field)
        yield Live(
            meter,
            name,
            field.type,
            None,
            value,
            field.unit,
            quality,
            words,
            blame(name, f"{odd}{better(own or (), field)}", raw) if odd else "",
            raw,
            reply_ms,
        )


def _value(own: Sequence[int] | None, field: Field) -> tuple[float | str | None, str | None]:
    if field.kind == "text":
        text = decode.text(own, field)
        return text, None if text is not None else "no text"
    if field.kind == "counter":
        counted, reason = decode.count(own, field)
        return None if counted is None else counted * field.step, reason
    return decode.gauge(own, field)
