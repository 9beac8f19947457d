"""`hinoban alarms export`: the journal for spreadsheets, programs and the printer."""

import csv
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from alarm_journals import TO_US, S, site_with_two_days, two_days
from click.testing import Result
from typer.testing import CliRunner

from gateway.cli import app
from gateway.historian.journal import Journal
from gateway.historian.rows import Commit

EVENTS = 86


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two days, and two events with words that mean harm to a spreadsheet or a page."""
    folder = tmp_path_factory.mktemp("site")
    made = site_with_two_days(folder)
    at_us = TO_US + 25 * 3600 * S
    hot = replace(
        two_days()[0], at_us=at_us, t_us=at_us - 7200 * S, value=51.5, limit=50.0, unit="degc",
        from_history=True, store="c0150", edge="raised",
    )  # fmt: skip
    seen = replace(
        hot, edge="acknowledged", from_history=False, person="＠tanaka", second="<b>mori</b>",
        comment='=HYPERLINK("x"), 確認\nした',
    )  # fmt: skip
    journal = Journal.open(folder / "data/journal.sqlite")
    journal.commit(Commit("boot-1", at_us, 2 * 10**13, True, alarm_events=(hot, seen)))
    journal.close()
    return made


def export(config: Path, *options: str) -> Result:
    runner = CliRunner(env={"COLUMNS": "200"})
    return runner.invoke(app, ["alarms", "export", "--config", str(config), *options])


def written(config: Path, folder: Path, *options: str) -> str:
    done = export(config, *options, "--output", str(folder / "out"))
    assert done.exit_code == 0, done.output
    return (folder / "out").read_bytes().decode("utf-8")


def test_every_line_proves_itself_and_follows_the_one_before(config: Path) -> None:
    lines = export(config, "--format", "jsonl").stdout.splitlines()
    assert len(lines) == EVENTS
    before = bytes(32).hex()
    for number, line in enumerate(lines, 1):
        told = json.loads(line)
        text = line[line.index('"event":') + 8 : line.rindex(',"before":')]
        numbers = b"".join(told[key].to_bytes(8, "big") for key in ("id", "n", "at_us"))
        made = hashlib.sha256(bytes.fromhex(before) + numbers + text.encode()).hexdigest()
        assert (told["id"], told["before"], told["digest"]) == (number, before, made)
        assert json.loads(text) == told["event"]
        before = made


def test_a_part_keeps_the_links_of_the_whole(config: Path) -> None:
    whole = export(config, "--format", "jsonl").stdout.splitlines()
    part = export(
        config, "--format", "jsonl", "--from", "2026-11-16T00:00Z", "--to", "2026-11-18T00:00Z"
    ).stdout.splitlines()
    begin = whole.index(part[0])
    assert part == whole[begin : begin + len(part)]
    assert (begin, len(part)) == (6, 77)


def test_a_spreadsheet_gets_times_numbers_and_no_formula(config: Path, tmp_path: Path) -> None:
    text = written(config, tmp_path, "--format", "csv")
    assert text.startswith("\ufeffnumber,")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert len(rows) == EVENTS
    hot, seen = rows[-2:]
    assert (hot["value"], hot["limit"], hot["unit"], hot["store"]) == (
        "51.5", "50.0", "degc", "c0150",
    )  # fmt: skip
    assert (hot["t_utc"], hot["at_utc"]) == ("2026-11-18T23:00:00.000Z", "2026-11-19T01:00:00.000Z")
    assert (hot["from_history"], seen["from_history"], hot["person"]) == ("true", "false", "")
    assert seen["comment"] == '\'=HYPERLINK("x"), 確認\nした'
    assert seen["person"] == "'＠tanaka"
    assert len(hot["digest"]) == 64
    assert rows[-3]["until_utc"] == ""
    assert [row["until_utc"] for row in rows if row["edge"] == "out_of_service"] == [
        "2026-11-24T10:00:00.000Z"
    ]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Alarm journal", "returned (shelved)", "End of the journal&#x27;s chain")),
        ("ja", ("警報履歴", "復帰 (一時保留)", "連鎖の末尾")),
        ("zh-Hant", ("警報紀錄", "恢復 (擱置)", "紀錄鏈的末端")),
    ],
)
def test_a_page_for_the_printer_in_every_language(
    config: Path, tmp_path: Path, language: str, words: tuple[str, ...]
) -> None:
    text = written(config, tmp_path, "--format", "html", "--language", language)
    for word in (*words, f'lang="{language}"', "51.5 degc", "2026-11-19 10:00:00"):
        assert word in text, word
    assert text.count("<tr>") == EVENTS + 2
    assert "<b>" not in text
    assert "＠tanaka + &lt;b&gt;mori&lt;/b&gt;" in text
    assert f"{EVENTS}:" in text
    assert not any(sign in text for sign in ("http:", "https:", "<script", "src="))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--format", "csv", "--from", "then"), "'then' is no date"),
        (("--format", "html", "--language", "de"), "not served"),
        (("--format", "csv", "--output", "/nowhere/at/all"), "name a file that can be written"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    config: Path, options: tuple[str, ...], words: str
) -> None:
    done = export(config, *options)
    assert done.exit_code == 2
    assert words in done.stderr


def test_nothing_recorded_is_said_on_the_page(config: Path) -> None:
    done = export(config, "--format", "html", "--to", "2026-01-01")
    assert "<td>none</td>" in done.stdout
    assert export(config, "--format", "jsonl", "--to", "2026-01-01").stdout == ""


def test_one_alarm_is_printed_with_its_card(config: Path) -> None:
    fire = "temp_high:yard.c0150.temp_1_degc"
    done = export(config, "--format", "html", "--alarm", fire, "--language", "ja")
    assert "対応手順: " in done.stdout
    rows = export(config, "--format", "jsonl", "--alarm", fire).stdout.splitlines()
    assert [json.loads(row)["event"]["edge"] for row in rows] == [
        "raised", "acknowledged", "cleared", "reset",
    ]  # fmt: skip
    assert {json.loads(row)["event"]["alarm_id"] for row in rows} == {fire}
    other = export(config, "--format", "html", "--alarm", "no_such:thing")
    assert "<td>none</td>" in other.stdout
    assert "Response card" not in other.stdout
