"""Mapping: do the site's meters fit their profiles, and which totalisers do they have?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.config import Line, Meter
from gateway.modbus.counters import CounterSpec
from gateway.modbus.point_rules import broken_point
from gateway.modbus.profile import Profile
from gateway.modbus.registers import TYPES
from gateway.problems import did_you_mean


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a meter of the site's configuration.

    Args:
        index: The meter's place among the site's meters, from 0.
        meter: Its id.
        key: The key inside its section: one part or two, such as ("points", "mass_total_kg").
        value: What stands there.
        message: Why that cannot be.
        suggestion: What to write instead.
    """

    index: int
    meter: str
    key: tuple[str, ...]
    value: str
    message: str
    suggestion: str


def check_meters(
    meters: Sequence[Meter], profiles: Mapping[str, Profile], lines: Sequence[Line] = ()
) -> list[Problem]:
    """Everything wrong between the meters, their lines and their profiles.

    Args:
        meters: The site's meters.
        profiles: Register maps by id.
        lines: The lines that meters share.
    """
    problems: list[Problem] = []
    places: dict[tuple[str, int], str] = {}
    points: dict[str, str] = {}
    for index, meter in enumerate(meters):
        place = _place(meter, lines)
        if (other := places.setdefault(place, meter.id)) != meter.id:
            problems.append(
                Problem(
                    index,
                    meter.id,
                    ("host",) if meter.line is None else ("unit",),
                    f"{place[0]} unit {meter.unit}",
                    f"meter {other!r} is at the same place",
                    "Give each meter its own host, port or unit, or read all points with one",
                )
            )
        for field, wanted in meter.points.items():
            point = wanted.point
            key = ("points", field)
            owner = points.setdefault(point, f"{meter.id}.{field}")
            if owner != f"{meter.id}.{field}":
                problems.append(
                    Problem(
                        index,
                        meter.id,
                        key,
                        point,
                        f"{owner} feeds this point already",
                        "Give every value a point of its own",
                    )
                )
        problems += _against_profile(index, meter, profiles)
    return problems


def _place(meter: Meter, lines: Sequence[Line]) -> tuple[str, int]:
    """What answers there, whether the meter names it itself or by a line."""
    line = next((line for line in lines if line.id == meter.line), None)
    if line is not None and line.device is not None:
        return str(line.device), meter.unit
    if line is not None and line.host is not None:
        return f"{line.host.lower()}:{line.port}", meter.unit
    if meter.line is not None:
        return f"line {meter.line}", meter.unit
    return f"{(meter.host or '').lower()}:{meter.port}", meter.unit


def _against_profile(
    index: int, meter: Meter, profiles: Mapping[str, Profile]
) -> Iterator[Problem]:
    profile = profiles.get(meter.profile)
    if profile is None:
        yield Problem(
            index,
            meter.id,
            ("profile",),
            meter.profile,
            "there is no such register map, here or in the folder that [site] profiles names",
            did_you_mean(meter.profile, profiles),
        )
        return
    for name, wanted in meter.points.items():
        field = profile.fields.get(name)
        key = ("points", name)
        if field is None:
            yield Problem(
                index,
                meter.id,
                key,
                wanted.point,
                f"profile {profile.id!r} has no field {name!r}",
                did_you_mean(name, profile.fields),
            )
            continue
        for value, message, suggestion in broken_point(meter, wanted, field):
            yield Problem(index, meter.id, key, value, message, suggestion)


def counter_specs(
    meters: Sequence[Meter], profiles: Mapping[str, Profile]
) -> dict[str, CounterSpec]:
    """Every totaliser the meters feed: point -> what it can do.

    Args:
        meters: The site's meters, in which `check_meters` has found nothing wrong.
        profiles: Register maps by id.
    """
    specs = {}
    for meter in meters:
        for name, wanted in meter.points.items():
            field = profiles[meter.profile].fields[name]
            if field.kind == "counter" and field.max_rate_per_s is not None:
                specs[wanted.point] = CounterSpec(
                    field.unit,
                    field.step,
                    field.modulus,
                    field.max_rate_per_s,
                    field.update_s,
                    runs=field.runs,
                    signed=TYPES[field.type].signed,
                    poll_s=meter.poll_s if wanted.poll_s is None else wanted.poll_s,
                    meter=meter.id,
                )
    return specs
