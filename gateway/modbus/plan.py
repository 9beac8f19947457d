"""Plan: the fewest requests that read some fields under a device's limits."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from gateway.modbus.field import BITS
from gateway.modbus.profile import Field, Kind, Limits

Item = tuple[str, Field]
Group = list[Item]


@dataclass(frozen=True, slots=True)
class Request:
    """One read of neighbouring registers or bits.

    Args:
        register: "coil", "discrete", "holding" or "input".
        address: First register or bit, zero-based.
        count: How many.
        fields: Names of the fields it answers, by address.
    """

    register: Kind
    address: int
    count: int
    fields: tuple[str, ...]


def plan(fields: Mapping[str, Field], limits: Limits) -> tuple[Request, ...]:
    """The fewest requests that read these fields.

    Every request starts at the lowest field not yet read and takes every field that fits: no
    request could start later, and one that takes more leaves less to do. A field inside another
    always comes with it. Fields that overlap in part come together too, unless that would need
    one request more.

    Args:
        fields: The fields wanted, by name.
        limits: What the device bears.
    """
    wanted = sorted(
        fields.items(), key=lambda item: (item[1].register, item[1].address, -item[1].end, item[0])
    )
    requests: list[Request] = []
    for _, same in groupby(wanted, key=lambda item: item[1].register):
        items = list(same)
        apart = _packed(list(_groups(items, _inside)), limits)
        together = _packed(list(_groups(items, _overlapping(limits))), limits)
        requests += together if len(together) <= len(apart) else apart
    return tuple(requests)


def most(register: Kind, limits: Limits) -> int:
    """Most registers or bits that one request may ask for."""
    return limits.max_bits if register in BITS else limits.max_registers


def can_follow(register: Kind, end: int, start: int, limits: Limits) -> bool:
    """Whether one request may read on from before `end` to `start`, over what lies between."""
    if start - end > limits.max_gap:
        return False
    return start <= end or not any(
        place.touches(register, end, start) for place in limits.forbidden
    )


def request_of(items: Iterable[Item]) -> Request:
    """The request that reads some fields of one kind, from the first to the last register."""
    items = sorted(items, key=lambda item: (item[1].address, item[0]))
    start = items[0][1].address
    end = max(field.end for _, field in items)
    return Request(items[0][1].register, start, end - start, tuple(name for name, _ in items))


def _packed(groups: Iterable[Group], limits: Limits) -> list[Request]:
    """Groups whose starts and ends rise, each taken whole, into as few requests as can be."""
    taken: list[Group] = []
    for group in groups:
        request = taken[-1] if taken else []
        if request and _fits(request, group, limits):
            request += group
        else:
            taken.append(list(group))
    return [request_of(items) for items in taken]


def _fits(request: Group, group: Group, limits: Limits) -> bool:
    first = request[0][1]
    return can_follow(first.register, _end(request), group[0][1].address, limits) and (
        _end(group) - first.address <= most(first.register, limits)
    )


def _groups(items: Iterable[Item], belongs: Callable[[Group, Field], bool]) -> Iterator[Group]:
    group: Group = []
    for item in items:
        if group and not belongs(group, item[1]):
            yield group
            group = []
        group.append(item)
    if group:
        yield group


def _inside(group: Group, field: Field) -> bool:
    return field.end <= _end(group)


def _overlapping(limits: Limits) -> Callable[[Group, Field], bool]:
    def belongs(group: Group, field: Field) -> bool:
        start, end = group[0][1].address, _end(group)
        fits = max(end, field.end) - start <= most(field.register, limits)
        return field.end <= end or (field.address < end and fits)

    return belongs


def _end(group: Group) -> int:
    return max(field.end for _, field in group)
