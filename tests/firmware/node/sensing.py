"""A whole board on unix whose sensors hang on scripted buses instead of a feed file.

Usage: sensing.py <config>; FIRMWARE names the firmware's directory. CO stands at 312 ppm without
oxygen, one of two cable sensors is dead.
"""

import os
import sys

sys.path.insert(0, os.getenv("FIRMWARE"))

import main
import scripted
import sensors
import unixboard
from scripted_onewire import Thermometer

ROMS = [Thermometer(1).rom.hex(), Thermometer(2).rom.hex()]
VALUES = ["temp_1_degc", "temp_2_degc", "co_ppm", "o2_percent"]


class Sensing(unixboard.UnixBoard):
    """A board of the host with sensors of its own; everything else is as it is."""

    def __init__(self, settings):
        super().__init__(settings)
        buses = scripted.Buses()
        buses.clock = self
        slaves = [Thermometer(1, 41.25), Thermometer(2, 20.0)]
        slaves[1].alive = False
        buses.cable(4, *slaves)
        chip = buses.ads()
        chip.volts[0], chip.volts[1] = 0.5, 0.8
        self._sensors = sensors.Sensors(
            settings["sensors"], buses, VALUES, self.utc_us, powered_on=False, roms=""
        )

    @property
    def now_ms(self):
        return self.ticks_ms()

    def read(self, values):
        return self._sensors.read(self.now_ms)

    def poll(self):
        self._sensors.poll(self.now_ms)

    def describe(self, number):
        return self._sensors.describe(number)


unixboard.UnixBoard = Sensing
main.main()
