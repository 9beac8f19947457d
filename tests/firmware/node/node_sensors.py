import alarm
import sensors
from scratch import equal, golden
from scripted import Buses, Station
from scripted_onewire import Thermometer

CO = {"value": "co_ppm", "kind": "loop", "channel": 0, "low": 0, "high": 5000}
O2 = {"value": "o2_percent", "kind": "loop", "channel": 1, "low": 0, "high": 25}
VALUES = ["temp_1_degc", "temp_2_degc", "co_ppm"]
GAS = ["co_ppm", "o2_percent"]
DAY_US = 86400000000


def gas(co_ma=4.0, o2_ma=17.376, **options):
    buses = Buses()
    chip = buses.ads()
    chip.volts[0], chip.volts[1] = co_ma / 10 + 0.0001, o2_ma / 10
    entries = [dict(CO, **options.pop("co", {})), dict(O2, **options.pop("o2", {}))]
    return chip, Station(entries, GAS, buses, **options)


def bare():
    """A board nobody has configured: two temperatures on the pin, CO on the converter."""
    buses = Buses()
    buses.cable(4, Thermometer(1, 20.0), Thermometer(2, 21.0))
    return buses, Station(None, VALUES, buses)


def test_an_unconfigured_board_reads_and_alarms():
    buses, board = bare()
    local = alarm.LocalAlarm({"temp_degc": 50.0, "co_ppm": 3000.0}, 10000, 10000)
    v, bad = board.reading()
    equal((v["temp_1_degc"], v["temp_2_degc"], bad), (20.0, 21.0, {}))
    assert abs(v["co_ppm"]) < 1, v
    buses.adcs[34].volts = 1.4
    v, bad = board.last(2)
    local.evaluate(v, bad, buses.clock.now_ms)
    equal(local.sounding(), "co_high")


def test_an_unconfigured_cell_above_its_range():
    buses, board = bare()
    buses.adc(None).volts = 2.05
    equal(board.reading()[1], {"co_ppm": "over_range"})


def test_an_unconfigured_board_without_any_sensor():
    board = Station(None, VALUES, Buses())
    bad = board.reading()[1]
    equal((bad["temp_1_degc"], bad["temp_2_degc"]), ("sensor_open", "sensor_open"))


def test_a_value_that_no_sensor_measures():
    board = Station([dict(CO)], ["co_ppm", "wind_m_per_s"], Buses())
    equal(board.reading()[1], {"co_ppm": "comm_fail", "wind_m_per_s": "comm_fail"})
    equal(board.sensors.describe(1)["note"], "no sensor in the config")


def test_an_entry_with_a_slip_takes_only_its_own_value():
    buses = Buses()
    buses.ads().volts[0] = 0.8
    section = [{"value": "x_degc", "kind": "thermocouple"}, dict(O2, gain="1"), CO]
    board = Station(sensors.usable(section), GAS, buses)
    v, bad = board.reading()
    equal((list(v), bad), (["co_ppm"], {"o2_percent": "comm_fail"}))


def test_co_is_unreliable_where_oxygen_is_low():
    chip, board = gas(co_ma=5.0, o2_ma=8.0)
    v, bad = board.reading()
    equal(bad, {"co_ppm": "low_o2"})
    assert 300 < v["co_ppm"] < 325, v
    chip.volts[1] = 1.7
    equal(board.last(1)[1], {})


def test_low_oxygen_never_hides_a_high_reading():
    local = alarm.LocalAlarm({"temp_degc": 50.0, "co_ppm": 3000.0}, 10000, 10000)
    _, board = gas(co_ma=14.0, o2_ma=8.0)
    v, bad = board.reading()
    equal(bad, {"co_ppm": "low_o2"})
    local.evaluate(v, bad, 0)
    equal(local.sounding(), "co_high")
    _, board = gas(co_ma=20.5, o2_ma=8.0)
    equal(board.reading()[1], {"co_ppm": "over_range"})


