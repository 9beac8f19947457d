"""`hinoban probe`: look at a device that nobody has described yet."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from agent.errors import HinobanError
from gateway.clock import Clock, SystemTime
from gateway.command.device_words import Asked
from gateway.command.live import Live, read_fields
from gateway.command.live_view import map_notes, print_live
from gateway.command.probe_view import (
    Look,
    field_line,
    named_as_value,
    print_advice,
    print_guesses,
    print_registers,
    told,
)
from gateway.command.words import out, progress, say_line
from gateway.config import Line as Wiring
from gateway.modbus.errors import LinkError, MeterError, RefusedError
from gateway.modbus.guess import Guess, guesses, text
from gateway.modbus.line import Line, Link, Timing
from gateway.modbus.notation import meant
from gateway.modbus.profile import parse_profile

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

    @property
    def asked(self) -> Asked:
        """The device, as others name it."""
        return Asked(self.wiring, self.unit)

    def __str__(self) -> str:
        return str(self.asked)


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

    before, now = on_line(target, reads)
    ranked = () if look.bits else guesses(now, look.address, expect=look.expect, before=before)
    is_value = look.bits or look.expect is not None or named_as_value(look.name)
    letters = None if is_value else text(now, look.address, before)
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
            f"Nothing here comes within a factor of ten of {look.expect:,.12g}: try --register"
            " input or holding, other addresses, or leave --expect out"
        )


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

    async def read(line: Line) -> list[Live]:
        timing = Timing(
            target.timeout_s,
            limits.request_pause_ms / 1000,
            limits.connect_delay_ms / 1000,
            limits.max_reply_ms / 1000,
            limits.single_master,
        )
        return await read_fields(line, timing, target.asked, path.stem, profile.fields, limits)

    notes = list(map_notes(path.stem, profile.fields, profile.fields.keys()))
    print_live(on_line(target, read), notes, as_json=as_json)


def on_line(target: Target, do: Callable[[Line], Awaitable[_Result]]) -> _Result:
    """Open the device's line, do something there, and close it.

    Raises:
        LinkError: It cannot be reached, or nothing came; with what to check.
        RefusedError: The device refused.
    """
    clock = Clock(SystemTime("assume"))

    async def run() -> _Result:
        line = Line(target.wiring, clock.now)
        try:
            return await do(line)
        except LinkError as error:
            words = target.asked.silence(error, connected=bool(line.connections))
            raise LinkError(f"{target.asked.place}: {words}") from error
        except MeterError as error:
            raise type(error)(f"{target}: {error}") from error
        finally:
            line.close()

    return asyncio.run(run())


async def _block(link: Link, look: Look) -> dict[int, int]:
    """The registers asked for, with --expect also the one before; as many as can be read."""
    refused: RefusedError | None = None
    for address, count in _blocks(look):
        try:
            answer = await link.read(look.register, address, count)
        except RefusedError as error:
            refused = error
        else:
            return dict(enumerate(answer.values, address))
    raise RefusedError(f"{look.register} {look.address}: {refused}. {_instead(look)}")


def _blocks(look: Look) -> Iterator[tuple[int, int]]:
    """First address and count of what is worth asking for, the most first."""
    most = min(look.count, 65536 - look.address)
    before = look.expect is not None and look.address > 0
    for count in dict.fromkeys((most, *range(min(most, 8), 0, -1))):
        if before:
            yield look.address - 1, count + 1
        yield look.address, count
    if before:
        yield look.address - 1, 1


def _instead(look: Look) -> str:
    """What to try where the device has no such register."""
    if (plain := meant(look.address)) is not None:
        register, address = plain
        return f"A manual's {look.address} mostly means --register {register} --address {address}"
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
