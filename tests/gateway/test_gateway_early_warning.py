"""What early warning derives is journalled, served and judged by the shipped conditions."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from agent.samples import Sample
from gateway.clock import Clock
from gateway.config_file import load_config
from gateway.historian.rows import Basis, Batch
from gateway.modbus.counters import CounterBook
from gateway.modbus.reading import Reading
from gateway.mqtt.boards import BoardBook
from gateway.outlook import derived_points, outlook_of
from gateway.problems import ConfigError
from gateway.recording.desk import Desk
from gateway.recording.items import Polled
from gateway.site import load_site, rules_of
from gateway.views.freshness import Freshness

EXAMPLE = Path(__file__).parents[2] / "gateway" / "deploy" / "example-plant.toml"
HOUR_US = 3_600_000_000
DERIVED = {
    "co_ahead_ppm",
    "co_residual_own_ppm",
    "co_residual_ppm",
    "co_slope_own_ppm_per_h",
    "co_slope_ppm_per_h",
    "temp_rate_degc_per_day",
    "temp_rate_own_degc_per_day",
}


@dataclass
class Machine:
    """A clock moved by hand."""

    mono: int = HOUR_US

    def utc_us(self) -> int:
        return self.mono + 490_000 * HOUR_US

    def mono_us(self) -> int:
        return self.mono

    def synchronised(self) -> bool:
        return True

    def boot_id(self) -> str:
        return "boot"


class Yard:
    """The desk of the example plant, and what boards of one container measure."""

    def __init__(self) -> None:
        self.machine = Machine()
        self.clock = Clock(self.machine)
        engine = rules_of(load_site(EXAMPLE)).engine()
        self.desk = Desk("t", BoardBook((), "boot"), CounterBook({}, "boot"), engine)
        self.batches: list[Batch] = []
        self.raised: list[str] = []

    def goes(self, hours: float, co_ppm: float, rise_per_h: float = 0.0) -> None:
        """Let hours pass, with samples every quarter."""
        for n in range(round(hours * 4)):
            self.machine.mono += HOUR_US // 4
            now = self.clock.now()
            co = co_ppm + rise_per_h * n / 4.0
            gauges = (
                Sample("yard.c0025.co_ppm", now.utc_us, co),
                Sample("yard.c0025.temp_1_degc", now.utc_us, 20.0),
            )
            reading = Reading("m", n, now.utc_us, now.mono_us, True, gauges, ())
            outcome = self.desk.take(Polled(reading), self.clock)
            self.batches += [b for b in outcome.batches if b.origin.name == "outlook"]
            self.raised += [e.alarm_id for e in outcome.alarm_events if e.edge == "raised"]


def test_what_is_derived_lies_in_the_journal_and_is_the_latest_of_its_point() -> None:
    yard = Yard()
    yard.goes(30, 400.0)
    assert {b.origin.kind for b in yard.batches} == {"gateway"}
    assert {b.basis for b in yard.batches} == {Basis.BOARD}
    points = {s.point for b in yard.batches for s in b.samples}
    assert points == {f"yard.c0025.{value}" for value in DERIVED}
    for point in points:
        newest = max((s for b in yard.batches for s in b.samples if s.point == point), key=_when)
        assert yard.desk.latest[point] == newest


def test_the_shipped_conditions_tell_of_gas_long_before_its_limit() -> None:
    yard = Yard()
    yard.goes(9 * 24, 400.0)
    assert yard.raised == []
    yard.goes(30, 400.0, rise_per_h=12.0)
    source = "yard.c0025.co"
    assert yard.raised[:3] == [
        f"co_slope_pre:{source}_slope_own_ppm_per_h",
        f"co_slope:{source}_slope_ppm_per_h",
        f"co_residual_pre:{source}_residual_own_ppm",
    ]
    known = yard.desk.alarms.early_warning("c0025")
    assert (known.learning, known.share_learnt, known.frozen) == (False, 1.0, True)
    ahead, temp = known.prospects
    assert (temp.condition, temp.hours, temp.latest_h) == ("temp_high", None, None)
    assert (ahead.condition, ahead.limit, ahead.unit) == ("co_high", 3000.0, "ppm")
    assert ahead.per_h == pytest.approx(12.0, abs=0.3)
    assert ahead.hours == pytest.approx((3000.0 - ahead.level) / ahead.per_h, abs=0.1)
    assert ahead.earliest_h is not None
    assert ahead.latest_h is not None
    assert ahead.earliest_h <= ahead.hours <= ahead.latest_h


def test_each_store_with_a_board_has_the_points_its_board_allows() -> None:
    config = load_config(EXAMPLE)
    points = derived_points(config)
    assert len(points) == 7 * len(config.board)
    bare = config.board[0].model_copy(update={"values": ("temp_1_degc",)})
    assert derived_points(config.model_copy(update={"board": (bare,)})) == [
        "yard.c0025.temp_rate_degc_per_day",
        "yard.c0025.temp_rate_own_degc_per_day",
    ]


def test_what_was_derived_hours_ago_is_not_shown_as_now() -> None:
    machine = Machine()
    freshness = Freshness(load_site(EXAMPLE), Clock(machine))
    now_us = machine.utc_us()
    point = "yard.c0025.co_residual_ppm"
    assert freshness.value(Sample(point, now_us - 2 * HOUR_US, 12.0)).value == 12.0
    old = freshness.value(Sample(point, now_us - 4 * HOUR_US, 12.0))
    assert (old.value, old.quality, old.reason) == (None, "bad", "stale")


def test_silos_are_other_stores_than_containers() -> None:
    spec = outlook_of(load_config(EXAMPLE))
    assert (spec.kinds["s1"], spec.kinds["c0001"]) == ("silo", "container")
    assert spec.emissions["silo"].settling_days > 50.0 * spec.emissions["container"].settling_days


@pytest.mark.parametrize(
    ("added", "problem"),
    [
        ('[early_warning]\nair_degc = "yard.c0025.co_ppm"', "temperature of the air is needed"),
        ('[early_warning]\nair_degc = "yard.c9999.air_degc"', "no point of a meter or board"),
        (
            '[[board]]\nid = "b1"\nstore = "c0001"\nreport_s = 60\nvalues = ["co_ahead_ppm"]',
            "the gateway makes a value of this name itself",
        ),
    ],
)
def test_what_early_warning_cannot_rest_on_is_refused(
    tmp_path: Path, added: str, problem: str
) -> None:
    file = tmp_path / "site.toml"
    file.write_text(EXAMPLE.read_text(encoding="utf-8") + "\n" + added, encoding="utf-8")
    with pytest.raises(ConfigError, match=problem):
        load_site(file)


def test_the_air_of_the_yard_is_a_point_of_a_board(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    text = text.replace('"temp_2_degc", "co_ppm"]', '"temp_2_degc", "air_degc", "co_ppm"]', 1)
    file = tmp_path / "site.toml"
    air = '\n[early_warning]\nair_degc = "yard.c0025.air_degc"\n'
    file.write_text(text + air, encoding="utf-8")
    assert outlook_of(load_config(file)).air_point == "yard.c0025.air_degc"


def test_a_store_that_is_loaded_anew_is_another_to_early_warning() -> None:
    config = load_config(EXAMPLE)
    first = config.store[0].model_copy(update={"lot": "w-7", "loaded": date(2026, 5, 1)})
    stores = (first, *config.store[1:])
    loads = outlook_of(config.model_copy(update={"store": stores})).loads
    assert loads[first.id] == "w-7 2026-05-01"
    assert config.store[1].id not in loads


def _when(sample: Sample) -> int:
    return sample.t_us
