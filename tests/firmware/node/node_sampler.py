import sampler
from hand import HandBoard, new_guard
from support import VALUES, equal, fresh, open_ring

GOOD = ({"temp_1_degc": 20.0, "temp_2_degc": 21.0, "co_ppm": 5.0}, {})
HOT = ({"temp_1_degc": 51.0, "temp_2_degc": 21.0, "co_ppm": 5.0}, {})


def at_hand(report_ms=60000, store=True):
    board = HandBoard()
    ring = open_ring(fresh()) if store else None
    watch = new_guard(board, stale_ms=report_ms)
    return board, ring, sampler.Sampler(watch, ring, report_ms=report_ms)


def scan(board, samples, second, reading=None):
    board.now_ms = int(second * 1000)
    board.reading = reading
    return samples.scan()


def stored(ring):
    return [ring.after(seq)[1] for seq in range(ring.newest)]


def test_one_sample_at_each_interval():
    board, ring, samples = at_hand()
    for second in range(181):
        scan(board, samples, second, GOOD)
    equal([item.up_ms for item in stored(ring)], [0, 60000, 120000, 180000])


def test_a_sample_carries_the_time_of_its_reading():
    board, ring, samples = at_hand()
    scan(board, samples, 0, GOOD)
    board.t_us = 1767225600000000
    scan(board, samples, 50, GOOD)
    board.t_us = 1767225610000000
    scan(board, samples, 60)
    item = stored(ring)[1]
    equal((item.up_ms, item.t_us, item.v), (50000, 1767225600000000, GOOD[0]))


def test_a_reading_is_never_sampled_twice():
    board, ring, samples = at_hand()
    scan(board, samples, 0, GOOD)
    scan(board, samples, 60)
    equal(ring.newest, 1)
    scan(board, samples, 62)
    item = stored(ring)[1]
    equal((item.up_ms, item.v), (62000, {}))
    equal(item.bad, dict.fromkeys(VALUES, "comm_fail"))


def test_a_reading_that_is_a_little_late_is_waited_for():
    board, ring, samples = at_hand()
    scan(board, samples, 0)
    scan(board, samples, 1, GOOD)
    scan(board, samples, 60)
    scan(board, samples, 61, GOOD)
    scan(board, samples, 120, GOOD)
    equal([item.up_ms for item in stored(ring)], [1000, 61000, 120000])


def test_no_reading_at_all_is_comm_fail_and_then_a_fault():
    board, ring, samples = at_hand(report_ms=1000)
    for second in range(30):
        scan(board, samples, second)
    items = stored(ring)
    equal([item.up_ms for item in items][:3], [5000, 7000, 9000])
    assert not [item for item in items if item.v]
    faults = [item.alarm[2] for item in items if item.alarm is not None]
    equal(sorted(faults), sorted(VALUES))


def test_missed_beats_are_left_out_not_made_up():
    board, ring, samples = at_hand()
    scan(board, samples, 0, GOOD)
    scan(board, samples, 200, GOOD)
    scan(board, samples, 239, GOOD)
    scan(board, samples, 240, GOOD)
    equal([item.up_ms for item in stored(ring)], [0, 200000, 240000])


def test_the_alarm_does_not_wait_for_the_report():
    board, ring, samples = at_hand()
    scan(board, samples, 0, GOOD)
    assert scan(board, samples, 1, HOT)
    equal(board.horns, [None, "temp_high"])
    equal(stored(ring)[1].alarm, ("temp_high", "raised", "temp_1_degc", 51, 50))


def test_time_without_readings_clears_nothing():
    board, _, samples = at_hand()
    scan(board, samples, 0, HOT)
    scan(board, samples, 1, GOOD)
    for second in range(2, 40):
        scan(board, samples, second)
    equal(board.horns, ["temp_high"])
    scan(board, samples, 41, GOOD)
    equal(board.horns, ["temp_high", None])


def test_the_alarm_sounds_without_a_store():
    board, _, samples = at_hand(store=False)
    scan(board, samples, 0, HOT)
    equal(board.horns, ["temp_high"])


def test_edges_that_flash_refuses_are_kept_and_written_later():
    board, ring, samples = at_hand()
    samples.ring = None
    scan(board, samples, 0, HOT)
    samples.ring = ring
    scan(board, samples, 1)
    equal([item.alarm[0] for item in stored(ring)], ["temp_high"])
    equal(stored(ring)[0].up_ms, 0)


def test_a_horn_that_does_not_answer_is_tried_again():
    board, _, samples = at_hand()
    board.takes = False
    scan(board, samples, 0, HOT)
    board.takes = True
    scan(board, samples, 1)
    equal(board.horns, ["temp_high"])
