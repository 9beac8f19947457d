"""A cable of DS18B20 on one pin: all convert at once, each answers by its own ROM code.

Source: Analog Devices DS18B20 data sheet, "ROM commands", "Function commands".
"""

import conversion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from channel import Channel
    from pinbuses import PinBuses

SENSORS = 16  # at most on one cable
_CONVERSION_MS = 750
_PATIENCE_MS = 1000
_SEARCH_MS = 60000
_EMPTY_MS = 5000
_A_TIME = 8  # sensors read in one call, about 12 ms each
_CONVERT = 0x44
_READ = 0xBE
_SEARCH = 0xF0


class Cable:
    """The sensors of one cable.

    A value is bound to its ROM code. Values without one take the codes nobody claims, in rising
    order, and keep them until the board starts anew; a missing sensor shifts no other.

    Args:
        buses: The board's buses.
        pin: GPIO of the cable.
        channels: The values on this cable, in the order of the config.
    """

    def __init__(self, buses: "PinBuses", pin: int, channels: "list[Channel]") -> None:
        self._bus = buses.onewire(pin)
        self.channels = channels
        self._pad = bytearray(9)
        self._started_ms = 0
        self._next_search_ms = 0
        self._next = 0

    def start(self, now_ms: int) -> None:
        """Let all sensors convert; without anyone on the cable all are open."""
        bus = self._bus
        self._started_ms = now_ms
        self._next = len(self.channels)
        if not bus.reset():
            self._all("sensor_open", "nobody answers on the cable", now_ms)
            return
        if not bus.readbit():  # nobody has been asked anything yet
            self._all("sensor_short", "the line is held down", now_ms)
            return
        if now_ms >= self._next_search_ms:
            self._search(now_ms)
        bus.reset()
        bus.writebyte(bus.SKIP_ROM)
        bus.writebyte(_CONVERT)
        if bus.readbit():
            # A sensor that converts pulls the bus down; without one the old value would be read.
            self._all("comm_fail", "no sensor converts; is the supply wire connected?", now_ms)
            return
        self._next = 0

    def step(self, now_ms: int) -> int:
        """Read some sensors when they are ready; returns when to come back [ms], 0 for done."""
        if self._next >= len(self.channels):
            return 0
        waited_ms = now_ms - self._started_ms
        if waited_ms < _CONVERSION_MS:
            return _CONVERSION_MS - waited_ms
        if self._next == 0 and waited_ms < _PATIENCE_MS and not self._bus.readbit():
            return 50
        last = min(self._next + _A_TIME, len(self.channels))
        while self._next < last:
            self._read(self.channels[self._next], now_ms)
            self._next += 1
        return 1 if last < len(self.channels) else 0

    def abort(self, now_ms: int) -> None:
        """Give the rest up."""
        self._next = len(self.channels)

    def found(self) -> "list[bytes]":
        """The ROM codes of all DS18B20 that answer on a cable now, in rising order.

        Takes about 15 ms for each, and no longer than two full cables: a line that crackles
        answers for ever.

        Source: Analog Devices application note 187, "1-Wire search algorithm".
        """
        bus = self._bus
        codes: "list[bytes]" = []
        code = bytearray(8)
        conflict = -1
        for _ in range(2 * SENSORS):
            if not bus.reset():
                break
            bus.writebyte(_SEARCH)
            last = -1
            for index in range(64):
                bit, other = bus.readbit(), bus.readbit()
                if bit and other:
                    return sorted(codes)  # all have fallen silent
                if bit == other:
                    # Both are there: as in the last pass up to its last conflict, there a 1.
                    before = code[index >> 3] >> (index & 7) & 1
                    bit = before if index < conflict else 1 if index == conflict else 0
                    last = last if bit else index
                code[index >> 3] = code[index >> 3] & ~(1 << (index & 7)) | bit << (index & 7)
                bus.writebit(bit)
            if conversion.is_ds18b20(code):
                codes.append(bytes(code))
            conflict = last
            if conflict < 0:
                break
        return sorted(codes)

    def _search(self, now_ms: int) -> None:
        """Give values without a sensor the codes nobody claims."""
        free = [channel for channel in self.channels if channel.rom is None]
        if not free:
            self._next_search_ms = 1 << 62
            return
        claimed = [channel.rom for channel in self.channels]
        for code in self.found():
            if code not in claimed and free:
                free.pop(0).rom = code
        found_any = len(free) < len(self.channels)
        self._next_search_ms = now_ms + (_SEARCH_MS if found_any else _EMPTY_MS)

    def _read(self, channel: "Channel", now_ms: int) -> None:
        """Read one sensor; a reading that arrives damaged is asked for once more."""
        bus, pad = self._bus, self._pad
        code = channel.rom
        if code is None:
            channel.take(None, "sensor_open", 0, now_ms, "no sensor found for it")
            return
        for _ in range(2):
            if not bus.reset():
                channel.take(None, "sensor_open", 0, now_ms, "nobody answers on the cable")
                return
            bus.writebyte(bus.MATCH_ROM)
            bus.write(code)
            bus.writebyte(_READ)
            bus.readinto(pad)
            value, reason = conversion.ds18b20(pad)
            if reason != "crc":
                break
        channel.take(value, reason, pad[0] | pad[1] << 8, now_ms)

    def _all(self, reason: str, note: str, now_ms: int) -> None:
        """The same reason for every sensor of the cable."""
        for channel in self.channels:
            channel.take(None, reason, 0, now_ms, note)
