"""Register maps: those we ship hold, and a wrong line is told with its line and remedy."""

import tomllib
from pathlib import Path

import pytest

from gateway.config import Meter
from gateway.modbus.mapping import check_meters, counter_specs
from gateway.modbus.plan import plan
from gateway.modbus.profile import ProfileError, load_profiles, parse_profile, unit_of

ROOT = Path(__file__).parents[2]
EXAMPLE = tomllib.loads((ROOT / "gateway/deploy/example-plant.toml").read_text("utf-8"))

GOOD = """[device]
name = "Meter"
source = "manual 3, page 12"
[fields]
power_kw = { register = "holding", address = 0, type = "int32", unit = "kw" }
energy_kwh = { register = "input", address = 2, type = "uint32", unit = "kwh", \
kind = "counter", max_rate_per_s = 1 }
"""


def test_every_profile_can_be_planned_and_has_a_source() -> None:
    profiles = load_profiles()
    assert {"generic_power_meter", "generic_belt_weigher"} <= profiles.keys()
    for profile in profiles.values():
        assert plan(profile.fields, profile.limits)
        assert profile.limits.source


def test_the_example_site_fits() -> None:
    meters = [Meter.model_validate(table) for table in EXAMPLE["meter"]]
    profiles = load_profiles()
    assert check_meters(meters, profiles) == []
    specs = counter_specs(meters, profiles)
    assert {point for point in specs if "_total_" not in point} == set()
    assert specs["unit1.coal.mass_total_kg"].modulus == 65_536
    assert specs["unit1.sold_total_kwh"].modulus == 1 << 64
    assert len(specs) == 7


def test_what_a_line_leaves_out() -> None:
    profile = parse_profile("meter", GOOD)
    assert profile.limits.max_registers == 125
    assert (profile.fields["power_kw"].order, profile.fields["power_kw"].scale) == ("ABCD", 1.0)
    assert profile.fields["energy_kwh"].modulus == 1 << 32


WRONG = [
    ("address = 0", "adress = 0", "meter.toml:5: fields.power_kw: ", "'adress' is unknown. Did"),
    ("address = 0", "address = 40001.5", "meter.toml:5: ", "address = 40001.5"),
    ("address = 0", "address = 400011", "meter.toml:5: ", "is holding register 10"),
    ("address = 0", "address = 65535", "meter.toml:5: ", "must lie in registers 0 to 65535"),
    ("address = 0", "address = true", "meter.toml:5: ", "address = True"),
    (', type = "int32"', "", "meter.toml:5: ", "`type`. Add it"),
    ("int32", "int23", "meter.toml:5: ", "type = 'int23': unknown. Did you mean 'int32'"),
    ('"int32"', '"int32", order = "AB"', "meter.toml:5: ", "Use ABCD or CDAB or BADC or DCBA"),
    ('"int32"', '"int32", order = "CDBA"', "meter.toml:5: ", "order = 'CDBA'"),
    ('"holding"', '"coil"', "meter.toml:5: ", "register = 'coil'"),
    ('unit = "kw"', 'unit = "kW"', "meter.toml:5: ", "unit = 'kW'"),
    ('unit = "kw"', 'unit = "mw"', "meter.toml:5: ", "Call the field …_mw"),
    ('unit = "kw"', 'unit = "kw", scale = 0', "meter.toml:5: ", "scale = 0"),
    ('unit = "kw"', 'unit = "kw", scale = inf', "meter.toml:5: ", "scale = inf"),
    ('unit = "kw"', 'unit = "kw", offset = nan', "meter.toml:5: ", "offset = nan"),
    ('unit = "kw"', 'unit = "kw", scale = "0.1"', "meter.toml:5: ", "scale = '0.1'"),
    ('unit = "kw"', 'unit = "kw", min = 5, max = 5', "meter.toml:5: ", "min = 5"),
    ('unit = "kw"', 'unit = "kw", nan = [-1]', "meter.toml:5: ", "not a pattern of 32 bits"),
    ('unit = "kw"', 'unit = "kw", modulus = 1000', "meter.toml:5: ", "kind = 'counter'"),
    ('"uint32"', '"int32"', "meter.toml:6: fields.energy_kwh: ", "uint register"),
    (", max_rate_per_s = 1", "", "meter.toml:6: ", "max_rate_per_s is missing"),
    ("max_rate_per_s = 1", "max_rate_per_s = 0", "meter.toml:6: ", "max_rate_per_s = 0"),
    ("max_rate_per_s = 1", "max_rate_per_s = 1, offset = 5", "meter.toml:6: ", "for gauges"),
    (
        "max_rate_per_s = 1",
        "max_rate_per_s = 1, modulus = 10_000_000_000",
        "meter.toml:6: ",
        "counts below 4294967296",
    ),
    ("power_kw =", "PowerKw =", "meter.toml:5: ", "lower-case"),
    ("[device]", "[devise]", "meter.toml:1: devise: ", "Did you mean 'device'?"),
    ("source =", "max_gap =", "meter.toml:3: ", "max_gap = 'manual 3, page 12'"),
    ('source = "manual 3, page 12"\n', "", "meter.toml:1: device: ", "`source`. Add it"),
    ("[device]", "", "meter.toml", ""),
    ("[fields]", "[fields", "meter.toml: no valid TOML: ", "line 4"),
]


