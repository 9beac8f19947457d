import struct

import pytest

from gateway.modbus.profile import load_profiles
from simulators.plant.registers import Device, load_devices

BITS = {"int16": 16, "uint16": 16, "int32": 32, "uint32": 32, "uint64": 64, "float32": 32}
UNITS = {"kg/s": "kg_per_s", "kW": "kw", "kWh": "kwh", "MJ": "mj", "kg": "kg"}


@pytest.mark.parametrize("device", load_devices(), ids=lambda device: device.meter)
def test_the_gateways_register_map_says_what_the_meter_serves(device: Device) -> None:
    profile = load_profiles()[device.profile]
    assert set(profile.fields) == {field.name for field in device.fields}
    for served in device.fields:
        read = profile.fields[served.name]
        most_significant_first = "ABCDEFGH"[: len(served.order)]
        assert (read.register, read.address, read.type) == (
            served.register,
            served.address,
            served.type,
        )
        assert (read.order or most_significant_first) == served.order
        assert (read.kind, read.scale, read.unit) == (served.kind, served.scale, UNITS[served.unit])
        if served.kind == "counter":
            assert (read.modulus or 2 ** BITS[read.type]) == served.modulus


def test_the_table_knows_the_width_of_every_type() -> None:
    for device in load_devices():
        for field in device.fields:
            words = field.words(0)
            assert len(words) * 16 == BITS[field.type]
            assert struct.pack(f">{len(words)}H", *words) == bytes(len(words) * 2)
