"""Capture time while the gateway's own clock is wrong, and of records without a value."""

from typing import Any

import pytest

from gateway.historian.rows import Basis, Batch
from gateway.mqtt.wire import Samples

SECOND = 1_000_000
UTC = 1_800_000_000 * SECOND
DAYS_BEHIND_S = -2 * 86_400.0


def silent(yard: Any, at_s: float, up_s: float) -> Batch:
    """A record in which every sensor failed."""
    message = Samples("b1", yard.record(up_s), {}, {"temp_1_degc": "sensor_open"})
    (batch,) = yard.take(message, at_s).batches
    return batch  # type: ignore[no-any-return]


def test_a_record_without_values_waits_for_its_time_too(yard: Any) -> None:
    assert silent(yard, 1000, 60).waits
    assert not silent(yard, 1060, 120).waits
    assert (yard.corrections["s", 1] - UTC) / SECOND == pytest.approx(940)


def test_the_interval_of_an_unheard_boot_is_told_by_one_clock_only(yard: Any) -> None:
    for up in (0, 60, 120):
        yard.hear(1000 + up, up, boot=1)
    # The machine reboots and comes up two days behind; boot 2 of the board was never heard.
    yard.restart(machine_boot="machine-2", at_s=1290)
    yard.synchronised, yard.clock_error_s = False, DAYS_BEHIND_S
    yard.hear(1311, 1, boot=3, seq=10)
    (batch,) = yard.hear(1311.1, 70, boot=2, seq=8).batches
    (sample,) = batch.samples
    assert batch.basis is Basis.SPAN
    # The start of boot 1 is known in right UTC: it must not bound what a wrong clock told.
    assert batch.t_earliest_us is None
    right_us = sample.t_us - round(DAYS_BEHIND_S * SECOND)
    assert right_us == pytest.approx(UTC + 1310 * SECOND, abs=10_000)


def test_a_boot_heard_by_the_wrong_clock_bounds_the_next_one(yard: Any) -> None:
    yard.synchronised, yard.clock_error_s = False, DAYS_BEHIND_S
    for up in (0, 60, 120):
        yard.hear(1000 + up, up, boot=1)
    yard.hear(1311, 1, boot=3, seq=10)
    (batch,) = yard.hear(1311.1, 70, boot=2, seq=8).batches
    assert batch.basis is Basis.SPAN
    assert batch.t_earliest_us is not None
    earliest_us = batch.t_earliest_us - round(DAYS_BEHIND_S * SECOND)
    assert earliest_us == pytest.approx(UTC + (1120 + 70) * SECOND, abs=10_000)
