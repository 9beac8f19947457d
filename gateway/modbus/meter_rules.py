"""Rules about lines and meters that no single key can break."""

from collections.abc import Iterator, Sequence
from typing import Final

from agent.alarms.conditions import Kind
from gateway.config import Config, Line, Meter, MeterTables
from gateway.config_alarm_rules import conditions_that_hold
from gateway.config_broken import Broken, unknown
from gateway.modbus.notation import split_port

SERIAL: Final = ("rtu", "rtu_over_tcp")
"""Transports whose frames carry no transaction number."""

HOLDING_BACK: Final = ("deadband", "heartbeat_s")
"""What a point of the site's file asks for so that not every reading is reported."""

_JUDGING: Final = frozenset({Kind.HIGH, Kind.LOW, Kind.STILL})


def broken_meters(config: Config) -> list[Broken]:
    """Every rule about lines and meters that the configuration breaks."""
    return [*broken_attachments(config), *_held_back(config)]


def broken_attachments(config: MeterTables) -> list[Broken]:
    """Those of them that have to do with where meters are, and not with alarms."""
    return [
        *_hosts(config),
        *_lines(config),
        *_attachments(config),
        *_shared_wires(config),
        *_units(config),
    ]


def _hosts(config: MeterTables) -> Iterator[Broken]:
    tables: tuple[tuple[str, Sequence[Line | Meter]], ...] = (
        ("line", config.line),
        ("meter", config.meter),
    )
    for section, entries in tables:
        for n, entry in enumerate(entries):
            if (found := split_port(entry.host or "")) is not None:
                host, port = found
                yield Broken(
                    (section, n, "host"),
                    repr(entry.host),
                    "the port has a key of its own",
                    f'Write host = "{host}" and port = {port}',
                )


def _lines(config: MeterTables) -> Iterator[Broken]:
    for n, line in enumerate(config.line):
        serial = line.transport == "rtu"
        if serial != (line.device is not None) or serial == (line.host is not None):
            needs, lacks = ("device", "host") if serial else ("host", "device")
            yield Broken(
                ("line", n, "transport"),
                repr(line.transport),
                f"a line of this kind has a {needs} and no {lacks}",
                f"Give {needs} and remove {lacks}, or choose another transport",
            )
        if (line.tls_certificate is None) != (line.tls_key is None):
            yield Broken(
                ("line", n), "", "tls_certificate and tls_key go together", "Give both or none"
            )
        if line.transport != "tls" and (line.tls_ca or line.tls_certificate or line.tls_name):
            yield Broken(
                ("line", n, "transport"),
                repr(line.transport),
                "certificates are for transport = 'tls'",
                "Use transport = 'tls', or remove them",
            )
        if line.transport == "tls" and line.tls_ca is None:
            yield Broken(
                ("line", n, "transport"),
                repr(line.transport),
                "without tls_ca nobody knows whose meter answers",
                "Give the authority's certificate as tls_ca",
            )


def _attachments(config: MeterTables) -> Iterator[Broken]:
    lines = {line.id for line in config.line}
    for n, meter in enumerate(config.meter):
        if (meter.host is None) == (meter.line is None):
            yield Broken(
                ("meter", n, "id"),
                repr(meter.id),
                "a meter has either a host of its own or a line",
                "Give host = … or line = …, not both",
            )
        elif meter.line is not None and meter.line not in lines:
            yield unknown(("meter", n, "line"), meter.line, "line", lines)


def _shared_wires(config: MeterTables) -> Iterator[Broken]:
    """Frames without a transaction number get mixed up where two lines are one wire."""
    wires: dict[str, str] = {}
    for n, line in enumerate(config.line):
        if line.transport not in SERIAL:
            continue
        wire = str(line.device) if line.device else f"{(line.host or '').lower()}:{line.port}"
        if (other := wires.setdefault(wire, line.id)) != line.id:
            yield Broken(
                ("line", n, "device" if line.device else "host"),
                repr(wire),
                f"line {other!r} is the same wire, and their requests would collide",
                f"Let the meters of both name line = {other!r}",
            )


def _units(config: MeterTables) -> Iterator[Broken]:
    serial = {line.id for line in config.line if line.transport in SERIAL}
    for n, meter in enumerate(config.meter):
        if meter.line in serial and not 1 <= meter.unit <= 247:
            yield Broken(
                ("meter", n, "unit"),
                str(meter.unit),
                "on a serial line units are 1 to 247; 0 speaks to all, and nobody answers",
                "Give the unit number that is set on the meter",
            )


def _held_back(config: Config) -> Iterator[Broken]:
    """A value that is not reported cannot raise an alarm, and its delays would run late."""
    watches = [one for one in conditions_that_hold(config) if one.kind in _JUDGING]
    for n, meter in enumerate(config.meter):
        for field, wanted in meter.points.items():
            keys = [key for key in HOLDING_BACK if key in wanted.model_fields_set]
            alarm = next((watch.id for watch in watches if watch.covers(wanted.point)), None)
            if keys and alarm is not None:
                yield Broken(
                    ("meter", n, "points", field),
                    f"{keys[0]} = {getattr(wanted, keys[0])}",
                    f"alarm {alarm!r} watches this point: a fire may hide in a reading that is"
                    " not reported",
                    f"Remove {' and '.join(keys)}, or let the alarm not watch it",
                )
