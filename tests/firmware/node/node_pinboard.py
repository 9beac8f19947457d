"""A chip with no config and no network: from power-on to the horn."""

import gc
import sys

import alarm
import guard
import outputs
import scripted_chip
from scratch import equal, fresh
from scripted import Clock
from scripted_chip import Adc, Machine, Pin, Wire
from scripted_onewire import OneWire, Thermometer

if not hasattr(sys.implementation, "_machine"):
    sys.implementation._machine = "CPython"
VALUES = ["temp_1_degc", "temp_2_degc", "co_ppm"]
PORTS = ("esp32", "esp32s3", "rp2")


class Board:
    """The board's own face on a scripted chip, watched by the guard."""

    def __init__(self, port, cause=1, cables=None, **settings):
        pinbuses = scripted_chip.on(port)
        import pinboard  # noqa: PLC0415, after what it imports
        import uptime  # noqa: PLC0415

        gc.collect()
        self.clock = Clock()
        pinboard._ticks_ms = lambda: self.clock.now_ms
        self.pins = pinboard.PINS[port]
        self.slaves = [Thermometer(1, 20.0), Thermometer(2, 21.0)]
        cables = cables or {pinbuses.PINS[port]["onewire"]: self.slaves}
        Wire.cables = {pin: OneWire(self.clock, cables[pin]) for pin in cables}
        Machine.cause = cause
        Machine.mem32.clear()
        Machine.mem32[0x4005800C] = Machine.mem32[0x400D800C] = 0
        given = {
            "values": VALUES,
            "wlan_ssid": "",
            "wlan_key": "",
            "wlan_key_file": fresh() + "/wlan.key",
            "guard": "loop",
            "co_full_scale_ppm": 5000,
        }
        given.update(settings)
        self.face = pinboard.PinBoard(given)
        local = alarm.LocalAlarm({"temp_degc": 50.0, "co_ppm": 3000.0}, 10000, 10000)
        panel = outputs.Outputs(self.face, {})
        clock = uptime.Uptime(self.face.ticks_ms)
        self.guard = guard.Guard(self.face, VALUES, local, panel, clock)

    def watch(self, seconds):
        until_ms = self.clock.now_ms + int(seconds * 1000)
        while self.clock.now_ms < until_ms:
            self.clock.now_ms += guard.TICK_MS
            self.guard.step()
        equal(self.guard.failure, "")

    def horn(self):
        return Pin.levels[self.pins["horn"]]


def test_heat_sounds_the_horn_of_every_port():
    for port in PORTS:
        board = Board(port)
        board.watch(4)
        equal((port, board.horn()), (port, 0))
        board.slaves[1].degc = 50.0
        board.watch(2.05)
        equal((port, board.horn()), (port, 1))


def test_gas_sounds_the_horn_of_every_port():
    for port in PORTS:
        board = Board(port)
        board.watch(4)
        equal((port, board.horn()), (port, 0))
        Adc.volts = 1.37  # 13.7 mA, 3031 ppm
        board.watch(2.05)
        equal((port, board.horn()), (port, 1))


def test_a_full_cell_sounds_the_horn_of_every_port():
    for port in PORTS:
        board = Board(port)
        Adc.volts = 2.12
        board.watch(4)
        equal((port, board.horn()), (port, 1))


def test_a_cell_warms_up_only_where_its_power_was_off():
    for cause, reason in ((Machine.PWRON_RESET, "learning"), (Machine.WDT_RESET, None)):
        board = Board("esp32", cause)
        board.watch(3)
        reading, _ = board.guard.take()
        equal((reading.bad.get("co_ppm"), "co_ppm" in reading.v), (reason, True))


def test_no_sensor_shares_a_pin_with_an_output():
    for port in PORTS:
        board = Board(port)
        pins = list(board.pins.values()) + list(scripted_chip.on(port).PINS[port].values())
        equal((port, len(set(pins))), (port, len(pins)))


def test_sensors_of_the_config_are_read_from_their_pins():
    slave = Thermometer(9, 33.0)
    section = [{"value": "temp_1_degc", "kind": "ds18b20", "pin": 14, "rom": slave.rom.hex()}]
    board = Board("rp2", cables={14: [slave]}, values=["temp_1_degc"], sensors=section)
    equal(board.face.read(VALUES), None)
    board.clock.now_ms += 750
    equal(board.face.read(VALUES), ({"temp_1_degc": 33.0}, {}))
    equal(board.face.describe(0)["rom"], slave.rom.hex())
