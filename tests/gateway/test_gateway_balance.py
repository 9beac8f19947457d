"""The heat balance as a point: what closes, what does not, and what nobody can know."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.balance_watch import SOURCE, BalanceWatch, heat_rate
from gateway.clock import Clock
from gateway.disk_space import DiskSpace
from gateway.recording.items import Polled


class Hand:
    """A machine's clocks, moved by hand."""

    mono = 100_000_000

    def utc_us(self) -> int:
        return self.mono + 1_790_000_000_000_000

    def mono_us(self) -> int:
        return self.mono

    def synchronised(self) -> bool:
        return True

    def boot_id(self) -> str:
        return "boot-1"


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def manual_clock(hand: Hand) -> Clock:
    return Clock(hand)


def record(**more: Any) -> Any:
    fuels = [{"fuel": "coal", "mj": 80_000.0}, {"fuel": "pellets", "mj": 20_000.0}]
    known = {"gross_kwh": 10_000.0, "steam_mj": None, "coverage": 1.0, "fuels": fuels}
    return SimpleNamespace(**(known | more))


@pytest.mark.parametrize(
    ("more", "rate"),
    [
        pytest.param({}, 10.0, id="power only"),
        pytest.param({"steam_mj": 36_000.0}, 5.0, id="power and steam"),
        pytest.param({"gross_kwh": None}, None, id="power unknown"),
        pytest.param({"gross_kwh": 0.0}, None, id="no output"),
        pytest.param({"coverage": 0.9}, None, id="a minute is missing"),
        pytest.param({"fuels": []}, None, id="nothing was weighed"),
        pytest.param(
            {"fuels": [{"fuel": "coal", "mj": 1.0}, {"fuel": "rpf", "kg": None}]},
            None,
            id="a fuel nobody measured",
        ),
    ],
)
def test_heat_over_useful_output(more: dict[str, Any], rate: float | None) -> None:
    assert heat_rate(record(**more)) == rate


def test_each_window_is_told_once_and_the_unknown_not_at_all(manual_clock: Any) -> None:
    live: Any = SimpleNamespace(to_us=60_000_000, factor=record())
    told: list[Polled] = []

    async def put(item: Any) -> None:
        told.append(item)

    shown: list[Any] = [None]
    watch = BalanceWatch("unit1", lambda: shown[0], manual_clock, put)

    async def play() -> None:
        await watch.look()
        shown[0] = live
        await watch.look()
        await watch.look()
        shown[0] = SimpleNamespace(to_us=120_000_000, factor=record(gross_kwh=None))
        await watch.look()
        shown[0] = SimpleNamespace(to_us=180_000_000, factor=record(gross_kwh=5_000.0))
        await watch.look()

    asyncio.run(play())
    readings = [item.reading for item in told]
    assert [(r.meter, r.request) for r in readings] == [(SOURCE, 1), (SOURCE, 2)]
    assert [[(s.point, s.value) for s in r.gauges] for r in readings] == [
        [("unit1.balance.heat_rate_mj_per_kwh", 10.0)],
        [("unit1.balance.heat_rate_mj_per_kwh", 20.0)],
    ]


def test_a_disk_is_low_or_cannot_be_asked(manual_clock: Any, hand: Hand, tmp_path: Any) -> None:
    assert not DiskSpace(tmp_path, 0.0, manual_clock).is_low()
    assert DiskSpace(tmp_path, 100.0, manual_clock).is_low()
    gone = DiskSpace(tmp_path / "gone", 0.0, manual_clock)
    assert gone.is_low()
    (tmp_path / "gone").mkdir()
    assert gone.is_low()
    hand.mono += 10_000_000
    assert not gone.is_low()
