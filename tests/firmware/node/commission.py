"""What a technician types at a board, on a chip and cable that are scripted.

Usage: commission.py <node directory> <Python to run> ..., in the folder of a board.
"""

import sys

sys.path[:] = [sys.argv[1], "a", ""]

import scripted_chip  # noqa: E402
from scripted import Clock  # noqa: E402
from scripted_onewire import OneWire, Thermometer  # noqa: E402

clock = Clock()


def wait_ms(buses, ms):
    clock.now_ms += ms


scripted_chip.on("esp32").PinBuses.wait_ms = wait_ms
slaves = [Thermometer(7, 41.25), Thermometer(3, 4.5)]
scripted_chip.Wire.cables = {4: OneWire(clock, slaves)}
sys.path[:] = ["", ".frozen"]  # as a board starts
for text in sys.argv[2:]:
    exec(text)  # noqa: S102
