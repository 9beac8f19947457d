"""`hinoban report alarms` on a journal counted by hand."""

import json
from pathlib import Path

import pytest
from alarm_journals import site_with_two_days
from click.testing import Result
from typer.testing import CliRunner

from gateway.cli import app

DAYS = ("--from", "2026-11-16T00:00Z", "--to", "2026-11-18T00:00Z")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site_with_two_days(tmp_path_factory.mktemp("site"))


def report(config: Path, *options: str) -> Result:
    runner = CliRunner(env={"COLUMNS": "200"})
    return runner.invoke(app, ["report", "alarms", "--config", str(config), *options])


def test_as_data_it_is_what_was_counted_by_hand(config: Path) -> None:
    told = json.loads(report(config, *DAYS, "--json").stdout)
    assert (told["from_utc"], told["to_utc"]) == (
        "2026-11-16T00:00:00.000Z",
        "2026-11-18T00:00:00.000Z",
    )
    assert (told["coverage"], told["alarms"], told["flood_s"]) == (0.975, 25, 500.0)
    assert {f["name"]: f["value"] for f in told["figures"]} == {
        "average_per_day": 500 / 39,
        "average_per_10_min": 125 / 1404,
        "peak_per_10_min": 12,
        "flood_share": 25 / 8424,
        "chattering": 1,
        "stale": 2,
        "unauthorised_suppressions": 2,
    }
    assert told["stale"][2]["to_utc"] is None
    assert told["hidden"] == {"out_of_service": 1, "suppressed": 2, "shelved": 1}
    assert told["hidings"][0]["until_utc"] == "2026-11-16T16:00:00.000Z"


def test_as_a_table_it_names_the_bad_actors_and_says_what_it_is_not(config: Path) -> None:
    done = report(config, *DAYS)
    assert done.exit_code == 0, done.output
    for words in (
        "Alarm report 2026-11-16 09:00:00 – 2026-11-18 09:00:00",
        "On record: 97.5 %",
        "12.82",
        "≤ 150",
        "not met",
        "feeder_stopped:unit1.coal.mass_rate_kg_per_s",
        "2026-11-16 17:07:30",
        "0:08:20",
        "still standing",
        "16 %",
        "does not say that any place may be entered",
    ):
        assert words in done.stdout, words


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Most frequent alarms"), ("ja", "多発警報"), ("zh-Hant", "最頻繁的警報")],
)
def test_the_page_stands_alone_in_every_language(
    config: Path, tmp_path: Path, language: str, words: str
) -> None:
    page = tmp_path / "report.html"
    assert report(config, *DAYS, "--html", str(page), "--language", language).exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert f'<html lang="{language}">' in text
    assert f"<h2>{words}</h2>" in text
    assert "feeder_stopped:unit1.coal.mass_rate_kg_per_s" in text
    assert not any(sign in text for sign in ("http:", "https:", "<script", "src="))


def test_a_week_and_a_month_are_those_of_the_site(config: Path) -> None:
    week = json.loads(report(config, "--week", "2026-W46", "--json").stdout)
    assert (week["from_utc"], week["to_utc"]) == (
        "2026-11-08T15:00:00.000Z",
        "2026-11-15T15:00:00.000Z",
    )
    month = json.loads(report(config, "--month", "2026-10", "--json").stdout)
    assert (month["from_utc"], month["to_utc"]) == (
        "2026-09-30T15:00:00.000Z",
        "2026-10-31T15:00:00.000Z",
    )
    assert (month["coverage"], month["alarms"]) == (0.0, None)


def test_what_nobody_recorded_is_unknown_and_no_target_is_met(config: Path) -> None:
    done = report(config, "--month", "2026-10")
    assert "On record: 0 %" in done.stdout
    assert "Less than 95 % of the period is on record" in done.stdout
    assert "unknown" in done.stdout
    assert " met" not in done.stdout.replace("counts as met", "")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--week", "2026-W60"), "'2026-W60' is no week"),
        (("--month", "2026-13"), "'2026-13' is no month"),
        (("--week", "2026-W46", "--month", "2026-10"), "three ways to say it"),
        (("--from", "2026-11-16T00:00"), "give both from and to"),
        (("--from", "then", "--to", "2026-11-16"), "'then' is no date"),
        (("--from", "2026-11-16", "--to", "2026-11-15"), "swap them"),
        (("--week", "2099-W01"), "has not begun"),
        (("--language", "de"), "language 'de' is not served"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    config: Path, options: tuple[str, ...], words: str
) -> None:
    done = report(config, *options)
    assert done.exit_code == 2
    assert words in done.stderr
