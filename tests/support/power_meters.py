"""Registers of power meters as manuals list them, written apart from `gateway/modbus/devices`.

Each row has the number that the manual prints and the manual's own unit, so that a wrong address,
type, order or scale in a register map shows up as another value.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

Row = tuple[str, int, str, float]
"""Name, number in the manual, type as `struct` writes it, register's units per unit of the field.

``{l}`` stands for the phases and ``{ll}`` for their pairs, each next to the one before.
"""

PHASES = ("l1", "l2", "l3")
PAIRS = ("l1_l2", "l2_l3", "l3_l1")

SMALLEST = {"v": 231.0, "a": 7.0, "kw": -1.5, "kva": 1.6, "kvar": -1.7, "hz": 49.9, "ratio": -0.9}
"""Where the test's values of a unit begin; totals begin at 300,000 kWh."""

STEP = {"v": 1.1, "a": 1.1, "hz": 0.1, "ratio": 0.01}
"""By how much each value of a unit differs from the one before, else 0.1; totals by 1,001 kWh."""


@dataclass(frozen=True)
class Manual:
    """What a manual says of a product's registers."""

    register: str
    rows: tuple[Row, ...]
    requests: int
    """Requests that read all of it."""
    first: int = 0
    """The number that the manual gives to address 0."""
    low_word_first: bool = False

    def values(self) -> Iterator[tuple[str, int, str, float, float]]:
        """Name, address, type, register's units per unit, and a value unlike every other."""
        count: dict[str, int] = {}
        for pattern, number, code, per in self.rows:
            names = PAIRS if "{ll}" in pattern else PHASES if "{l}" in pattern else ("",)
            for place, phase in enumerate(names):
                name = pattern.replace("{ll}", phase).replace("{l}", phase)
                unit = name.rpartition("_")[2]
                nth = count[unit] = count.get(unit, -1) + 1
                if unit == "kwh":
                    value = 300_000.0 + 1001 * nth
                else:
                    value = SMALLEST[unit] + STEP.get(unit, 0.1) * nth
                if code in {"I", "H", "Q"}:
                    value = abs(value)
                yield name, number - self.first + place * words_of(code), code, per, value

    def image(self) -> dict[int, int]:
        """Address -> register of a meter that measures these values."""
        image: dict[int, int] = {}
        for name, address, code, per, value in self.values():
            for place, word in enumerate(encode(code, value * per, self.low_word_first), address):
                assert place not in image, f"{name} lies on another value"
                image[place] = word
        return image


def words_of(code: str) -> int:
    """Registers that a type takes."""
    return struct.calcsize(f">{code}") // 2


def words(wire: bytes) -> tuple[int, ...]:
    """Registers as they travel."""
    return struct.unpack(f">{len(wire) // 2}H", wire)


def encode(code: str, number: float, low_word_first: bool = False) -> tuple[int, ...]:
    """The registers that hold a number."""
    whole = code not in {"f", "d"}
    encoded = words(struct.pack(f">{code}", round(number) if whole else number))
    return encoded[::-1] if low_word_first else encoded


# Volts, amperes, watts, volt-amperes, hertz and kilowatt-hours as floats, numbered from 30001.
_SDM_PHASES: tuple[Row, ...] = (
    ("voltage_{l}_n_v", 30001, "f", 1),
    ("current_{l}_a", 30007, "f", 1),
    ("active_power_{l}_kw", 30013, "f", 1000),
    ("apparent_power_{l}_kva", 30019, "f", 1000),
    ("reactive_power_{l}_kvar", 30025, "f", 1000),
    ("power_factor_{l}_ratio", 30031, "f", 1),
    ("current_sum_a", 30049, "f", 1),
    ("active_power_kw", 30053, "f", 1000),
    ("apparent_power_kva", 30057, "f", 1000),
    ("reactive_power_kvar", 30061, "f", 1000),
    ("power_factor_ratio", 30063, "f", 1),
    ("frequency_hz", 30071, "f", 1),
    ("energy_import_kwh", 30073, "f", 1),
    ("energy_export_kwh", 30075, "f", 1),
    ("voltage_{ll}_v", 30201, "f", 1),
    ("current_n_a", 30225, "f", 1),
    ("energy_total_kwh", 30343, "f", 1),
)

_SDM_PHASE_ENERGIES: tuple[Row, ...] = (
    ("energy_import_{l}_kwh", 30347, "f", 1),
    ("energy_export_{l}_kwh", 30353, "f", 1),
)

