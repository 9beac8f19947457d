"""What a site's file says of fuels and schemes: taken with its proof, refused with a remedy."""

import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.config_fuels import Scheme

BASE_US = 1_790_000_040_000_000
MINUTE_US = 60_000_000
DEPLOY = Path(__file__).parents[2] / "gateway" / "deploy"
RUNNER = CliRunner()

PROVED = """
[[fuel.value]]
quantity = "{quantity}"
value = {value}
unit = "{unit}"
{keys}
valid_from = 2026-01-01
proof = "report 26-017 of the coal laboratory"
"""


def proved(quantity, value, unit, **keys):
    lines = "\n".join(f'{name} = "{said}"' for name, said in keys.items())
    return PROVED.format(quantity=quantity, value=value, unit=unit, keys=lines)


@pytest.fixture
def written(tmp_path):
    """Writes the example site, changed."""

    def write(*, coal="", cofiring="", scheme="", lots=None, own_values=True):
        text = (DEPLOY / "example-plant.toml").read_text("utf-8")
        if not own_values:
            text = re.sub(r"\[\[fuel\.value\]\]\n(?:\w+ = .*\n)+", "", text)
        text = text.replace('synchronised_by = "kernel"', 'synchronised_by = "assume"')
        text = text.replace('\n[[fuel]]\nid = "pellets"', f'{coal}\n[[fuel]]\nid = "pellets"')
        text = text.replace("[cofiring]\n", f"[cofiring]\n{cofiring}\n")
        text = text.replace('\n[[fuel]]\nid = "coal"', f'{scheme}\n[[fuel]]\nid = "coal"')
        site = tmp_path / "site.toml"
        site.write_text(text, "utf-8")
        shutil.copy(DEPLOY / "example-lots.toml", tmp_path)
        if lots is not None:
            (tmp_path / "example-lots.toml").write_text(lots, "utf-8")
        return site

    return write


def said(*arguments):
    done = RUNNER.invoke(app, [str(part) for part in arguments])
    return done.exit_code, done.output


def values_of(site, on="2026-10-05"):
    code, output = said("fuels", "--config", site, "--on", on, "--json")
    assert code == 0, output
    told = json.loads(output)
    return {(row["fuel"], row["quantity"]): row for row in told["values"]}, told["warnings"]


def test_a_proved_value_goes_before_the_tables_and_names_its_proof(written):
    coal = proved("co2", 92.5, "g/MJ", per="mj_ncv", carbon="total")
    values, warnings = values_of(written(coal=coal))
    co2 = values["coal", "co2"]
    assert (co2["value"], co2["how"]) == (92.5, "site")
    assert co2["source"] == "site, report 26-017 of the coal laboratory"
    assert values["coal", "ncv"]["how"] == "lot lab"
    assert warnings == []
    before, _ = values_of(written(coal=coal), on="2025-12-31")
    assert before["coal", "co2"]["how"] == "ipcc"


IMPORTED = """
[[lot]]
id = "C-2611-02"
fuel = "coal"
from_utc = 2026-11-02T00:00:00Z
ncv_dry_mj_per_kg = 26.4
moisture = 0.12
"""


def test_imported_lots_are_told_with_those_of_the_file(written, tmp_path):
    site = written()
    delivery = tmp_path / "november.toml"
    delivery.write_text(IMPORTED, "utf-8")
    done = said("import-lots", delivery, "--config", site, "--name", "Sato", "--yes")
    assert done[0] == 0, done[1]
    code, output = said("fuels", "--config", site, "--json")
    assert code == 0, output
    told = {(row["lot"], row["quantity"]): row["value"] for row in json.loads(output)["values"]}
    assert told["C-2611-02", "ncv"] == pytest.approx(26.4 * 0.88 - 2.442 * 0.12)
    assert ("C-2610-01", "ncv") in told


def test_national_values_count_where_the_country_is_declared(written):
    values, _ = values_of(written(cofiring='country = "TW"'))
    co2 = values["coal", "co2"]
    assert (co2["how"], co2["basis"], co2["carbon"]) == ("national", "kg", "total")


def test_an_implied_factor_outside_its_range_is_told_by_check(written):
    site = written(coal=proved("co2", 2.9, "kg/kg", per="kg", carbon="total"))
    code, output = said("check", "--config", site, "--json")
    assert code == 0, output
    (warning,) = [w for w in json.loads(output)["warnings"] if "supply chain" not in w]
    assert re.match(r"coal, lot C-2610-01: implied_factor: 114\.5 g/MJ is outside", warning)
    assert "implied_factor: 114.5 g/MJ" in said("check", "--config", site)[1]


