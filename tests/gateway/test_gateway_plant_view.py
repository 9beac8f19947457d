"""What the page is told of stores: where they stand, who speaks for them, and what nobody knows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.alarms.instant import Instant
from agent.alarms.rounds import Entry
from agent.alarms.walking import enter_round
from agent.samples import Sample
from gateway.clock import Clock
from gateway.modbus.counters import CounterBook
from gateway.mqtt.boards import BoardBook
from gateway.recording.desk import Desk
from gateway.site import Site, load_site, rules_of
from gateway.views.freshness import Freshness
from gateway.views.plant import PlantView

EXAMPLE = Path(__file__).parents[2] / "gateway" / "deploy" / "example-plant.toml"
NOW_US = 1_790_000_000_000_000


class Still:
    """Clocks that stand."""

    def utc_us(self) -> int:
        return NOW_US

    def mono_us(self) -> int:
        return 10**9

    def synchronised(self) -> bool:
        return True

    def boot_id(self) -> str:
        return "boot"


NOW = Instant(NOW_US, 10**9, True, "boot")


class Yard:
    """The example's yard behind the view of the page."""

    def __init__(self, site: Site) -> None:
        clock = Clock(Still())
        rules = rules_of(site)
        self.desk = Desk(
            "example", BoardBook(site.config.board, "boot"), CounterBook({}, "boot"), rules.engine()
        )
        poller: Any = None
        self.view = PlantView(site, self.desk, poller, Freshness(site, clock))

    def hears(self, store: str, temp: float) -> None:
        samples = [
            Sample(f"yard.{store}.temp_1_degc", NOW_US, temp),
            Sample(f"yard.{store}.temp_2_degc", NOW_US, 20.0),
            Sample(f"yard.{store}.co_ppm", NOW_US, 100.0),
        ]
        self.desk.latest.update((s.point, s) for s in samples)
        self.desk.alarms.on_heard(f"b{store[1:]}", NOW)
        late = [Sample(s.point, s.t_us - 60_000_000, s.value) for s in samples]
        self.desk.alarms.on_samples([*late, *samples], NOW)

    def store(self, name: str) -> Any:
        return next(view for view in self.view.stores() if view.id == name)


@pytest.fixture
def yard() -> Iterator[Yard]:
    return Yard(load_site(EXAMPLE))


def test_a_store_says_where_it_stands_and_for_whom_it_speaks(yard: Yard) -> None:
    one = yard.store("c0025")
    assert (one.row, one.position, one.tier, one.neighbours) == ("A", 25, 1, ("c0024", "c0026"))
    assert (one.represents, one.coverage) == (50, "c0001–c0024, c0026–c0050")
    assert yard.store("c0001").represented_by == "c0025"
    assert yard.store("c0200").represented_by is None


def test_nothing_is_green_that_was_not_told(yard: Yard) -> None:
    assert {view.status for view in yard.view.stores()} == {"no_data", "no_sensor"}
    yard.hears("c0025", 20.0)
    assert yard.store("c0025").status == "ok"
    assert yard.store("c0026").status == "no_sensor"


def test_a_fire_shows_its_round_at_every_store_it_is_about(yard: Yard) -> None:
    yard.hears("c0025", 60.0)
    assert yard.store("c0025").status == "alarm"
    assert [yard.store(name).rounds for name in ("c0025", "c0050", "c0051")] == [
        ("r1",), ("r1",), (),
    ]  # fmt: skip


def test_what_was_measured_by_hand_is_shown_with_its_time_and_makes_nothing_green(
    yard: Yard,
) -> None:
    yard.hears("c0025", 60.0)
    early, late = NOW_US - 600_000_000, NOW_US - 60_000_000
    for t_us, degc in ((late, 21.0), (early, 19.0)):
        entry = Entry("c0024", "noor", t_us, co_ppm=3.0, temp_degc=degc)
        enter_round(yard.desk.alarms, "r1", entry, NOW)
    one = yard.store("c0024")
    assert one.status == "no_sensor"
    assert {name: (v.value, v.t_us) for name, v in one.by_hand.items()} == {
        "co_ppm": (3.0, late), "temp_degc": (21.0, late), "signs": (0.0, late),
    }  # fmt: skip
    assert one.values == {}
    points = {view.point: view for view in yard.view.points()}
    assert points["yard.c0024.hand_temp_degc"].origin == "by hand"
    assert points["yard.c0024.hand_temp_degc"].unit == "degc"


def test_a_hot_wall_found_by_hand_is_an_alarm_of_a_store_without_a_board(yard: Yard) -> None:
    yard.hears("c0025", 60.0)
    entry = Entry("c0024", "noor", NOW_US, temp_degc=64.0)
    enter_round(yard.desk.alarms, "r1", entry, NOW)
    assert yard.store("c0024").status == "alarm"


def test_the_gateways_own_points_are_points(yard: Yard) -> None:
    origins = {view.point: view.origin for view in yard.view.points()}
    assert origins["unit1.balance.heat_rate_mj_per_kwh"] == "account of fuels"
    assert origins["yard.c0025.co_residual_ppm"] == "early warning"
