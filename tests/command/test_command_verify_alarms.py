"""`hinoban verify alarms`: the chain's end is printed, and proves later what it was."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from alarm_journals import site_with_two_days
from click.testing import Result
from typer.testing import CliRunner

from gateway.cli import app


def verify(config: Path, *options: str) -> Result:
    runner = CliRunner(env={"COLUMNS": "200"})
    return runner.invoke(app, ["verify", "alarms", "--config", str(config), *options])


def test_the_end_that_was_printed_is_found_again(tmp_path: Path) -> None:
    config = site_with_two_days(tmp_path)
    told = json.loads(verify(config, "--json").stdout)
    end = told["counts"]["end of the chain"]
    assert (told["problems"], told["counts"]["alarm events"]) == ([], 84)
    assert verify(config, "--seen", end).exit_code == 0
    assert end in verify(config).stdout

    with closing(sqlite3.connect(tmp_path / "data/journal.sqlite")) as raw, raw:
        raw.execute("DROP TRIGGER alarm_event_unaltered")
        raw.execute("UPDATE alarm_event SET event = replace(event, 'aoki', 'sato')")
    done = verify(config)
    assert done.exit_code == 1
    assert "is not what was written" in done.stdout


def test_what_is_no_link_is_refused_in_words(tmp_path: Path) -> None:
    done = verify(site_with_two_days(tmp_path), "--seen", "64")
    assert done.exit_code == 2
    assert "write number:digest as printed" in done.stderr
