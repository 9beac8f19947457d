"""What only a chip has, written down instead of done: pins, converters, watchdog, WLAN.

Import this before `pinbuses` or `pinboard`.
"""

import sys
import time


class Pin:
    """A pin; all of one number share their level."""

    OUT, IN, OPEN_DRAIN, PULL_UP = 1, 0, 2, 3
    held_low = ()
    made, moved, levels = [], [], {}

    def __init__(self, number, mode=None, pull=None, value=None):
        self.number = number
        Pin.made.append((number, mode, value))
        if value is not None:
            Pin.levels[number] = value

    def __call__(self, level=None):
        if level is None:
            return 0 if self.number in Pin.held_low else Pin.levels.get(self.number, 1)
        Pin.levels[self.number] = level
        Pin.moved.append((self.number, level))
        return None

    value = __call__


class Adc:
    """A converter as the RP2 has it: no calibration, 3.3 V at its end."""

    volts = 0.4

    def __init__(self, pin):
        self.pin = pin

    def read_u16(self):
        return min(65535, int(Adc.volts / 3.3 * 65535))


class CalibratedAdc:
    """A converter as the ESP32 has it: without its attenuator it ends at 0.95 V."""

    ATTN_0DB, ATTN_11DB = 0, 3

    def __init__(self, pin, atten=ATTN_0DB):
        self.pin, self.most = pin, 3.1 if atten == CalibratedAdc.ATTN_11DB else 0.95

    def read_uv(self):
        return int(min(Adc.volts, self.most) * 1000000)


class SoftI2C:
    def __init__(self, **options):
        self.options = options


class Watchdog:
    fed = 0

    def __init__(self, timeout):
        self.timeout = timeout

    def feed(self):
        Watchdog.fed += 1


class Machine:
    """Stands for `machine`."""

    Pin, ADC, SoftI2C, SPI, WDT = Pin, Adc, SoftI2C, None, Watchdog
    PWRON_RESET, WDT_RESET = 1, 3
    cause, mem32 = 1, {}

    @staticmethod
    def reset_cause():
        return Machine.cause


class Wire:
    """Stands for `onewire`; `cables` are scripted buses by pin."""

    cables = None

    @staticmethod
    def OneWire(pin):  # noqa: N802, the chip's name
        return Wire.cables[pin.number]


class Network:
    """Stands for `network`."""


sys.modules["machine"], sys.modules["onewire"], sys.modules["network"] = Machine, Wire, Network
if not hasattr(time, "sleep_us"):
    time.sleep_us = lambda us: None


def on(port):
    """Be such a chip: esp32, esp32s3 or rp2."""
    import pinbuses  # noqa: PLC0415, after what it imports

    pinbuses.port = lambda: port
    Machine.ADC = Adc if port == "rp2" else CalibratedAdc
    Adc.volts = 0.4
    Pin.held_low = ()
    Pin.made.clear()
    Pin.moved.clear()
    Pin.levels.clear()
    return pinbuses
