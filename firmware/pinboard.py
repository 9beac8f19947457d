"""A real board: WLAN, watchdog, outputs and the button on pins; the sensors are on `pinbuses`."""

import _thread
import gc
import sys
import time

import files
import machine
import network
import pinbuses
import sensors
import uptime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from outputs import Outputs
    from wallclock import WallClock

# GPIO numbers of the outputs and the button; the sensors' are in `pinbuses`.
PINS = {
    "esp32": {"horn": 26, "relay": 27, "led": 25, "button": 33},
    "esp32s3": {"horn": 15, "relay": 16, "led": 17, "button": 18},
    "rp2": {"horn": 22, "relay": 21, "led": 20, "button": 19},
}
_WATCHDOG_MS = 8000  # the RP2's longest is 8388
_GUARD_STACK_BYTES = 8192
_EPOCH_2000_S = 946684800
# What a reset leaves: RTC memory on the ESP32, watchdog scratch 0 on the RP2 (data sheets: RP2040
# "Watchdog", RP2350 "Watchdog"; the loader uses scratch 4 to 7 only).
_RP2040_SCRATCH0 = 0x4005800C
_RP2350_SCRATCH0 = 0x400D800C
_NOTE_MARK = 0x48420000  # "HB": power-on leaves anything there
_RESTART = 0xFFFE  # notes of our own; lower numbers belong to the supervisor
_SLEEP = 0xFFFD