def test_low_oxygen_is_judged_by_the_setting_and_by_a_doubtful_cell_too():
    _, board = gas(o2_ma=14.0, co={"o2_least_percent": 16})
    equal(board.reading()[1], {"co_ppm": "low_o2"})
    _, board = gas(o2_ma=8.0, o2={"warm_s": 60}, powered_on=True, co={"warm_s": 0})
    equal(board.reading()[1], {"co_ppm": "low_o2", "o2_percent": "learning"})


def test_an_oxygen_cell_below_its_zero_means_no_oxygen():
    _, board = gas(o2_ma=3.7)
    equal(board.last(60)[1], {"co_ppm": "low_o2", "o2_percent": "out_of_range"})
    chip, board = gas(o2_ma=3.7)
    board.reading()
    board.sensors.read(board.buses.clock.now_ms)
    board.buses.clock.now_ms += 9
    board.sensors.poll(board.buses.clock.now_ms)
    chip.error = 5  # CO has been read, oxygen not any more
    equal(board.reading()[1], {"o2_percent": "comm_fail"})


def test_a_dead_oxygen_cell_says_nothing_about_co():
    _, board = gas(o2_ma=0.0)
    equal(board.last(6)[1], {"o2_percent": "sensor_open"})
    _, board = gas(o2_ma=22.0)
    equal(board.last(6)[1], {"o2_percent": "sensor_short"})


def test_a_cell_is_learning_after_power_on_and_still_drives_the_alarm():
    _, board = gas(co_ma=14.0, powered_on=True)
    v, bad = board.reading()
    equal(bad, {"co_ppm": "learning"})
    assert v["co_ppm"] > 3000
    equal(board.last(301)[1], {})


def test_an_expired_calibration_keeps_its_number_and_is_not_good():
    _, board = gas(co={"calibrated": "2025-05-31", "due": "2026-05-31"})
    equal(board.reading()[1], {})
    equal(board.sensors.describe(0)["judged"], False)
    board.utc_us = 20604 * DAY_US  # 2026-05-31
    equal(board.reading()[1], {})
    board.utc_us += DAY_US
    v, bad = board.reading()
    equal((sorted(v), bad), (GAS, {"co_ppm": "expired_calibration"}))
    told = board.sensors.describe(0)
    equal((told["judged"], told["status"]), (True, "expired_calibration"))


def test_what_is_told_of_each_sensor_is_the_golden_message():
    cable, loop = golden("state_sensor_ds18b20")[1], golden("state_sensor_loop")[1]
    buses = Buses()
    buses.cable(4, Thermometer(7, 20.0))
    buses.ads().volts[0] = 2.2
    section = [
        {"value": "temp_1_degc", "kind": "ds18b20", "rom": cable["rom"], "due": cable["due"]},
        dict(CO, address=72, calibrated=loop["calibrated"], due=loop["due"]),
    ]
    board = Station(section, ["temp_1_degc", "co_ppm"], buses)
    equal(board.sensors.describe(0)["status"], None)
    board.last(6)
    equal(board.sensors.describe(0), cable)
    board.utc_us = 20000 * DAY_US
    equal(board.sensors.describe(1), loop)
    equal(board.sensors.describe(2), None)


def test_what_is_told_of_a_resistor_and_of_a_pin_is_golden_too():
    rtd, adc = golden("state_sensor_rtd")[1], golden("state_sensor_adc")[1]
    buses = Buses()
    buses.max(5).cycle_faults = 0x20
    buses.adc(35).volts = 1.7
    common = {"value": rtd["value"], "kind": "max31865", "reference_ohm": 430}
    section = [
        dict(common, cs=5, calibrated="2026-01-31"),
        {"value": "o2_percent", "kind": "adc", "low": 0, "high": 25, "pin": 35},
    ]
    section[1]["bump_due"] = adc["bump_due"]
    board = Station(section, ["temp_2_degc", "o2_percent"], buses)
    board.reading()
    equal(board.sensors.describe(0), rtd)
    equal(board.sensors.describe(1), adc)


