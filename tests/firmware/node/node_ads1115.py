from scratch import equal
from scripted import Buses, Station

CO = {"value": "co_ppm", "kind": "loop", "channel": 0, "low": 0, "high": 5000, "warm_s": 0}
O2 = {"value": "o2_percent", "kind": "loop", "channel": 1, "low": 0, "high": 25}
OTHER = dict(CO, value="top_co_ppm", address=73)
VALUES = ["co_ppm", "o2_percent", "top_co_ppm"]


def at_hand(co_ma=12.0, o2_ma=17.376):
    buses = Buses()
    chip, other = buses.ads(72), buses.ads(73)
    chip.volts[0], chip.volts[1] = co_ma / 10, o2_ma / 10
    other.volts[0] = 0.8
    return chip, Station([CO, O2, OTHER], VALUES, buses)


def test_two_cells_on_one_chip_and_one_on_another():
    _, board = at_hand()
    v, bad = board.reading()
    equal(bad, {})
    assert abs(v["co_ppm"] - 2500) < 1, v
    assert abs(v["o2_percent"] - 20.9) < 0.01, v
    assert abs(v["top_co_ppm"] - 1250) < 1, v


def test_currents_above_21_ma_are_seen_and_never_a_number():
    chip, board = at_hand(o2_ma=21.5)
    equal(board.reading()[1], {"o2_percent": "out_of_range"})
    equal(board.last(4)[1], {"o2_percent": "sensor_short"})
    chip.volts[1] = 5.0  # beyond the converter's range
    equal(board.reading()[1], {"o2_percent": "sensor_short"})


def test_a_broken_loop_is_absent_at_once_and_a_fault_after_four_seconds():
    chip, board = at_hand(co_ma=0.0)
    equal(board.reading()[1], {"co_ppm": "out_of_range"})
    equal(board.last(4)[1], {"co_ppm": "sensor_open"})
    equal(board.sensors.describe(0)["note"], "loop below 3.6 mA")
    chip.volts[0] = -0.001
    equal(board.reading()[1], {"co_ppm": "sensor_open"})


def test_a_full_cell_stays_above_its_range_whatever_the_current():
    for co_ma in (20.0, 20.7, 21.0, 21.5, 40.0):
        _, board = at_hand(co_ma=co_ma + 0.001)
        equal(board.reading()[1], {"co_ppm": "over_range"})
        equal(board.last(30)[1], {"co_ppm": "over_range"})
    equal(board.sensors.describe(0)["note"], "loop above 21 mA")


def test_a_chip_that_does_not_answer_touches_no_other():
    chip, board = at_hand()
    chip.error = 19
    v, bad = board.reading()
    equal(list(v), ["top_co_ppm"])
    equal(bad, {"co_ppm": "comm_fail", "o2_percent": "comm_fail"})
    chip.error = None
    board.reading()
    equal(board.reading()[1], {})


def test_what_was_read_before_the_bus_failed_stays():
    chip, board = at_hand()
    sensors, clock = board.sensors, board.buses.clock
    sensors.read(0)
    clock.now_ms = 9
    sensors.poll(9)
    chip.error = 5
    v, bad = board.reading()
    equal((sorted(v), bad), (["co_ppm", "top_co_ppm"], {"o2_percent": "comm_fail"}))


def test_a_hung_bus_is_freed():
    for break_it in ("clock", "data"):
        chip, board = at_hand()
        board.reading()
        chip.error = 110 if break_it == "clock" else None
        chip.hung = break_it == "data"
        bad = board.reading()[1]
        equal((bad["co_ppm"], "top_co_ppm" in bad), ("comm_fail", False))
        assert board.buses.recovered > 0
        equal(board.reading()[1], {})


def test_a_line_that_stays_down_is_told():
    chip, board = at_hand()
    board.buses.wire_down = True
    chip.hung = True
    equal(board.reading()[1]["co_ppm"], "comm_fail")
    equal(board.sensors.describe(0)["note"], "an I2C line is held down; check its wiring")
    board.buses.wire_down = False
    board.reading()
    board.reading()
    equal(board.reading()[1], {})
    assert "note" not in board.sensors.describe(0)


def test_a_chip_that_lost_its_supply_gives_no_number_of_another_range():
    chip, board = at_hand()
    sensors, clock = board.sensors, board.buses.clock
    sensors.read(0)
    chip.power_up()
    chip.ready_ms = 0
    bad = {}
    while not bad:
        clock.now_ms += 10
        got = sensors.read(clock.now_ms)
        bad = got[1] if got else {}
    equal(bad, {"co_ppm": "comm_fail"})
    equal(board.reading()[1], {})


def test_a_conversion_that_never_ends_is_no_number():
    chip, board = at_hand()
    rate = chip.RATE
    chip.RATE = (0.001,) * 8
    bad = board.reading()[1]
    equal(bad, {"co_ppm": "comm_fail", "o2_percent": "comm_fail"})
    chip.RATE = rate
    board.reading()
    equal(board.reading()[1], {})


def test_scanned_once_a_second_it_still_reads():
    _, board = at_hand()
    equal(board.reading(polled=False)[1], {})
