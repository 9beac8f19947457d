"""How long a request keeps a serial line busy, against sums done by hand."""

import pytest

from gateway.config import Line
from gateway.modbus.airtime import REPLY_S, busy_s, data_bytes, is_serial
from gateway.modbus.plan import Request


def line(**settings: object) -> Line:
    given = {"id": "rs485", "transport": "rtu", "device": "/dev/ttyUSB0"} | settings
    return Line.model_validate(given)


def test_one_register_at_9600() -> None:
    # 8 bytes there, 7 back, 10 bits each, and 3.5 characters of silence before and after.
    expected_s = (8 + 7 + 3.5 + 3.5) * 10 / 9600 + REPLY_S
    assert busy_s(Request("holding", 0, 1, ("a",)), line()) == pytest.approx(expected_s)


def test_parity_and_stop_bits_cost_time() -> None:
    request = Request("input", 0, 50, ("a",))
    expected_s = (8 + 105 + 7) * 12 / 9600 + REPLY_S
    assert busy_s(request, line(parity="even", stop_bits=2)) == pytest.approx(expected_s)


def test_a_fast_line_is_silent_for_a_fixed_time_and_pauses_count() -> None:
    request = Request("holding", 0, 1, ("a",))
    sent_s = 15 * 10 / 115_200
    assert busy_s(request, line(baud=115_200)) == pytest.approx(sent_s + 2 * 0.00175 + REPLY_S)
    slow_s = sent_s + 0.00175 + REPLY_S + 0.1
    assert busy_s(request, line(baud=115_200), 0.1) == pytest.approx(slow_s)
    assert busy_s(request, line(baud=115_200, pause_s=0.1)) == pytest.approx(slow_s)


def test_bits_come_eight_to_a_byte() -> None:
    assert data_bytes(Request("coil", 0, 9, ("a",))) == 2
    assert data_bytes(Request("discrete", 0, 8, ("a",))) == 1
    assert data_bytes(Request("holding", 0, 9, ("a",))) == 18


def test_the_speed_behind_a_box_is_known_where_it_is_written() -> None:
    box = {"transport": "rtu_over_tcp", "device": None, "host": "10.0.0.9"}
    assert not is_serial(line(**box))
    assert is_serial(line(**box, baud=19_200))
    assert not is_serial(line(transport="tcp", device=None, host="10.0.0.9"))
