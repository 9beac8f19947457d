"""Lines, meters, points and alarms that do not go together are told with place and remedy."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from gateway.config import Config, Line, Meter
from gateway.modbus.mapping import check_meters
from gateway.modbus.meter_rules import broken_meters
from gateway.modbus.profile import parse_profile

GOOD = Path(__file__).parents[1] / "golden/configs/good.toml"

PROFILE = parse_profile(
    "meter",
    """[device]
name = "Meter"
source = "manual 3, page 12"
[fields]
temp_degc = { register = "holding", address = 2, type = "int16", unit = "degc" }
serial = { register = "holding", address = 20, type = "string", length = 8, kind = "text" }
[fields.power_kw]
register = "holding"
address = 0
type = "int32"
unit = "kw"
stale_after_s = 30
deadband = 2
[fields.energy_kwh]
register = "holding"
address = 4
type = "uint16"
unit = "kwh"
kind = "counter"
max_rate_per_s = 10
stale_after_s = 600
[fields.net_kwh]
register = "holding"
address = 6
type = "int16"
unit = "kwh"
kind = "counter"
max_rate_per_s = 10
runs = "both"
[fields.float_kwh]
register = "holding"
address = 8
type = "float32"
unit = "kwh"
kind = "counter"
max_rate_per_s = 10
resolution = 0.1
""",
)


def site(lines: list[dict[str, Any]], meters: list[dict[str, Any]], **more: Any) -> Config:
    tables = tomllib.loads(GOOD.read_text("utf-8"))
    tables["line"] = [{"id": f"l{n}"} | line for n, line in enumerate(lines)]
    given = [{"profile": "meter", "id": f"m{n}", "points": {}} | m for n, m in enumerate(meters)]
    return Config.model_validate(tables | {"meter": given} | more)


SERIAL = {"transport": "rtu", "device": "/dev/ttyUSB0"}
BRIDGE = {"transport": "rtu_over_tcp", "host": "10.0.0.9", "port": 4001}
ALARM = {
    "id": "hot",
    "kind": "high",
    "points": "unit1.*",
    "limit": 50.0,
    "unit": "degc",
    "class": "process",
    "priority": "high",
}


@pytest.mark.parametrize(
    ("lines", "meters", "path", "value", "remedy"),
    [
        pytest.param(
            [SERIAL, SERIAL],
            [],
            ("line", 1, "device"),
            "'/dev/ttyUSB0'",
            "line = 'l0'",
            id="a serial port twice",
        ),
        pytest.param(
            [BRIDGE, BRIDGE | {"host": "10.0.0.9"}],
            [],
            ("line", 1, "host"),
            "'10.0.0.9:4001'",
            "line = 'l0'",
            id="a bridge twice",
        ),
        pytest.param(
            [SERIAL],
            [{"line": "l0", "unit": 0}],
            ("meter", 0, "unit"),
            "0",
            "set on the meter",
            id="nobody answers as unit 0",
        ),
        pytest.param(
            [BRIDGE],
            [{"line": "l0", "unit": 248}],
            ("meter", 0, "unit"),
            "248",
            "set on the meter",
            id="a unit that no serial meter has",
        ),
        pytest.param(
            [SERIAL],
            [{"line": "l1"}],
            ("meter", 0, "line"),
            "'l1'",
            "Did you mean 'l0'?",
            id="an unknown line",
        ),
        pytest.param(
            [SERIAL],
            [{"line": "l0", "host": "10.0.0.5"}],
            ("meter", 0, "id"),
            "'m0'",
            "not both",
            id="a line and a host",
        ),
        pytest.param(
            [{"transport": "rtu", "host": "10.0.0.5"}],
            [],
            ("line", 0, "transport"),
            "'rtu'",
            "Give device and remove host",
            id="a serial line with a host",
        ),
        pytest.param(
            [{"transport": "tls", "host": "10.0.0.5"}],
            [],
            ("line", 0, "transport"),
            "'tls'",
            "tls_ca",
            id="TLS that trusts everybody",
        ),
        pytest.param(
            [{"transport": "tcp", "host": "10.0.0.5", "tls_ca": "ca.pem"}],
            [],
            ("line", 0, "transport"),
            "'tcp'",
            "transport = 'tls'",
            id="certificates without TLS",
        ),
        pytest.param(
            [{"transport": "tls", "host": "h", "tls_ca": "ca.pem", "tls_key": "key.pem"}],
            [],
            ("line", 0),
            "",
            "Give both or none",
            id="a key without its certificate",
        ),
    ],
)
def test_lines_and_meters_that_cannot_be(
    lines: list[dict[str, Any]],
    meters: list[dict[str, Any]],
    path: tuple[str | int, ...],
    value: str,
    remedy: str,
) -> None:
    (broken,) = broken_meters(site(lines, meters))
    assert (broken.path, broken.value) == (path, value)
    assert remedy in broken.remedy
    assert broken.reason


def test_lines_and_meters_that_can_be() -> None:
    assert (
        broken_meters(
            site(
                [
                    SERIAL,
                    BRIDGE,
                    {"transport": "tcp", "host": "a"},
                    {"transport": "tcp", "host": "a"},
                ],
                [
                    {"line": "l0", "unit": 1},
                    {"line": "l0", "unit": 247},
                    {"line": "l1", "unit": 1},
                    {"line": "l2", "unit": 0},
                    {"line": "l3", "unit": 255},
                    {"host": "10.0.0.7", "unit": 0},
                ],
            )
        )
        == []
    )


def points(**fields: Any) -> dict[str, Any]:
    return {"host": "10.0.0.5", "points": fields}


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        ({"point": "unit1.temp_degc", "deadband": 0.5}, "deadband = 0.5"),
        ({"point": "unit1.temp_degc", "deadband": 0}, "deadband = 0.0"),
        ({"point": "unit1.temp_degc", "heartbeat_s": 60}, "heartbeat_s = 60.0"),
    ],
)
def test_a_fire_does_not_hide_in_a_deadband(wanted: dict[str, Any], value: str) -> None:
    config = site([], [points(temp_degc=wanted)], alarm=[ALARM])
    (broken,) = broken_meters(config)
    assert (broken.path, broken.value) == (("meter", 0, "points", "temp_degc"), value)
    assert "'hot'" in broken.reason
    assert "Remove" in broken.remedy


@pytest.mark.parametrize(
    ("alarm", "wanted"),
    [
        pytest.param(ALARM, {"point": "unit1.temp_degc", "poll_s": 5}, id="no deadband"),
        pytest.param(ALARM, {"point": "unit2.temp_degc", "deadband": 1}, id="another point"),
        pytest.param(
            ALARM | {"unit": "ppm"}, {"point": "unit1.temp_degc", "deadband": 1}, id="another unit"
        ),
        pytest.param(
            {k: v for k, v in ALARM.items() if k not in {"limit", "unit"}} | {"kind": "bad"},
            {"point": "unit1.temp_degc", "deadband": 1},
            id="a change of quality is always reported",
        ),
    ],
)
def test_a_deadband_where_nothing_hides(alarm: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert broken_meters(site([], [points(temp_degc=wanted)], alarm=[alarm])) == []


def meter(id_: str = "a", **more: Any) -> Meter:
    table = {"id": id_, "profile": "meter", "host": "10.0.0.5", "points": {}}
    return Meter.model_validate(table | more)


def point(name: str, poll_s: float = 1.0, **more: Any) -> Meter:
    unit = "kwh" if name.endswith("kwh") else "degc" if name.endswith("degc") else "kw"
    return meter(poll_s=poll_s, points={name: {"point": f"x.y_{unit}"} | more})


@pytest.mark.parametrize(
    ("given", "value", "message", "suggestion"),
    [
        pytest.param(
            meter(points={"serial": "x.serial"}),
            "x.serial",
            "the field is a text",
            "Remove it",
            id="a text",
        ),
        pytest.param(
            point("energy_kwh", deadband=1),
            "deadband = 1.0",
            "reported at every poll",
            "Remove deadband",
            id="a total with a deadband",
        ),
        pytest.param(
            point("energy_kwh", heartbeat_s=9),
            "heartbeat_s = 9.0",
            "reported at every poll",
            "Remove heartbeat_s",
            id="a total with a heartbeat",
        ),
        pytest.param(
            point("power_kw", poll_s=31),
            "every 31 s",
            "tells the present for 30 s only",
            "of 30 or less",
            id="polled too seldom",
        ),
        pytest.param(
            point("power_kw", deadband=1, heartbeat_s=60),
            "every 60 s",
            "tells the present for 30 s only",
            "of 30 or less",
            id="reported too seldom",
        ),
        pytest.param(
            point("energy_kwh", poll_s=601),
            "every 601 s",
            "tells the present for 600 s only",
            "a poll_s of 600",
            id="a total polled too seldom",
        ),
        pytest.param(
            meter(points={"net_kwh": {"point": "x.y_kwh", "poll_s": 3275}}),
            "every 3275 s",
            "can go right round between two polls at 10 kwh/s",
            "more often",
            id="a net total that can go round either way",
        ),
    ],
)
def test_a_point_that_does_not_fit(given: Meter, value: str, message: str, suggestion: str) -> None:
    (problem,) = check_meters([given], {"meter": PROFILE})
    assert problem.key == ("points", next(iter(given.points)))
    assert problem.value == value
    assert message in problem.message
    assert suggestion in problem.suggestion


@pytest.mark.parametrize(
    "given",
    [
        point("power_kw", poll_s=30),
        point("power_kw", deadband=1, heartbeat_s=30),
        point("energy_kwh", poll_s=600),
        point("net_kwh", poll_s=3270),
        point("float_kwh", poll_s=86_400),
        point("temp_degc", poll_s=86_400, deadband=3),
    ],
    ids=lambda given: next(iter(given.points)),
)
def test_a_point_that_fits(given: Meter) -> None:
    assert check_meters([given], {"meter": PROFILE}) == []


LINES = [
    Line.model_validate({"id": "bus", "transport": "rtu", "device": "/dev/ttyUSB0"}),
    Line.model_validate({"id": "one", "host": "Gate.example"}),
    Line.model_validate({"id": "two", "host": "gate.example"}),
]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({"host": None, "line": "bus"}, {"host": None, "line": "bus"}, id="one line"),
        pytest.param({"host": None, "line": "one"}, {"host": "GATE.example"}, id="its own host"),
        pytest.param({"host": None, "line": "one"}, {"host": None, "line": "two"}, id="two lines"),
    ],
)
def test_two_meters_at_one_place(one: dict[str, Any], other: dict[str, Any]) -> None:
    (problem,) = check_meters(
        [meter("a", unit=7, **one), meter("b", unit=7, **other)], {"meter": PROFILE}, LINES
    )
    assert (problem.index, problem.meter) == (1, "b")
    assert "meter 'a' is at the same place" in problem.message
    apart = [meter("a", unit=7, **one), meter("b", unit=8, **other)]
    assert check_meters(apart, {"meter": PROFILE}, LINES) == []
