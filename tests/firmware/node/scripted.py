"""Buses that behave as the data sheets say, down to the bit or the register, with faults on demand.

Time is a clock in the test's hand; a chip converts as long as its data sheet says.
"""

import conversion
import sensors


class Clock:
    """Virtual milliseconds."""

    def __init__(self):
        self.now_ms = 0


class Thermometer:
    """A DS18B20 as a slave that sees single bits.

    Args:
        serial: Makes the ROM code.
        degc: What it measures [°C].
    """

    def __init__(self, serial, degc=20.0):
        body = b"\x28" + serial.to_bytes(6, "little")
        self.rom = body + bytes([conversion.crc8(body)])
        self.degc = degc
        self.config = 0x7F
        self.alive = True
        self.converts = True
        self.pad = None  # a scratchpad forced on it
        self.power_up()

    def power_up(self):
        """What the supply's return leaves in it."""
        self.raw, self.mark = 0x0550, 0x0C
        self.ready_ms = -1
        self.mode, self.bits, self.out = "", [], []

    def reset(self):
        self.mode, self.bits, self.out = "rom", [], []
        return self.alive

    def write(self, bit, now_ms):
        if not self.alive:
            return
        if self.mode == "search":
            wanted = self.rom_bit(self.position)
            self.position += 1
            self.phase = 0
            if bit != wanted or self.position == 64:
                self.mode = ""
            return
        self.bits.append(bit)
        if self.mode == "match" and len(self.bits) == 64:
            same = all(self.bits[i] == self.rom_bit(i) for i in range(64))
            self.mode, self.bits = ("function" if same else ""), []
        elif self.mode in ("rom", "function") and len(self.bits) == 8:
            byte = sum(bit << index for index, bit in enumerate(self.bits))
            self.bits = []
            if self.mode == "rom":
                self.mode = {0x55: "match", 0xCC: "function", 0xF0: "search"}.get(byte, "")
                self.position = self.phase = 0
            else:
                self.function(byte, now_ms)

    def function(self, byte, now_ms):
        self.mode = ""
        if byte == 0x44 and self.converts:
            self.ready_ms = now_ms + 750
            self.mode = "busy"
        elif byte == 0xBE:
            self.settle(now_ms)
            pad = self.scratchpad()
            self.out = [pad[i // 8] >> i % 8 & 1 for i in range(72)]

    def settle(self, now_ms):
        if 0 <= self.ready_ms <= now_ms:
            self.raw = int(self.degc * 16) & 0xFFFF
            self.mark = 0x10 - (self.raw & 0x0F)
            self.ready_ms = -1

    def scratchpad(self):
        if self.pad is not None:
            return self.pad
        body = bytes(
            [self.raw & 0xFF, self.raw >> 8, 0x4B, 0x46, self.config, 0xFF, self.mark, 0x10]
        )
        return body + bytes([conversion.crc8(body)])

    def read(self, now_ms):
        if not self.alive:
            return 1
        if self.mode == "busy":
            self.settle(now_ms)
            return 0 if self.ready_ms >= 0 else 1
        if self.mode == "search":
            self.phase += 1
            bit = self.rom_bit(self.position)
            return bit if self.phase == 1 else 1 - bit
        return self.out.pop(0) if self.out else 1

    def rom_bit(self, index):
        return self.rom[index // 8] >> index % 8 & 1


class OneWire:
    """The bus and its master, with the methods of MicroPython's `onewire.OneWire`."""

    SKIP_ROM, MATCH_ROM = 0xCC, 0x55

    def __init__(self, clock, slaves=()):
        self.clock = clock
        self.slaves = list(slaves)
        self.shorted = False
        self.flips = 0  # so many scratchpads arrive with a flipped bit
        self.resets = 0

    def reset(self):
        self.resets += 1
        present = [slave.reset() for slave in self.slaves]
        return self.shorted or any(present)

    def readbit(self):
        bits = [slave.read(self.clock.now_ms) for slave in self.slaves]
        return 0 if self.shorted else min(bits) if bits else 1

    def writebit(self, bit):
        for slave in self.slaves:
            slave.write(bit, self.clock.now_ms)

    def readbyte(self):
        byte = 0
        for index in range(8):
            byte |= self.readbit() << index
        return byte

    def writebyte(self, byte):
        for index in range(8):
            self.writebit(byte >> index & 1)

    def readinto(self, buffer):
        for index in range(len(buffer)):
            buffer[index] = self.readbyte()
        if self.flips:
            self.flips -= 1
            buffer[1] ^= 0x02

    def write(self, data):
        for byte in data:
            self.writebyte(byte)

    def scan(self):
        """The search of application note 187: take the other branch at the last conflict."""
        found, conflict = [], -1
        code = [0] * 64
        while True:
            if not self.reset():
                return found
            self.writebyte(0xF0)
            last = -1
            for index in range(64):
                bit, other = self.readbit(), self.readbit()
                if bit and other:
                    return found
                if bit == other:
                    bit = code[index] if index < conflict else int(index == conflict)
                    if not bit:
                        last = index
                code[index] = bit
                self.writebit(bit)
            packed = [sum(code[b * 8 + i] << i for i in range(8)) for b in range(8)]
            found.append(bytearray(packed))
            conflict = last
            if conflict < 0:
                return found


class Ads:
    """An ADS1115 at the level of its registers; ``volts`` is what stands on its four inputs."""

    RANGE_V = (6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256)
    RATE = (8, 16, 32, 64, 128, 250, 475, 860)

    def __init__(self, clock):
        self.clock = clock
        self.volts = [0.0, 0.0, 0.0, 0.0]
        self.error = None
        self.hung = False
        self.power_up()

    def power_up(self):
        self.config, self.code, self.ready_ms = 0x8583, 0, 0

    def write(self, register, data):
        assert (register, len(data)) == (1, 2)
        self.config = data[0] << 8 | data[1]
        if self.config & 0x8000:
            self.ready_ms = self.clock.now_ms + 1000 / self.RATE[self.config >> 5 & 7]

    def read(self, register):
        if self.hung:
            return b"\x00\x00"  # the data line is held down
        done = self.clock.now_ms >= self.ready_ms
        if register == 1:
            word = self.config | 0x8000 if done else self.config & 0x7FFF
        else:
            if done and self.config & 0x4000:
                range_v = self.RANGE_V[self.config >> 9 & 7]
                volts = self.volts[self.config >> 12 & 3]
                self.code = max(-32768, min(32767, int(volts / range_v * 32768)))
            word = self.code & 0xFFFF
        return bytes([word >> 8, word & 0xFF])


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


class Max:
    """A MAX31865 at the level of its registers; ``ohm`` is the resistor between its wires."""

    def __init__(self, clock, ohm=100.0, reference_ohm=430.0):
        self.clock = clock
        self.ohm = ohm
        self.reference_ohm = reference_ohm
        self.present = True
        self.cycle_faults = 0  # what a fault detection cycle finds
        self.conversion_faults = 0
        self.power_up()

    def power_up(self):
        self.registers = bytearray([0, 0, 0, 0xFF, 0xFF, 0, 0, 0])
        self.bias_ms = self.cycle_ms = self.shot_ms = None

    def write(self, register, values):
        for value in values:
            if register == 0:
                self.configure(value)
            elif 3 <= register <= 6:
                self.registers[register] = value
            register += 1

    def configure(self, value):
        now_ms = self.clock.now_ms
        if value & 0x02 and not value & 0x2C:
            self.registers[7] = 0
        if value & 0x80 and self.bias_ms is None:
            self.bias_ms = now_ms
        elif not value & 0x80:
            self.bias_ms = None
        self.registers[0] = value & ~0x02
        if value & 0x0C == 0x04:
            self.cycle_ms = now_ms + 0.6
        if value & 0x20:
            settled_ms = -1 if self.bias_ms is None else now_ms - self.bias_ms
            assert settled_ms >= 10.5, "the bias has not settled"
            self.shot_ms = now_ms + (62.5 if value & 0x01 else 52)

    def read(self, register):
        self.settle()
        return self.registers[register]

    def settle(self):
        now_ms = self.clock.now_ms
        if self.cycle_ms is not None and now_ms >= self.cycle_ms:
            self.registers[7] |= self.cycle_faults
            self.registers[0] &= ~0x0C
            self.cycle_ms = None
        if self.shot_ms is not None and now_ms >= self.shot_ms:
            self.registers[0] &= ~0x20
            self.shot_ms = None
            code = max(0, min(32767, int(self.ohm / self.reference_ohm * 32768)))
            high = (self.registers[3] << 8 | self.registers[4]) >> 1
            low = (self.registers[5] << 8 | self.registers[6]) >> 1
            self.registers[7] |= self.conversion_faults
            self.registers[7] |= 0x80 if code >= high else 0
            self.registers[7] |= 0x40 if code <= low else 0
            word = code << 1 | (1 if self.registers[7] else 0)
            self.registers[1], self.registers[2] = word >> 8, word & 0xFF


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

    def wire(self, entry):
        for key in self.pins:
            self.pins[key] = entry.get(key, self.pins[key])

    def cable(self, pin, *slaves):
        self.cables[pin] = OneWire(self.clock, slaves)
        return self.cables[pin]

    def ads(self, address=72):
        return self._i2c.chips.setdefault(address, Ads(self.clock))

    def max(self, cs, ohm=100.0):
        return self._spi.chips.setdefault(cs, Max(self.clock, ohm))

    def onewire(self, pin):
        return self.cables.setdefault(pin, OneWire(self.clock))

    def i2c(self):
        return self._i2c

    def recover_i2c(self):
        self.recovered += 1
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
        for _ in range(40):
            got = self.sensors.read(clock.now_ms)
            if got is not None:
                return got
            wait_ms = self.sensors.poll(clock.now_ms) if polled else 1000
            clock.now_ms += max(1, min(wait_ms, 1000))
        raise AssertionError("no reading in 40 scans")

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
