"""`hinoban alarms replay`: a table for people, data for programs, refusals in words."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from recorded_yard import RecordedYard, record
from typer.testing import CliRunner

from gateway.cli import app

DAY = ("--from", "2026-11-18T20:00", "--to", "2026-11-19T10:00")


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> RecordedYard:
    return record(tmp_path_factory.mktemp("yard"))


def replay(yard: RecordedYard, *options: str) -> Result:
    runner = CliRunner(env={"COLUMNS": "200"})
    return runner.invoke(app, ["alarms", "replay", "--config", str(yard.path), *options])


def test_the_same_limits_change_nothing(yard: RecordedYard) -> None:
    told = json.loads(replay(yard, *DAY, "--json").stdout)
    assert told["same"] is True
    assert told["conditions"]["co_high"]["was"] == 2
    assert told["stores"]["c0025"]["was"] == 2
    done = replay(yard, *DAY)
    assert "nothing changes" in done.stdout
    assert "What changes" not in done.stdout


def test_changes_come_from_a_file_and_from_the_line(yard: RecordedYard, tmp_path: Path) -> None:
    path = tmp_path / "changed.toml"
    path.write_text('[[alarm]]\nid = "co_high"\nlimit = 2600\non_delay_s = 120\n')
    told = json.loads(
        replay(
            yard, *DAY, "--limits", str(path), "--set", "co_high.limit=2500", "--without",
            "temp_pre", "--json",
        ).stdout
    )  # fmt: skip
    assert told["same"] is False
    assert told["conditions"]["co_high"]["appears"] == 1
    assert told["conditions"]["temp_pre"]["would_be"] == 0
    assert told["figures"]["average_per_day"]["was"] is not None
    gas = [stay for stay in told["stays"] if stay["change"] == "appears"]
    assert [(stay["alarm_id"], stay["store"], stay["was"]) for stay in gas] == [
        ("co_high:yard.c0025.co_ppm", "c0025", None)
    ]
    assert set(gas[0]["would_be"]) == {"from_utc", "to_utc"}


def test_a_person_sees_what_appears_and_when(yard: RecordedYard) -> None:
    done = replay(yard, *DAY, "--set", "co_high.limit=2500")
    for words in ("What changes", "appears", "co_high:yard.c0025.co_ppm", "average_per_day"):
        assert words in done.stdout, words
    assert "stretches change" in done.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((*DAY, "--set", "co_hihg.limit=1"), "Did you mean 'co_high'"),
        ((*DAY, "--set", "nonsense"), "no change of a limit"),
        (("--from", "2026-11-20", "--to", "2026-11-19"), "swap them"),
        (("--from", "2026-01-01", "--to", "2026-01-02"), "no samples of that period"),
        (("--from", "then", "--to", "2026-01-02"), "'then' is no date"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    yard: RecordedYard, options: tuple[str, ...], words: str
) -> None:
    done = replay(yard, *options)
    assert done.exit_code == 2
    assert words in done.stderr
