import channel
from scratch import equal

HOUR_MS = 3600000


def one(kind="max31865", **settings):
    entry = {"value": "temp_1_degc", "kind": kind}
    entry.update(settings)
    return channel.Channel(entry, [0])


def test_gain_and_offset_after_the_sensor():
    sensor = one(gain=1.1, offset=-2)
    sensor.take(50.0, None, 1, 0)
    equal((sensor.value, sensor.reason), (53.0, None))
    sensor.take(None, "crc", 0, 0)
    equal((sensor.value, sensor.reason), (None, "crc"))


def test_days_of_dates():
    for text, days in (
        ("1970-01-01", 0),
        ("2000-02-29", 11016),
        ("2024-03-01", 19783),
        ("2026-11-22", 20779),
        ("2027-12-31", 21183),
    ):
        equal(channel.day(text), days)
    for text in ("2026-02-29", "2026-13-01", "2026-00-10", "26-1-1", "2026/01/01", "", None, 5):
        equal(channel.day(text), None)
    for text in ("2026-1--11", "20260-1-01", "2100-02-29", "2026-04-31"):
        equal(channel.day(text), None)


def test_the_due_day_itself_is_still_good():
    sensor = one(due="2026-05-31")
    due = channel.day("2026-05-31")
    equal(sensor.doubt(0, due, True), None)
    equal(sensor.doubt(0, due + 1, True), "expired_calibration")
    equal(sensor.doubt(0, None, True), None)
    bumped = one("loop", due="2027-05-31", bump_due="2026-05-31")
    equal(bumped.doubt(0, due, True), None)
    equal(bumped.doubt(0, due + 1, True), "expired_calibration")
    equal(channel.today(None), None)
    equal(channel.today(due * 86400000000 + 86399999999), due)


def test_a_cell_is_learning_until_it_is_warm():
    cell = channel.Channel({"value": "co_ppm", "kind": "loop"}, [0])
    equal(cell.doubt(299999, None, True), "learning")
    equal(cell.doubt(300000, None, True), None)
    equal(cell.doubt(0, None, False), None)
    equal(one().doubt(0, None, True), None)
    slow = channel.Channel({"value": "o2_percent", "kind": "adc", "warm_s": 60}, [0])
    equal((slow.doubt(59999, None, True), slow.doubt(60000, None, True)), ("learning", None))


def test_a_converter_without_noise_is_stuck():
    sensor = one()
    for hour in (0, 0.5, 0.999):
        sensor.take(20.0, None, 7000, int(hour * HOUR_MS))
        equal(sensor.reason, None)
    sensor.take(20.0, None, 7000, HOUR_MS)
    equal((sensor.value, sensor.reason, sensor.note), (None, "stuck", "unmoved for 1 h"))
    sensor.take(20.0, None, 7001, HOUR_MS + 1000)
    equal(sensor.reason, None)


def test_a_fault_between_starts_the_hours_anew():
    sensor = one()
    sensor.take(20.0, None, 7000, 0)
    sensor.take(None, "sensor_open", 0, HOUR_MS // 2)
    sensor.take(20.0, None, 7000, HOUR_MS)
    equal(sensor.reason, None)


def test_stuck_can_be_switched_off():
    sensor = one(stuck_h=0)
    for hour in (0, 1000):
        sensor.take(20.0, None, 7000, hour * HOUR_MS)
        equal(sensor.reason, None)


def test_a_calm_pile_is_not_stuck():
    moves = [0]
    deep = channel.Channel({"value": "temp_1_degc", "kind": "ds18b20"}, moves)
    other = channel.Channel({"value": "temp_2_degc", "kind": "ds18b20"}, moves)
    for hour in range(0, 2000, 10):
        deep.take(20.0, None, 320, hour * HOUR_MS)
        other.take(20.0 + hour % 20 / 10, None, 320 + hour % 20, hour * HOUR_MS)
        equal(deep.reason, None)


def test_a_cable_sensor_is_stuck_where_its_neighbours_move():
    moves = [0]
    dead = channel.Channel({"value": "temp_1_degc", "kind": "ds18b20"}, moves)
    other = channel.Channel({"value": "temp_2_degc", "kind": "ds18b20"}, moves)
    told = []
    for hour in range(0, 200, 2):
        dead.take(20.0, None, 320, hour * HOUR_MS)
        other.take(20.0 + hour * 0.05, None, 320 + hour, hour * HOUR_MS)
        if dead.reason == "stuck":
            told.append(hour)
    equal(told[0], 72)
    equal((dead.value, other.reason), (None, None))


def test_a_setting_that_is_no_number_is_refused():
    for wrong in ("1", True, None):
        try:
            one(gain=wrong).take(20.0, None, 1, 0)
        except ValueError:
            continue
        raise AssertionError(wrong)
