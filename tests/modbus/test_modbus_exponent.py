"""Scale factors in registers of their own: SunSpec model 203, and the law behind it."""

import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.modbus import decode
from gateway.modbus.field import Field
from gateway.modbus.plan import plan
from gateway.modbus.profile import ProfileError, load_profiles, parse_profile

PROFILE = load_profiles()["sunspec_203"]

MODEL = """
    ID L A AphA AphB AphC A_SF PhV PhVphA PhVphB
    PhVphC PPV PhVphAB PhVphBC PhVphCA V_SF Hz Hz_SF W WphA
    WphB WphC W_SF VA VAphA VAphB VAphC VA_SF VAR VARphA
    VARphB VARphC VAR_SF PF PFphA PFphB PFphC PF_SF TotWhExp. TotWhExpPhA.
    TotWhExpPhB. TotWhExpPhC. TotWhImp. TotWhImpPhA. TotWhImpPhB. TotWhImpPhC. TotWh_SF
"""
"""Model 203: its points as they follow each other; one with a point behind takes two registers."""
POINTS = MODEL.split()
OFFSETS = {
    name.rstrip("."): sum(2 if before.endswith(".") else 1 for before in POINTS[:place])
    for place, name in enumerate(POINTS)
}
BASE = 40_000 + 2 + 2 + 65
"""Behind the marker "SunS" and a common model of 65 registers with its header."""

NAMES = {
    "current_a": ("A", "A_SF"),
    "voltage_l2_v": ("PhVphB", "V_SF"),
    "voltage_ll_v": ("PPV", "V_SF"),
    "frequency_hz": ("Hz", "Hz_SF"),
    "active_power_kw": ("W", "W_SF"),
    "active_power_l3_kw": ("WphC", "W_SF"),
    "apparent_power_kva": ("VA", "VA_SF"),
    "reactive_power_kvar": ("VAR", "VAR_SF"),
    "power_factor_pct": ("PF", "PF_SF"),
    "energy_export_kwh": ("TotWhExp", "TotWh_SF"),
    "energy_import_kwh": ("TotWhImp", "TotWh_SF"),
}


def device(**points: int) -> tuple[int, ...]:
    """The registers of a model 203 with these points; what is not told holds 0."""
    wire = bytearray(2 * sum(2 if name.endswith(".") else 1 for name in POINTS))
    for name, value in points.items():
        code = ">I" if f"{name}." in POINTS else ">h"
        struct.pack_into(code, wire, 2 * OFFSETS[name], value)
    return struct.unpack(f">{len(wire) // 2}H", wire)


def registers_of(name: str, model: tuple[int, ...]) -> tuple[int, ...]:
    field = PROFILE.fields[name]
    return model[field.address - BASE : field.end - BASE]


@pytest.mark.parametrize(("name", "points"), NAMES.items())
def test_every_line_stands_where_the_model_has_its_point(
    name: str, points: tuple[str, str]
) -> None:
    field = PROFILE.fields[name]
    assert field.address == BASE + OFFSETS[points[0]]
    assert field.exponent_register == BASE + OFFSETS[points[1]]


@pytest.mark.parametrize(
    ("name", "points", "value"),
    [
        ("voltage_l2_v", {"PhVphB": 23_012, "V_SF": -2}, 230.12),
        ("frequency_hz", {"Hz": 5001, "Hz_SF": -2}, 50.01),
        ("active_power_kw", {"W": -1234, "W_SF": 1}, -12.34),
        ("active_power_kw", {"W": 1234, "W_SF": 0}, 1.234),
        ("power_factor_pct", {"PF": 985, "PF_SF": -1}, 98.5),
    ],
)
def test_the_power_of_ten_is_read_with_the_value(
    name: str, points: dict[str, int], value: float
) -> None:
    read = decode.gauge(registers_of(name, device(**points)), PROFILE.fields[name])
    assert read == (value, None)


@pytest.mark.parametrize(
    "points",
    [
        pytest.param({"W": -0x8000, "W_SF": 0}, id="the value is not implemented"),
        pytest.param({"W": 100, "W_SF": -0x8000}, id="the scale factor is not implemented"),
        pytest.param({"W": 100, "W_SF": 11}, id="no such scale factor"),
    ],
)
def test_what_a_device_does_not_tell_is_unknown(points: dict[str, int]) -> None:
    registers = registers_of("active_power_kw", device(**points))
    field = PROFILE.fields["active_power_kw"]
    assert decode.gauge(registers, field) == (None, "out_of_range")


def test_a_short_answer_is_none() -> None:
    field = PROFILE.fields["active_power_kw"]
    registers = registers_of("active_power_kw", device(W=1, W_SF=0))
    assert decode.gauge(registers[:-1], field) == (None, "comm_fail")
    assert decode.gauge(None, field) == (None, "comm_fail")
    assert decode.gauge((*registers[:-1], 1 << 16), field) == (None, "comm_fail")
    assert decode.count(None, PROFILE.fields["energy_export_kwh"]) == (None, "comm_fail")


def test_a_totaliser_counts_only_in_the_steps_it_declares() -> None:
    field = PROFILE.fields["energy_export_kwh"]
    good = device(TotWhExp=4_000_000_000, TotWh_SF=0)
    assert decode.count(registers_of("energy_export_kwh", good), field) == (4_000_000_000, None)
    tenfold = device(TotWhExp=400_000_000, TotWh_SF=1)
    assert decode.count(registers_of("energy_export_kwh", tenfold), field) == (None, "out_of_range")
    never = device(TotWhExp=0, TotWh_SF=0)
    assert decode.count(registers_of("energy_export_kwh", never), field) == (None, "out_of_range")


def test_a_value_and_its_power_come_in_one_request() -> None:
    for name, field in PROFILE.fields.items():
        (request,) = plan({name: field}, PROFILE.limits)
        assert (request.address, request.count) == (field.address, field.words)
    assert len(plan(PROFILE.fields, PROFILE.limits)) == 1


@given(st.integers(-0x7FFF, 0x7FFF), st.integers(-10, 10), st.integers(0, 30))
def test_the_value_is_the_decimal_number_it_means(number: int, power: int, between: int) -> None:
    field = Field(
        register="input",
        address=7,
        exponent_register=8 + between,
        type="int16",
        order="AB",
        unit="kw",
        scale=0.001,
    )
    registers = (number & 0xFFFF, *(0xABCD for _ in range(between)), power & 0xFFFF)
    value, reason = decode.gauge(registers, field)
    assert reason is None
    assert value == float(Decimal(number).scaleb(power - 3))


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("exponent_register = 0", "must lie behind the value"),
        ("exponent_register = 130", "within 125 registers of 0"),
        ("exponent = 1", "Remove it; a gauge takes what it reads there"),
        ('exponent = 1, kind = "counter", max_rate_per_s = 1', "no exponent_register"),
        ("exponent = 11", "exponent = 11"),
    ],
)
def test_a_wrong_line(keys: str, words: str) -> None:
    text = (
        '[device]\nname = "n"\nsource = "s"\n[fields]\ntotal_kwh = '
        f'{{ register = "holding", address = 0, type = "uint16", unit = "kwh", {keys} }}'
    )
    with pytest.raises(ProfileError, match=words):
        parse_profile("meter", text)


def test_a_text_has_no_power() -> None:
    text = (
        '[device]\nname = "n"\nsource = "s"\n[fields]\n'
        'units = { register = "input", address = 0, type = "string", length = 2, kind = "text", '
        "exponent_register = 4 }"
    )
    with pytest.raises(ProfileError, match=r"is for numbers\. Remove it from the string"):
        parse_profile("meter", text)
