"""The only module that knows what it runs on: pins and sensors, or files of a simulated yard.

Pins are in `PINS`; everything else runs unchanged on every port.
"""

import gc
import json
import sys
import time

import conversion
import files
import record

TYPE_CHECKING = False
ON_BOARD = sys.platform in ("esp32", "rp2")
if TYPE_CHECKING or ON_BOARD:
    import machine
    import network
    import onewire

# GPIO numbers. The ADC pin must be of ADC1 on the ESP32 (32–39): ADC2 stops while WLAN runs.
PINS = {
    "esp32": {"onewire": 4, "co_adc": 34, "horn": 26},
    "rp2": {"onewire": 15, "co_adc": 26, "horn": 22},
}
SHUNT_OHM = 100.0  # 20 mA gives 2.0 V, inside both ADCs' range
_EPOCH_2000_S = 946684800
_CONVERSION_MS = 750
_WATCHDOG_MS = 8000
_ADC_READS = 16


class UnixBoard:
    """A board of the simulated yard: reads a feed file, writes its horn to another.

    Args:
        settings: The board's config: ``feed``, ``out``, ``ring`` and ``clock``.
    """

    def __init__(self, settings: "dict[str, object]") -> None:
        self._feed = str(settings["feed"])
        self._out = str(settings["out"])
        self._host_clock = settings["clock"] == "host"
        self._first_start = not files.names(str(settings["ring"]))
        self._last_n: object = None
        self._writes = 0
        if not (self._feed and self._out):
            raise ValueError("feed and out are missing; name both files")

    def read(self, values: "list[str]") -> "tuple[dict[str, float], dict[str, str]] | None":
        """The yard's newest reading, or None when there is none since the last call."""
        try:
            feed = json.loads(files.read(self._feed) or b"")
            n, given, faults = feed["n"], feed.get("v", {}), feed.get("bad", {})
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        if n == self._last_n or not isinstance(given, dict) or not isinstance(faults, dict):
            return None
        self._last_n = n
        v = {name: given[name] for name in values if isinstance(given.get(name), (int, float))}
        bad = {name: faults.get(name) for name in values if name not in v}
        return v, {key: why if why in record.REASONS else "comm_fail" for key, why in bad.items()}

    def horn(self, condition: "str | None") -> bool:
        """Sound or silence the horn; returns whether the output took it."""
        self._writes += 1
        output = {"horn": 0 if condition is None else 1, "condition": condition, "n": self._writes}
        try:
            files.replace(self._out, json.dumps(output).encode())
        except OSError:
            return False
        return True

    def ticks_ms(self) -> int:
        """Tick counter [ms], wrapping at 2^30 as on boards."""
        if hasattr(time, "ticks_ms"):
            return _ticks_ms() & 0x3FFFFFFF
        return int(time.monotonic() * 1000) & 0x3FFFFFFF  # type: ignore[attr-defined]

    def utc_us(self) -> "int | None":
        """UTC [µs since 1970] by the host's clock, or None without a wall clock."""
        return time.time_ns() // 1000 if self._host_clock else None

    def reset_cause(self) -> str:
        """Why the board started."""
        return "power_on" if self._first_start else "restart"

    def free_heap(self) -> "int | None":
        """Free heap [bytes]; None where Python does not say."""
        return gc.mem_free() if hasattr(gc, "mem_free") else None

    def join_network(self) -> None:
        """The host is on its network."""

    def feed_watchdog(self) -> None:
        """The runner of the process is the watchdog here."""

    def reset(self) -> None:
        """End the process; its runner starts it again."""
        sys.exit(1)


