"""4–20 mA loops on an ADS1115: one conversion after the other, none waited for.

Source: Texas Instruments ADS1115 data sheet, "Register map".
"""

import channel
import loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pinbuses import PinBuses

# Full range [V]: bits of the gain, and nanovolts a step.
RANGES = {6.144: (0, 187500), 4.096: (1, 125000), 2.048: (2, 62500), 1.024: (3, 31250)}
_CONVERSION = 0
_CONFIG = 1
_START = 0x8000  # reads as 1 when no conversion runs
_AGAINST_GROUND = 0x4000
_SINGLE_128_PER_S = 0x0183  # comparator off
_CONVERSION_MS = 9  # 7.8 ms, 10 % more by the chip's own oscillator
_PATIENCE_MS = 20


class Ads1115:
    """One chip and the loops on its inputs.

    Args:
        buses: The board's buses.
        address: I2C address, 72 to 75.
        channels: The values; the entries name ``channel``, ``shunt_ohm``, ``range_v``.
    """

    def __init__(self, buses: "PinBuses", address: int, channels: "list[channel.Channel]") -> None:
        self._buses = buses
        self._address = address
        self.channels = channels
        self._word = bytearray(2)
        self._config = 0
        self._next = 0
        self._due_ms = 0
        buses.i2c()  # pins that the chip refuses are told now

    def start(self, now_ms: int) -> None:
        """Let the first input convert."""
        self._next = 0
        self._convert(now_ms)

    def step(self, now_ms: int) -> int:
        """Take a finished conversion; returns when to come back [ms], 0 for done."""
        if self._next >= len(self.channels):
            return 0
        if now_ms < self._due_ms:
            return self._due_ms - now_ms
        value = self.channels[self._next]
        config = self._read(_CONFIG)
        if config == self._config & ~_START and now_ms - self._due_ms <= _PATIENCE_MS:
            return 2
        if config != self._config:
            # Its power-on value: the chip has lost its supply. Zeros: somebody holds the bus down.
            value.take(None, "comm_fail", 0, now_ms, "the configuration reads 0x%04x" % config)
            self._free_bus()
        else:
            code = self._read(_CONVERSION)
            code -= code >> 15 << 16
            range_v = channel.number(value.entry, "range_v", 4.096)
            loop.take(value, code * RANGES[range_v][1] / 1000, code, now_ms)
        self._next += 1
        if self._next >= len(self.channels):
            return 0
        self._convert(now_ms)
        return _CONVERSION_MS

    def abort(self, now_ms: int) -> None:
        """Give the rest of this round up, and free the bus if it hangs."""
        self._next = len(self.channels)
        self._free_bus()

    def _free_bus(self) -> None:
        """Make a chip let go of the bus; where a line stays down, the technician is told."""
        if not self._buses.recover_i2c():
            for value in self.channels:
                value.note = "an I2C line is held down; check its wiring"

    def _convert(self, now_ms: int) -> None:
        """Let the next input convert."""
        entry = self.channels[self._next].entry
        gain = RANGES[channel.number(entry, "range_v", 4.096)][0]
        pin = channel.whole(entry, "channel", 0)
        self._config = _START | _AGAINST_GROUND | pin << 12 | gain << 9 | _SINGLE_128_PER_S
        self._word[0], self._word[1] = self._config >> 8, self._config & 0xFF
        self._due_ms = now_ms + _CONVERSION_MS
        self._buses.i2c().writeto_mem(self._address, _CONFIG, self._word)

    def _read(self, register: int) -> int:
        """A register of 16 bits."""
        self._buses.i2c().readfrom_mem_into(self._address, register, self._word)
        return self._word[0] << 8 | self._word[1]
