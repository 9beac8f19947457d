"""Totalisers between nonsense and silence: what two histories explain is booked as neither."""

from agent.samples import Quality
from gateway.historian.rows import Booking
from gateway.modbus.counters import CounterBook, CounterSpec
from gateway.modbus.reading import CounterRead

POINT = "generator.energy_kwh"


def bookings_of(shown: list[tuple[float, int]]) -> list[Booking]:
    spec = CounterSpec("kwh", 0.1, 100_000, 3.6, poll_s=1.0)
    book = CounterBook({POINT: spec}, "boot")
    booked: list[Booking] = []
    for t_s, raw in shown:
        t_us = int(t_s * 1e6)
        booked += book.book(CounterRead(POINT, t_us, raw, mono_us=t_us)).bookings
    return booked


def test_an_old_count_before_a_silence_is_no_certain_reset() -> None:
    booked = bookings_of([(0, 65_500), (1, 65_528), (2, 65_036), (38, 66_301), (39, 66_329)])
    assert [b.kind for b in booked] == ["first", "step", "reset", "step"]
    unknown = booked[2]
    # 77.3 kWh if the old count was nonsense, 126.5 kWh and more if the totaliser was reset.
    assert (unknown.amount, unknown.from_raw, unknown.to_raw) == (None, 65_528, 66_301)
    assert unknown.least is not None
    assert unknown.most is not None
    assert unknown.least <= 77.3
    assert unknown.most >= 126.5
    assert (booked[3].amount, booked[3].total) == (2.8, 5.6)


def test_a_reset_before_a_silence_is_one() -> None:
    booked = bookings_of([(0, 65_500), (1, 65_528), (2, 3), (38, 1000), (39, 1028), (40, 1056)])
    assert [(b.kind, b.amount) for b in booked[1:]] == [
        ("step", 2.8),
        ("reset", None),
        ("step", 105.3),
    ]


def test_nonsense_before_a_silence_is_left_alone() -> None:
    spec = CounterSpec("kwh", 0.1, 100_000, 3.6, poll_s=1.0)
    book = CounterBook({POINT: spec}, "boot")
    qualities = []
    for t_s, raw in [(0, 65_500), (1, 3), (20, 65_900), (21, 65_928)]:
        read = CounterRead(POINT, t_s * 1_000_000, raw, mono_us=t_s * 1_000_000)
        qualities.append(book.book(read).sample.quality)
    assert qualities == [Quality.GOOD, Quality.BAD, Quality.BAD, Quality.GOOD]