class PinBoard:
    """An ESP32 or a Pico W with DS18B20 cables, a 4–20 mA CO cell and a horn relay.

    The DS18B20 are taken in the order of their ROM codes; `temp_1_degc` is the lowest.

    Args:
        settings: The board's config: ``wlan_ssid``, ``wlan_key`` and ``co_full_scale_ppm``.
    """

    def __init__(self, settings: "dict[str, object]") -> None:
        pins = PINS[sys.platform]
        self._horn = machine.Pin(pins["horn"], machine.Pin.OUT, value=0)
        self._bus = onewire.OneWire(machine.Pin(pins["onewire"]))
        self._adc = machine.ADC(machine.Pin(pins["co_adc"]))
        self._full_scale_ppm = float(str(settings["co_full_scale_ppm"]))
        self._ssid, self._key = str(settings["wlan_ssid"]), str(settings["wlan_key"])
        self._cause = machine.reset_cause()
        self._roms: "list[bytearray]" = []
        self._started_ms: "int | None" = None
        self._watchdog = machine.WDT(timeout=_WATCHDOG_MS)

    def read(self, values: "list[str]") -> "tuple[dict[str, float], dict[str, str]] | None":
        """The sensors' newest reading, or None while a conversion runs (0.75 s)."""
        now_ms = _ticks_ms()
        if self._started_ms is None:
            self._start_conversion()
            return None
        if (now_ms - self._started_ms) & 0x3FFFFFFF < _CONVERSION_MS:
            return None
        v: "dict[str, float]" = {}
        bad: "dict[str, str]" = {}
        sensor = 0
        for name in values:
            if name.endswith("_degc"):
                value, reason = self._temperature(sensor)
                sensor += 1
            else:
                value, reason = self._co()
            if value is None:
                bad[name] = reason or "comm_fail"
            else:
                v[name] = value
        self._start_conversion()
        return v, bad

    def horn(self, condition: "str | None") -> bool:
        """Sound or silence the horn."""
        self._horn.value(0 if condition is None else 1)
        return True

    def ticks_ms(self) -> int:
        """Tick counter [ms], wrapping at 2^30."""
        return _ticks_ms()

    def utc_us(self) -> "int | None":
        """UTC at this moment: unknown, nothing has synchronised this board's clock."""
        return None

    def reset_cause(self) -> str:
        """Why the board started."""
        if self._cause == machine.PWRON_RESET:
            return "power_on"
        return "watchdog" if self._cause == machine.WDT_RESET else "restart"

    def free_heap(self) -> "int | None":
        """Free heap [bytes]."""
        return gc.mem_free()

    def join_network(self) -> None:
        """Bring WLAN up without waiting for it; call it again as often as you like."""
        wlan = network.WLAN(network.STA_IF)
        if not wlan.active():
            wlan.active(True)
        if self._ssid and not wlan.isconnected():
            try:
                wlan.connect(self._ssid, self._key)
            except OSError:
                pass  # an attempt is under way

    def feed_watchdog(self) -> None:
        """Tell the watchdog that all is well; it resets the board after 8 s without."""
        self._watchdog.feed()

    def reset(self) -> None:
        """Start the board anew."""
        machine.reset()

    def _start_conversion(self) -> None:
        """Find the sensors when there are none yet, and let all of them convert at once."""
        if not self._roms:
            self._roms = sorted(self._bus.scan(), key=bytes)
        try:
            self._bus.reset(True)
            self._bus.writebyte(self._bus.SKIP_ROM)
            self._bus.writebyte(0x44)
        except onewire.OneWireError:
            self._roms = []
        self._started_ms = _ticks_ms()

    def _temperature(self, sensor: int) -> "tuple[float | None, str | None]":
        """Temperature [°C] of one sensor, in the order of ROM codes, or a reason."""
        if sensor >= len(self._roms):
            return None, "sensor_open"
        scratchpad = bytearray(9)
        try:
            self._bus.reset(True)
            self._bus.select_rom(self._roms[sensor])
            self._bus.writebyte(0xBE)
            self._bus.readinto(scratchpad)
        except onewire.OneWireError:
            return None, "sensor_open"
        return conversion.ds18b20(bytes(scratchpad))

    def _co(self) -> "tuple[float | None, str | None]":
        """CO [ppm] of the cell, a mean of several reads, or a reason."""
        total_uv = 0
        for _ in range(_ADC_READS):
            if hasattr(self._adc, "read_uv"):  # ESP32: calibrated
                total_uv += self._adc.read_uv()
            else:
                total_uv += self._adc.read_u16() * 3300000 // 65535
        current_ma = conversion.loop_ma(total_uv // _ADC_READS, SHUNT_OHM)
        return conversion.co_ppm(current_ma, self._full_scale_ppm)


def _ticks_ms() -> int:
    """MicroPython's tick counter [ms]."""
    return time.ticks_ms()  # type: ignore[return-value]  # an int, in a type of the stubs' own


if TYPE_CHECKING:
    Board = UnixBoard | PinBoard


def open_board(settings: "dict[str, object]") -> "Board":
    """The board this program runs on.

    Raises:
        ValueError: The simulated yard's files are not named.
    """
    return PinBoard(settings) if ON_BOARD else UnixBoard(settings)
