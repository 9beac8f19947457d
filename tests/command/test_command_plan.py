"""`hinoban plan` in three languages: what each "−x %" is of, against what and within what."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cofiring.changes import FIGURES
from agent.cofiring.chosen import CERTIFICATE, DEFAULT, LAB
from agent.cofiring.fuels import TIERS
from gateway.cli import app
from gateway.footprint.plans import EXAMPLE
from gateway.views.catalogue import LANGUAGES
from gateway.views.plan_words import PlanWords

OJI = Path(__file__).parents[2] / "simulators" / "sites" / "oji-like" / "site.toml"


def printed(*words: str, code: int = 0) -> str:
    found = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["plan", *words])
    assert found.exit_code == code, found.output
    return str(found.output)


def test_the_command_prints_the_steps_and_what_each_per_cent_means() -> None:
    text = printed()
    assert "a plan, no record" in text
    assert "29 %: fossil CO2 -28.8 % against coal alone; boundary: the stack" in text
    assert text.count("per net kWh of electricity; shares by heat") == 1
    printed("/nowhere/plan.toml", code=2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_basis_and_boundary_of_every_change_stand_in_its_language(language: str) -> None:
    words = PlanWords(language)
    found = json.loads(printed("--language", language, "--json"))
    assert (found["language"], found["basis"]) == (language, words["basis"])
    for stage in found["stages"][1:]:
        assert [change["quantity"] for change in stage["changes"]] == list(FIGURES)
        for change in stage["changes"]:
            for part in ("figure", "boundary", "basis", "against"):
                assert change[part] in change["words"]
            assert f"{change['percent']:+.1f} %" in change["words"]
    assert found["stages"][0]["ash_route"] == words.route(0.9, 0.1)
    text = printed("--language", language)
    first = found["stages"][0]["stage"]
    assert text.count(words["basis"]) == 1
    assert text.count(words["boundary_supply_chain"]) == len(found["stages"]) - 1
    assert first in text
    for fuel in found["fuels"]:
        assert words["storage_days"].format(fuel=fuel["name"]) in text
    assert words["ncv"] in text


def test_no_english_is_left_in_another_language() -> None:
    english = PlanWords("en")
    for language in ("ja", "zh-Hant"):
        words, text = PlanWords(language), printed("--language", language)
        same = {key for key in words if words[key] == english[key]}
        assert same == {"ipcc"}
        assert not [word for word in ("coal", "pellets", "heat", "stack") if word in text]


def test_the_sites_language_speaks_where_none_is_named() -> None:
    assert printed("--config", str(OJI)) == printed("--language", "ja")
    assert printed("--config", str(OJI), "--language", "en") == printed()
    assert "use one of en, ja, zh-Hant" in printed("--language", "de", code=2)


def test_what_nobody_told_is_said_in_words(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    told = ", upstream_co2e_g_per_mj_ncv = 6.0 }   # upstream: an example"
    assert told in text
    file = tmp_path / "plan.toml"
    bare = text.replace(told, " }").replace("price_per_t = 180.0\nstored_t = 30_000\n", "")
    file.write_text(bare, encoding="utf-8")
    for language in LANGUAGES:
        words = PlanWords(language)
        shown = printed(str(file), "--language", language)
        change = words["change_lifecycle_co2e_kg_per_kwh"].format(gwp="AR5")
        assert f"{change} {words['not_known']}" in shown
        assert words["unknown"] in shown


def test_every_origin_and_basis_of_a_value_has_its_word() -> None:
    for language in LANGUAGES:
        words = PlanWords(language)
        assert {LAB, CERTIFICATE, DEFAULT, *TIERS, "mj_ncv", "mj_gcv", "kg"} <= set(words)


def test_the_page_of_the_example_sites_says_what_the_plan_prints() -> None:
    found = json.loads(printed("--json"))
    half = next(stage for stage in found["stages"] if stage["stage"] == "50 %")
    fossil, _, life = (
        f"{change['percent']:+.1f} %".replace("-", "−") for change in half["changes"]
    )
    page = (OJI.parents[1] / "README.md").read_text(encoding="utf-8")
    assert f"{fossil} and {life} at that step" in page
