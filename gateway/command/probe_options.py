"""What a person types after `hinoban probe`, and which look at the device is meant."""

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from agent.errors import HinobanError
from gateway.command.words import Json, plain_errors
from gateway.modbus.notation import meant, split_port

if TYPE_CHECKING:
    from gateway.config import Line


class Register(StrEnum):
    """Kinds of registers."""

    HOLDING = "holding"
    INPUT = "input"
    COIL = "coil"
    DISCRETE = "discrete"


class Transport(StrEnum):
    """How a device on the network is reached."""

    TCP = "tcp"
    TLS = "tls"
    RTU_OVER_TCP = "rtu_over_tcp"


class Parity(StrEnum):
    """Parity of a serial line."""

    NONE = "none"
    EVEN = "even"
    ODD = "odd"


class OptionError(HinobanError):
    """Options that do not go together, in words."""


def _decimal(written: str) -> float:
    try:
        return float(written)
    except ValueError as error:
        point = written.replace(",", ".")
        remedy = f": write {point}" if re.fullmatch(r"[-+]?\d+\.\d+", point) else ""
        raise typer.BadParameter(f"{written!r} is no number{remedy}") from error


def probe(
    target: Annotated[str, typer.Argument(help="Host, or a serial device such as /dev/ttyUSB0.")],
    unit: Annotated[int, typer.Option(min=0, max=255, help="Unit number.")] = 1,
    address: Annotated[
        int | None, typer.Option(min=0, help="First register, counted from 0.")
    ] = None,
    expect: Annotated[
        float | None,
        typer.Option(
            parser=_decimal, metavar="NUMBER", help="What the device's display shows, such as 230."
        ),
    ] = None,
    register: Annotated[Register, typer.Option(help="Kind of register.")] = Register.HOLDING,
    count: Annotated[int, typer.Option(min=1, max=100, help="Registers to read.")] = 8,
    name: Annotated[str, typer.Option(help="Name for the field, such as voltage_v.")] = "",
    addresses: Annotated[
        str, typer.Option(help="Instead: find which of a range can be read, such as 0-200.")
    ] = "",
    units: Annotated[
        str, typer.Option(help="Instead: find which unit numbers answer, such as 1-20.")
    ] = "",
    profile: Annotated[
        Path | None, typer.Option(help="Instead: read every field of this register map.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="502 if left out, with TLS 802.")
    ] = None,
    transport: Annotated[
        Transport, typer.Option(help="rtu_over_tcp: a box that passes serial frames on.")
    ] = Transport.TCP,
    baud: Annotated[int, typer.Option(min=300, max=1_000_000, help="Serial: speed.")] = 9600,
    parity: Annotated[Parity, typer.Option(help="Serial: parity.")] = Parity.NONE,
    stop_bits: Annotated[int, typer.Option(min=1, max=2, help="Serial: stop bits.")] = 1,
    tls_ca: Annotated[
        Path | None, typer.Option(help="TLS: who signed the device's certificate.")
    ] = None,
    tls_certificate: Annotated[Path | None, typer.Option(help="TLS: our own.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="TLS: its key.")] = None,
    tls_name: Annotated[str | None, typer.Option(help="TLS: name in its certificate.")] = None,
    timeout: Annotated[float, typer.Option(min=0.05, max=60, help="Longest wait, seconds.")] = 1.0,
    wait: Annotated[float, typer.Option(min=0, max=3600, help="Between two reads, seconds.")] = 2.0,
    show_all: Annotated[bool, typer.Option("--all", help="Print every guess.")] = False,
    as_json: Json = False,
) -> None:
    """Read registers of an unknown device, and rank what they may mean. It only ever reads."""
    from gateway.command import probe as at  # noqa: PLC0415 -- loads the link; --help need not
    from gateway.command import probe_scan  # noqa: PLC0415
    from gateway.command.probe_view import Look  # noqa: PLC0415
    from gateway.config import Line  # noqa: PLC0415

    with plain_errors():
        serial = target.startswith("/")
        _agree_target(target)
        _agree_name(name)
        _agree_address(address)
        kind: Literal["tcp", "tls", "rtu", "rtu_over_tcp"] = "rtu" if serial else transport.value
        wiring = Line(
            id="probe",
            transport=kind,
            host=None if serial else target,
            port=port or (802 if kind == "tls" else 502),
            device=Path(target) if serial else None,
            baud=baud,
            parity=parity.value,
            stop_bits=2 if stop_bits == 2 else 1,
            tls_ca=tls_ca,
            tls_certificate=tls_certificate,
            tls_key=tls_key,
            tls_name=tls_name,
        )
        _agree(wiring, [address is not None, bool(addresses), bool(units), profile is not None])
        found = at.Target(wiring, unit, timeout)
        if profile is not None:
            at.probe_profile(found, profile, as_json=as_json)
        elif units:
            first, last = span("--units", units, 255)
            numbers = range(first, last + 1)
            probe_scan.probe_units(found, register.value, address or 0, numbers, as_json=as_json)
        elif addresses:
            first, last = span("--addresses", addresses, 65535)
            probe_scan.probe_addresses(found, register.value, first, last, as_json=as_json)
        elif address is not None:
            look = Look(register.value, address, count, expect, wait, name, show_all)
            at.probe_registers(found, look, as_json=as_json)


def span(option: str, written: str, most: int) -> tuple[int, int]:
    """A range as it is typed: "0-200", or one number.

    Args:
        option: The option, for the message.
        written: What was typed.
        most: Greatest number allowed.

    Raises:
        OptionError: It is no range.
    """
    first, dash, last = written.partition("-")
    if not (first.strip().isdecimal() and (last if dash else first).strip().isdecimal()):
        raise OptionError(f"{option} {written!r} is no range: write it as 0-{min(most, 200)}")
    begin, end = int(first), int(last if dash else first)
    if not begin <= end <= most:
        raise OptionError(
            f"{option} {written!r}: the first must not be above the last, nor that above {most}"
        )
    return begin, end


def _agree_target(target: str) -> None:
    if (found := split_port(target)) is not None:
        host, port = found
        raise OptionError(f"{target}: the port is an option of its own: {host} --port {port}")


def _agree_name(name: str) -> None:
    if name and not re.fullmatch("[a-z][a-z0-9_]*", name):
        better = re.sub("[^a-z0-9]+", "_", name.lower()).strip("_")
        raise OptionError(
            f"--name {name!r}: a field's name is lower-case letters, digits and '_', and ends in"
            f" the unit: --name {better}"
        )


def _agree_address(address: int | None) -> None:
    if address is not None and address > 65_535:
        plain = meant(address)
        remedy = (
            "addresses are 0 to 65535, counted from 0"
            if plain is None
            else f"a manual's {address} is --register {plain[0]} --address {plain[1]}"
        )
        raise OptionError(f"--address {address}: {remedy}")


def _agree(wiring: "Line", looks: list[bool]) -> None:
    address, *instead = looks
    if sum(instead) > 1 or (address and sum(instead[0::2])):
        raise OptionError("give one of --address, --addresses, --units and --profile")
    if not any(looks):
        raise OptionError(
            "say what to look at: --address 100 for registers, --addresses 0-200 to find which"
            " can be read, --units 1-20 to find units, --profile my_meter.toml to try a map"
        )
    if wiring.transport == "tls" and wiring.tls_ca is None:
        raise OptionError("--transport tls needs --tls-ca: without it nobody knows who answers")