class PinBoard:
    """An ESP32 or a Pico W.

    Args:
        settings: The board's config: WLAN, ``sensors`` and ``co_full_scale_ppm``.
    """

    def __init__(self, settings: "dict[str, object]") -> None:
        pins = PINS[pinbuses.port()]
        # Outputs first. An open relay is an alarm until the alarm has been judged.
        self._horn = machine.Pin(pins["horn"], machine.Pin.OUT, value=0)
        self._relay = machine.Pin(pins["relay"], machine.Pin.OUT, value=0)
        self._led = machine.Pin(pins["led"], machine.Pin.OUT, value=0)
        self._button = machine.Pin(pins["button"], machine.Pin.IN, machine.Pin.PULL_UP)
        self._ssid, self._key = str(settings["wlan_ssid"]), str(settings["wlan_key"])
        self._key = self._key or _first_line(str(settings["wlan_key_file"]))
        self.wallclock: "WallClock | None" = None
        self._threads = settings["guard"] == "thread"
        self._cause = machine.reset_cause()
        self._note = self._take_note()
        self._uptime = uptime.Uptime(_ticks_ms)
        import config  # once in a start

        given = settings.get("sensors")
        self._sensors = sensors.Sensors(
            given if isinstance(given, list) else None,
            pinbuses.PinBuses(tuple(pins.values())),
            config.values(settings),
            self.utc_us,
            powered_on=self.reset_cause() == "power_on",
            full_scale_ppm=float(str(settings["co_full_scale_ppm"])),
        )
        self._watchdog = machine.WDT(timeout=_WATCHDOG_MS)

    def read(self, values: "list[str]") -> "tuple[dict[str, float], dict[str, str]] | None":
        """The sensors' newest reading, or None while conversions run."""
        return self._sensors.read(self._uptime.ms())

    def poll(self) -> None:
        """Move conversions on between two readings."""
        self._sensors.poll(self._uptime.ms())

    def describe(self, number: int) -> "dict[str, object] | None":
        """What the sensor of one value is, for `state/sensors`."""
        return self._sensors.describe(number)

    def show(self, outputs: "Outputs") -> bool:
        """Set horn, relay and lamp as they shall be."""
        self._horn.value(1 if outputs.horn or outputs.test else 0)
        self._relay.value(outputs.relay)
        return True

    def light(self, on: bool) -> None:
        """Set the lamp; called at each change of its flashing."""
        self._led.value(1 if on else 0)

    def input_pressed(self) -> bool:
        """Whether the button is pressed now, bouncing included; it connects to ground."""
        return self._button.value() == 0

    def ticks_ms(self) -> int:
        """Tick counter [ms], wrapping at 2^30."""
        return _ticks_ms()

    def start_guard(self, step: "Callable[[], None]", period_ms: int) -> bool:
        """Run a function for ever beside the loop; returns False when the loop must call it.

        On the ESP32 it is a thread. The RP2's second core would be one too, but its garbage
        collector does not stop the other core; a timer calls between two steps of Python instead.
        """
        if not self._threads:
            return False
        if sys.platform == "rp2":
            mode = machine.Timer.PERIODIC
            self._timer = machine.Timer(period=period_ms, mode=mode, callback=lambda _: step())
        else:
            _thread.stack_size(_GUARD_STACK_BYTES)
            _thread.start_new_thread(_repeat, (step, period_ms))
        return True

    def utc_us(self) -> "int | None":
        """UTC [µs since 1970], or None while nothing has set the clock."""
        return None if self.wallclock is None else self.wallclock.utc_us()

    def rtc_s(self) -> "int | None":
        """The clock that certificates are judged by [s since 1970]."""
        epoch_s = 0 if time.gmtime(0)[0] == 1970 else _EPOCH_2000_S
        return time.time() + epoch_s

    def set_rtc_s(self, utc_s: int) -> None:
        """Set that clock [s since 1970]."""
        epoch_s = 0 if time.gmtime(0)[0] == 1970 else _EPOCH_2000_S
        t = time.gmtime(utc_s - epoch_s)
        machine.RTC().datetime((t[0], t[1], t[2], t[6], t[3], t[4], t[5], 0))

    def reset_cause(self) -> str:
        """Why the board started."""
        if self._note == _SLEEP:
            return "deep_sleep"
        if self._note == _RESTART:
            return "restart"
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

    def network_up(self) -> bool:
        """Whether WLAN has an address."""
        return bool(network.WLAN(network.STA_IF).isconnected())

    def dns_servers(self) -> "list[str]":
        """Name servers that WLAN told of."""
        return [str(network.WLAN(network.STA_IF).ifconfig()[3])]

    def restart_network(self) -> None:
        """Switch WLAN off; the next `join_network` brings it up anew."""
        wlan = network.WLAN(network.STA_IF)
        try:
            wlan.disconnect()
        except OSError:
            pass  # it was not connected
        wlan.active(False)

    def feed_watchdog(self) -> None:
        """Tell the watchdog that all is well; it resets the board after 8 s without."""
        self._watchdog.feed()

    def note(self, code: int) -> None:
        """Keep a small number where a reset leaves it; safe in any thread."""
        if sys.platform == "esp32":
            machine.RTC().memory((_NOTE_MARK | code).to_bytes(4, "little"))
        else:
            machine.mem32[_scratch0()] = _NOTE_MARK | code

    def noted(self) -> int:
        """The supervisor's number kept before the last reset; 0 for none."""
        return 0 if self._note in (_RESTART, _SLEEP) else self._note

    def deep_sleep(self, ms: int) -> None:
        """Sleep with everything off; afterwards the program starts anew."""
        self.note(_SLEEP)
        machine.deepsleep(ms)

    def reset(self) -> None:
        """Start the board anew."""
        self.note(_RESTART)
        machine.reset()

    def _take_note(self) -> int:
        """The number kept before the reset, taken away; 0 for none."""
        if sys.platform == "esp32":
            word = int.from_bytes(machine.RTC().memory()[:4], "little")
        else:
            word = machine.mem32[_scratch0()]
        self.note(0)
        return word & 0xFFFF if word & 0xFFFF0000 == _NOTE_MARK else 0


def _scratch0() -> int:
    """Address of the RP2's first watchdog scratch register."""
    return _RP2350_SCRATCH0 if "RP2350" in sys.implementation._machine else _RP2040_SCRATCH0


def _first_line(path: str) -> str:
    """The first line of a file that holds a secret; empty when there is none."""
    lines = (files.read(path) or b"").decode().split("\n")
    return lines[0].strip()


def _ticks_ms() -> int:
    """MicroPython's tick counter [ms]."""
    return time.ticks_ms()  # type: ignore[return-value]  # an int, in a type of the stubs' own


def _repeat(step: "Callable[[], None]", period_ms: int) -> None:
    """A thread's whole life."""
    while True:
        step()
        time.sleep_ms(period_ms)
