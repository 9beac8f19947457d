"""Scan: which units of a line answer, and which of a unit's registers can be read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.modbus.errors import LinkError, RefusedError
from gateway.modbus.line import Line, Link, Timing
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
            found.append(Found(unit, str(error)))
        except LinkError:
            if not line.connections:
                raise
        told(1)
    return found


async def readable(
    link: Link, kind: Kind, first: int, last: int, told: Told
) -> tuple[dict[int, int], str | None]:
    """Which registers or bits can be read; a refused block is asked for in halves.

    Some devices answer only to whole values: a register that is refused alone is asked for with
    the one after it.

    Args:
        link: The unit.
        kind: Kind of register.
        first: First address, zero-based.
        last: Last address.
        told: Called with how many more are known.

    Returns:
        Address -> contents, and why the scan ended early; None where it did not.
    """
    contents: dict[int, int] = {}
    silent = 0
    refused: set[tuple[int, int]] = set()
    waiting = [
        (n, min(BLOCK, last + 1 - n))
        for n in range(last - (last - first) % BLOCK, first - 1, -BLOCK)
    ]
    while waiting:
        address, count = waiting.pop()
        try:
            answer = await link.read(kind, address, count)
        except RefusedError:
            silent = 0
            refused.add((address, count))
            if count > 1:
                half = count // 2
                waiting += [(address + half, count - half), (address, half)]
                continue
            if address not in contents and (address, 2) not in refused:
                contents |= await _pair(link, kind, address, last)
        except LinkError as error:
            silent += 1
            if silent == _SILENT:
                return contents, f"from {kind} {address} on the unit fell silent: {error}"
        else:
            silent = 0
            contents |= dict(enumerate(answer.values, address))
        told(count)
    return contents, None


async def _pair(link: Link, kind: Kind, address: int, last: int) -> dict[int, int]:
    if kind in {"coil", "discrete"} or address == last:
        return {}
    try:
        answer = await link.read(kind, address, 2)
    except RefusedError:
        return {}
    return dict(enumerate(answer.values, address))
