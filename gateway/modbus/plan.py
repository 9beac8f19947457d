"""Plan: the fewest requests that read some fields under a device's limits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.modbus.profile import Field, Kind, Limits


@dataclass(frozen=True, slots=True)
class Request:
    """One read of neighbouring registers.

    Args:
        register: "holding" or "input".
        address: First register, zero-based.
        count: How many registers.
        fields: Names of the fields it answers, by address.
    """

    register: Kind
    address: int
    count: int
    fields: tuple[str, ...]


def plan(fields: Mapping[str, Field], limits: Limits) -> tuple[Request, ...]:
    """The fewest requests that read these fields.

    Every request starts at the lowest field not yet read and takes every field that fits: no
    request could start later, and one that takes more leaves less to do.

    Args:
        fields: The fields wanted, by name.
        limits: What the device bears.
    """
    waiting = sorted(fields, key=lambda name: (fields[name].register, fields[name].address, name))
    requests: list[Request] = []
    while waiting:
        request = _from_first(waiting, fields, limits)
        requests.append(request)
        waiting = [name for name in waiting if name not in request.fields]
    return tuple(requests)


def _from_first(waiting: Iterable[str], fields: Mapping[str, Field], limits: Limits) -> Request:
    names = list(waiting)
    first = fields[names[0]]
    start, end = first.address, first.address
    taken = []
    for name in names:
        field = fields[name]
        if field.register != first.register or field.address - end > limits.max_gap:
            break
        field_end = field.address + field.words
        if field_end - start <= limits.max_registers:
            taken.append(name)
            end = max(end, field_end)
    return Request(first.register, start, end - start, tuple(taken))
