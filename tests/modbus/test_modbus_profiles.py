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
max_registers = 100
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
    assert (profile.limits.max_registers, profile.limits.max_bits) == (100, 2000)
    assert (profile.fields["power_kw"].order, profile.fields["power_kw"].scale) == ("ABCD", 1.0)
    assert profile.fields["energy_kwh"].modulus == 1 << 32


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(
            'x_on = { register = "coil", address = 0, type = "bit", unit = "on" }',
            ("AB", 0, 1, 1.0),
            id="coil",
        ),
        pytest.param(
            'x_on = { register = "input", address = 9, type = "bit", bit = 15, unit = "on" }',
            ("AB", 0, 1, 1.0),
            id="bit of a register",
        ),
        pytest.param(
            'x = { register = "holding", address = 9, type = "string", length = 8, kind = "text" }',
            ("AB", 0, 8, 1.0),
            id="text",
        ),
        pytest.param(
            'x_kwh = { register = "holding", address = 9, type = "mod10k48", order = "EFCDAB",'
            ' unit = "kwh", scale = 0.001, kind = "counter", max_rate_per_s = 1 }',
            ("EFCDAB", 10**12, 3, 0.001),
            id="mod-10k total",
        ),
        pytest.param(
            'x_kwh = { register = "holding", address = 9, type = "bcd32",'
            ' unit = "kwh", kind = "counter", max_rate_per_s = 1 }',
            ("ABCD", 10**8, 2, 1.0),
            id="BCD total",
        ),
        pytest.param(
            'x_kwh = { register = "holding", address = 9, type = "int48", runs = "both",'
            ' unit = "kwh", kind = "counter", max_rate_per_s = 1, rate = "power_kw" }',
            ("ABCDEF", 1 << 48, 3, 1.0),
            id="net total",
        ),
        pytest.param(
            'x_kwh = { register = "holding", address = 9, type = "float32", resolution = 0.1,'
            ' unit = "kwh", kind = "counter", max_rate_per_s = 1, runs = "down" }',
            ("ABCD", 0, 2, 0.1),
            id="float total",
        ),
        pytest.param(
            'x_kw = { register = "holding", address = 9, type = "smod10k32", unit = "kw",'
            " deadband = 0.5, max_change_per_s = 10, stale_after_s = 5 }",
            ("ABCD", 0, 2, 1.0),
            id="signed gauge",
        ),
    ],
)
def test_a_right_line(line: str, expected: tuple[str, int, int, float]) -> None:
    fields = parse_profile("meter", GOOD + line).fields
    field = fields[line.split(" ", maxsplit=1)[0]]
    assert (field.order, field.modulus, field.words, field.step) == expected
    assert parse_profile("meter", GOOD + line).fields == fields


