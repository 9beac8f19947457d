import platinum
from scratch import equal


def near(got, wanted, within):
    equal(got[1], None)
    assert abs(got[0] - wanted) <= within, got


def test_platinum_by_the_table_of_iec_60751():
    for ohm, degc in (
        (22.83, -190.0),
        (60.26, -100.0),
        (80.31, -50.0),
        (100.0, 0.0),
        (119.40, 50.0),
        (138.51, 100.0),
        (212.05, 300.0),
        (375.70, 800.0),
    ):
        code = round(ohm / 430 * 32768)
        near(platinum.degc(code, 430, 100), degc, 0.06)
        near(platinum.degc(round(ohm * 10 / 4300 * 32768), 4300, 1000), degc, 0.06)


def test_platinum_beyond_its_ends_is_no_number():
    equal(platinum.degc(0, 430, 100), (None, "sensor_short"))
    equal(platinum.degc(0x7FFF, 430, 100), (None, "sensor_open"))
    equal(platinum.degc(0x7FFE, 430, 100), (None, "out_of_range"))
    equal(platinum.degc(0x7FFE, 4300, 100), (None, "out_of_range"))
    equal(platinum.degc(200, 430, 100), (None, "out_of_range"))


def test_each_fault_bit_of_the_max31865_has_a_reason():
    for bit, reason in (
        (7, "sensor_open"),
        (6, "sensor_short"),
        (5, "sensor_open"),
        (4, "sensor_short"),
        (3, "sensor_short"),
        (2, "out_of_range"),
    ):
        got = platinum.fault(1 << bit)
        equal(got[0], reason)
        equal(got[1][:3], f"D{bit}:")
    equal(platinum.fault(0x03), None)
    equal(platinum.fault(0xA0)[0], "sensor_open")
