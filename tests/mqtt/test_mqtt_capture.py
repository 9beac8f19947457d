"""Capture time, as histories: true seconds at arrival and uptime at capture."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.samples import Quality, Sample
from gateway.historian.rows import Basis, Batch
from gateway.mqtt.taken import Taken
from gateway.mqtt.wire import Samples

SECOND = 1_000_000
UTC = 1_800_000_000 * SECOND


def batch_of(taken: Taken) -> Batch:
    (batch,) = (batch for batch in taken.batches if batch.origin.lost is None)
    return batch


def sample_of(taken: Taken) -> Sample:
    (sample,) = batch_of(taken).samples
    return sample


def assert_good(taken: Taken, captured_at_s: float, within_s: float = 0.01) -> None:
    sample = sample_of(taken)
    assert sample.quality is Quality.GOOD
    assert sample.value == pytest.approx(20.0)
    assert sample.t_us == pytest.approx(UTC + captured_at_s * SECOND, abs=within_s * SECOND)


def assert_doubted(taken: Taken) -> None:
    sample = sample_of(taken)
    assert (sample.quality, sample.reason) == (Quality.UNCERTAIN, "clock_unsynced")


def corrected_s(yard: Any, boot: int, up_s: float) -> float:
    return (yard.corrections["s", boot] - UTC) / SECOND + up_s


def test_a_board_with_a_clock_is_taken_at_its_word(yard: Any) -> None:
    taken = yard.hear(500, 10, t_us=UTC + 77 * SECOND)
    assert_good(taken, 77)
    assert batch_of(taken).basis is Basis.BOARD


def test_a_board_clock_ahead_of_the_gateway_is_not_believed(yard: Any) -> None:
    assert_doubted(yard.hear(100, 10, t_us=UTC + 5000 * SECOND))
    assert yard.book.status()[0].refused == {"clock_ahead": 1}


def test_a_board_that_gets_its_clock_corrects_what_it_sent_before(yard: Any) -> None:
    assert_doubted(yard.hear(100, 10))
    yard.hear(300, 20, t_us=UTC + 150 * SECOND)
    assert corrected_s(yard, 1, 10) == pytest.approx(140)
    assert_good(yard.hear(300.1, 15), 145)


def test_without_a_clock_the_first_is_doubted_until_the_second_confirms(yard: Any) -> None:
    assert_doubted(yard.hear(1000, 60))
    assert yard.corrections == {}
    assert_good(yard.hear(1060.02, 120), 1060)
    assert corrected_s(yard, 1, 60) == pytest.approx(1000, abs=0.01)
    assert_good(yard.hear(1120.3, 180), 1120, within_s=0.05)


def test_parts_of_one_report_confirm_nothing(yard: Any) -> None:
    for _ in range(4):
        assert_doubted(yard.hear(1000, 60))


@pytest.mark.parametrize("report_s", [0.5, 1, 2, 60])
def test_a_backlog_confirms_nothing_until_a_live_message_comes(yard: Any, report_s: float) -> None:
    """The board started at 1000 s; the gateway first hears it at 1500 s, all at once."""
    sent = int(400 / report_s)
    for n in range(sent):
        assert_doubted(yard.hear(1500 + n * 0.002, n * report_s))
    # The queue is empty now; live messages follow at their own pace.
    live = [yard.hear(1500 + n * report_s, 500 + n * report_s) for n in range(1, 8)]
    assert_good(live[-1], 1500 + 7 * report_s)
    assert corrected_s(yard, 1, 0) == pytest.approx(1000, abs=0.01)


@pytest.mark.parametrize("kept_first", [True, False])
def test_a_kept_message_confirms_no_live_one(yard: Any, kept_first: bool) -> None:
    """Each waited for six seconds, one of them on the board, the other in the broker."""
    assert_doubted(yard.hear(1006, 0, kept=kept_first))
    assert_doubted(yard.hear(1009, 3, kept=not kept_first))
    assert_doubted(yard.hear(1012, 6, kept=True))
    yard.hear(1020, 20)
    assert_good(yard.hear(1030, 30), 1030)


def test_two_that_agree_by_chance_confirm_nothing(yard: Any) -> None:
    """Everything waits for six seconds, and one message for eight."""
    assert_doubted(yard.hear(1006, 0))
    assert_doubted(yard.hear(1009.5, 1.5))
    assert_doubted(yard.hear(1009.6, 3.6))
    yard.hear(1020, 20)
    assert_good(yard.hear(1030, 30), 1030)


def test_two_minutes_in_the_broker_while_the_gateway_was_down(yard: Any) -> None:
    for up in (0, 60, 120):
        yard.hear(1000 + up, up)
    yard.restart()
    for up in (180, 240):
        assert_good(yard.hear(1300 + up / 1e4, up), 1000 + up)


def test_two_minutes_in_the_broker_while_the_machine_was_down(yard: Any) -> None:
    for up in (0, 60, 120):
        yard.hear(1000 + up, up)
    yard.restart(machine_boot="machine-2", at_s=1250)
    for up in (180, 240):
        assert_good(yard.hear(1300 + up / 1e4, up), 1000 + up)


def test_a_boot_during_the_downtime_is_doubted_then_corrected(yard: Any) -> None:
    for up in (0, 60, 120):
        yard.hear(1000 + up, up, boot=1)
    yard.restart()
    # Boot 2 began at 1150 s.
    assert_good(yard.hear(1400, 140, boot=1), 1140)
    assert_doubted(yard.hear(1400.01, 10, boot=2))
    assert_doubted(yard.hear(1400.02, 70, boot=2))
    assert_good(yard.hear(1400.03, 145, boot=1), 1145)
    yard.hear(1410, 260, boot=2)
    assert_good(yard.hear(1470, 320, boot=2), 1470)
    assert corrected_s(yard, 2, 10) == pytest.approx(1160, abs=0.01)


def test_what_the_ring_held_from_an_unheard_boot_lies_in_an_interval(yard: Any) -> None:
    for up in (0, 60, 120):
        yard.hear(1000 + up, up, boot=1)
    # Boot 2 ran from 1200 s to 1300 s unheard; boot 3 began at 1310 s and sends what it holds.
    yard.hear(1311, 1, boot=3, seq=10)
    taken = yard.hear(1311.1, 70, boot=2, seq=8)
    batch = batch_of(taken)
    assert batch.basis is Basis.SPAN
    assert_doubted(taken)
    assert batch.t_earliest_us == UTC + (1120 + 70) * SECOND
    assert sample_of(taken).t_us == pytest.approx(UTC + 1310 * SECOND, abs=10_000)
    assert batch.t_earliest_us <= UTC + 1270 * SECOND <= sample_of(taken).t_us
    # And boot 1, whose start is known, keeps its good times.
    assert_good(yard.hear(1311.2, 150, boot=1, seq=7), 1150)


def test_an_unheard_boot_with_nothing_before_it_has_no_earliest(yard: Any) -> None:
    yard.hear(1311, 1, boot=3, seq=10)
    batch = batch_of(yard.hear(1311.1, 70, boot=2, seq=8))
    assert (batch.basis, batch.t_earliest_us) == (Basis.SPAN, None)


def test_a_boot_that_ended_unconfirmed_stays_doubted_for_ever(yard: Any) -> None:
    assert_doubted(yard.hear(1000, 60, boot=1))
    for up in (0, 60, 120):
        yard.hear(2000 + up, up, boot=2)
    assert set(yard.corrections) == {("s", 2)}


def test_twice_and_out_of_order(yard: Any) -> None:
    heard = [(1000, 60, 1), (1060, 120, 2), (1120.5, 180, 4), (1120.6, 160, 3), (1180, 240, 5)]
    for at_s, up_s, seq in heard:
        taken = yard.hear(at_s, up_s, seq=seq)
        assert yard.hear(at_s + 0.2, up_s, seq=seq).batches == ()
        if seq > 1:
            assert_good(taken, 940 + up_s)
    assert yard.book.status()[0].duplicates == 5
    assert yard.book.acks() == [("b1", "s", 5)]


def test_a_resend_an_hour_later_keeps_its_capture_time(yard: Any) -> None:
    for up in (0, 60, 120):
        yard.hear(1000 + up, up, seq=up // 60 + 1)
    assert_good(yard.hear(4800, 3800, seq=60), 4800)
    assert_good(yard.hear(4801, 180, seq=4), 1180)


def test_a_slow_crystal_is_followed(yard: Any) -> None:
    """50 ppm slow for ten days: uptime falls back 43 s."""
    for minute in range(10 * 24 * 60):
        at_s = 1000 + 60 * minute
        taken = yard.hear(at_s, 60 * minute * (1 - 50e-6))
    assert_good(taken, at_s, within_s=0.1)
    # The follower does not follow a message that waited.
    assert_good(yard.hear(at_s + 7200, (60 * minute + 60) * (1 - 50e-6)), at_s + 60, 0.1)


def test_a_silence_of_three_days_does_not_make_a_queue_look_like_drift(yard: Any) -> None:
    for up in (0, 60, 120):
        yard.hear(1000 + up, up)
    back_s = 1000 + 3 * 86_400
    for waited_s in range(600, 0, -5):
        captured_s = back_s - waited_s
        assert_good(yard.hear(back_s, captured_s - 1000), captured_s, within_s=1)
    assert_good(yard.hear(back_s + 60, back_s - 940), back_s + 60)


def test_a_slow_crystal_is_found_again_after_three_days(yard: Any) -> None:
    for up in (0, 60, 120):
        yard.hear(1000 + up, up)
    slow = 1 - 50e-6
    back_s = 1120 + 3 * 86_400
    for at_s in range(back_s, back_s + 300, 60):
        taken = yard.hear(at_s, 120 + (at_s - 1120) * slow)
    assert_good(taken, at_s)


def test_two_that_waited_alike_do_not_outvote_one_that_waited_less(yard: Any) -> None:
    assert_doubted(yard.hear(1000, 0))
    yard.restart()
    for up in (60, 120, 180):
        assert_doubted(yard.hear(1100 + up, up))
    assert_doubted(yard.hear(1240, 240))
    assert_good(yard.hear(1300, 300), 1300)


def test_gateway_two_days_in_the_past_and_corrected(yard: Any) -> None:
    yard.synchronised = False
    yard.clock_error_s = -172_800
    doubted = [yard.hear(1000 + up, up) for up in (0, 60, 120)]
    for taken in doubted:
        assert_doubted(taken)
        assert batch_of(taken).basis is Basis.UPTIME
    assert yard.corrections == {}
    yard.synchronised, yard.clock_error_s = True, 0.0
    yard.book.shift(yard.now(1130))
    yard.commit()
    assert corrected_s(yard, 1, 60) == pytest.approx(1060, abs=0.01)
    assert_good(yard.hear(1180, 180), 1180)
    yard.restart(machine_boot="machine-2", at_s=1200)
    assert_good(yard.hear(1500, 240), 1240)


def test_a_machine_that_reboots_before_its_clock_is_right(yard: Any) -> None:
    for up in (0, 60, 120):
        yard.hear(1000 + up, up)
    yard.restart(machine_boot="machine-2", at_s=1150)
    yard.synchronised, yard.clock_error_s = False, -9e6
    # What was learnt while the clock was right still holds.
    taken = yard.hear(1300, 180)
    assert_good(taken, 1180)
    assert batch_of(taken).basis is Basis.BOARD
    # A new boot of the board can only be timed by the wrong clock.
    for up in (0, 60):
        assert_doubted(yard.hear(1400 + up, up, boot=2))
    yard.synchronised, yard.clock_error_s = True, 0.0
    yard.book.shift(yard.now(1500))
    yard.commit()
    assert corrected_s(yard, 2, 0) == pytest.approx(1400, abs=0.01)
    assert_good(yard.hear(1520, 120, boot=2), 1520)
    assert_good(yard.hear(1521, 200, boot=1), 1200)


def test_a_step_of_a_right_clock_moves_what_follows(yard: Any) -> None:
    for up in (0, 60, 120):
        yard.hear(1000 + up, up)
    yard.clock_error_s = 5.0
    yard.book.shift(yard.now(1150))
    yard.commit()
    assert_good(yard.hear(1180, 180), 1185)
    yard.restart()
    assert_good(yard.hear(1300, 240), 1245)


def test_a_failed_commit_is_forgotten_and_taken_again(yard: Any) -> None:
    yard.hear(1000, 0)
    message = Samples("b1", yard.record(60), {"temp_1_degc": 20.0}, {})
    assert_good(yard.book.take(message, yard.now(1060)), 1060)
    yard.restart()  # its rows never reached the disk, nor did its correction
    assert_doubted(yard.take(message, 1060))
    assert_good(yard.hear(1120, 120), 1120)
    assert corrected_s(yard, 1, 60) == pytest.approx(1060, abs=0.01)


DELAYS = st.lists(st.floats(0, 0.5), min_size=8, max_size=8)
OUTAGE = st.integers(0, 8)


@given(delays=DELAYS, down_from=OUTAGE, down_to=OUTAGE, report_s=st.sampled_from([2, 10, 60]))
def test_no_good_time_is_off_by_two_seconds(
    new_yard: Callable[[], Any], delays: list[float], down_from: int, down_to: int, report_s: float
) -> None:
    """Whatever was queued in an outage: good times are right, doubted ones are corrected."""
    yard = new_yard()
    back_at_s = 1000 + down_to * report_s + 0.9
    doubted = []
    for n, delay_s in enumerate(delays * 2):
        captured_s = 1000 + n * report_s
        arrival_s = captured_s + delay_s
        if down_from <= n < down_to:
            arrival_s = back_at_s + n * 0.001
        if n == down_to:
            yard.restart()
            arrival_s = max(arrival_s, back_at_s + 0.1)
        sample = sample_of(yard.hear(arrival_s, n * report_s))
        if sample.quality is Quality.GOOD:
            assert abs(sample.t_us - UTC - captured_s * SECOND) < 2 * SECOND
        else:
            doubted.append(n * report_s)
    for up_s in doubted:
        assert corrected_s(yard, 1, up_s) == pytest.approx(1000 + up_s, abs=2)