_SDM_SINGLE: tuple[Row, ...] = (
    ("voltage_v", 30001, "f", 1),
    ("current_a", 30007, "f", 1),
    ("active_power_kw", 30013, "f", 1000),
    ("apparent_power_kva", 30019, "f", 1000),
    ("reactive_power_kvar", 30025, "f", 1000),
    ("power_factor_ratio", 30031, "f", 1),
    ("frequency_hz", 30071, "f", 1),
    ("energy_import_kwh", 30073, "f", 1),
    ("energy_export_kwh", 30075, "f", 1),
    ("energy_total_kwh", 30343, "f", 1),
)

# Kilowatts as floats, watt-hours as 64 bit integers, numbered from 1.
_POWERLOGIC: tuple[Row, ...] = (
    ("current_{l}_a", 3000, "f", 1),
    ("current_average_a", 3010, "f", 1),
    ("voltage_{ll}_v", 3020, "f", 1),
    ("voltage_{l}_n_v", 3028, "f", 1),
    ("active_power_{l}_kw", 3054, "f", 1),
    ("active_power_kw", 3060, "f", 1),
    ("reactive_power_kvar", 3068, "f", 1),
    ("apparent_power_kva", 3076, "f", 1),
    ("frequency_hz", 3110, "f", 1),
    ("energy_import_kwh", 3204, "q", 1000),
    ("energy_export_kwh", 3208, "q", 1000),
)

# "Offset 1": watts as floats, watt-hours as doubles.
_SENTRON: tuple[Row, ...] = (
    ("voltage_{l}_n_v", 1, "f", 1),
    ("voltage_{ll}_v", 7, "f", 1),
    ("current_{l}_a", 13, "f", 1),
    ("apparent_power_{l}_kva", 19, "f", 1000),
    ("active_power_{l}_kw", 25, "f", 1000),
    ("reactive_power_{l}_kvar", 31, "f", 1000),
    ("power_factor_{l}_ratio", 37, "f", 1),
    ("frequency_hz", 55, "f", 1),
    ("current_average_a", 61, "f", 1),
    ("apparent_power_kva", 63, "f", 1000),
    ("active_power_kw", 65, "f", 1000),
    ("reactive_power_kvar", 67, "f", 1000),
    ("power_factor_ratio", 69, "f", 1),
    ("energy_import_tariff_1_kwh", 801, "d", 1000),
    ("energy_import_tariff_2_kwh", 805, "d", 1000),
    ("energy_export_tariff_1_kwh", 809, "d", 1000),
    ("energy_export_tariff_2_kwh", 813, "d", 1000),
)

# Watts and watt-hours as floats.
_UMG: tuple[Row, ...] = (
    ("voltage_{l}_n_v", 19000, "f", 1),
    ("voltage_{ll}_v", 19006, "f", 1),
    ("current_{l}_a", 19012, "f", 1),
    ("active_power_{l}_kw", 19020, "f", 1000),
    ("active_power_kw", 19026, "f", 1000),
    ("apparent_power_{l}_kva", 19028, "f", 1000),
    ("apparent_power_kva", 19034, "f", 1000),
    ("reactive_power_{l}_kvar", 19036, "f", 1000),
    ("reactive_power_kvar", 19042, "f", 1000),
    ("cos_phi_{l}_ratio", 19044, "f", 1),
    ("frequency_hz", 19050, "f", 1),
    ("energy_import_{l}_kwh", 19062, "f", 1000),
    ("energy_import_kwh", 19068, "f", 1000),
    ("energy_export_{l}_kwh", 19070, "f", 1000),
    ("energy_export_kwh", 19076, "f", 1000),
)

# "V × 10", "A × 1000", "W × 10", "PF × 1000", "Hz × 10", "kWh × 10".
_GAVAZZI: tuple[Row, ...] = (
    ("voltage_{l}_n_v", 0x00, "i", 10),
    ("current_{l}_a", 0x0C, "i", 1000),
    ("active_power_{l}_kw", 0x12, "i", 10_000),
    ("active_power_kw", 0x28, "i", 10_000),
)

_GAVAZZI_PAIRS: Row = ("voltage_{ll}_v", 0x06, "i", 10)

_GAVAZZI_SUMS: tuple[Row, ...] = (
    ("apparent_power_kva", 0x2A, "i", 10_000),
    ("reactive_power_kvar", 0x2C, "i", 10_000),
)

_EM24: tuple[Row, ...] = (
    ("power_factor_{l}_ratio", 0x32, "h", 1000),
    ("power_factor_ratio", 0x35, "h", 1000),
    ("frequency_hz", 0x37, "H", 10),
    ("energy_import_kwh", 0x3E, "i", 10),
    ("energy_import_{l}_kwh", 0x46, "i", 10),
    ("energy_export_kwh", 0x5C, "i", 10),
)

