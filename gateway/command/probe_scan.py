"""`hinoban probe --units` and `--addresses`: who is there, and what can be read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

import typer

from gateway.command.probe import Target, on_line
from gateway.command.scan import Found, Scanned, readable, units
from gateway.command.words import out, progress, say_line
from gateway.modbus.errors import LinkError
from gateway.modbus.line import Line
from gateway.modbus.notation import meant
from gateway.modbus.profile import Kind


def probe_addresses(
    target: Target, register: Kind, first: int, last: int, *, as_json: bool
) -> None:
    """Print which addresses can be read.

    Raises:
        MeterError: None of them, because the unit cannot be reached.
    """

    async def scan(line: Line) -> Scanned:
        link = line.link(target.unit, target.timing)
        with progress("asking", last - first + 1) as told:
            return await readable(link, register, first, last, told)

    found = on_line(target, scan)
    contents, ended = found.contents, found.ended
    if not contents and ended is not None:
        raise LinkError(f"{target}: {ended}")
    spans = list(_spans(contents))
    if as_json:
        say_line(json.dumps({"register": register, "readable": spans} | asdict(found)))
        return
    out.print(f"{target}: of {register} {first} to {last} can be read", markup=False)
    for start, end in spans:
        held = " ".join(f"{contents[n]:04X}" for n in range(start, min(end, start + 7) + 1))
        more = " …" if end > start + 7 else ""
        place = f"{start} to {end}  ({end - start + 1})" if end > start else f"{start}"
        out.print(f"  {place}  {held}{more}", markup=False)
    if not spans:
        out.print(f"  none: {_instead(register, first, last)}", markup=False)
    for start, end in found.unanswered:
        out.print(f"no answer, asked twice: {start} to {end}", style="yellow", markup=False)
    if ended is not None:
        out.print(f"the scan ended early: {ended}", style="bold yellow", markup=False)


def probe_units(
    target: Target, register: Kind, address: int, numbers: Sequence[int], *, as_json: bool
) -> None:
    """Print which unit numbers answer.

    Raises:
        LinkError: The line cannot be reached.
    """

    async def scan(line: Line) -> list[Found]:
        with progress("asking", len(numbers)) as told:
            return await units(line, numbers, target.timing, register, address, told)

    found = on_line(target, scan)
    if as_json:
        say_line(json.dumps([asdict(one) for one in found]))
        return
    for one in found:
        out.print(f"unit {one.unit} answers ({one.says})", markup=False)
    out.print(f"{len(found)} of {len(numbers)} unit numbers answered")
    if not found:
        out.print(_nobody(target, numbers), markup=False)
        raise typer.Exit(1)
    if len(found) == len(numbers) > 1:
        out.print("all of them: this device does not look at the unit number, or a box behind"
                  " this address answers for all")  # fmt: skip


def _instead(register: Kind, first: int, last: int) -> str:
    """What to try where none of the addresses can be read."""
    if (plain := meant(first)) is not None:
        kind, address = plain
        return (
            f"a manual's {first}–{last} is --register {kind}"
            f" --addresses {address}-{address + last - first}"
        )
    others = " or ".join(one for one in ("holding", "input") if one != register)
    return f"try --register {others}, or other addresses"


def _nobody(target: Target, numbers: Sequence[int]) -> str:
    """What to do where no unit answers."""
    if target.wiring.transport in {"rtu", "rtu_over_tcp"}:
        advice = "check baud rate, parity, stop bits, and that A and B are not swapped"
    else:
        advice = "it is connected, so this may be no Modbus port, or a box whose meters are silent"
    more = "" if numbers[-1] >= 247 else f"; then --units {numbers[-1] + 1}-247"
    return f"{advice}. A slow device needs --timeout 3{more}"


def _spans(contents: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    start = last = None
    for address in sorted(contents):
        if last is not None and address != last + 1 and start is not None:
            yield start, last
            start = address
        start = address if start is None else start
        last = address
    if start is not None and last is not None:
        yield start, last
