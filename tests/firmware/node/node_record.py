import record
from support import VALUES, equal


def there_and_back(item, values=VALUES):
    back = record.unpack(record.pack(item, values), values)
    assert back is not None
    return back


def test_a_sample_comes_back_as_it_went():
    item = record.Record(
        (1 << 40) - 1, 1767225600123456, {"temp_1_degc": -12.375, "co_ppm": 210}, {}
    )
    item.bad["temp_2_degc"] = "power_on_value"
    item.boot, item.seq, item.acked = 17, 412, 379
    back = there_and_back(item)
    equal((back.boot, back.seq), (17, 412))
    assert 376 <= back.acked <= 379, back.acked
    equal((back.up_ms, back.t_us), ((1 << 40) - 1, 1767225600123000))
    equal((back.v, back.bad), (item.v, item.bad))


def test_an_ack_comes_back_no_higher_and_not_much_lower():
    for seq in (5, 412, 40320, 4294967294):
        for behind in (0, 1, 7, 8, 9, 100, 411, 40319, 65536):
            if behind <= seq:
                item = record.Record(0, None)
                item.seq, item.acked = seq, seq - behind
                acked = there_and_back(item).acked
                assert acked <= seq - behind <= acked + behind // 7, (seq, behind, acked)


def test_a_time_that_cannot_be_is_no_time():
    for t_us in (0, -1, 1500000000000000, 1 << 62):
        equal(there_and_back(record.Record(0, t_us)).t_us, None)


def test_every_reason_comes_back():
    for reason in record.REASONS:
        equal(there_and_back(record.Record(0, None, {}, {"co_ppm": reason})).bad["co_ppm"], reason)


def test_a_doubtful_value_comes_back_with_its_doubt():
    for reason in ("expired_calibration", "low_o2", "learning"):
        for value in (0, -12.375, 160000, -160000):
            back = there_and_back(record.Record(0, None, {"co_ppm": value}, {"co_ppm": reason}))
            equal((back.v, back.bad), ({"co_ppm": value}, {"co_ppm": reason}))
        back = there_and_back(record.Record(0, None, {"co_ppm": 999999}, {"co_ppm": reason}))
        equal((back.v, back.bad), ({}, {"co_ppm": reason}))


def test_a_value_of_another_part_is_neither_known_nor_bad():
    back = there_and_back(record.Record(0, None, {"co_ppm": 1}))
    equal((back.v, back.bad), ({"co_ppm": 1}, {}))


def test_what_is_no_number_is_out_of_range_and_never_clamped():
    for value in (float("nan"), float("inf"), 3e6, -3e6):
        back = there_and_back(record.Record(0, None, {"co_ppm": value}))
        equal((back.v, back.bad), ({}, {"co_ppm": "out_of_range"}))


def test_every_edge_comes_back():
    for condition in record.CONDITIONS:
        for edge in record.EDGES:
            for value, limit in ((50.1, 50), (None, None)):
                alarm = (condition, edge, "temp_2_degc", value, limit)
                equal(there_and_back(record.Record(5, None, alarm=alarm)).alarm, alarm)


def test_any_flipped_bit_is_noticed():
    slot = record.pack(record.Record(7, None, {"co_ppm": 1}), VALUES)
    for index in range(len(slot)):
        for bit in range(8):
            bad = slot[:index] + bytes([slot[index] ^ (1 << bit)]) + slot[index + 1 :]
            assert record.unpack(bad, VALUES) is None, (index, bit)


def test_blank_flash_is_no_record():
    for blank in (b"\x00", b"\xff"):
        assert record.unpack(blank * record.slot_size(record.SAMPLE, 3), VALUES) is None
    assert record.unpack(b"", VALUES) is None
