"""Scan: which units of a line answer, and which of a unit's registers can be read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.modbus.errors import LinkError, RefusedError
from gateway.modbus.field import BITS
from gateway.modbus.line import Answer, Line, Link, Timing
from gateway.modbus.profile import Kind

BLOCK: Final = 16
"""Registers asked for at once to begin with; halved where a device refuses."""

_SILENT: Final = 3

Told = Callable[[int], None]
"""Called with how many more units or registers are done."""


@dataclass(frozen=True, slots=True)
class Found:
    """A unit that is there.

    Args:
        unit: Its number.
        says: Contents of the register asked for, or why it refused.
    """

    unit: int
    says: str


async def units(
    line: Line, numbers: Sequence[int], timing: Timing, kind: Kind, address: int, told: Told
) -> list[Found]:
    """Ask every unit number for one register; whoever answers or refuses is there.

    Raises:
        LinkError: The line itself cannot be reached.
    """
    found = []
    for unit in numbers:
        link = line.link(unit, timing)
        try:
            answer = await link.read(kind, address, 1)
            found.append(Found(unit, f"{kind} {address} = {answer.values[0]}"))
        except RefusedError as error:
            absent = error.code == 2  # such a register, not the unit
            says = "a refusal is an answer" if absent else f"{error}; a refusal is an answer"
            found.append(Found(unit, says))
        except LinkError:
            if not line.connections:
                raise
        told(1)
    return found


@dataclass(slots=True)
class Scanned:
    """What a scan of addresses found.

    Args:
        contents: Address -> register or bit, of those that can be read.
        unanswered: First and last address of what got no answer at all.
        ended: Why the scan ended early; None where it did not.
    """

    contents: dict[int, int] = field(default_factory=dict)
    unanswered: list[tuple[int, int]] = field(default_factory=list)
    ended: str | None = None


async def readable(link: Link, kind: Kind, first: int, last: int, told: Told) -> Scanned:
    """Which registers or bits can be read; a refused block is asked for in halves.

    Some devices answer only to whole values: a register that is refused alone is asked for with
    the one after it. What gets no answer is asked for once more, so that one lost reply hides
    nothing.

    Args:
        link: The unit.
        kind: Kind of register.
        first: First address, zero-based.
        last: Last address.
        told: Called with how many more are known.
    """
    found = Scanned()
    silent = 0
    refused: set[tuple[int, int]] = set()
    waiting = [
        (n, min(BLOCK, last + 1 - n))
        for n in range(last - (last - first) % BLOCK, first - 1, -BLOCK)
    ]
    while waiting:
        address, count = waiting.pop()
        try:
            answer = await _twice(link, kind, address, count)
            if answer is None and count == 1 and address not in found.contents:
                pair = address < last and kind not in BITS and (address, 2) not in refused
                answer = await _twice(link, kind, address, 2) if pair else None
        except LinkError as error:
            found.unanswered.append((address, address + count - 1))
            silent += 1
            if silent == _SILENT:
                found.ended = f"from {kind} {address} on the unit fell silent: {error}"
                return found
        else:
            silent = 0
            if answer is not None:
                found.contents |= dict(enumerate(answer.values, address))
            else:
                refused.add((address, count))
                if count > 1:
                    half = count // 2
                    waiting += [(address + half, count - half), (address, half)]
                    continue
        told(count)
    return found


async def _twice(link: Link, kind: Kind, address: int, count: int) -> Answer | None:
    """The answer, None where the unit refuses; asked for once more where nothing comes."""
    for again in (False, True):
        try:
            return await link.read(kind, address, count)
        except RefusedError:
            return None
        except LinkError:
            if again:
                raise
    return None
