"""From raw sensor readings to a value or a reason: pure, the same on every port."""

import struct

_DS18B20_POWER_ON = (85.0, 0x0C)  # what the register holds before the first conversion; byte 6
CELL_FAULT_LOW_MA = 3.6  # NAMUR NE 43: below it, the loop is broken
CELL_FULL_MA = 20.0


def ds18b20(scratchpad: bytes) -> "tuple[float | None, str | None]":
    """Temperature [°C] of a DS18B20's nine-byte scratchpad, or the reason why there is none.

    Source: Analog Devices DS18B20 data sheet, "Memory" and "Operation: measuring temperature".
    """
    if len(scratchpad) != 9 or all(byte == 0xFF for byte in scratchpad):
        return None, "sensor_open"  # nobody pulls the bus down
    if not any(scratchpad):
        return None, "sensor_short"  # all zero passes the CRC
    if crc8(scratchpad[:8]) != scratchpad[8]:
        return None, "crc"
    value_degc = struct.unpack("<h", scratchpad[:2])[0] / 16
    if (value_degc, scratchpad[6]) == _DS18B20_POWER_ON:
        return None, "power_on_value"
    if not -55 <= value_degc <= 125:
        return None, "out_of_range"
    return value_degc, None


def crc8(data: bytes) -> int:
    """The CRC of the 1-Wire bus: x⁸ + x⁵ + x⁴ + 1, reflected."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x8C if crc & 1 else crc >> 1
    return crc


def co_ppm(current_ma: float, full_scale_ppm: float) -> "tuple[float | None, str | None]":
    """CO [ppm] of a 4–20 mA cell, or the reason why there is none.

    At or above 20 mA the cell is at the end of its range: no number, and above every limit. From
    3.6 to 4 mA it reads as its zero drift, a small negative number.

    Args:
        current_ma: Loop current [mA].
        full_scale_ppm: What 20 mA means [ppm].
    """
    if current_ma < CELL_FAULT_LOW_MA:
        return None, "sensor_open"
    if current_ma >= CELL_FULL_MA:
        return None, "over_range"
    return round((current_ma - 4.0) / 16.0 * full_scale_ppm, 1), None


def loop_ma(microvolts: int, shunt_ohm: float) -> float:
    """Loop current [mA] from the voltage over its shunt [µV]."""
    return microvolts / 1000.0 / shunt_ohm
