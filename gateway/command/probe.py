"""`hinoban probe`: look at a device that nobody has described yet."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from agent.errors import HinobanError
from gateway.clock import Clock, SystemTime
from gateway.command.live import print_live, read_fields
from gateway.command.probe_view import (
    Look,
    field_line,
    print_advice,
    print_guesses,
    print_registers,
    told,
)
from gateway.command.scan import Scanned, readable, units
from gateway.command.words import out, progress, say_line
from gateway.config import Line as Wiring
from gateway.modbus.errors import LinkError, MeterError, RefusedError
from gateway.modbus.guess import Guess, guesses, text
from gateway.modbus.line import Line, Link, Timing
from gateway.modbus.profile import Kind, parse_profile

PAUSE_S: Final = 0.05
"""Silence between two requests to a device of which nobody knows what it bears [s]."""

_Result = TypeVar("_Result")


class ProbeError(HinobanError):
    """The device cannot be looked at so, in words that say what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """The device.

    Args:
        wiring: How it is reached.
        unit: Unit number.
        timeout_s: Longest wait for a reply [s].
    """

    wiring: Wiring
    unit: int
    timeout_s: float

    @property
    def timing(self) -> Timing:
        """Polite to what is not known."""
        return Timing(self.timeout_s, PAUSE_S, 0.0, max(1.0, self.timeout_s), False)

    def __str__(self) -> str:
        wiring = self.wiring
        place = wiring.device if wiring.transport == "rtu" else f"{wiring.host}:{wiring.port}"
        return f"{place}, unit {self.unit}"


def probe_registers(target: Target, look: Look, *, as_json: bool) -> None:
    """Read some registers twice, print them and what they may mean.

    Raises:
        MeterError: They cannot be read.
    """

    async def reads(line: Line) -> tuple[dict[int, int], dict[int, int]]:
        link = line.link(target.unit, target.timing)
        before = await _block(link, look)
        with progress(f"waiting {look.wait_s:g} s for a second read", 10) as told:
            for _ in range(10):
                await asyncio.sleep(look.wait_s / 10)
                told(1)
        answer = await link.read(look.register, min(before), len(before))
        return before, dict(enumerate(answer.values, min(before)))

    before, now = _on_line(target, reads)
    ranked = () if look.bits else guesses(now, look.address, expect=look.expect, before=before)
    letters = None if look.bits or look.expect is not None else text(now, look.address)
    if as_json:
        say_line(json.dumps(_data(target, look, before, now, ranked, letters)))
        return
    print_registers(str(target), look, before, now)
    if not look.bits:
        print_guesses(look, ranked)
    if look.bits or ranked:
        print_advice(look, ranked, letters)
    else:
        out.print(
            f"Nothing here comes within a factor of ten of {look.expect:g}: try --register input"
            " or holding, other addresses, or leave --expect out"
        )


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

    found = _on_line(target, scan)
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
        out.print("  none: try the other kind of register with --register", markup=False)
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

    async def scan(line: Line) -> list[Any]:
        with progress("asking", len(numbers)) as told:
            return await units(line, numbers, target.timing, register, address, told)

    found = _on_line(target, scan)
    if as_json:
        say_line(json.dumps([asdict(one) for one in found]))
        return
    for one in found:
        out.print(f"unit {one.unit}: {one.says}", markup=False)
    out.print(f"{len(found)} of {len(numbers)} unit numbers answered")
    if len(found) == len(numbers) > 1:
        out.print("all of them: this device does not look at the unit number, or a box behind"
                  " this address answers for all")  # fmt: skip


def probe_profile(target: Target, path: Path, *, as_json: bool) -> None:
    """Read every field of a register map once; exit code 1 if any is bad.

    Raises:
        ProfileError: The map cannot be used.
    """
    try:
        profile = parse_profile(path.stem, path.read_text("utf-8"))
    except OSError as error:
        raise ProbeError(f"{path}: {error.strerror}; give the path of a register map") from error
    limits = profile.limits

    async def read(line: Line) -> list[Any]:
        timing = Timing(
            target.timeout_s,
            limits.request_pause_ms / 1000,
            limits.connect_delay_ms / 1000,
            limits.max_reply_ms / 1000,
            limits.single_master,
        )
        link = line.link(target.unit, timing)
        return await read_fields(link, path.stem, profile.fields, limits)

    print_live(_on_line(target, read), as_json=as_json)


def _on_line(target: Target, do: Callable[[Line], Awaitable[_Result]]) -> _Result:
    clock = Clock(SystemTime("assume"))

    async def run() -> _Result:
        line = Line(target.wiring, clock.now)
        try:
            return await do(line)
        except LinkError as error:
            raise LinkError(f"{target}: {error}{_hint(target, line)}") from error
        except MeterError as error:
            raise type(error)(f"{target}: {error}") from error
        finally:
            line.close()

    return asyncio.run(run())


def _hint(target: Target, line: Line) -> str:
    if not line.connections:
        return ""
    if target.wiring.transport == "rtu":
        return ". Check --unit, --baud and --parity, and that A and B are not swapped"
    return f". Check --unit {target.unit}: --units 1-20 finds those that answer"


async def _block(link: Link, look: Look) -> dict[int, int]:
    """The registers asked for, and with --expect the ones before; fewer where refused."""
    first = max(0, look.address - 1) if look.expect is not None else look.address
    tries = [(first, look.address + look.count - first), (look.address, look.count)]
    tries += [(look.address, count) for count in range(min(look.count, 8), 0, -1)]
    refused: RefusedError | None = None
    for address, count in dict.fromkeys(tries):
        try:
            answer = await link.read(look.register, address, min(count, 65536 - address))
        except RefusedError as error:
            refused = error
        else:
            return dict(enumerate(answer.values, address))
    raise RefusedError(f"{look.register} {look.address}: {refused}. {_instead(look)}")


def _instead(look: Look) -> str:
    """What to try where the device has no such register."""
    for first, register in ((400_001, "holding"), (300_001, "input"), (40_001, "holding"),
                            (30_001, "input")):  # fmt: skip
        if first <= look.address < first + 9_999:
            return (
                f"A manual's {look.address} mostly means --register {register}"
                f" --address {look.address - first}"
            )
    other = "input" if look.register == "holding" else "holding"
    return f"Try --register {other}, the address less one, or --addresses 0-200"


def _data(
    target: Target,
    look: Look,
    before: Mapping[int, int],
    now: Mapping[int, int],
    ranked: Sequence[Guess],
    letters: str | None,
) -> dict[str, Any]:
    known = look.bits or bool(ranked)
    return {
        "device": str(target),
        "register": look.register,
        "registers": now,
        "before": before,
        "guesses": [asdict(one) for one in told(look, ranked)],
        "line": field_line(look, ranked, letters) if known else None,
        "text": letters,
    }


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
