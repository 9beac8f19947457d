"""A MAX31865 at the level of its registers, as the data sheet says, with faults on demand."""


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
        if value & 0x24:
            settled_ms = -1 if self.bias_ms is None else now_ms - self.bias_ms
            assert settled_ms >= 10.5, "the bias has not settled"
        if value & 0x20:
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
