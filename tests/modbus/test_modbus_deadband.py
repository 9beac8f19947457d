"""Reports by exception: nothing that moved is lost, nothing that stood still is repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.samples import Quality, Sample
from gateway.config import MeterPoint
from gateway.modbus.deadband import Deadband, sampled_every_s, width_of
from gateway.modbus.field import Field

SECOND_US = 1_000_000


def sample(value: float | None, reason: str | None = None) -> Sample:
    if reason is None:
        return Sample("m.power_kw", 0, value)
    quality = Quality.BAD if value is None else Quality.UNCERTAIN
    return Sample("m.power_kw", 0, value, quality, reason)


BAD = sample(None, "comm_fail")
MUTE = sample(None, "out_of_range")
DOUBTED = sample(20.1, "rate_of_change")


@pytest.mark.parametrize(
    ("story", "reported"),
    [
        pytest.param([20.0, 20.0, 20.5, 19.5], [1, 0, 0, 0], id="it stands still"),
        pytest.param([20.0, 20.3, 20.6, 20.9], [1, 0, 1, 0], id="a drift from report to report"),
        pytest.param([20.0, 21.0, 20.0], [1, 1, 1], id="it moves"),
        pytest.param([20.0, BAD, BAD, 20.0], [1, 1, 0, 1], id="every change of quality"),
        pytest.param([20.0, DOUBTED, 20.1], [1, 1, 1], id="doubted and believed"),
        pytest.param([BAD, MUTE, BAD], [1, 1, 1], id="another reason"),
    ],
)
def test_stories(story: list[float | Sample], reported: list[int]) -> None:
    band = Deadband(0.5, 60.0, 1.0)
    told = [
        band.reports(one if isinstance(one, Sample) else sample(one), t_s * SECOND_US)
        for t_s, one in enumerate(story)
    ]
    assert told == [bool(each) for each in reported]


@given(st.lists(st.integers(-20_000, 20_000), min_size=130, max_size=130))
def test_the_heartbeat_comes_at_the_nearest_poll(jitter_us: list[int]) -> None:
    band = Deadband(0.5, 60.0, 1.0)
    reports = [
        t_s
        for t_s, jitter in enumerate(jitter_us)
        if band.reports(sample(20.0), t_s * SECOND_US + jitter)
    ]
    assert reports == [0, 60, 120]


@given(st.floats(0, 10), st.lists(st.floats(-100, 100), min_size=1))
def test_what_was_reported_is_never_further_off_than_the_deadband(
    width: float, values: list[float]
) -> None:
    band = Deadband(width, 1e9, 1.0)
    shown: float | None = None
    for t_s, value in enumerate(values):
        if band.reports(sample(value), t_s * SECOND_US):
            shown = value
        assert shown is not None
        assert abs(shown - value) <= width


def field(**more: object) -> Field:
    return Field(register="holding", address=0, type="uint16", unit="kw", **more)  # type: ignore[arg-type]


def test_the_site_decides_the_register_map_proposes() -> None:
    proposing = field(deadband=0.5)
    assert width_of(MeterPoint(point="m.power_kw"), proposing) is None
    assert width_of(MeterPoint(point="m.power_kw", deadband=2.0), proposing) == 2.0
    assert width_of(MeterPoint(point="m.power_kw", deadband=0.0), proposing) == 0.0
    assert width_of(MeterPoint(point="m.power_kw", heartbeat_s=30), proposing) == 0.5
    assert width_of(MeterPoint(point="m.power_kw", heartbeat_s=30), field()) is None
    counter = field(kind="counter", max_rate_per_s=1.0)
    assert width_of(MeterPoint(point="m.energy_kwh", deadband=2.0), counter) is None


def test_how_often_a_point_is_heard_of() -> None:
    assert sampled_every_s(MeterPoint(point="m.power_kw"), field(), 2.0) == 2.0
    assert sampled_every_s(MeterPoint(point="m.power_kw", deadband=1.0), field(), 2.0) == 60.0
