"""Group: the fields of one meter that are read at one interval, as requests with their back-off."""

from dataclasses import dataclass, field
from typing import Final

from gateway.config import Meter
from gateway.modbus.backoff import Backoff
from gateway.modbus.errors import RefusedError
from gateway.modbus.extract import Extract, Wanted
from gateway.modbus.lengths import Lengths
from gateway.modbus.plan import Request, plan
from gateway.modbus.profile import Profile
from gateway.modbus.schedule import interval_us

_NOT_THERE: Final = (2, 3)
"""Exception codes of a device that lacks the registers asked for, or does not give so many."""


@dataclass(slots=True, eq=False)
class Block:
    """One request of the plan, and how long it is left alone after it got no answer."""

    request: Request
    backoff: Backoff = field(default_factory=Backoff)


class Group:
    """The fields of one meter with one interval.

    Args:
        poll_s: The interval [s].
        meter: The meter.
        fields: Names of the fields.
        profile: Its register map.
        lengths: Tells requests apart where replies do not name them; None where they do.

    Attributes:
        tick_us: The tick it waits for its turn with, monotonic [µs]; None while it does not.
        until_us: The tick after it, monotonic [µs].
        is_running: Whether its requests are being sent.
        failed: Whether a block of it got no answer since the device last gave one.
    """

    def __init__(
        self,
        poll_s: float,
        meter: Meter,
        fields: tuple[str, ...],
        profile: Profile,
        lengths: Lengths | None,
    ) -> None:
        self.poll_s = poll_s
        self.interval_us = interval_us(poll_s)
        self.tick_us: int | None = None
        self.until_us = 0
        self.is_running = False
        self.failed = False
        chosen = {name: profile.fields[name] for name in fields}
        self.blocks = tuple(Block(request) for request in plan(chosen, profile.limits))
        self._lengths = lengths
        self._meter = meter.id
        self._wanted = Wanted(chosen, meter.points, poll_s)
        self._extracts: dict[Request, Extract] = {}
        self._blocks = {name: block for block in self.blocks for name in block.request.fields}
        self._planned = tuple(self.extract(block.request) for block in self.blocks)

    @property
    def held_back(self) -> int:
        """Readings not reported because they stayed within their deadband."""
        return sum(gauge.held_back for gauge in self._wanted.gauges.values())

    def extract(self, request: Request) -> Extract:
        """What a request of this group says; prepared the first time."""
        known = self._extracts.get(request)
        if known is None:
            known = self._extracts[request] = Extract(request, self._wanted, self._meter)
        return known

    def block(self, extract: Extract) -> Block:
        """The block of the plan that a request belongs to."""
        return self._blocks[extract.request.fields[0]]

    def order(self, last: Request | None) -> tuple[Extract, ...]:
        """The requests of the next poll: those that got no answer last time come last.

        Args:
            last: The request sent to the device before; None where its reply cannot come any more.
        """
        doubted = sorted(
            (block for block in self.blocks if block.backoff.failures),
            key=lambda block: block.backoff.failures,
        )
        if not doubted and self._lengths is None:
            return self._planned
        requests = tuple(b.request for b in self.blocks if not b.backoff.failures)
        again = tuple(b.request for b in doubted)
        if self._lengths is not None:
            requests = self._lengths.arranged(requests, last)
            again = self._lengths.arranged(again, requests[-1] if requests else last)
        return tuple(self.extract(request) for request in requests + again)

    def refused(self, request: Request, error: RefusedError) -> None:
        """The device answered that it cannot: it is not asked for more than needed again."""
        if self._lengths is not None and error.code in _NOT_THERE:
            self._lengths.refused(request)


def groups_of(meter: Meter, profile: Profile, lengths: Lengths | None) -> tuple[Group, ...]:
    """The poll groups of a meter, the shortest interval first."""
    intervals: dict[float, list[str]] = {}
    for name, wanted in meter.points.items():
        intervals.setdefault(wanted.poll_s or meter.poll_s, []).append(name)
    return tuple(
        Group(poll_s, meter, tuple(intervals[poll_s]), profile, lengths)
        for poll_s in sorted(intervals)
    )
