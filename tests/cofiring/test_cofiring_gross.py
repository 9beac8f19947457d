"""A factor per gross heat goes with the gross value of the same fuel, not with a table's."""

from dataclasses import replace
from datetime import date

import pytest

from agent.cofiring.choosing import choose
from agent.cofiring.factors import burn
from agent.cofiring.fuels import SiteValues
from agent.cofiring.lots import Lot

DAY = date(2026, 10, 1)
NCV = 20.0
"""A poor coal [MJ/kg]: the table's gross 26.1 × 0.0243 tC/GJ would give it 116 g/MJ."""


@pytest.fixture(scope="module")
def coal(tables):
    return tables.fuel("imported_steam_coal").of_site(SiteValues(country="JP"))


def co2_g_per_mj(entry, tables, **lot):
    found = choose(entry, Lot("c1", "coal", 0, **lot), DAY, tables.physics)
    burnt = burn(1000.0, found)
    return found, 1000.0 * burnt.fossil_co2_kg / burnt.mj


def test_the_gross_value_is_made_of_the_lots_net_one(coal, tables):
    found, factor = co2_g_per_mj(
        coal, tables, ncv_ar_mj_per_kg=NCV, moisture=0.2, hydrogen_dry=0.05
    )
    gross = ((NCV + 2.442 * 0.2) / 0.8 + 2.442 * tables.physics.water_per_hydrogen * 0.05) * 0.8
    assert (found.gcv.value, found.gcv.how) == (pytest.approx(gross, rel=1e-9), "lot lab")
    assert found.co2.how == "national"
    per_gross = 0.0243e3 * tables.physics.co2_per_carbon
    assert factor == pytest.approx(per_gross * gross / NCV, rel=1e-9)
    assert 94.0 < factor < 99.7
    assert not found.doubts


def test_without_hydrogen_a_factor_of_another_coal_is_passed_over(coal, tables):
    bare = {name: known for name, known in coal.vintages.items() if name != "hydrogen_dry"}
    found, factor = co2_g_per_mj(replace(coal, vintages=bare), tables, ncv_ar_mj_per_kg=NCV)
    assert found.co2.basis == "mj_ncv"
    assert "passed over" in found.co2.reason
    assert factor == pytest.approx(found.co2.value, rel=1e-9)


def test_the_laboratorys_own_gross_value_stays(coal, tables):
    lot = {"ncv_ar_mj_per_kg": NCV, "gcv_ar_mj_per_kg": 21.3, "moisture": 0.2}
    assert co2_g_per_mj(coal, tables, **lot)[0].gcv.value == 21.3


def test_defaults_alone_go_together(coal, tables):
    assert choose(coal, None, DAY, tables.physics).gcv.value == 26.1
