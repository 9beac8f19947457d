import scripted_chip
import sensors
from scratch import equal
from scripted import Clock
from scripted_chip import Adc, Pin, Wire
from scripted_onewire import OneWire, Thermometer


def at_hand(port="esp32"):
    return scripted_chip.on(port).PinBuses()


def test_a_hung_bus_gets_nine_clocks_and_a_stop():
    buses = at_hand()
    assert buses.recover_i2c()
    scl, sda = buses.pins["scl"], buses.pins["sda"]
    equal([level for pin, level in Pin.moved if pin == scl], [0, 1] * 10)
    # The stop: the data line rises while the clock is high.
    equal(Pin.moved[-4:], [(scl, 0), (sda, 0), (scl, 1), (sda, 1)])


def test_a_bus_that_stays_down_is_told():
    buses = at_hand()
    Pin.held_low = (buses.pins["sda"],)
    assert not buses.recover_i2c()


def test_the_bus_is_made_anew_after_it_was_freed():
    buses = at_hand()
    first = buses.i2c()
    assert buses.i2c() is first
    buses.recover_i2c()
    assert buses.i2c() is not first
    assert first.options["timeout"] <= 2000


def test_pins_from_the_config_replace_the_ports_own():
    buses = at_hand("rp2")
    equal((buses.pins["scl"], buses.pins["sda"]), (5, 4))
    buses.wire({"kind": "bus", "scl": 27})
    equal((buses.pins["scl"], buses.pins["sda"]), (27, 4))
    equal(at_hand("rp2").pins["scl"], 5)


def test_no_two_buses_of_a_port_share_a_pin():
    pinbuses = scripted_chip.on("esp32")
    for port in pinbuses.PINS:
        pins = list(pinbuses.PINS[port].values())
        equal(len(set(pins)), len(pins))


def test_every_converter_reaches_21_ma_over_100_ohm():
    for port in ("esp32", "esp32s3", "rp2"):
        adc = at_hand(port).adc(None)
        Adc.volts = 2.1
        assert abs(adc.read_uv() - 2100000) < 100


def test_a_chip_select_is_high_from_the_start():
    at_hand().cs(5)
    equal(Pin.made[-1], (5, Pin.OUT, 1))


def test_a_sensor_on_the_horns_pin_is_refused_and_touches_neither_pin_nor_sensor():
    horn, relay = 26, 27
    buses = scripted_chip.on("esp32").PinBuses((horn, relay))
    slave = Thermometer(9, 33.0)
    Wire.cables = {4: OneWire(Clock(), [slave])}
    section = [
        {"value": "temp_1_degc", "kind": "ds18b20", "pin": horn},
        {"value": "temp_2_degc", "kind": "ds18b20", "pin": 4},
        {"value": "co_ppm", "kind": "loop", "channel": 0, "low": 0, "high": 5000},
        {"kind": "bus", "scl": relay},
    ]
    values = ["temp_1_degc", "temp_2_degc", "co_ppm"]
    board = sensors.Sensors(section, buses, values, roms="")
    board.read(0)
    Wire.cables[4].clock.now_ms = 750
    equal(
        board.read(750),
        ({"temp_2_degc": 33.0}, {"temp_1_degc": "comm_fail", "co_ppm": "comm_fail"}),
    )
    assert "GPIO 26" in board.describe(0)["note"]
    assert "GPIO 27" in board.describe(2)["note"]
    equal([made for made in Pin.made if made[0] in (horn, relay)], [])
