"""The buses of a board with scripted chips; time is a clock in the test's hand."""

import sensors


class Clock:
    """Virtual milliseconds."""

    def __init__(self):
        self.now_ms = 0


class I2c:
    """The bus with its chips by address."""

    def __init__(self):
        self.chips = {}

    def _chip(self, address):
        if address not in self.chips:
            raise OSError(19)  # ENODEV: nobody acknowledges
        chip = self.chips[address]
        if chip.error is not None:
            raise OSError(chip.error)
        return chip

    def writeto_mem(self, address, register, data):
        self._chip(address).write(register, bytes(data))

    def readfrom_mem_into(self, address, register, buffer):
        buffer[:] = self._chip(address).read(register)


class Spi:
    """The bus; the chip whose select is low answers, else the line floats high."""

    def __init__(self):
        self.chips = {}
        self.selected = None

    def select(self, pin):
        def level(value):
            self.selected = pin if value == 0 else None

        return level

    def _chip(self):
        chip = self.chips.get(self.selected)
        return chip if chip is not None and chip.present else None

    def write(self, data):
        assert data[0] & 0x80
        chip = self._chip()
        if chip is not None:
            chip.write(data[0] & 0x7F, data[1:])

    def write_readinto(self, sent, buffer):
        chip = self._chip()
        for index in range(len(buffer)):
            known = chip is not None and index > 0
            buffer[index] = chip.read(sent[0] + index - 1) if known else 0xFF


class Adc:
    """A pin of the chip's own converter."""

    def __init__(self):
        self.volts = 0.4
        self.noise_uv = 0

    def read_uv(self):
        self.noise_uv = (self.noise_uv + 37) % 500
        return int(self.volts * 1000000) + self.noise_uv


class Buses:
    """All buses of a scripted board, with the methods of `pinbuses.PinBuses`."""

    def __init__(self):
        self.clock = Clock()
        self.pins = {"onewire": 4, "adc": 34}
        self.cables = {}
        self._i2c, self._spi, self.adcs = I2c(), Spi(), {}
        self.recovered = 0
        self.wire_down = False

    def wire(self, entry):
        for key in self.pins:
            self.pins[key] = entry.get(key, self.pins[key])

    def cable(self, pin, *slaves):
        from scripted_onewire import OneWire  # noqa: PLC0415, its heap is needed by few tests

        self.cables[pin] = OneWire(self.clock, slaves)
        return self.cables[pin]

    def ads(self, address=72):
        from scripted_ads1115 import Ads  # noqa: PLC0415, its heap is needed by few tests

        return self._i2c.chips.setdefault(address, Ads(self.clock))

    def max(self, cs, ohm=100.0):
        from scripted_max31865 import Max  # noqa: PLC0415, its heap is needed by few tests

        return self._spi.chips.setdefault(cs, Max(self.clock, ohm))

    def onewire(self, pin):
        return self.cables[pin] if pin in self.cables else self.cable(pin)

    def wait_ms(self, ms):
        self.clock.now_ms += ms

    def i2c(self):
        return self._i2c

    def recover_i2c(self):
        self.recovered += 1
        if self.wire_down:
            return False
        for chip in self._i2c.chips.values():
            chip.hung = False
            chip.error = None if chip.error == 110 else chip.error
        return True

    def spi(self):
        return self._spi

    def cs(self, pin):
        return self._spi.select(pin)

    def adc(self, pin):
        return self.adcs.setdefault(self.pins["adc"] if pin is None else pin, Adc())


class Station:
    """Sensors on scripted buses, scanned as a board scans them."""

    def __init__(self, section, values, buses, **options):
        self.buses = buses
        self.utc_us = None
        options.setdefault("roms", "")
        options.setdefault("powered_on", False)
        self.sensors = sensors.Sensors(section, buses, values, lambda: self.utc_us, **options)

    def reading(self, polled=True):
        """The next reading; scans once a second, and polls between where a guard would."""
        clock = self.buses.clock
        for _ in range(200):
            got = self.sensors.read(clock.now_ms)
            if got is not None:
                return got
            wait_ms = self.sensors.poll(clock.now_ms) if polled else 1000
            clock.now_ms += max(1, min(wait_ms, 1000))
        raise AssertionError("no reading in 200 calls")

    def settle(self):
        """Let the conversions of the round that runs end; its reading is not taken."""
        while self.sensors.poll(self.buses.clock.now_ms):
            self.buses.clock.now_ms += 1

    def last(self, seconds):
        """The last reading after so many seconds of scans."""
        until_ms = self.buses.clock.now_ms + int(seconds * 1000)
        got = self.reading()
        while self.buses.clock.now_ms < until_ms:
            self.buses.clock.now_ms += 1000
            got = self.reading()
        return got
