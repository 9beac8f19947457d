"""Plan: the fewest requests that read some fields under a device's limits."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from gateway.modbus.field import BITS
from gateway.modbus.profile import Field, Kind, Limits

Item = tuple[str, Field]


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
    for register, same in groupby(wanted, key=lambda item: item[1].register):
        items, room = list(same), most(register, limits)
        apart = _packed(_runs(items, 0), limits)
        together = _packed(_runs(items, room), limits)
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


@dataclass(slots=True)
class _Run:
    """Fields of one kind, by address, that are read together."""

    items: list[Item]
    end: int

    @property
    def register(self) -> Kind:
        return self.items[0][1].register

    @property
    def start(self) -> int:
        return self.items[0][1].address

    def take(self, items: list[Item], end: int) -> None:
        self.items += items
        self.end = max(self.end, end)


def _runs(items: Iterable[Item], room: int) -> Iterator[_Run]:
    """Fields by rising address, in runs whose starts and ends both rise.

    A field inside a run belongs to it, one that overlaps it only while the run takes no more than
    `room` registers.
    """
    run: _Run | None = None
    for item in items:
        field = item[1]
        if run is not None and (
            field.end <= run.end or (field.address < run.end and field.end - run.start <= room)
        ):
            run.take([item], field.end)
            continue
        if run is not None:
            yield run
        run = _Run([item], field.end)
    if run is not None:
        yield run


def _packed(runs: Iterable[_Run], limits: Limits) -> list[Request]:
    """Each run whole, into as few requests as can be: the next one goes along while it fits."""
    taken: list[_Run] = []
    for run in runs:
        if (
            taken
            and can_follow(run.register, taken[-1].end, run.start, limits)
            and run.end - taken[-1].start <= most(run.register, limits)
        ):
            taken[-1].take(run.items, run.end)
        else:
            taken.append(run)
    return [request_of(run.items) for run in taken]