def test_check_says_that_coal_without_a_supply_chain_leaves_no_life_cycle(written):
    warnings = json.loads(said("check", "--config", written(own_values=False), "--json")[1])[
        "warnings"
    ]
    (warning,) = [w for w in warnings if w.startswith("coal: no supply chain is declared")]
    assert "no life-cycle figure and no 95 % interval" in warning
    assert "upstream_co2e" in warning
    site = written(coal=proved("upstream_co2e", 8.0, "g/MJ", per="mj_ncv"), own_values=False)
    warnings = json.loads(said("check", "--config", site, "--json")[1])["warnings"]
    assert not [w for w in warnings if w.startswith("coal: no supply chain")]


REFUSED = [
    pytest.param(
        {"coal": proved("co2", 92.5, "MJ/kg", per="mj_ncv", carbon="total")},
        r"fuel coal, co2: unit 'MJ/kg' cannot be; write 'g/MJ'",
        id="a unit no factor has",
    ),
    pytest.param(
        {"coal": proved("co2", 92.5, "g/MJ", per="mj_ncv", carbon="total").split("proof")[0]},
        r"proof",
        id="no proof",
    ),
    pytest.param(
        {"scheme": '\n[[cofiring.scheme]]\nid = "jp_fip"\n'},
        r"there is no such scheme in agent/tables/schemes\.toml",
        id="a scheme in no pack",
    ),
]


@pytest.mark.parametrize(("change", "words"), REFUSED)
def test_what_cannot_be_is_refused_at_its_line(written, change, words):
    code, output = said("check", "--config", written(**change))
    assert code == 2
    assert re.search(words, output)
    assert re.search(r"site\.toml:\d+: ", output)


def test_gross_values_alone_are_refused_until_the_mix_is_acknowledged(written):
    lots = (DEPLOY / "example-lots.toml").read_text("utf-8").split('[[lot]]\nid = "R-2610-03"')[0]
    code, output = said("check", "--config", written(lots=lots))
    assert code == 2
    assert "25 MJ/kg is gross" in output
    assert "cofiring.mixed_bases_acknowledged" in output
    told = 'mixed_bases_acknowledged = "until the laboratory reports, October"'
    site = written(lots=lots, cofiring=told)
    code, output = said("check", "--config", site, "--json")
    assert code == 0, output
    (warning,) = [w for w in json.loads(output)["warnings"] if "supply chain" not in w]
    assert warning.endswith("25 MJ/kg is gcv_ar; until the laboratory reports, October")


def test_a_day_that_is_none_and_a_gateway_that_never_ran_are_said_plainly(written):
    site = written()
    code, output = said("fuels", "--config", site, "--on", "soon")
    assert (code, "'soon' is no day; write it like 2026-10-01" in output) == (2, True)
    code, output = said("schemes", "--config", site)
    assert (code, "has the gateway run here?" in output) == (2, True)
    code, output = said("schemes", "--config", site, "--period", "week")
    assert (code, "use one of settlement, day, month, fiscal_year" in output) == (2, True)


def test_schemes_go_from_the_site_s_file_into_records_and_are_printed(site, written):
    scheme = Scheme(id="jp_fit", certified=date(2023, 6, 1), capacity_kw=300_000.0)
    cofiring = site.config.cofiring.model_copy(update={"scheme": (scheme,)})
    site.config = site.config.model_copy(update={"cofiring": cofiring})
    site.run(BASE_US, BASE_US + 5 * MINUTE_US)
    accountant = site.accountant()
    while accountant.step():
        pass
    first = site.settlements()[0]
    view = first.schemes["jp_fit"]
    assert view["biomass_kwh"] == pytest.approx(first.sold_kwh * first.share_heat["pellets"])
    limits = {lot["fuel"]: lot["limit_g_per_mj"] for lot in view["life_cycle"]}
    assert limits == {"pellets": 90.0, "rpf": None}
    assert site.minutes()[0].schemes == {}
    assert site.store.verify().ok
    shown = written()
    text = shown.read_text("utf-8").replace('directory = "data"', f'directory = "{site.folder}"')
    shown.write_text(text, "utf-8")
    code, output = said("schemes", "--config", shown, "--period", "settlement", "--json")
    assert code == 0, output
    told = json.loads(output)[0]
    assert told["scheme"] == "jp_fit"
    assert told["printed"]["biomass_kwh"] == str(int(view["biomass_kwh"]))
    assert "methane" not in " ".join(told["reasons"])
