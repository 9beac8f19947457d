"""Lots files: what is accepted, and how what is not is refused."""

import pytest

from agent.errors import MixedBasisError, UnknownFuelError
from gateway.footprint.lots_file import load_lots, parse_lots
from gateway.footprint.site import check_fuels, plant_of
from gateway.footprint.tables import load_tables
from gateway.problems import ConfigError

GOOD = """
[[lot]]
id = "rpf-1"
fuel = "rpf"
from_utc = 2026-10-01T09:00:00+09:00
ncv_dry_mj_per_kg = 25.0
moisture = 0.03
co2_total_g_per_mj_ncv = 87.0
biogenic_carbon_fraction = 0.3
[lot.analysis]
laboratory = "Example laboratory"
date = 2026-09-20
"""


def test_lot_is_read(tmp_path):
    path = tmp_path / "lots.toml"
    path.write_text(GOOD)
    (lot,) = load_lots(path)
    assert lot.from_us == 1_790_812_800_000_000
    assert lot.analysis == {"laboratory": "Example laboratory", "date": "2026-09-20"}
    assert lot.biogenic_carbon_fraction == 0.3


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param(
            "moisture = 0.03",
            "moisture = 8.0",
            "lots.toml:7: lot rpf-1.moisture = 8.0: is no fraction of one. Write 0.10 for 10 %",
            id="percent as fraction",
        ),
        pytest.param(
            "moisture = 0.03",
            "moistrue = 0.03",
            "lots.toml:7: lot rpf-1.moistrue = 0.03: is not known. Did you mean 'moisture'?",
            id="misspelt key",
        ),
        pytest.param(
            "+09:00",
            "",
            "lots.toml:5: lot rpf-1.from_utc = 2026-10-01 09:00:00: is no instant with a time zone",
            id="no time zone",
        ),
        pytest.param(
            "= 25.0",
            '= "25 MJ/kg"',
            "lots.toml:6: lot rpf-1.ncv_dry_mj_per_kg = 25 MJ/kg: is no positive number",
            id="number with a unit",
        ),
        pytest.param('id = "rpf-1"\n', "", "lots.toml:2: lot 1.id: missing", id="no id"),
        pytest.param("fuel =", "fuel = =", "lots.toml: syntax", id="broken TOML"),
    ],
)
def test_mistakes_name_line_value_and_remedy(old, new, message):
    with pytest.raises(ConfigError) as caught:
        parse_lots(GOOD.replace(old, new, 1))
    assert message in str(caught.value)


def test_twins_are_refused():
    with pytest.raises(ConfigError, match="is used twice"):
        parse_lots(GOOD + GOOD)
    with pytest.raises(ConfigError, match="begins at the same instant as lot rpf-1"):
        parse_lots(GOOD + GOOD.replace('"rpf-1"', '"rpf-2"'))


def test_missing_file_says_where_to_set_it(tmp_path):
    with pytest.raises(ConfigError, match=r"Set cofiring\.lots_file"):
        load_lots(tmp_path / "none.toml")


def test_fuel_that_cannot_be_counted_is_refused_at_the_start(site):
    tables = load_tables()
    plant = plant_of(site.config, tables)
    with pytest.raises(MixedBasisError, match="no net calorific value as received"):
        check_fuels(plant, tables, ())
    stranger = parse_lots(GOOD.replace('fuel = "rpf"', 'fuel = "peat"'))
    with pytest.raises(UnknownFuelError, match="the site burns coal, pellets, rpf"):
        check_fuels(plant, tables, stranger)