@pytest.mark.parametrize(("old", "new", "place", "words"), WRONG, ids=[w[1] for w in WRONG])
def test_a_wrong_line(old: str, new: str, place: str, words: str) -> None:
    assert old in GOOD
    with pytest.raises(ProfileError) as caught:
        parse_profile("meter", GOOD.replace(old, new))
    assert str(caught.value).startswith(place)
    assert words in str(caught.value)


@pytest.mark.parametrize("text", ['[device]\nname = "n"\nsource = "s"\n', "", "fields = 3"])
def test_a_map_without_fields(text: str) -> None:
    with pytest.raises(ProfileError, match=r"(fields|device): "):
        parse_profile("meter", text)


def test_profiles_of_another_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(GOOD)
    assert load_profiles(tmp_path).keys() == {"mine"}


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("unit1.coal.mass_total_kg", "kg"),
        ("unit1.coal.mass_rate_kg_per_s", "kg_per_s"),
        ("yard.c0150.temp_1_degc", "degc"),
        ("unit1.coal", None),
    ],
)
def test_the_unit_ends_the_name(name: str, unit: str | None) -> None:
    assert unit_of(name) == unit


def meter(name: str, **more: object) -> Meter:
    table = {
        "id": name,
        "profile": "meter",
        "host": "10.0.0.5",
        "points": {"power_kw": f"{name}.power_kw"},
    }
    return Meter.model_validate(table | more)


@pytest.mark.parametrize(
    ("wrong", "key", "message", "suggestion"),
    [
        pytest.param(
            {"profile": "metre"}, ("profile",), "no such register map", "'meter'", id="profile"
        ),
        pytest.param(
            {"points": {"powr_kw": "b.power_kw"}},
            ("points", "powr_kw"),
            "has no field 'powr_kw'",
            "'power_kw'",
            id="field",
        ),
        pytest.param(
            {"points": {"power_kw": "b.power_mw"}},
            ("points", "power_kw"),
            "the field is in kw",
            "…_kw",
            id="unit",
        ),
        pytest.param(
            {"points": {"power_kw": "a.power_kw"}},
            ("points", "power_kw"),
            "a.power_kw feeds this point already",
            "point of its own",
            id="point twice",
        ),
        pytest.param(
            {"unit": 1}, ("host",), "meter 'a' is at the same place", "own host", id="place twice"
        ),
    ],
)
def test_meters_that_do_not_fit(
    wrong: dict[str, object], key: tuple[str, ...], message: str, suggestion: str
) -> None:
    profiles = {"meter": parse_profile("meter", GOOD)}
    meters = [meter("a", unit=1), meter("b", **{"unit": 2} | wrong)]
    (problem,) = check_meters(meters, profiles)
    assert (problem.index, problem.meter, problem.key) == (1, "b", key)
    assert message in problem.message
    assert suggestion in problem.suggestion
    assert problem.value
