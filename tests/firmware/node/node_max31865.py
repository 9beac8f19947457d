from scratch import equal
from scripted import Buses, Station

VALUES = ["temp_1_degc", "temp_2_degc"]
PT100 = {"value": "temp_1_degc", "kind": "max31865", "cs": 5, "reference_ohm": 430}
PT1000 = {
    "value": "temp_2_degc",
    "kind": "max31865",
    "cs": 17,
    "wires": 4,
    "nominal_ohm": 1000,
    "reference_ohm": 4300,
}


def at_hand(ohm=119.40):
    buses = Buses()
    one, two = buses.max(5, ohm), buses.max(17, 1385.1)
    two.reference_ohm = 4300.0
    return one, Station([PT100, PT1000], VALUES, buses)


def test_pt100_and_pt1000():
    _, board = at_hand()
    v, bad = board.reading()
    equal(bad, {})
    assert abs(v["temp_1_degc"] - 50.0) < 0.05, v
    assert abs(v["temp_2_degc"] - 100.0) < 0.05, v


def test_below_zero():
    _, board = at_hand(80.31)
    assert abs(board.reading()[0]["temp_1_degc"] + 50.0) < 0.05


def test_wires_and_mains_are_written_and_the_bias_is_off_between():
    chip, board = at_hand()
    board.reading()
    board.settle()
    equal(chip.registers[0], 0x11)  # three wires, 50 Hz
    equal(board.buses.max(17).registers[0], 0x01)


def test_polled_it_takes_less_than_a_tenth_of_a_second():
    _, board = at_hand()
    board.reading()
    assert board.buses.clock.now_ms < 100


def test_scanned_once_a_second_it_needs_three_more_scans():
    chip, board = at_hand()
    assert board.reading(polled=False)[1] == {}
    equal(board.buses.clock.now_ms, 3000)
    chip.ohm = 138.51
    assert abs(board.reading(polled=False)[0]["temp_1_degc"] - 100.0) < 0.05


def test_each_fault_bit_has_its_reason_and_touches_no_other():
    for bit, reason in (
        (0x80, "sensor_open"),
        (0x40, "sensor_short"),
        (0x20, "sensor_open"),
        (0x10, "sensor_short"),
        (0x08, "sensor_short"),
        (0x04, "out_of_range"),
    ):
        chip, board = at_hand()
        if bit in (0x20, 0x10, 0x08):
            chip.cycle_faults = bit
        else:
            chip.conversion_faults = bit
        v, bad = board.reading()
        equal((list(v), bad), (["temp_2_degc"], {"temp_1_degc": reason}))
        assert board.sensors.describe(0)["note"].startswith("D")
        chip.cycle_faults = chip.conversion_faults = 0
        equal(board.reading()[1], {})


def test_an_open_and_a_shorted_element_by_their_resistance():
    equal(at_hand(1e9)[1].reading()[1], {"temp_1_degc": "sensor_open"})
    equal(at_hand(0.0)[1].reading()[1], {"temp_1_degc": "sensor_short"})
    equal(at_hand(2.0)[1].reading()[1], {"temp_1_degc": "sensor_short"})


def test_a_chip_that_is_not_there():
    chip, board = at_hand()
    chip.present = False
    v, bad = board.reading()
    equal((list(v), bad), (["temp_2_degc"], {"temp_1_degc": "comm_fail"}))
    chip.present = True
    board.reading()  # its bias was not on when the conversion began
    equal(board.reading()[1], {})


def test_a_chip_that_loses_its_supply_gives_no_number_and_comes_back():
    chip, board = at_hand()
    sensors, clock = board.sensors, board.buses.clock
    sensors.read(0)
    clock.now_ms = 50
    sensors.poll(50)
    chip.power_up()
    equal(board.reading()[1], {"temp_1_degc": "comm_fail"})
    equal(board.reading()[1], {})


def test_thresholds_that_arrived_damaged_are_no_fault_of_the_element():
    chip, board = at_hand()
    board.sensors.read(0)
    chip.registers[5] = 0x7F
    equal(board.reading()[1], {"temp_1_degc": "comm_fail"})
    equal(board.reading()[1], {})


def test_a_conversion_that_never_ends_is_no_number():
    chip, board = at_hand()
    settle = chip.settle
    chip.settle = lambda: None
    equal(board.reading()[1], {"temp_1_degc": "comm_fail"})
    chip.settle = settle
    equal(board.reading()[1], {})
