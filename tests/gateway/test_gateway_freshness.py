"""A value older than it may be is shown as not known, and the journal is left alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.samples import Quality, Sample
from gateway.clock import Clock
from gateway.http.footprint_views import CofiringView, FuelFlow, LiveFactor
from gateway.http.value_views import Value
from gateway.site import Site, load_site
from gateway.views.freshness import ACCOUNT_LAG_US, Freshness, without_factor, without_figures

S = 1_000_000
CONFIGS = Path(__file__).resolve().parents[2] / "tests/golden/configs"
MAP = """
[device]
name = "Bench meter"
source = "none, for tests"
[fields]
fast_kw  = { register = "holding", address = 0, type = "uint16", unit = "kw" }
slow_kw  = { register = "holding", address = 1, type = "uint16", unit = "kw" }
own_kw   = { register = "holding", address = 2, type = "uint16", unit = "kw", stale_after_s = 2.0 }
quiet_kw = { register = "holding", address = 3, type = "uint16", unit = "kw" }
"""
METER = """
[[meter]]
id = "bench"
profile = "bench"
host = "127.0.0.1"
port = 15099
[meter.points]
fast_kw = "bench.fast_kw"
slow_kw = { point = "bench.slow_kw", poll_s = 60.0 }
own_kw = "bench.own_kw"
quiet_kw = { point = "bench.quiet_kw", deadband = 5.0, heartbeat_s = 30.0 }
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    text = (CONFIGS / "good.toml").read_text()
    text = text.replace("[site]\n", '[site]\nprofiles = "devices"\n')
    (tmp_path / "site.toml").write_text(text + METER)
    (tmp_path / "lots.toml").write_text((CONFIGS / "lots.toml").read_text())
    (tmp_path / "devices").mkdir()
    (tmp_path / "devices" / "bench.toml").write_text(MAP)
    return load_site(tmp_path / "site.toml")


@pytest.mark.parametrize(
    ("point", "oldest_s"),
    [
        pytest.param("bench.fast_kw", 5.0, id="three polls are less than 5 s"),
        pytest.param("bench.slow_kw", 180.0, id="three polls of its own"),
        pytest.param("bench.own_kw", 2.0, id="as the register map says"),
        pytest.param("bench.quiet_kw", 5.0 + 29.0, id="and the heartbeat, where one is silent"),
    ],
)
def test_how_old_a_value_may_be(
    site: Site, make_bench: Callable[..., Any], point: str, oldest_s: float
) -> None:
    time = make_bench().time
    fresh = Freshness(site, Clock(time))
    sample = Sample(point, time.utc_us(), 17.0)
    time.mono += round(oldest_s * S)
    assert fresh.value(sample) == Value(sample.t_us, 17.0, Quality.GOOD)
    time.mono += 1
    assert fresh.value(sample) == Value(sample.t_us, None, Quality.BAD, "stale")


def test_points_of_boards_have_alarms_of_their_own_for_silence(
    site: Site, make_bench: Callable[..., Any]
) -> None:
    time = make_bench().time
    fresh = Freshness(site, Clock(time))
    sample = Sample("yard.c1.temp_1_degc", time.utc_us(), 17.0)
    time.mono += 10_000 * S
    assert fresh.value(sample).value == 17.0


def test_figures_of_minutes_that_are_over_are_not_shown(
    site: Site, make_bench: Callable[..., Any]
) -> None:
    time = make_bench().time
    fresh = Freshness(site, Clock(time))
    to_us = time.utc_us()
    points = ("bench.fast_kw", "bench.own_kw")
    time.mono += 5 * S + ACCOUNT_LAG_US
    assert not fresh.is_past(to_us, points)
    time.mono += 1
    assert fresh.is_past(to_us, points)

    flow = FuelFlow("coal", {"en": "Coal"}, False, 1.0, 2.0, 3.0, 0.5, 0.5)
    view = without_figures(
        CofiringView("live", 0, to_us, (flow,), 0.5, 0.5, "ncv_ar", 1.0, 2.0, 3.0, 4.0, 1.0,
                     Quality.GOOD)
    )  # fmt: skip
    assert (view.valid_to_us, view.quality, view.reason) == (to_us, Quality.BAD, "stale")
    figures = (view.net_kw, view.biomass_share_heat, view.fuels[0].mass_kg_per_h, view.steam_mj)
    assert figures == (None,) * 4
    factor = without_factor(
        LiveFactor("s.live", "electricity", 0, to_us, 0.4, {"fossil_co2": 0.4}, 0.1, 0.1, 0.6,
                   "AR5", 900.0, 1.0, Quality.GOOD)
    )  # fmt: skip
    assert (factor.valid_to_us, factor.quality, factor.reason) == (to_us, Quality.BAD, "stale")
    assert (factor.direct_co2e_kg_per_kwh, factor.net_kw) == (None, None)
    assert factor.co2e_parts_kg_per_kwh == {"fossil_co2": None}
