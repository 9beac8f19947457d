"""The chip's buses, on a chip that only writes down what its pins do."""

import sys
import time

from scratch import equal


class Pin:
    OUT, IN, OPEN_DRAIN = 1, 0, 2
    held_low = ()

    def __init__(self, number, mode=None, value=None):
        self.number, self.level = number, value
        Machine.pins.append((number, mode, value))

    def __call__(self, level=None):
        if level is None:
            return 0 if self.number in Pin.held_low else self.level
        self.level = level
        Machine.levels.append((self.number, level))
        return None


class Adc:
    ATTN_11DB = 3

    def __init__(self, pin):
        self.pin, self.range = pin, None

    def read_u16(self):
        return 65535


class CalibratedAdc(Adc):
    def atten(self, bits):
        self.range = bits

    def read_uv(self):
        return 1200000 if self.range == 3 else 950000


class SoftI2C:
    def __init__(self, **options):
        self.options = options


class Machine:
    """Stands for `machine`."""

    Pin, ADC, SoftI2C, SPI = Pin, Adc, SoftI2C, None
    pins, levels = [], []


class Wire:
    """Stands for `onewire`."""

    OneWire = None


sys.modules["machine"], sys.modules["onewire"] = Machine, Wire
if not hasattr(time, "sleep_us"):
    time.sleep_us = lambda us: None
import pinbuses  # noqa: E402, after the chip


def at_hand(port="esp32"):
    pinbuses.port = lambda: port
    Machine.levels.clear()
    Pin.held_low = ()
    return pinbuses.PinBuses()


def test_a_hung_bus_gets_nine_clocks_and_a_stop():
    buses = at_hand()
    assert buses.recover_i2c()
    scl, sda = buses.pins["scl"], buses.pins["sda"]
    clocks = [level for pin, level in Machine.levels if pin == scl]
    equal(clocks, [0, 1] * 10)
    # The stop: the data line rises while the clock is high.
    equal(Machine.levels[-4:], [(scl, 0), (sda, 0), (scl, 1), (sda, 1)])


def test_a_bus_that_stays_down_is_told():
    buses = at_hand()
    Pin.held_low = (buses.pins["sda"],)
    assert not buses.recover_i2c()


def test_the_bus_is_made_anew_after_it_was_freed():
    buses = at_hand()
    first = buses.i2c()
    assert buses.i2c() is first
    buses.recover_i2c()
    assert buses.i2c() is not first
    assert first.options["timeout"] <= 2000


def test_pins_from_the_config_replace_the_ports_own():
    buses = at_hand("rp2")
    equal((buses.pins["scl"], buses.pins["sda"]), (5, 4))
    buses.wire({"kind": "bus", "scl": 27})
    equal((buses.pins["scl"], buses.pins["sda"]), (27, 4))
    equal(at_hand("rp2").pins["scl"], 5)


def test_no_two_buses_of_a_port_share_a_pin():
    for port in pinbuses.PINS:
        pins = list(pinbuses.PINS[port].values())
        equal(len(set(pins)), len(pins))


def test_the_converter_reaches_21_ma_over_100_ohm():
    Machine.ADC = CalibratedAdc
    equal(at_hand().adc(None).read_uv(), 1200000)
    Machine.ADC = Adc
    equal(at_hand("rp2").adc(27).read_uv(), 3300000)


def test_a_chip_select_is_high_from_the_start():
    at_hand().cs(5)
    equal(Machine.pins[-1], (5, Pin.OUT, 1))