def test_one_kind_failing_leaves_the_others():
    buses = Buses()
    buses.cable(4, Thermometer(1, 20.0))
    buses.max(5, 119.4)
    chip = buses.ads()
    chip.volts[0] = 0.8
    section = [
        {"value": "temp_1_degc", "kind": "ds18b20"},
        {"value": "temp_2_degc", "kind": "max31865", "cs": 5, "reference_ohm": 430},
        dict(CO, warm_s=0),
        {"value": "flow_m3_per_h", "kind": "adc", "low": 0, "high": 100},
    ]
    names = ["temp_1_degc", "temp_2_degc", "co_ppm", "flow_m3_per_h"]
    board = Station(section, names, buses)
    equal(board.reading()[1], {})

    def cut():
        buses.cables[4].slaves = []

    def silent():
        buses.max(5).present = False

    def unplugged():
        chip.error = 19

    gone = {}
    for break_it, name, reason in (
        (cut, "temp_1_degc", "sensor_open"),
        (silent, "temp_2_degc", "comm_fail"),
        (unplugged, "co_ppm", "comm_fail"),
    ):
        break_it()
        gone[name] = reason
        board.settle()
        board.reading()
        v, bad = board.reading()
        equal(bad, gone)
        equal(len(v), 4 - len(gone))


def test_after_a_long_pause_nothing_old_is_given():
    buses, board = bare()
    board.reading()
    board.settle()
    buses.cables[4].slaves[0].degc = 60.0
    buses.clock.now_ms += 60000
    equal(board.sensors.read(buses.clock.now_ms), None)
    equal(board.reading()[0]["temp_1_degc"], 60.0)


def test_a_source_that_never_ends_holds_up_no_other():
    _, board = bare()
    board.reading()
    cable = board.sensors.sources[0]
    cable.step = lambda now_ms: 50
    v, bad = board.reading()
    equal((list(v), bad), (["co_ppm"], dict.fromkeys(VALUES[:2], "comm_fail")))


def test_a_slip_in_one_driver_leaves_the_others():
    def slip(*_):
        raise ZeroDivisionError("a slip")

    for method in ("start", "step", "abort"):
        _, board = bare()
        cable = board.sensors.sources[0]
        setattr(cable, method, slip)
        if method == "abort":
            cable.step = slip
        board.reading()
        v, bad = board.reading()
        equal((list(v), bad), (["co_ppm"], dict.fromkeys(VALUES[:2], "comm_fail")))
        assert "a slip" in board.sensors.describe(0)["note"]


def test_scanned_every_five_seconds_all_kinds_still_read():
    buses = Buses()
    buses.cable(4, Thermometer(1, 20.0))
    buses.max(5, 119.4)
    buses.ads().volts[0] = 0.8
    section = [
        {"value": "temp_1_degc", "kind": "ds18b20"},
        {"value": "temp_2_degc", "kind": "max31865", "cs": 5, "reference_ohm": 430},
        dict(CO, warm_s=0),
    ]
    sensors_of = Station(section, VALUES, buses).sensors
    got = None
    for _ in range(5):
        got = got or sensors_of.read(buses.clock.now_ms)
        buses.clock.now_ms += 5000
    equal((len(got[0]), got[1]), (3, {}))


def test_other_pins_come_from_the_config():
    buses = Buses()
    buses.cable(13, Thermometer(1, 20.5))
    section = [{"value": "temp_1_degc", "kind": "ds18b20"}, {"kind": "bus", "onewire": 13}]
    equal(Station(section, ["temp_1_degc"], buses).reading(), ({"temp_1_degc": 20.5}, {}))


def test_a_bus_that_cannot_be_made_is_told():
    buses = Buses()

    def refuse():
        raise ValueError("invalid pin")

    buses.spi = refuse
    entry = {"value": "temp_2_degc", "kind": "max31865", "cs": 5, "reference_ohm": 430}
    buses.cable(4, Thermometer(1, 20.5))
    section = [entry, {"value": "temp_1_degc", "kind": "ds18b20"}]
    board = Station(section, ["temp_1_degc", "temp_2_degc"], buses)
    equal(board.reading(), ({"temp_1_degc": 20.5}, {"temp_2_degc": "comm_fail"}))
    assert "invalid pin" in board.sensors.describe(1)["note"]
