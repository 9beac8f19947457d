"""Lengths: on a serial line a late reply can only be told from the next one by its length.

A frame on such a line carries the unit, the function and the number of bytes, but not which
request it answers. So successive requests to one device should differ in kind or in length, from
one poll to the next as well:

    order them so that neighbours differ     -> costs nothing
    read one more known field along          -> costs some bytes
    split one into two of unequal length     -> costs a request
    nothing of these is possible             -> neighbours stay alike, as few as can be
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from gateway.modbus.field import BITS
from gateway.modbus.plan import Item, Request, can_follow, most, request_of
from gateway.modbus.profile import Field, Kind, Limits

Shape = tuple[Kind, int]
"""What a reply shows of its request: its kind (by the function code) and its number of bytes."""


def shape(request: Request) -> Shape:
    """By what the reply to this request can be told from others of the same device."""
    if request.register in BITS:
        return request.register, (request.count + 7) // 8
    return request.register, 2 * request.count


class Lengths:
    """How the requests to one device can be told apart.

    Args:
        fields: Every field of its profile, also those that nobody wants: what stands in the
            register map can be read.
        limits: What the device bears.
    """

    def __init__(self, fields: Mapping[str, Field], limits: Limits) -> None:
        self._fields = fields
        self._limits = limits
        self._known: dict[Kind, list[Field]] = {}
        for field in sorted(fields.values(), key=lambda field: (field.address, field.end)):
            self._known.setdefault(field.register, []).append(field)
        self._refused: set[Request] = set()
        self._found: dict[tuple[tuple[Request, ...], Shape | None], tuple[Request, ...]] = {}

    def arranged(self, requests: tuple[Request, ...], last: Request | None) -> tuple[Request, ...]:
        """The same fields in requests of which no two neighbours look alike, where that can be.

        Args:
            requests: What is due, from `plan`; of all groups together where several are due.
            last: The request last sent to this device, whose reply may still be on its way; None
                if there is none.

        Returns:
            The requests in the order to send them. Some may read further than they need to, or
            be split in two; the fields they answer are the same.
        """
        key = requests, None if last is None else shape(last)
        if key not in self._found:
            self._found[key] = tuple(_ordered(self._varied(requests, key[1]), key[1]))
        return self._found[key]

    def refused(self, request: Request) -> None:
        """The device does not have what a request asked for.

        A register map may hold more than one model of a family has: a request that read further
        than its fields need is not sent to this device again.
        """
        own = request_of((name, self._fields[name]) for name in request.fields)
        if (request.address, request.count) != (own.address, own.count):
            self._refused.add(request)
            self._found.clear()

    def _varied(self, requests: Sequence[Request], last: Shape | None) -> list[Request]:
        """Requests of which no look is so frequent that two of it must be neighbours."""
        varied = list(requests)
        while (frequent := _too_frequent(varied, last)) is not None:
            looks = Counter(shape(request) for request in varied)
            if last is not None:
                looks[last] += 1
            alike = [request for request in varied if shape(request) == frequent]
            longer = [(one, other) for one in alike for other in self._longer(one)]
            if longer:
                one, other = min(
                    longer, key=lambda pair: (looks[shape(pair[1])], pair[1].count - pair[0].count)
                )
                parts: tuple[Request, ...] = (other,)
            else:
                split = next(((one, two) for one in alike if (two := self._split(one))), None)
                if split is None:
                    break
                one, parts = split
            place = varied.index(one)
            varied[place : place + 1] = parts
        return varied

    def _longer(self, request: Request) -> Iterator[Request]:
        """The request with more known fields read along, up to the next two looks either way."""
        for rising in (True, False):
            seen = {shape(request)}
            longer = request
            while (grown := self._grown(longer, rising=rising)) is not None and len(seen) <= 2:
                longer = grown
                if longer in self._refused:
                    break
                if shape(longer) not in seen:
                    seen.add(shape(longer))
                    yield longer

    def _grown(self, request: Request, *, rising: bool) -> Request | None:
        """The request with the next known field after it, or before it, read along."""
        start, end = request.address, request.address + request.count
        known = self._known[request.register]
        if rising:
            beyond = [field for field in known if field.end > end and field.address >= start]
            if not beyond or not can_follow(request.register, end, beyond[0].address, self._limits):
                return None
            end = beyond[0].end
        else:
            beyond = [field for field in known if field.address < start and field.end <= end]
            nearest = max(beyond, key=lambda field: (field.end, field.address), default=None)
            if nearest is None or not can_follow(
                request.register, nearest.end, start, self._limits
            ):
                return None
            start = nearest.address
        if end - start > most(request.register, self._limits):
            return None
        return Request(request.register, start, end - start, request.fields)

    def _split(self, request: Request) -> tuple[Request, Request] | None:
        """Two requests that share no register and look unlike, from whole fields; or None."""
        items: list[Item] = [(name, self._fields[name]) for name in request.fields]
        for n in range(1, len(items)):
            first, second = items[:n], items[n:]
            if max(field.end for _, field in first) <= second[0][1].address:
                parts = request_of(first), request_of(second)
                if len({shape(request), *map(shape, parts)}) == 3:
                    return parts
        return None


def _too_frequent(requests: Sequence[Request], last: Shape | None) -> Shape | None:
    """A look that more than every second request has, counting from the last one sent."""
    for look, often in Counter(shape(request) for request in requests).items():
        if often > (len(requests) + (look != last)) // 2:
            return look
    return None


def _ordered(requests: Sequence[Request], last: Shape | None) -> Iterator[Request]:
    """The most frequent look that differs from the one before comes next."""
    waiting: dict[Shape, list[Request]] = {}
    for request in requests:
        waiting.setdefault(shape(request), []).append(request)
    while waiting:
        choices = [look for look in waiting if look != last] or list(waiting)
        last = max(choices, key=lambda look: len(waiting[look]))
        yield waiting[last].pop(0)
        if not waiting[last]:
            del waiting[last]