_EM_LATER: tuple[Row, ...] = (
    ("power_factor_{l}_ratio", 0x2E, "h", 1000),
    ("power_factor_ratio", 0x31, "h", 1000),
    ("frequency_hz", 0x33, "H", 10),
    ("energy_import_kwh", 0x34, "i", 10),
    ("energy_import_{l}_kwh", 0x40, "i", 10),
    ("energy_export_kwh", 0x4E, "i", 10),
)

_EM300 = (*_GAVAZZI, _GAVAZZI_PAIRS, *_GAVAZZI_SUMS, *_EM_LATER)

# "Resolution 0.1 V", "0.01 A", "0.01 W", "0.01 Hz", "0.001", "0.01 kWh".
_ABB: tuple[Row, ...] = (
    ("energy_import_kwh", 0x5000, "Q", 100),
    ("energy_export_kwh", 0x5004, "Q", 100),
    ("energy_import_{l}_kwh", 0x5460, "Q", 100),
    ("energy_export_{l}_kwh", 0x546C, "Q", 100),
    ("voltage_{l}_n_v", 0x5B00, "I", 10),
    ("current_{l}_a", 0x5B0C, "I", 100),
    ("active_power_kw", 0x5B14, "i", 100_000),
    ("active_power_{l}_kw", 0x5B16, "i", 100_000),
    ("frequency_hz", 0x5B2C, "H", 100),
    ("power_factor_ratio", 0x5B3A, "h", 1000),
    ("power_factor_{l}_ratio", 0x5B3B, "h", 1000),
)

# 10⁻² V, 10⁻² Hz, mA, 10 W, 10⁻³, kWh.
_DIRIS: tuple[Row, ...] = (
    ("voltage_{ll}_v", 50514, "I", 100),
    ("voltage_{l}_n_v", 50520, "I", 100),
    ("frequency_hz", 50526, "I", 100),
    ("current_{l}_a", 50528, "I", 1000),
    ("current_n_a", 50534, "I", 1000),
    ("active_power_kw", 50536, "i", 100),
    ("reactive_power_kvar", 50538, "i", 100),
    ("apparent_power_kva", 50540, "I", 100),
    ("power_factor_ratio", 50542, "i", 1000),
    ("active_power_{l}_kw", 50544, "i", 100),
    ("reactive_power_{l}_kvar", 50550, "i", 100),
    ("apparent_power_{l}_kva", 50556, "I", 100),
    ("power_factor_{l}_ratio", 50562, "i", 1000),
    ("energy_import_kwh", 50780, "I", 1),
    ("energy_export_kwh", 50786, "I", 1),
)

MANUALS = {
    "abb_b23_b24": Manual("holding", _ABB, 3),
    "carlo_gavazzi_em24": Manual(
        "input", (*_GAVAZZI, _GAVAZZI_PAIRS, *_GAVAZZI_SUMS, *_EM24), 9, low_word_first=True
    ),
    "carlo_gavazzi_em24_e1": Manual("input", (*_GAVAZZI, *_EM_LATER), 7, low_word_first=True),
    "carlo_gavazzi_em340": Manual("input", _EM300, 2, low_word_first=True),
    "carlo_gavazzi_em530": Manual("input", _EM300, 4, low_word_first=True),
    "eastron_sdm120": Manual("input", _SDM_SINGLE, 3, first=30001),
    "eastron_sdm630": Manual("input", _SDM_PHASES + _SDM_PHASE_ENERGIES, 3, first=30001),
    "eastron_sdm72dm_v2": Manual("input", _SDM_PHASES, 5, first=30001),
    "janitza_umg604": Manual("holding", _UMG, 1),
    "janitza_umg96rm": Manual("holding", _UMG, 1),
    "schneider_iem3000": Manual(
        "holding", (*_POWERLOGIC, ("energy_import_{l}_kwh", 3518, "q", 1000)), 3, first=1
    ),
    "schneider_pm5000": Manual(
        "holding", (*_POWERLOGIC, ("current_n_a", 3006, "f", 1)), 2, first=1
    ),
    "siemens_pac2200": Manual("holding", (*_SENTRON, ("current_n_a", 71, "f", 1)), 4),
    "siemens_pac3200": Manual("holding", _SENTRON, 2),
    "socomec_diris_a10": Manual("holding", _DIRIS, 2),
}
