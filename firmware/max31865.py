"""A PT100 or PT1000 on a MAX31865: one-shot conversions, so that the element stays cool.

Source: Analog Devices MAX31865 data sheet, "Internal registers", "Fault detection".
"""

import channel
import platinum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pinbuses import PinBuses

_WRITE = 0x80
_BIAS = 0x80
_ONE_SHOT = 0x20
_THREE_WIRE = 0x10
_FAULT_CYCLE = 0x04  # automatic: about 0.6 ms
_RUNNING = 0x0C
_CLEAR = 0x02
_50_HZ = 0x01
_BIAS_MS = 11  # ten times the input filter's time constant, and 1 ms
_FAULT_MS = 2
_CONVERSION_MS = 70  # 66 ms at most with the 50 Hz filter
_PATIENCE_MS = 20
_REGISTERS = 9  # the address and registers 0 to 7
# Thresholds as the registers hold them: -200 °C and 850 °C lie inside for any usual reference.
_HIGH = 0xFFFE
_LOW_SHARE = 0.1  # of the nominal resistance; 18 % is -200 °C


class Rtd:
    """One chip.

    Args:
        buses: The board's buses.
        value: Its value; the entry names ``cs``, ``wires``, ``reference_ohm``, ``nominal_ohm``.
    """

    def __init__(self, buses: "PinBuses", value: "channel.Channel") -> None:
        entry = value.entry
        self.channels = [value]
        self._spi = buses.spi()
        self._cs = buses.cs(channel.whole(entry, "cs", -1))
        self._reference_ohm = channel.number(entry, "reference_ohm", 0)
        self._nominal_ohm = channel.number(entry, "nominal_ohm", 100)
        self._mode = _THREE_WIRE if entry.get("wires", 3) == 3 else 0
        if entry.get("mains_hz", 50) == 50:
            self._mode |= _50_HZ
        low = int(self._nominal_ohm * _LOW_SHARE / self._reference_ohm * 32768) << 1
        self._limits = bytes((_WRITE | 3, _HIGH >> 8, _HIGH & 0xFF, low >> 8, low & 0xFF))
        self._out = bytearray((_WRITE, 0))
        self._tx = bytearray(_REGISTERS)
        self._rx = bytearray(_REGISTERS)
        self._phase = 0
        self._due_ms = 0

    def start(self, now_ms: int) -> None:
        """Switch the bias on; it settles for 11 ms."""
        self._set(_BIAS | _CLEAR | self._mode)
        self._write(self._limits)
        self._go(1, now_ms + _BIAS_MS)

    def step(self, now_ms: int) -> int:
        """Go on when it is time; returns when to come back [ms], 0 for done."""
        if self._phase == 0:
            return 0
        if now_ms < self._due_ms:
            return self._due_ms - now_ms
        rx = self._read()
        if rx[1] & (_RUNNING | _ONE_SHOT) and now_ms - self._due_ms <= _PATIENCE_MS:
            return 2
        if rx[1] != _BIAS | self._mode or rx[4:8] != self._limits[1:]:
            # All ones or zeros: no chip. Its power-on values: it has lost its supply meanwhile. A
            # bias that is off has not settled, whatever is written now.
            self._end(None, "comm_fail", 0, now_ms, "register 0 reads 0x%02x" % rx[1])
        elif self._phase == 1:
            self._set(_BIAS | _FAULT_CYCLE | self._mode)
            self._go(2, now_ms + _FAULT_MS)
            return _FAULT_MS
        elif self._phase == 2:
            self._set(_BIAS | _ONE_SHOT | self._mode)
            self._go(3, now_ms + _CONVERSION_MS)
            return _CONVERSION_MS
        else:
            self._judge(rx, now_ms)
        return 0

    def abort(self, now_ms: int) -> None:
        """Give the conversion up."""
        self._phase = 0

    def _judge(self, rx: bytearray, now_ms: int) -> None:
        """Decode a finished conversion."""
        word = rx[2] << 8 | rx[3]
        fault = platinum.fault(rx[8])  # of the fault cycle too: they latch
        if fault is not None:
            self._end(None, fault[0], 0, now_ms, fault[1])
        elif word & 1:
            self._end(None, "comm_fail", 0, now_ms, "a fault without a fault bit")
        else:
            code = word >> 1
            value, reason = platinum.degc(code, self._reference_ohm, self._nominal_ohm)
            self._end(value, reason, code, now_ms, "")

    def _end(
        self, value: "float | None", reason: "str | None", raw: int, now_ms: int, note: str
    ) -> None:
        """Switch the bias off, clear the faults and hand the result on."""
        self._phase = 0
        self.channels[0].take(value, reason, raw, now_ms, note)
        self._set(_CLEAR | self._mode)

    def _go(self, phase: int, due_ms: int) -> None:
        """Wait for the next phase."""
        self._phase, self._due_ms = phase, due_ms

    def _set(self, config: int) -> None:
        """Write register 0."""
        self._out[1] = config
        self._write(self._out)

    def _write(self, data: "bytes | bytearray") -> None:
        """Write registers that follow each other."""
        self._cs(0)
        try:
            self._spi.write(data)
        finally:
            self._cs(1)

    def _read(self) -> bytearray:
        """Read all registers; register r is at r + 1."""
        self._cs(0)
        try:
            self._spi.write_readinto(self._tx, self._rx)
        finally:
            self._cs(1)
        return self._rx
