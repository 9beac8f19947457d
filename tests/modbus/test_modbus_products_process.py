"""Register maps of steam, heat and mass meters: what their manuals show is what we read.

The registers are written here from the manuals' own words ("low 16 bits first", "divide by 10"),
with `struct` alone; where a manual prints a reply, its bytes are taken as printed.
"""

import struct

import pytest

from gateway.modbus import decode
from gateway.modbus.plan import plan
from gateway.modbus.profile import Profile, load_profiles

PROFILES = load_profiles()


def words(wire: bytes) -> tuple[int, ...]:
    """Registers as they travel."""
    return struct.unpack(f">{len(wire) // 2}H", wire)


def high_word_first(number: int) -> tuple[int, ...]:
    return number >> 16, number & 0xFFFF


def low_word_first(number: int) -> tuple[int, ...]:
    return number & 0xFFFF, number >> 16


def single(number: float) -> tuple[int, ...]:
    return words(struct.pack(">f", number))


def double(number: float) -> tuple[int, ...]:
    return words(struct.pack(">d", number))


GAUGES = [
    # "Multiply by the inverse received data scale": pressure × 100, temperature × 10.
    ("spirax_sarco_tva", "steam_gauge_bar", (1050,), 10.5),
    ("spirax_sarco_tva", "steam_degc", (1861,), 186.1),
    ("spirax_sarco_tva", "steam_kg_per_s", (3600,), 1.0),
    ("spirax_sarco_tva", "water_equivalent_m3_per_h", (36_000,), 3.6),
    ("spirax_sarco_tva", "power_kw", (2650,), 2650.0),
    # "A value of 7345 represents 7.345", first word most significant.
    ("siemens_milltronics_bw500", "belt_load_kg_per_m", (0, 7345), 7.345),
    ("siemens_milltronics_bw500", "belt_speed_m_per_s", (0, 1600), 1.6),
    ("siemens_milltronics_bw500", "mass_rate_kg_per_s", high_word_first(360_000), 100.0),
    # "Response: 01,03,04,40,C3,52,93,62,C8. Absolute massflow = 6.10383 kg/s".
    (
        "siemens_sitrans_f_mass_6000",
        "mass_flow_kg_per_s",
        words(bytes.fromhex("40C35293")),
        6.10383,
    ),
    ("siemens_sitrans_f_mass_6000", "sensor_degc", words(bytes.fromhex("425D47AE")), 55.32),
    ("siemens_sitrans_f_mass_6000", "density_kg_per_m3", single(998.2), 998.2),
    ("siemens_sitrans_f_mass_6000", "volume_flow_m3_per_h", single(0.01), 36.0),
    ("siemens_sitrans_f_mag_6000", "volume_flow_m3_per_h", single(0.25), 900.0),
    ("sierra_innova_mass_241", "steam_kg_per_s", single(7200.0), 2.0),
    ("sierra_innova_mass_241", "steam_bar", single(9.5), 9.5),
    ("sierra_innova_mass_241", "return_degc", single(60.25), 60.25),
    # "Actual power kW, × 10; t1 °C, × 100; actual flow l/h", each 32 bits, first byte << 24.
    ("kamstrup_multical_602", "power_kw", high_word_first(243), 24.3),
    ("kamstrup_multical_602", "supply_degc", high_word_first(7303), 73.03),
    ("kamstrup_multical_602", "return_degc", high_word_first(3382), 33.82),
    ("kamstrup_multical_602", "flow_m3_per_h", high_word_first(1250), 1.25),
    # "Raw bytes: 80 6B 42 12. Result: 36.625"; GJ/h as a float, low word first.
    ("oem_tuf_2000", "supply_degc", words(bytes.fromhex("806B4212")), 36.625),
    ("oem_tuf_2000", "heat_kw", single(3.6)[::-1], 1000.0),
    ("oem_tuf_2000", "volume_flow_m3_per_h", single(12.5)[::-1], 12.5),
    ("oem_tuf_2000", "signal_quality_pct", (87,), 87.0),
]


@pytest.mark.parametrize(("product", "name", "registers", "value"), GAUGES)
def test_a_gauge_reads_as_its_manual_says(
    product: str, name: str, registers: tuple[int, ...], value: float
) -> None:
    read, reason = decode.gauge(registers, PROFILES[product].fields[name])
    assert reason is None
    assert read == pytest.approx(value, rel=1e-4)


