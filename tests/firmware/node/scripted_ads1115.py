"""An ADS1115 at the level of its registers, as the data sheet says, with faults on demand."""


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
