"""Vendors' register tables: what is clear is taken, what is not is told, and nothing is guessed."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.modbus.profile import parse_profile
from gateway.modbus.register_table import (
    Assumed,
    Imported,
    Options,
    TableError,
    import_table,
)
from gateway.modbus.tables import access, addresses, names, number_types, numbers, units
from gateway.modbus.tables.unclear import UnclearError

TABLES = Path(__file__).parents[1] / "golden" / "register_tables"
RATES = {"kwh": 0.28, "kg": 20.0, "m3": 0.5}


def imported(name: str, **options: object) -> Imported:
    settings_ = {"assumed": Assumed(max_rates=RATES), **options}
    text = (TABLES / f"{name}.csv").read_text("utf-8")
    return import_table(text, Options(f"{name}.csv", **settings_))  # type: ignore[arg-type]


def fields(found: Imported) -> dict[str, str]:
    """Name -> where it stands, type, order and scale, as the register map has them."""
    profile = parse_profile("made", found.toml("a product", "a manual, page 1"))
    return {
        name: f"{f.register} {f.address} {f.type} {f.order} {f.scale:.6g} {f.kind}"
        for name, f in profile.fields.items()
    }


def table(*rows: str, **options: object) -> Imported:
    settings_ = {"assumed": Assumed(max_rates=RATES), **options}
    return import_table("\n".join(rows), Options(**settings_))  # type: ignore[arg-type]


def test_a_coriolis_meter() -> None:
    found = imported("coriolis")
    assert fields(found) == {
        "absolute_massflow_kg_per_s": "holding 3000 float32 ABCD 1 gauge",
        "absolute_volumeflow_m3_per_h": "holding 3002 float32 ABCD 3600 gauge",
        "absolute_density_kg_per_m3": "holding 3004 float32 ABCD 1 gauge",
        "sensor_temperature_degc": "holding 3006 float32 ABCD 1 gauge",
        "totalizer_1_kg": "holding 3014 float64 ABCDEFGH 1 counter",
        "totalizer_2_batch_kg": "holding 3018 float64 ABCDEFGH 1 counter",
        "update_rate_set_number": "holding 3099 uint16 AB 1 gauge",
        "no_of_parityerrors_number": "holding 500 uint16 AB 1 gauge",
        "interframespace_us": "holding 507 uint32 ABCD 1 gauge",
    }
    assert (found.problems, found.write_only, found.titles) == ((), 1, 2)


def test_a_steam_meter_needs_a_word_on_types_and_scales() -> None:
    without = imported("steam_meter")
    assert without.lines == ()
    assert "its type is not told. Write one such as uint16" in str(without.problems[2])
    found = imported(
        "steam_meter",
        columns={"Received data scale": "divisor"},
        assumed=Assumed(type="uint16", max_rates=RATES),
    )
    assert fields(found) == {
        "flow_kg_per_s": "holding 2 uint16 AB 0.000277778 gauge",
        "pressure_bar": "holding 3 uint16 AB 0.01 gauge",
        "temperature_degc": "holding 4 uint16 AB 0.1 gauge",
        "water_equivalent_flowrate_m3_per_h": "holding 5 uint16 AB 0.0001 gauge",
        "power_kw": "holding 6 uint16 AB 1 gauge",
        "alarm_status_number": "holding 9 uint16 AB 1 gauge",
        "device_id_number": "holding 10 uint16 AB 1 gauge",
    }
    assert [(p.line, p.reason) for p in found.problems] == [
        (2, "is half of a value"),
        (3, "is half of a value"),
    ]


def test_an_ultrasonic_meter_that_counts_from_one() -> None:
    found = imported(
        "ultrasonic",
        columns={"note": "unit"},
        one_based=True,
        assumed=Assumed(order="CDAB", max_rates=RATES),
    )
    assert fields(found) == {
        "flow_rate_m3_per_h": "holding 0 float32 CDAB 1 gauge",
        "energy_flow_rate_kw": "holding 2 float32 CDAB 277.778 gauge",
        "velocity_m_per_s": "holding 4 float32 CDAB 1 gauge",
        "positive_accumulator_m3": "holding 8 int32 CDAB 1 counter",
        "positive_decimal_fraction_number": "holding 10 float32 CDAB 1 gauge",
        "temperature_1_inlet_degc": "holding 32 float32 CDAB 1 gauge",
    }
    assert [(p.line, p.value) for p in found.problems] == [(8, "Range: 0~99")]


def test_a_list_of_points_with_bars() -> None:
    assert fields(imported("point_list", assumed=Assumed("input", max_rates=RATES))) == {
        "energy_index_kwh": "input 2 float32 ABCD 1 counter",
        "volume_m3": "input 4 float32 ABCD 0.001 counter",
        "outgoing_temperature_degc": "input 10 float32 ABCD 0.1 gauge",
        "instantaneous_flowrate_m3_per_h": "input 8 float32 ABCD 0.001 gauge",
        "start_temperature_degc": "input 40 int16 AB 1 gauge",
        "error_code_number": "input 164 uint16 AB 1 gauge",
    }


def test_a_german_table_with_decimal_commas() -> None:
    found = imported("zaehler")
    assert fields(found) == {
        "wirkleistung_gesamt_kw": "holding 23316 int32 ABCD 1e-05 gauge",
        "spannung_l1_n_v": "holding 23296 uint32 ABCD 0.1 gauge",
        "strom_l1_a": "holding 23308 uint32 ABCD 0.01 gauge",
        "frequenz_hz": "holding 23340 uint16 AB 0.01 gauge",
        "wirkenergie_bezug_kwh": "holding 20480 uint64 ABCDEFGH 0.01 counter",
    }
    assert found.write_only == 1
    (problem,) = found.problems
    assert str(problem) == (
        "zaehler.csv:9: Wirkleistung Gesamt = 1,000: the comma may divide thousands or decimals."
        " Write 1000 or 1.000"
    )


def test_a_japanese_table_of_register_numbers() -> None:
    found = imported("keiki")
    assert fields(found) == {
        "active_power_kw": "input 0 int32 ABCD 0.1 gauge",
        "energy_total_kwh": "input 2 uint32 ABCD 1 counter",
        "voltage_v": "input 4 uint16 AB 0.1 gauge",
        "flow_m3_per_h": "input 5 float32 ABCD 1 gauge",
    }
    assert (found.problems, found.write_only) == ((), 1)


HEAD = "Address;Name;Type;Unit;Scale"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("x;Power;uint16;kW;1", "Power = x: is no address. Write a number such as 100"),
        (";Power;uint16;kW;1", "its address is missing. Write a number"),
        ("70000;Power;uint16;kW;1", "is register 70000, which cannot be. Use 0 to 65535"),
        ("65535;Power;uint32;kW;1", "must lie in registers 0 to 65535"),
        ("1;Power;;kW;1", "its type is not told"),
        ("1;Power;quux;kW;1", "Power = quux: is no type we know"),
        ("1;Power;float48;kW;1", "float of 48 bits: there is no such type"),
        ("1;State;bool;;", "which bit of the register is not told"),
        ("1;Power;uint16;kW;10", "10: may multiply the register or divide it. Say which: --map"),
        ("1;Power;uint16;kW;x10", "x10: may multiply the register or divide it"),
        ("1;Power;uint16;kW;lots", "lots: is no factor"),
        ("1;Power;uint16;kW;0", "0: is no factor"),
        (
            "1;Power;uint32 little endian;kW;1",
            "may mean the words or the bytes. Say which: --order",
        ),
        ("1;Power;U32LE;kW;1", "may mean the words or the bytes"),
        ("1;Energy;uint32;GWh;1", "kwh = kwh: is a totaliser"),
        ("1;Serial;string;;", "string: its length is not told"),
        ("1;Total MSW;uint16;kg;1", "is half of a value"),
        ("1;Power;uint16;?!;1", "?!: is no unit we know"),
    ],
)
def test_a_row_that_cannot_be_used_is_told_and_the_rest_is_kept(row: str, words: str) -> None:
    found = table(HEAD, row, "100;Voltage;uint16;V;0.1", assumed=Assumed())
    assert [line.name for line in found.lines] == ["voltage_v"]
    (problem,) = found.problems
    assert problem.line == 2
    if "=" in words and "kwh" in words:
        assert problem.reason.startswith("is a totaliser")
        assert "--max-rate kwh=" in problem.remedy
    else:
        assert words in str(problem) or words in f"{problem.value}: {problem.reason}"


def test_names_are_told_apart_and_a_register_is_taken_once() -> None:
    found = table(
        HEAD,
        "1;Voltage;uint16;V;",
        "2;Voltage;uint16;V;",
        "2;Voltage again;uint16;V;",
        "3;Voltage;uint16;V;",
        "4;---;uint16;;",
    )
    assert [line.name for line in found.lines] == [
        "voltage_v",
        "voltage_2_v",
        "voltage_3_v",
        "register_4_number",
    ]
    assert [p.reason for p in found.problems] == ["is the register of line 3 once more"]


def test_a_value_that_reaches_into_the_next_one_is_told() -> None:
    found = table(
        HEAD,
        "10;Flow;float64;l/h;",
        "12;Temperature;int16;°C;",
        "13;Total;uint32;kWh;",
        "15;Model;string 8;;",
    )
    assert [line.name for line in found.lines] == [
        "temperature_degc",
        "total_kwh",
        "model",
    ]
    (problem,) = found.problems
    assert str(problem) == (
        "table.csv:2: Flow = 10: takes 4 registers, and line 3 begins in them."
        " Correct its type or size, or remove one of both"
    )


@pytest.mark.parametrize(
    ("numbers_", "columns", "expected"),
    [
        (["40001", "40003"], "", ["holding 0", "holding 2"]),
        (["400001", "400003"], "", ["holding 0", "holding 2"]),
        (["30001", "40003"], "", ["input 0", "holding 2"]),
        (["40000", "40002"], "", ["holding 40000", "holding 40002"]),
        (["30775", "30777"], "03", ["holding 30775", "holding 30777"]),
        (["30775", "30777"], "04", ["input 774", "input 776"]),
        (["15000", "15002"], "", ["holding 15000", "holding 15002"]),
        (["100", "40001"], "", ["holding 100", "holding 40001"]),
        (["0x64", "66h"], "", ["holding 100", "holding 102"]),
        (["4:03001", "3x0001"], "", ["holding 3000", "input 0"]),
        (["40,062", "R41,010"], "", ["holding 61", "holding 1009"]),
        (["100-101", "102 – 103"], "", ["holding 100", "holding 102"]),
    ],
)
def test_how_a_table_counts(numbers_: list[str], columns: str, expected: list[str]) -> None:
    rows = (
        f'"{number}"\tvalue {place}\tuint16\t{columns}' for place, number in enumerate(numbers_)
    )
    found = table("Address\tName\tType\tFunction code", *rows)
    if "-" in numbers_[0]:  # a span of two registers and a type of one do not go together
        assert len(found.problems) == 2
        rows = (f"{number}\tv{place}\tfloat\t" for place, number in enumerate(numbers_))
        found = table("Address\tName\tType\tFunction code", *rows)
    got = [f"{line.keys['register']} {line.keys['address']}" for line in found.lines]
    assert got == expected


def test_a_person_may_say_how_it_counts() -> None:
    rows = ("Address,Name,Type", "40001,a,uint16", "40002,b,uint16")
    assert [line.keys["address"] for line in table(*rows, one_based=False).lines] == [40001, 40002]
    rows = ("Address,Name,Type", "1,a,uint16", "2,b,uint16")
    assert [line.keys["address"] for line in table(*rows, one_based=True).lines] == [0, 1]
    assert [line.keys["address"] for line in table(*rows).lines] == [1, 2]


def test_single_bits_texts_and_patterns() -> None:
    found = table(
        "Address;Name;Type;Register type;No. of registers;NaN",
        "5;Pump runs;;Coil;;",
        "6;Door;bool;Discrete input;;",
        "7;Model;string;Holding register;8;",
        "15;Level;int16;Input register;1;0x8000, -1",
        "16;Flow;float;Input register;2;",
    )
    assert fields(found) == {
        "pump_runs_on": "coil 5 bit AB 1 gauge",
        "door_on": "discrete 6 bit AB 1 gauge",
        "model": "holding 7 string AB 1 text",
        "level_number": "input 15 int16 AB 1 gauge",
        "flow_number": "input 16 float32 ABCD 1 gauge",
    }
    assert found.lines[2].keys["length"] == 8
    assert found.lines[3].keys["nan"] == (0x8000, 0xFFFF)


@pytest.mark.parametrize(
    ("text", "columns", "words"),
    [
        ("", {}, "no row of headings with an address"),
        ("hello\nworld", {}, "no row of headings with an address"),
        ("Name;Type\na;uint16", {}, "--map 'COLUMN=address'"),
        (HEAD, {"Nmae": "name"}, "no column is called 'Nmae'. Did you mean 'Name'?"),
        (HEAD, {"Name": "nmae"}, "'nmae' is unknown. Did you mean 'name'"),
    ],
)
def test_what_is_no_table(text: str, columns: dict[str, str], words: str) -> None:
    with pytest.raises(TableError) as caught:
        import_table(text, Options(columns=columns))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("assumed", "words"),
    [
        (Assumed(order="ACBD"), "--order ACBD: Did you mean"),
        (Assumed(type="quux"), "--type quux: is no type we know"),
    ],
)
def test_a_wrong_word_is_refused_before_anything_else(assumed: Assumed, words: str) -> None:
    with pytest.raises(TableError) as caught:
        import_table(HEAD, Options(assumed=assumed))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words", "size_bytes", "expected"),
    [
        ("UINT16", None, None, "uint16"),
        ("unsigned int", 2, None, "uint32"),
        ("int", None, None, "int16"),
        ("INT32", 2, None, "int32"),
        ("32-bit signed integer", None, None, "int32"),
        ("signed long", None, None, "int32"),
        ("ULong", None, None, "uint32"),
        ("LONG", 2, None, "int32"),
        ("Dword", None, 4, "uint32"),
        ("U64", None, None, "uint64"),
        ("Float", None, 4, "float32"),
        ("Float / 4", None, None, "float32"),
        ("Unsigned / 4", None, None, "uint32"),
        ("IEEE 754", None, None, "float32"),
        ("32 bit IEEE Float", 2, None, "float32"),
        ("REAL4", 2, None, "float32"),
        ("Double", None, 8, "float64"),
        ("F32BE", None, None, "float32"),
        ("BCD", 2, None, "bcd32"),
        ("Mod10k", 3, None, "mod10k48"),
        ("sunssf", None, None, "int16"),
        ("acc32", None, None, "uint32"),
        ("Byte", None, 2, "uint16"),
        ("Byte", None, 1, "uint16"),
        ("bitfield16", None, None, "uint16"),
        ("符号付き32ビット", 2, None, "int32"),
        ("float", 4, None, "float64"),
    ],
)
def test_types(text: str, words: int | None, size_bytes: int | None, expected: str) -> None:
    told = number_types.told(text)
    assert told is not None
    assert number_types.type_of(told, words, size_bytes)[0] == expected


@pytest.mark.parametrize(
    ("heading", "rows", "expected"),
    [
        ("Size", ["uint16;2", "float;4", "int;4"], ["uint16", "float32", "int32"]),
        ("Size", ["uint16;1", "float;2", "int;2"], ["uint16", "float32", "int32"]),
        ("Length", ["uint32;2", "float;4", "double;4"], ["uint32", "float64", "float64"]),
        ("Length (Byte)", ["float;4", "int;2"], ["float32", "int16"]),
        ("Länge (Bytes)", ["float;8", "int;4"], ["float64", "int32"]),
        ("No. of registers", ["float;4", "int;2"], ["float64", "int32"]),
        ("Size", ["float;4", "int;4"], ["float32", "int32"]),
        (
            "Size",
            ["int;2", "int;4"],
            ["2 may be registers or bytes", "4 may be registers or bytes"],
        ),
        ("Size", ["uint16;3", "uint16;2"], ["does not fit 24 bits of register", "uint16"]),
    ],
)
def test_sizes_in_registers_and_in_bytes(
    heading: str, rows: list[str], expected: list[str]
) -> None:
    found = table(
        f"Address;Name;Type;{heading}",
        *(f"{10 * place};value {place};{row}" for place, row in enumerate(rows)),
    )
    got = {line.row: str(line.keys["type"]) for line in found.lines}
    got |= {p.line or 0: p.reason.replace("may", f"{p.value} may") for p in found.problems}
    assert [got[row] for row in sorted(got)] == expected


@pytest.mark.parametrize(
    ("text", "order"),
    [("float32 CDAB", "CDAB"), ("float inverse", "CDAB"), ("uint32 (LSW first)", "CDAB")],
)
def test_orders(text: str, order: str) -> None:
    told = number_types.told(text)
    assert told is not None
    assert number_types.order_of(told, 2, "") == order


@pytest.mark.parametrize(
    ("text", "name", "factor"),
    [
        ("W", "kw", Fraction(1, 1000)),
        ("MW", "kw", Fraction(1000)),
        ("kWh", "kwh", Fraction(1)),
        ("KWH", "kwh", Fraction(1)),
        ("0.1 kWh", "kwh", Fraction(1, 10)),
        ("Wh/10", "kwh", Fraction(1, 10_000)),
        ("GJ", "mj", Fraction(1000)),
        ("GJ/h", "kw", Fraction(10_000, 36)),
        ("m³/h", "m3_per_h", Fraction(1)),
        ("l/min", "m3_per_h", Fraction(6, 100)),
        ("L/hour", "m3_per_h", Fraction(1, 1000)),
        ("t/h", "kg_per_s", Fraction(10, 36)),
        ("Kg", "kg", Fraction(1)),
        ("t", "kg", Fraction(1000)),
        ("mbar", "bar", Fraction(1, 1000)),
        ("kPa", "bar", Fraction(1, 100)),
        ("MPa", "bar", Fraction(10)),
        ("BarG", "bar", Fraction(1)),
        ("mA", "a", Fraction(1, 1000)),
        ("mV", "v", Fraction(1, 1000)),
        ("℃", "degc", Fraction(1)),
        ("°F", "degc", Fraction(5, 9)),
        ("%", "pct", Fraction(1)),
        ("", "number", Fraction(1)),
        ("gpm", "gpm", Fraction(1)),
        ("Nm3/h", "nm3_per_h", Fraction(1)),
        ("Unit: m3/h", "m3_per_h", Fraction(1)),
        ("µs", "us", Fraction(1)),
        ("μS/cm", "us_per_cm", Fraction(1)),
        ("トン", "kg", Fraction(1000)),
    ],
)
def test_units(text: str, name: str, factor: Fraction) -> None:
    found = units.unit(text)
    assert (found.name, found.factor) == (name, factor)


@pytest.mark.parametrize(
    "text", ["mw", "個", "1-100", "see note 4: below", "€", "a b c d e f g h i"]
)
def test_no_units(text: str) -> None:
    with pytest.raises(UnclearError):
        units.unit(text)


def test_fahrenheit_has_an_offset() -> None:
    found = units.unit("°F")
    assert 212 * found.factor + found.offset == 100


@pytest.mark.parametrize(
    ("text", "role", "factor"),
    [
        ("0.1", "scale", Fraction(1, 10)),
        ("0,001", "scale", Fraction(1, 1000)),
        ("1/10", "scale", Fraction(1, 10)),
        ("/100", "scale", Fraction(1, 100)),
        ("10^-2", "scale", Fraction(1, 100)),
        ("10⁻³", "scale", Fraction(1, 1000)),
        ("1E-1", "multiplier", Fraction(1, 10)),
        ("0.1 V", "scale", Fraction(1, 10)),
        ("x 10", "multiplier", Fraction(10)),
        ("1.000,5", "multiplier", Fraction(10_005, 10)),
        ("1,000.5", "multiplier", Fraction(10_005, 10)),
        ("x100", "divisor", Fraction(1, 100)),
        ("1000", "divisor", Fraction(1, 1000)),
    ],
)
def test_factors(text: str, role: numbers.Role, factor: Fraction) -> None:
    assert numbers.factor(text, role) == factor


@pytest.mark.parametrize(
    ("text", "kind", "is_write_only"),
    [
        ("03", "holding", False),
        ("FC 04", "input", False),
        ("0x03", "holding", False),
        ("03/04", "holding", False),
        ("R:04, W:06", "input", False),
        ("3, 6, 16", "holding", False),
        ("06", None, True),
        ("0x10", None, True),
        ("W", None, True),
        ("WO", None, True),
        ("write only", None, True),
        ("R/W", None, False),
        ("RW", None, False),
        ("Holding Register", "holding", False),
        ("Eingangsregister", "input", False),
        ("保持レジスタ", "holding", False),
        ("Coil", "coil", False),
        ("Discrete Input", "discrete", False),
    ],
)
def test_access(text: str, kind: str | None, is_write_only: bool) -> None:
    assert (access.kind(text), access.is_write_only(text)) == (kind, is_write_only)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Wirkenergie (Bezug)", "wirkenergie_bezug"),
        ("Außentemperatur", "aussentemperatur"),
        ("3-phase power", "value_3_phase_power"),
        ("Σ Active power", "sum_active_power"),
        ("積算電力量", "energy_total"),
        ("", "register_7"),
        ("状態", "state"),
        ("値", "register_7"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert names.named(text, 7) == name


def test_addresses_written_twice() -> None:
    found = addresses.written("256 / 0x100")
    assert found is not None
    assert (found.number, found.style) == (256, "hex")


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["40001", "0x10", "3x0001", "1-2", "uint16", "float", "Double", "string 8", "bit", "kWh"]
    ),
    st.sampled_from(["W", "R/W", "0.1", "1,000", "/10", "03", "06", "°F", "m³", "Energy (kWh)"]),
    st.integers(-10, 10**7).map(str),
)
TITLES = ["Address", "Name", "Type", "Unit", "Scale", "Divisor", "R/W", "FC", "Length", "Bytes"]
TITLES += ["Adresse", "名称", "Order", "NaN", "Notes", "Register", ""]
HEADINGS = st.lists(
    st.sampled_from(TITLES),
    min_size=1,
    max_size=10,
)


def _never_crashes(text: str, options: Options) -> None:
    try:
        found = import_table(text, options)
    except TableError:
        return
    for problem in found.problems:
        assert problem.line
        assert problem.reason
        assert problem.remedy
    if found.lines:
        profile = parse_profile("made", found.toml("a\x00b\nc", 'so "called"'))
        assert profile.limits.source
        assert len(profile.fields) == len(found.lines)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(HEADINGS, st.lists(st.lists(CELLS, max_size=10), max_size=12), st.sampled_from(";,\t|"))
def test_any_table_gives_a_profile_that_loads_or_says_why_not(
    headings: list[str], rows: list[list[str]], delimiter: str
) -> None:
    text = "\n".join(delimiter.join(row) for row in [headings, *rows])
    _never_crashes(text, Options(assumed=Assumed(max_rates=RATES)))


@settings(deadline=None)
@given(st.text(max_size=300), st.booleans() | st.none())
def test_any_text_gives_a_profile_that_loads_or_says_why_not(
    text: str, one_based: bool | None
) -> None:
    _never_crashes(text, Options(one_based=one_based, assumed=Assumed(type="uint16")))