COUNTERS = [
    # "Total = (Total high × 65536) + Total low", the low one in the first register.
    ("spirax_sarco_tva", "steam_total_kg", low_word_first(1_234_567), 1_234_567.0),
    ("spirax_sarco_tva", "energy_total_kwh", low_word_first(70_000), 70_000.0),
    ("siemens_milltronics_bw500", "mass_total_kg", high_word_first(12_345_678), 12_345_678.0),
    ("siemens_milltronics_bw500", "second_total_kg", high_word_first(1), 1.0),
    ("siemens_sitrans_f_mass_6000", "mass_total_kg", double(123_456_789.012), 123_456_789.012),
    ("siemens_sitrans_f_mag_6000", "volume_total_m3", double(8_000.5), 8_000.5),
    ("sierra_innova_mass_241", "steam_total_kg", high_word_first(80_000), 80_000.0),
    ("sierra_innova_mass_241", "energy_total_kwh", high_word_first(55_000), 55_000.0),
    ("kamstrup_multical_602", "energy_total_kwh", high_word_first(1_986), 1_986.0),
    ("kamstrup_multical_602", "volume_total_m3", high_word_first(123_456), 1_234.56),
    ("oem_tuf_2000", "volume_total_m3", low_word_first(1_000_000), 1_000_000.0),
]


@pytest.mark.parametrize(("product", "name", "registers", "total"), COUNTERS)
def test_a_totaliser_counts_as_its_manual_says(
    product: str, name: str, registers: tuple[int, ...], total: float
) -> None:
    field = PROFILES[product].fields[name]
    count, reason = decode.count(registers, field)
    assert reason is None
    assert count is not None
    assert count * field.step == pytest.approx(total)


PLACES = [
    # Register numbers as the manuals print them, and the zero-based address they stand for.
    ("spirax_sarco_tva", "steam_total_kg", "holding", 40001 - 40001),
    ("spirax_sarco_tva", "energy_total_kwh", "holding", 40008 - 40001),
    ("siemens_milltronics_bw500", "mass_rate_kg_per_s", "holding", 41010 - 40001),
    ("siemens_milltronics_bw500", "second_total_kg", "holding", 41018 - 40001),
    ("siemens_sitrans_f_mass_6000", "mass_flow_kg_per_s", "holding", 0x0BB8),
    ("siemens_sitrans_f_mass_6000", "mass_total_kg", "holding", 3015 - 1),
    ("siemens_sitrans_f_mag_6000", "volume_total_m3", "holding", 3015 - 1),
    ("sierra_innova_mass_241", "steam_kg_per_s", "input", 30009 - 30001),
    ("sierra_innova_mass_241", "energy_total_kwh", "input", 30527 - 30001),
    ("sierra_innova_mass_241", "total_units", "input", 32037 - 30001),
    ("kamstrup_multical_602", "energy_total_kwh", "input", 276),
    ("kamstrup_multical_602", "return_degc", "input", 276 + 10),
    ("oem_tuf_2000", "volume_total_m3", "holding", 9 - 1),
    ("oem_tuf_2000", "supply_degc", "holding", 33 - 1),
]


@pytest.mark.parametrize(("product", "name", "register", "address"), PLACES)
def test_a_value_is_read_where_its_manual_says(
    product: str, name: str, register: str, address: int
) -> None:
    field = PROFILES[product].fields[name]
    assert (field.register, field.address) == (register, address)


def test_texts_tell_what_a_meter_is_set_to() -> None:
    field = PROFILES["sierra_innova_mass_241"].fields["mass_flow_units"]
    assert decode.text(words(b"kg/hr".ljust(12, b"\0")), field) == "kg/hr"


@pytest.mark.parametrize("product", sorted({row[0] for row in GAUGES}))
def test_a_product_names_its_sources_and_can_be_planned(product: str) -> None:
    profile: Profile = PROFILES[product]
    assert any(place in profile.limits.source for place in (".com", ".ls", "github"))
    assert plan(profile.fields, profile.limits)
    for field in profile.fields.values():
        assert field.kind != "counter" or field.max_rate_per_s
