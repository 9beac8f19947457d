"""Register maps of power meters: what a meter sends is what we read, by their manuals' own words.

`power_meters` has the manuals' tables; the examples here are replies as manuals print them or as
real meters gave them, the latter from recordings in public repositories that the maps name.
"""

from itertools import pairwise

import pytest
from power_meters import MANUALS, encode, words

from gateway.modbus import decode
from gateway.modbus.field import Field, unit_of
from gateway.modbus.plan import plan
from gateway.modbus.profile import load_profiles
from gateway.modbus.totaliser import CounterSpec

PROFILES = load_profiles()
METERS = pytest.mark.parametrize("product", sorted(MANUALS))

TYPES = {
    "f": "float32",
    "d": "float64",
    "h": "int16",
    "H": "uint16",
    "i": "int32",
    "I": "uint32",
    "q": "int64",
    "Q": "uint64",
}
"""As `struct` writes a type -> as a register map does."""


def value_of(field: Field, registers: tuple[int, ...]) -> float:
    """What the registers say, in the field's unit."""
    if field.kind == "counter":
        count, reason = decode.count(registers, field)
        assert (count is not None, reason) == (True, None)
        return (count or 0) * field.step
    value, reason = decode.gauge(registers, field)
    assert reason is None
    assert value is not None
    return value


@METERS
def test_a_meter_is_read_as_its_manual_says(product: str) -> None:
    manual, profile = MANUALS[product], PROFILES[product]
    image = manual.image()
    expected = {name: (code, per, value) for name, _, code, per, value in manual.values()}
    read: dict[str, float] = {}
    for request in plan(profile.fields, profile.limits):
        assert request.register == manual.register
        assert request.count <= profile.limits.max_registers
        # What lies between the values belongs to others: it must not matter.
        sent = [image.get(request.address + place, 0x5AA5) for place in range(request.count)]
        for name in request.fields:
            field = profile.fields[name]
            start = field.address - request.address
            read[name] = value_of(field, tuple(sent[start : start + field.words]))
    assert read.keys() == expected.keys()
    for name, (code, per, value) in expected.items():
        step = profile.fields[name].step if unit_of(name) == "kwh" else 1 / per
        near = abs(value) * 1e-6 if code in {"f", "d"} else 0.0
        if code not in {"f", "d"} or unit_of(name) == "kwh":
            near = max(near, step / 2 * 1.001)
        assert read[name] == pytest.approx(value, abs=near, rel=0), name


@METERS
def test_a_value_stands_where_its_manual_says(product: str) -> None:
    fields = PROFILES[product].fields
    for name, address, code, _, _ in MANUALS[product].values():
        assert fields[name].address == address, name
        # Manuals call totals signed that never fall below 0.
        shown = code.upper() if fields[name].kind == "counter" and code in {"i", "q"} else code
        assert fields[name].type == TYPES[shown], name


@METERS
def test_a_product_has_sources_units_and_few_requests(product: str) -> None:
    profile = PROFILES[product]
    assert any(place in profile.limits.source for place in ("github.com", "manualshive.com"))
    assert len(plan(profile.fields, profile.limits)) == MANUALS[product].requests
    for name, field in profile.fields.items():
        assert unit_of(name) == field.unit
        if field.kind == "gauge":
            assert field.min is not None
            assert field.max is not None


@METERS
def test_values_do_not_lie_on_each_other(product: str) -> None:
    taken = [
        (field.register, address)
        for field in PROFILES[product].fields.values()
        for address in range(field.address, field.end)
    ]
    assert len(taken) == len(set(taken))


@METERS
def test_a_total_runs_no_faster_than_the_power_it_belongs_to(product: str) -> None:
    """The greatest plausible power, running for an hour, is within what a total may run."""
    fields = PROFILES[product].fields
    greatest = fields["active_power_kw"].max or 0.0
    for name, field in fields.items():
        if field.kind == "counter" and not {"l1", "l2", "l3"} & set(name.split("_")):
            assert 0.85 * greatest <= (field.max_rate_per_s or 0.0) * 3600 <= 1.2 * greatest


SDM630 = {
    0: ("4364B333", 228.7),
    6: ("410028F6", 8.01),
    12: ("C4E5199A", -1.8328),
    18: ("44E51F15", 1.83297),
    24: ("4190CCCD", 0.0181),
    30: ("BF7FFCCC", -0.99995),
    52: ("449D99EC", 1.26081),
    56: ("C49F6842", -1.27526),
    60: ("4190E560", 0.018112),
    70: ("4247CCCD", 49.95),
    72: ("3DC6A7F0", 0.1),
    74: ("3D1374BC", 0.0),
}
"""Address -> what a real SDM630 sent, and what it means: energies, 0.097 and 0.036, in tenths."""

