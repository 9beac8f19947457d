"""Why a field that was read gives no value, in words for who writes its register map."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from gateway.command.device_words import Asked
from gateway.command.words import shown
from gateway.modbus import decode
from gateway.modbus.plan import Request
from gateway.modbus.profile import Field, Kind
from gateway.modbus.remarks import other_orders

_OTHER: Final[Mapping[Kind, Kind]] = {
    "holding": "input",
    "input": "holding",
    "coil": "discrete",
    "discrete": "coil",
}


def blame(name: str, words: str, raw: str) -> str:
    """What is to be said of a field whose registers came."""
    return f"{name}: {words} ({raw})"


def why(own: Sequence[int], field: Field) -> str:
    """What is wrong with registers that came and give no value."""
    plain = msgspec.structs.replace(field, kind="gauge", min=None, max=None, nan=())
    if field.kind == "text":
        return "the registers hold no text"
    value, _ = decode.gauge(own, plain)
    if value is None:
        return (
            f"the registers are no {field.type}: check type, order and address{better(own, field)}"
        )
    if decode.gauge(own, msgspec.structs.replace(plain, nan=field.nan))[0] is None:
        return "the device says that it has no value"
    said = f"{shown(value, field.type)} {field.unit}"
    if field.kind == "counter":
        return f"{said} is more than the totaliser can show: check modulus, type and order"
    least, most = ("any" if n is None else f"{n:,.10g}" for n in (field.min, field.max))
    return (
        f"{said} is not between min = {least} and max = {most}: check type, order and scale"
        f"{better(own, field)}"
    )


def refusals(
    asked: Asked,
    absent: Mapping[Request, Sequence[str]],
    requests: Sequence[Request],
    fields: Mapping[str, Field],
) -> dict[str, str]:
    """Why fields were refused whose registers are not there: field -> words.

    Args:
        asked: The device.
        absent: Refused request -> those of its fields that are refused alone too.
        requests: All requests.
        fields: All fields.
    """
    reasons: dict[str, str] = {}
    for kind in {request.register for request in absent}:
        asked_for = [request for request in requests if request.register == kind]
        if len(asked_for) > 1 and all(absent.get(one) == [*one.fields] for one in asked_for):
            reasons |= dict.fromkeys(
                (name for one in asked_for for name in one.fields), _all(asked, kind, asked_for)
            )
    for request, guilty in absent.items():
        if not reasons.keys() & set(request.fields):
            reasons |= _of_request(asked, request, guilty, fields)
    return reasons


def _all(asked: Asked, kind: Kind, requests: Sequence[Request]) -> str:
    places = ", ".join(_span(one.address, one.address + one.count - 1) for one in requests)
    other = _OTHER[kind]
    advice = asked.absent(other, requests[0].address, requests[0].address + requests[0].count - 1)
    return (
        f"{kind} {places}: the meter has none of these registers (exception 2). Is register ="
        f' "{other}" meant? {advice}'
    )


def _of_request(
    asked: Asked, request: Request, guilty: Sequence[str], fields: Mapping[str, Field]
) -> dict[str, str]:
    names = ", ".join(request.fields)
    whole = f"{request.register} {_span(request.address, request.address + request.count - 1)}"
    if not guilty:
        together = f"{whole} ({names}): the meter gives these alone and not together (exception 2)"
        return dict.fromkeys(request.fields, f"{together}; lower max_gap, or max_registers")
    first = min(fields[name].address for name in guilty)
    last = max(fields[name].end for name in guilty) - 1
    wide = any(fields[name].words > 1 for name in guilty)
    words = (
        f"{request.register} {_span(first, last)} ({', '.join(guilty)}): the meter has no such"
        f" registers (exception 2). {'Is type too wide? ' if wide else ''}"
        f"{asked.absent(request.register, first, last)}"
    )
    others = f"bad only because it is read together with {', '.join(guilty)}"
    return {name: words if name in guilty else f"{name}: {others}" for name in request.fields}


def _span(first: int, last: int) -> str:
    return f"{first} to {last}" if last > first else f"{first}"


def better(own: Sequence[int], field: Field) -> str:
    """The byte orders that would make it plausible, if there are any."""
    found = [
        f"{order} it would be {shown(value, field.type)} {field.unit}"
        for order, value in other_orders(own, field)
    ]
    return f"; as {', as '.join(found)}" if found else ""
