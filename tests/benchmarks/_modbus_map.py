"""The meter of the Modbus benchmark: twenty values over four islands of input registers."""

import struct

FORMATS = {"uint16": ">H", "int16": ">h", "uint32": ">I", "float32": ">f"}
WORDS = {"uint16": 1, "int16": 1, "uint32": 2, "float32": 2}

FIELDS = (
    ("voltage_1_v", 0, "float32"),
    ("voltage_2_v", 2, "float32"),
    ("voltage_3_v", 4, "float32"),
    ("current_1_a", 12, "float32"),
    ("current_2_a", 14, "float32"),
    ("current_3_a", 16, "float32"),
    ("power_kw", 24, "float32"),
    ("frequency_hz", 30, "float32"),
    ("temp_1_degc", 200, "int16"),
    ("temp_2_degc", 203, "int16"),
    ("temp_3_degc", 207, "int16"),
    ("level_pct", 210, "uint16"),
    ("pressure_bar", 216, "uint16"),
    ("import_total_kwh", 340, "uint32"),
    ("mass_total_kg", 344, "uint32"),
    ("heat_total_mj", 350, "uint32"),
    ("volume_total_m3", 352, "uint32"),
    ("speed_1_rpm", 520, "uint16"),
    ("speed_2_rpm", 525, "uint16"),
    ("flow_kg_per_s", 528, "float32"),
)
"""Name, zero-based address and type; those that end in ``_total_…`` are totalisers."""

BLOCKS = ((0, 32), (200, 17), (340, 14), (520, 10))
"""First address and count of the fewest requests: no island can be joined to the next, since
more than 125 registers lie between them."""

LAST = 600


def is_total(name: str) -> bool:
    """Whether a field counts up for ever."""
    return "_total_" in name


def write_registers(registers: bytearray, second: int) -> None:
    """Let every value of the meter move on to a second."""
    for n, (name, address, kind) in enumerate(FIELDS):
        value: float = 20 * second % 2**32 if is_total(name) else 100 + (7 * second + 13 * n) % 90
        if kind == "float32":
            value += (second * 31 + n) % 100 / 100
        struct.pack_into(FORMATS[kind], registers, 2 * address, value)