IEM3255 = {
    2999: ("402686F2", 2.601986),
    3001: ("406732FB", 3.6124866),
    3003: ("40E643D1", 7.195778),
    3009: ("408F0AED", 4.4700837),
    3019: ("43D03D8D", 416.48087),
    3021: ("43D1543F", 418.65817),
    3023: ("43D2F03C", 421.87683),
    3027: ("436F4A85", 239.29109),
    3029: ("4370F186", 240.94345),
    3031: ("43759346", 245.57529),
    3053: ("3F1A1B51", 0.602),
    3055: ("3F017FC3", 0.505856),
    3057: ("BFDB7E8E", -1.715),
    3059: ("BF1B6208", -0.607),
    3109: ("42484329", 50.065586),
    3203: ("0000000004F08803", 82_872.323),
    3207: ("00000000000FEA9C", 1_043.1),
}

PM5330 = {
    3009: ("42DB6A20", 109.707275),
    3019: ("43F80A73", 496.0816),
    3027: ("438E86AF", 285.0522),
    3053: ("41F58370", 30.689),
    3059: ("42BB9829", 93.797),
    3067: ("BFBA7921", -1.457),
    3075: ("42BBF20F", 93.973),
    3109: ("4270070C", 60.00688),
    3203: ("00000000046E73EA", 74_347.498),
    3207: ("0000000000016481", 91.265),
}

SEEN = [
    *(("eastron_sdm630", address, *seen) for address, seen in SDM630.items()),
    *(("eastron_sdm120", at, *seen) for at, seen in SDM630.items() if not 30 < at < 70),
    *(("schneider_iem3000", address, *seen) for address, seen in IEM3255.items()),
    *(("schneider_pm5000", address, *seen) for address, seen in PM5330.items()),
    # The manual's own example: reply "01 04 04 43 66 33 34 1B 38" is 230.2 V.
    ("eastron_sdm630", 0, bytes.fromhex("010404436633341B38")[3:-2].hex(), 230.2),
]


@pytest.mark.parametrize(("product", "address", "sent", "value"), SEEN)
def test_a_real_reply_reads_as_the_meter_meant_it(
    product: str, address: int, sent: str, value: float
) -> None:
    (field,) = [known for known in PROFILES[product].fields.values() if known.address == address]
    read = value_of(field, words(bytes.fromhex(sent)))
    assert read == pytest.approx(value, rel=2e-4, abs=1e-9)


NO_VALUE = [
    ("abb_b23_b24", "voltage_l1_n_v", "FFFFFFFF"),
    ("abb_b23_b24", "active_power_kw", "7FFFFFFF"),
    ("abb_b23_b24", "power_factor_ratio", "7FFF"),
    ("abb_b23_b24", "frequency_hz", "FFFF"),
    ("abb_b23_b24", "energy_export_kwh", "FFFFFFFFFFFFFFFF"),
    # 7FFFFFFFh, low word first.
    ("carlo_gavazzi_em340", "active_power_kw", "FFFF7FFF"),
    ("carlo_gavazzi_em340", "energy_import_kwh", "FFFF7FFF"),
    ("schneider_iem3000", "active_power_l1_kw", "FFC00000"),
    ("schneider_iem3000", "energy_import_l1_kwh", "FFC00000FFC00000"),
    ("schneider_pm5000", "current_n_a", "80008000"),
]


@pytest.mark.parametrize(("product", "name", "sent"), NO_VALUE)
def test_what_a_meter_does_not_measure_is_no_value(product: str, name: str, sent: str) -> None:
    field = PROFILES[product].fields[name]
    read = decode.count if field.kind == "counter" else decode.gauge
    assert read(words(bytes.fromhex(sent)), field) == (None, "out_of_range")


def test_where_totals_begin_again() -> None:
    sentron = PROFILES["siemens_pac3200"].fields["energy_import_tariff_1_kwh"]
    assert decode.count(encode("d", 1e12 - 1), sentron) == (10**12 - 1, None)
    assert sentron.modulus * sentron.step == pytest.approx(1e9)  # 1.0e+12 Wh
    gavazzi = PROFILES["carlo_gavazzi_em24"].fields["energy_import_kwh"]
    assert decode.count(encode("i", -1, low_word_first=True), gavazzi) == (None, "counter_glitch")
    diris = PROFILES["socomec_diris_a10"].fields["energy_import_kwh"]
    assert decode.count(encode("I", 2**32 - 1), diris) == (2**32 - 1, None)


@pytest.mark.parametrize(
    ("product", "name", "kwh"),
    [
        ("eastron_sdm630", "energy_total_kwh", 999_000),
        ("eastron_sdm630", "energy_import_l1_kwh", 999_000),
        ("eastron_sdm120", "energy_total_kwh", 999_000),
        ("eastron_sdm72dm_v2", "energy_total_kwh", 999_000),
        ("janitza_umg96rm", "energy_import_kwh", 34_000_000),
        ("janitza_umg604", "energy_import_l1_kwh", 17_000_000),
    ],
)
def test_the_smallest_step_of_a_large_float_total_is_believed(
    product: str, name: str, kwh: int
) -> None:
    field = PROFILES[product].fields[name]
    rate = field.max_rate_per_s or 0.0
    spec = CounterSpec(field.unit, field.step, field.modulus, rate, field.update_s)
    high, low = encode("f", kwh / field.scale)
    counts = [decode.count((high, low + more), field)[0] or 0 for more in range(20)]
    steps = [after - before for before, after in pairwise(counts)]
    assert min(steps) >= 0
    assert 0 < max(steps) <= spec.greatest_step(0)