WRONG = [
    ("address = 0", "adress = 0", "meter.toml:6: fields.power_kw: ", "'adress' is unknown. Did"),
    ("address = 0", "address = 40001.5", "meter.toml:6: ", "address = 40001.5"),
    ("address = 0", "address = 400011", "meter.toml:6: ", "register = 'holding', address = 10"),
    ("address = 0", "address = 65535", "meter.toml:6: ", "must lie in registers 0 to 65535"),
    ("address = 0", "address = true", "meter.toml:6: ", "address = True"),
    (', type = "int32"', "", "meter.toml:6: ", "`type`. Add it"),
    ("int32", "int23", "meter.toml:6: ", "type = 'int23': unknown. Did you mean 'int32'"),
    ('"int32"', '"int32", order = "AB"', "meter.toml:6: ", "Use ABCD or CDAB or BADC or DCBA"),
    ('"int32"', '"int32", order = "CDBA"', "meter.toml:6: ", "order = 'CDBA'"),
    ('"holding"', '"coil"', "meter.toml:6: ", "register = 'coil'"),
    ('unit = "kw"', 'unit = "kW"', "meter.toml:6: ", "unit = 'kW'"),
    ('unit = "kw"', 'unit = "mw"', "meter.toml:6: ", "Call the field …_mw"),
    ('unit = "kw"', 'unit = "kw", scale = 0', "meter.toml:6: ", "scale = 0"),
    ('unit = "kw"', 'unit = "kw", scale = inf', "meter.toml:6: ", "scale = inf"),
    ('unit = "kw"', 'unit = "kw", offset = nan', "meter.toml:6: ", "offset = nan"),
    ('unit = "kw"', 'unit = "kw", scale = "0.1"', "meter.toml:6: ", "scale = '0.1'"),
    ('unit = "kw"', 'unit = "kw", min = 5, max = 5', "meter.toml:6: ", "min = 5"),
    ('unit = "kw"', 'unit = "kw", nan = [-1]', "meter.toml:6: ", "not a pattern of 32 bits"),
    ('unit = "kw"', 'unit = "kw", modulus = 1000', "meter.toml:6: ", "kind = 'counter'"),
    ('"uint32"', '"bit", bit = 0', "meter.toml:7: fields.energy_kwh: ", "a totaliser is a number"),
    ('"uint32"', '"float32"', "meter.toml:7: ", "resolution is missing"),
    ('"uint32"', '"float32", resolution = 1e-13', "meter.toml:7: ", "resolution = 1e-13"),
    ('"uint32"', '"uint32", resolution = 0.1', "meter.toml:7: ", "resolution = 0.1: is for float"),
    ('"uint32"', '"bcd32", modulus = 1_0000_0000_0', "meter.toml:7: ", "counts below 100000000 on"),
    ('"uint32"', '"uint32", runs = "back"', "meter.toml:7: ", "runs = 'back'"),
    ('"uint32"', '"uint32", deadband = 1', "meter.toml:7: ", "deadband are for gauges"),
    ('"uint32"', '"uint32", rate = "powr_kw"', "meter.toml:7: ", "Did you mean 'power_kw'?"),
    (
        "max_rate_per_s = 1 }",
        'max_rate_per_s = 1, rate = "x_degc" }\n'
        'x_degc = { register = "holding", address = 8, type = "int16", unit = "degc" }',
        "meter.toml:7: fields.energy_kwh: ",
        "rate = 'x_degc': in degc, which never sums up to kwh",
    ),
    (
        "max_rate_per_s = 1 }",
        'max_rate_per_s = 1, rate = "x_on" }\n'
        'x_on = { register = "coil", address = 8, type = "bit", unit = "on" }',
        "meter.toml:7: fields.energy_kwh: ",
        "rate = 'x_on': is no gauge that could be summed up",
    ),
    ('"uint32"', '"uint32", rate = "energy_kwh"', "meter.toml:7: ", "no other field is called so"),
    ('"uint32"', '"uint32", stale_after_s = 0', "meter.toml:7: ", "stale_after_s = 0"),
    ('unit = "kw"', 'unit = "kw", runs = "down"', "meter.toml:6: ", "runs, resolution and rate ar"),
    ('unit = "kw"', 'unit = "kw", rate = "energy_kwh"', "meter.toml:6: ", "are for totalisers"),
    (
        'unit = "kw"',
        'unit = "kw", length = 2',
        "meter.toml:6: ",
        "length = 2: a int32 has a length",
    ),
    ('unit = "kw"', 'unit = "kw", bit = 2', "meter.toml:6: ", "bit = 2: is for type = 'bit'"),
    ('"int32"', '"bit"', "meter.toml:6: ", "bit is missing. Write which bit"),
    ('"int32"', '"bit", bit = 16', "meter.toml:6: ", "bit = 16"),
    ('"int32"', '"bit", bit = 1, nan = [1]', "meter.toml:6: ", "nan = [1]: a bit has no such"),
    ('"int32"', '"bit", bit = 1, max_change_per_s = 1', "meter.toml:6: ", "a bit changes at once"),
    ('"int32"', '"string"', "meter.toml:6: ", "length is missing"),
    ('"int32"', '"string", length = 4', "meter.toml:6: ", "kind = 'text' go together"),
    ('"int32"', '"int32", kind = "text"', "meter.toml:6: ", "kind = 'text' go together"),
    (
        '"int32"',
        '"string", length = 4, kind = "text"',
        "meter.toml:6: ",
        "unit = 'kw': a text has no unit. Remove it",
    ),
    (
        '"int32", unit = "kw"',
        '"string", length = 4, kind = "text", min = 3',
        "meter.toml:6: ",
        "Remove them from the text",
    ),
    (
        '"int32", unit = "kw"',
        '"string", length = 4, kind = "text", scale = 3',
        "meter.toml:6: ",
        "scale and stale_after_s are for values",
    ),
    (
        '"int32", unit = "kw"',
        '"string", length = 101, kind = "text"',
        "meter.toml:6: ",
        "takes 101 registers, and the device gives 100 at a time",
    ),
    (', unit = "kw"', "", "meter.toml:6: ", "unit is missing. Write it as it ends the name"),
    ('unit = "kw"', 'unit = "kw", max = inf', "meter.toml:6: ", "max = inf: is no number"),
    ('unit = "kw"', 'unit = "kw", offset = 1e13', "meter.toml:6: ", "offset = 10000000000000.0"),
    (
        '"int32"',
        '"int48", order = "CDAB"',
        "meter.toml:6: ",
        "Use ABCDEF or EFCDAB or BADCFE or FEDCBA",
    ),
    (
        "max_registers = 100",
        'forbidden = [{ register = "holding", first = 9, last = 5 }]',
        "meter.toml:4: device: ",
        "first = 9 is above last = 5. Swap them",
    ),
    (
        "max_registers = 100",
        'forbidden = [{ register = "holding", first = 1, last = 5 }]',
        "meter.toml:6: fields.power_kw: ",
        "forbidden holding range 1 to 5",
    ),
    (
        "max_registers = 100",
        'forbidden = [{ register = "holding", first = 5, lst = 9 }]',
        "meter.toml:4: ",
        "forbidden = ",
    ),
    (", max_rate_per_s = 1", "", "meter.toml:7: ", "max_rate_per_s is missing"),
    ("max_rate_per_s = 1", "max_rate_per_s = 0", "meter.toml:7: ", "max_rate_per_s = 0"),
    ("max_rate_per_s = 1", "max_rate_per_s = 1, offset = 5", "meter.toml:7: ", "for gauges"),
    (
        "max_rate_per_s = 1",
        "max_rate_per_s = 1, modulus = 10_000_000_000",
        "meter.toml:7: ",
        "counts below 4294967296",
    ),
    ("power_kw =", "PowerKw =", "meter.toml:6: ", "lower-case"),
    ("[device]", "[devise]", "meter.toml:1: devise: ", "Did you mean 'device'?"),
    ("source =", "max_gap =", "meter.toml:3: ", "max_gap = 'manual 3, page 12'"),
    ('source = "manual 3, page 12"\n', "", "meter.toml:1: device: ", "`source`. Add it"),
    ("[device]", "", "meter.toml", ""),
    ("[fields]", "[fields", "meter.toml:5: no valid TOML: ", "Mend the TOML on this line"),
    ("energy_kwh =", "power_kw =", "meter.toml:7: ", "power_kw stands there already: rename or"),
    ('unit = "kw"', 'scale = 0,1, unit = "kw"', "meter.toml:6: ", "Decimals take a point: 0.1"),
    ('unit = "kw"', 'scale = "0,1", unit = "kw"', "meter.toml:6: ", "without quotes: 0.1"),
    ('unit = "kw"', 'unit = "kw",', "meter.toml:6: ", "Remove the comma before the }"),
    ('unit = "kw"', "unit = kw", "meter.toml:6: ", 'Words need quotes: unit = "kw"'),
    ('unit = "kw"', 'unit = "kw", nan = "0x8000"', "meter.toml:6: ", "Write nan = [0x8000]"),
    ('"int32"', '"long"', "meter.toml:6: ", "A signed long is int32, an unsigned one uint32"),
    ('"int32"', '"float"', "meter.toml:6: ", "That is float32"),
    ("address = 0", "address = 300013", "meter.toml:6: ", "register = 'input', address = 12"),
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
