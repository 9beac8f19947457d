"""From raw sensor readings to a value or a reason: pure, the same on every port."""

import struct

_POWER_ON = (85.0, 0x0C)  # what the DS18B20's register holds before a conversion; byte 6
_FAMILY = 0x28  # DS18B20


def ds18b20(scratchpad: "bytes | bytearray") -> "tuple[float | None, str | None]":
    """Temperature [°C] of a DS18B20's nine-byte scratchpad, or the reason why there is none.

    Source: Analog Devices DS18B20 data sheet, "Memory" and "Operation: measuring temperature".
    """
    if len(scratchpad) != 9 or all(byte == 0xFF for byte in scratchpad):
        return None, "sensor_open"  # nobody pulls the bus down
    if not any(scratchpad):
        return None, "sensor_short"  # all zero passes the CRC
    if crc8(scratchpad, 8) != scratchpad[8]:
        return None, "crc"
    raw = struct.unpack_from("<h", scratchpad)[0]
    if (raw / 16, scratchpad[6]) == _POWER_ON:
        return None, "power_on_value"
    unused = 3 - (scratchpad[4] >> 5 & 3)  # a sensor set to fewer bits leaves the rest undefined
    value_degc = (raw >> unused << unused) / 16
    if not -55 <= value_degc <= 125:
        return None, "out_of_range"
    return value_degc, None


def crc8(data: "bytes | bytearray", length: "int | None" = None) -> int:
    """The CRC of the 1-Wire bus over the first ``length`` bytes: x⁸ + x⁵ + x⁴ + 1, reflected."""
    crc = 0
    for index in range(len(data) if length is None else length):
        crc ^= data[index]
        for _ in range(8):
            crc = (crc >> 1) ^ 0x8C if crc & 1 else crc >> 1
    return crc


def rom(text: object) -> "bytes | None":
    """The ROM code of a DS18B20 from its 16 hexadecimal digits, or None when it is none."""
    try:
        code = bytes.fromhex(str(text))
    except ValueError:
        return None
    return code if is_ds18b20(code) else None


def is_ds18b20(code: "bytes | bytearray") -> bool:
    """Whether a ROM code is whole and a DS18B20's."""
    return len(code) == 8 and code[0] == _FAMILY and crc8(code, 7) == code[7]


def loop_ma(microvolts: float, shunt_ohm: float) -> float:
    """Loop current [mA] from the voltage over its shunt [µV]."""
    return microvolts / 1000.0 / shunt_ohm
