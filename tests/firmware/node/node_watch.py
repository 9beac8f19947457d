"""The guard over real drivers on scripted buses: from the wire to the horn."""

import alarm
import guard
import outputs
import uptime
from scratch import equal
from scripted import Buses, Station
from scripted_onewire import Thermometer

VALUES = ["temp_1_degc", "temp_2_degc", "co_ppm", "o2_percent"]
CO = {"value": "co_ppm", "kind": "loop", "channel": 0, "low": 0, "high": 5000, "warm_s": 0}
O2 = {"value": "o2_percent", "kind": "loop", "channel": 1, "low": 0, "high": 25}


class Yard:
    """A board's face with two temperatures, CO and oxygen on scripted buses."""

    def __init__(self):
        self.buses = Buses()
        self.clock = self.buses.clock
        self.slaves = [Thermometer(1, 20.0), Thermometer(2, 21.0)]
        self.cable = self.buses.cable(4, *self.slaves)
        self.chip = self.buses.ads()
        self.current(0, 4.01)
        self.current(1, 17.376)
        section = [
            {"value": VALUES[i], "kind": "ds18b20", "rom": self.slaves[i].rom.hex()} for i in (0, 1)
        ]
        self.sensors = Station(section + [CO, O2], VALUES, self.buses).sensors  # noqa: RUF005
        self.horn = []
        self.edges = []
        local = alarm.LocalAlarm({"temp_degc": 50.0, "co_ppm": 3000.0}, 10000, 10000)
        panel = outputs.Outputs(self, {})
        self.guard = guard.Guard(self, VALUES, local, panel, uptime.Uptime(self.ticks_ms))

    def current(self, channel, ma):
        self.chip.volts[channel] = ma / 10

    def watch(self, seconds):
        """Let the guard tick for so long."""
        until_ms = self.clock.now_ms + int(seconds * 1000)
        while self.clock.now_ms < until_ms:
            self.clock.now_ms += guard.TICK_MS
            self.guard.step()
            for item in self.guard.take()[1]:
                self.edges.append(item.alarm[:3])
        equal((self.guard.failures, self.guard.failure), (0, ""))

    def sounds(self):
        return self.horn[-1] if self.horn else None

    def ticks_ms(self):
        return self.clock.now_ms

    def utc_us(self):
        return None

    def read(self, values):
        return self.sensors.read(self.clock.now_ms)

    def poll(self):
        self.sensors.poll(self.clock.now_ms)

    def show(self, panel):
        levels = panel.levels()
        self.horn.append(levels["condition"] if levels["horn"] else None)
        return True

    def light(self, on):
        pass

    def input_pressed(self):
        return False


def at_hand():
    yard = Yard()
    yard.watch(5)
    equal((yard.sounds(), yard.edges), (None, []))
    return yard


def test_heat_reaches_the_horn_within_two_scans():
    yard = at_hand()
    yard.slaves[1].degc = 50.0
    yard.watch(2.05)
    equal(yard.sounds(), "temp_high")


def test_co_reaches_the_horn_within_two_scans():
    yard = at_hand()
    yard.current(0, 13.61)
    yard.watch(2.05)
    equal(yard.sounds(), "co_high")


def test_a_full_cell_sounds_whatever_the_oxygen():
    for co_ma in (20.01, 20.7, 21.5):
        yard = at_hand()
        yard.current(0, co_ma)
        yard.current(1, 6.0)
        yard.watch(2.05)
        equal(yard.sounds(), "co_high")
        yard.watch(60)
        equal(yard.sounds(), "co_high")


def test_a_high_reading_sounds_without_oxygen_and_a_falling_one_does_not_clear():
    yard = at_hand()
    yard.current(1, 6.0)
    yard.current(0, 14.0)
    yard.watch(3)
    equal(yard.sounds(), "co_high")
    yard.current(0, 4.5)
    yard.watch(60)
    equal(yard.edges, [("co_high", "raised", "co_ppm")])
    yard.current(1, 17.4)
    yard.watch(15)
    equal(yard.edges[-1], ("co_high", "cleared", "co_ppm"))


def test_a_temperature_above_its_transmitters_range_sounds():
    yard = at_hand()
    section = [{"value": "temp_1_degc", "kind": "loop", "channel": 0, "low": 0, "high": 100}]
    yard.sensors = Station(section, ["temp_1_degc"], yard.buses).sensors
    yard.guard.values = ["temp_1_degc"]
    yard.watch(3)
    equal(yard.sounds(), None)
    yard.current(0, 20.7)
    yard.watch(2.05)
    equal(yard.sounds(), "temp_high")


def test_a_sensor_that_rises_and_dies_is_an_alarm():
    yard = at_hand()
    for step in range(100):
        yard.slaves[0].degc = 20.0 + step * 0.2
        yard.watch(3)
    equal(yard.sounds(), None)
    yard.slaves[0].alive = False
    yard.watch(15)
    equal(yard.sounds(), "temp_high")


def test_a_cell_that_rises_and_dies_is_an_alarm():
    yard = at_hand()
    for step in range(60):
        yard.current(0, 4.01 + step * 0.05)
        yard.watch(1)
    yard.chip.error = 19
    yard.watch(15)
    equal(yard.sounds(), "co_high")


def test_faults_alone_are_told_and_do_not_sound():
    def cut(yard):
        yard.cable.slaves = []

    def shorted(yard):
        yard.cable.shorted = True

    def unplugged(yard):
        yard.chip.error = 19

    def broken_loop(yard):
        yard.current(0, 0.0)
        yard.current(1, 0.0)

    for fault, points in (
        (cut, VALUES[:2]),
        (shorted, VALUES[:2]),
        (unplugged, VALUES[2:]),
        (broken_loop, VALUES[2:]),
    ):
        yard = at_hand()
        fault(yard)
        yard.watch(20)
        equal(yard.sounds(), None)
        equal(sorted(yard.edges), [("sensor_fault", "raised", point) for point in points])


def test_a_fault_of_one_bus_leaves_the_other_awake():
    yard = at_hand()
    yard.chip.error = 110
    yard.cable.flips = 4
    yard.watch(1)
    yard.slaves[0].degc = 60.0
    yard.watch(2.05)
    equal(yard.sounds(), "temp_high")
