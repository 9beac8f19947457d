"""DS18B20 on a 1-Wire bus, down to the bit, as the data sheet says, with faults on demand."""

import conversion


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
        self.reset()

    def reset(self):
        self.mode, self.word, self.count, self.out = "rom", 0, 0, b""
        return self.alive

    def write(self, bit, now_ms):
        if not self.alive or not self.mode:
            return
        if self.mode in ("search", "match"):
            if bit != self.rom_bit(self.count):
                self.mode = ""
            self.count += 1
            self.phase = 0
            if self.count == 64 and self.mode == "match":
                self.mode, self.count = "function", 0
            return
        self.word |= bit << self.count
        self.count += 1
        if self.count == 8:
            byte, self.word, self.count = self.word, 0, 0
            if self.mode == "rom":
                self.mode = {0x55: "match", 0xCC: "function", 0xF0: "search"}.get(byte, "")
                self.phase = 0
            else:
                self.function(byte, now_ms)

    def function(self, byte, now_ms):
        self.mode, self.count = "", 0
        if byte == 0x44 and self.converts:
            self.ready_ms = now_ms + 750
            self.mode = "busy"
        elif byte == 0xBE:
            self.settle(now_ms)
            self.out = self.scratchpad()

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
        if self.mode == "search" and self.phase < 2:
            self.phase += 1
            bit = self.rom_bit(self.count)
            return bit if self.phase == 1 else 1 - bit
        if self.mode:  # to a slave that listens, a read slot is a written 1
            self.write(1, now_ms)
            return 1
        self.count += 1
        at = self.count - 1
        return self.out[at // 8] >> at % 8 & 1 if at < 8 * len(self.out) else 1

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
        self.searches = 0  # passes of it
        self.busy_us = 0  # how long the bus was used: resets of 960 µs, slots of 70 µs

    def reset(self):
        self.busy_us += 960
        present = [slave.reset() for slave in self.slaves]
        return self.shorted or any(present)

    def readbit(self):
        self.busy_us += 70
        bits = [slave.read(self.clock.now_ms) for slave in self.slaves]
        return 0 if self.shorted else min(bits) if bits else 1

    def writebit(self, bit):
        self.busy_us += 70
        for slave in self.slaves:
            slave.write(bit, self.clock.now_ms)

    def readbyte(self):
        byte = 0
        for index in range(8):
            byte |= self.readbit() << index
        return byte

    def writebyte(self, byte):
        self.searches += byte == 0xF0
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
