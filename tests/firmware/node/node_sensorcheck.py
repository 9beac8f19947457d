import sensors
from scratch import equal
from scripted_onewire import Thermometer

ROM = Thermometer(1).rom.hex()
DS = {"value": "temp_1_degc", "kind": "ds18b20", "rom": ROM}
RTD = {"value": "temp_2_degc", "kind": "max31865", "cs": 5, "reference_ohm": 430}
LOOP = {"value": "co_ppm", "kind": "loop", "channel": 0, "low": 0, "high": 5000}
PIN = {"value": "o2_percent", "kind": "adc", "low": 0, "high": 25}


def refused(*words, **changes):
    """One complaint that has all the words, about an entry with the changes."""
    base = dict(changes.pop("base", LOOP))
    base.update(changes)
    told = sensors.wrong([base])
    equal(len(told), 1)
    for word in words:
        assert word in told[0], (word, told)


def test_a_whole_board_is_right():
    bus = {"kind": "bus", "scl": 22, "sda": 21}
    dated = dict(LOOP, calibrated="2026-01-31", due="2027-01-31", gain=1.02, offset=-3, warm_s=60)
    section = [DS, RTD, dated, PIN, bus]
    equal(sensors.wrong(section), [])
    equal(sensors.wrong(section, ["temp_1_degc", "temp_2_degc", "co_ppm", "o2_percent"]), [])
    equal(sensors.wrong([]), [])


def test_sensors_and_values_name_each_other():
    (missing,) = sensors.wrong([DS], ["temp_1_degc", "co_ppm"])
    equal(missing, "values has co_ppm, which no sensor measures; add its sensor")
    (unlisted,) = sensors.wrong([DS, LOOP], ["temp_1_degc"])
    equal(unlisted, "sensors measure co_ppm, which is not in values; add it there")


def test_what_is_no_list_of_sensors():
    for section in ({}, "ds18b20", None, 7):
        assert "list" in sensors.wrong(section)[0]
    for entry in (None, [], {"value": "x"}, {"kind": "thermocouple"}, {"kind": []}):
        assert "kind of" in sensors.wrong([entry])[0]


def test_the_range_that_hides_a_fault_is_refused():
    refused("range_v is 2.048", "20.5 mA", "4.096", range_v=2.048)
    refused("range_v is 1.024", "4.096", range_v=1.024)
    refused("range_v is 3.3", "one of", range_v=3.3)
    equal(sensors.wrong([dict(LOOP, range_v=6.144)]), [])
    equal(sensors.wrong([dict(LOOP, range_v=2.048, shunt_ohm=50)]), [])
    refused("shunt_ohm is 150", "supply", shunt_ohm=150)
    refused("shunt_ohm is 120", "2.45", base=PIN, shunt_ohm=120)


def test_numbers_have_bounds_and_remedies():
    refused("gain is 3", "0.5 to 2", gain=3)
    refused("channel is 4", "whole", channel=4)
    refused("channel is 1.5", "whole", channel=1.5)
    refused("high is '5000'", "a number", high="5000")
    refused("offset is True", offset=True)
    refused("low and high", low=5, high=5)


def test_what_is_missing_or_not_known():
    for key in ("value", "channel", "low", "high"):
        entry = dict(LOOP)
        del entry[key]
        equal(sensors.wrong([entry]), [f"sensors[0] has no {key}; name it"])
    refused("range is no setting of a loop", range=4.096)
    refused("value is no setting of a bus", base={"kind": "bus"}, value="x")
    refused("pin is no setting of a max31865", base=RTD, pin=4)


def test_dates():
    refused("calibrated is '31.1.2026'", "2027-05-01", calibrated="31.1.2026")
    refused("due is '2027-02-30'", due="2027-02-30")
    refused("bump_due is 5", bump_due=5)
    refused("bump_due is no setting", base=DS, bump_due="2027-01-31")
    refused("not after calibrated", calibrated="2026-05-01", due="2026-05-01")
    equal(sensors.wrong([dict(LOOP, calibrated=None, due=None)]), [])


def test_rom_codes():
    refused("16 hexadecimal digits", base=DS, rom="28ff")
    refused("16 hexadecimal digits", base=DS, rom=ROM[:-1] + ("0" if ROM[-1] != "0" else "1"))


def test_temperatures_are_in_degrees():
    refused("_degc", base=DS, value="co_ppm")
    refused("_degc", base=RTD, value="temp_1_k")


def test_resistors_that_fit_each_other():
    refused("430", base=RTD, reference_ohm=4300)
    refused("430", base=RTD, nominal_ohm=1000)
    refused("430", base=RTD, nominal_ohm=120)
    refused("mains_hz", base=RTD, mains_hz=55)
    refused("wires is 5", base=RTD, wires=5)
    equal(sensors.wrong([dict(RTD, nominal_ohm=1000, reference_ohm=4300, wires=2)]), [])


def test_nothing_is_claimed_twice():
    for first, second, word in (
        (DS, dict(DS, value="temp_9_degc"), "rom"),
        (DS, dict(RTD, value="temp_1_degc"), "value"),
        (RTD, dict(RTD, value="temp_9_degc"), "cs"),
        (LOOP, dict(LOOP, value="top_co_ppm", address=72), "input"),
        (PIN, dict(PIN, value="x_ppm"), "adc"),
    ):
        (told,) = sensors.wrong([first, second])
        assert f"the same {word} as sensors[0]" in told, told


def test_seventeen_on_one_cable_are_too_many():
    section = [{"value": f"temp_{i}_degc", "kind": "ds18b20"} for i in range(17)]
    assert "more than the 16" in sensors.wrong(section)[0]
    equal(len(sensors.usable(section)), 16)
    equal(sensors.wrong(section[:16]), [])
    for entry in section[8:]:
        entry["pin"] = 5
    equal(sensors.wrong(section), [])


def test_one_slip_silences_no_other_sensor():
    slip = dict(PIN, gain=7)
    twice = dict(LOOP, value="top_co_ppm")
    equal(sensors.usable([DS, slip, LOOP, twice]), [DS, LOOP])
    equal(sensors.usable([slip, {"kind": "bus"}]), None)
    equal(sensors.usable("x"), None)


def test_a_refused_sensor_takes_no_place():
    other = dict(DS, value="temp_2_degc", rom=Thermometer(2).rom.hex())
    equal(sensors.usable([DS, dict(DS, value="temp_2_degc"), other]), [DS, other])
