"""`hinoban import-registers`: from a vendor's CSV to a register map that loads."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from gateway.cli import app
from gateway.modbus.profile import load_profiles

TABLES = Path(__file__).parents[1] / "golden" / "register_tables"


def command(*arguments: str | Path) -> Result:
    runner = CliRunner(env={"COLUMNS": "200"})
    return runner.invoke(app, ["import-registers", *map(str, arguments)])


def test_it_only_shows_what_it_would_write(tmp_path: Path) -> None:
    shown = command(TABLES / "coriolis.csv", "--max-rate", "kg=20")
    assert shown.exit_code == 0
    assert "absolute_massflow_kg_per_s    holding 3000  float32  1" in shown.output
    assert "9 fields; 0 rows not used; 1 write-only and 2 title rows left out" in shown.output
    assert "nothing was written; add --out" in shown.output
    assert list(tmp_path.iterdir()) == []


def test_it_writes_a_map_that_loads_and_names_its_source(tmp_path: Path) -> None:
    made = tmp_path / "maker_product.toml"
    options = ("--name", "Mass meter", "--source", "manual 7, page 14", "--max-rate", "kg=20")
    done = command(TABLES / "coriolis.csv", "--out", made, *options)
    assert done.exit_code == 0
    assert f"written: {made}" in done.output
    profile = load_profiles(tmp_path)["maker_product"]
    assert (profile.limits.name, profile.limits.source) == ("Mass meter", "manual 7, page 14")
    assert profile.fields["totalizer_1_kg"].max_rate_per_s == 20
    again = command(TABLES / "coriolis.csv", "--out", made, *options)
    assert again.exit_code == 2
    assert "is there already. Use another name, or --force" in again.output
    assert command(TABLES / "coriolis.csv", "--out", made, *options, "--force").exit_code == 0


def test_a_source_that_nobody_named_is_said_so(tmp_path: Path) -> None:
    made = tmp_path / "meter.toml"
    assert command(TABLES / "keiki.csv", "--out", made, "--max-rate", "kwh=1").exit_code == 0
    source = load_profiles(tmp_path)["meter"].limits.source
    assert source == "keiki.csv, imported; its manual, revision and page are not named"


def test_every_row_that_is_left_out_is_told() -> None:
    shown = command(TABLES / "zaehler.csv")
    assert "zaehler.csv:7: Wirkenergie Bezug = kwh: is a totaliser" in shown.output
    assert "zaehler.csv:9: Wirkleistung Gesamt = 1,000: the comma may divide" in shown.output
    assert "4 fields; 2 rows not used; 1 write-only" in shown.output


def test_data_for_other_programs(tmp_path: Path) -> None:
    made = tmp_path / "meter.toml"
    arguments = ("--map", "NOTE=unit", "--one-based", "--order", "cdab", "--max-rate", "m3=0.5")
    shown = command(TABLES / "ultrasonic.csv", *arguments, "--out", made, "--json")
    data = json.loads(shown.stdout)
    assert data["fields"]["flow_rate_m3_per_h"] == {
        "register": "holding",
        "address": 0,
        "type": "float32",
        "order": "CDAB",
        "unit": "m3_per_h",
        "line": 2,
    }
    assert data["written"] == str(made)
    assert len(data["problems"]) == 1


def test_a_table_in_another_encoding(tmp_path: Path) -> None:
    text = (TABLES / "keiki.csv").read_text("utf-8")
    table = tmp_path / "keiki.csv"
    for encoding, options in (
        ("cp932", ("--encoding", "cp932")),
        ("utf-8-sig", ()),
        ("utf-16", ()),
    ):
        table.write_text(text, encoding)
        shown = command(table, "--max-rate", "kwh=1", *options)
        assert "energy_total_kwh" in shown.output, encoding
    table.write_text(text, "cp932")
    assert "--encoding" in command(table).output or command(table).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere.csv",), "nowhere.csv: No such file or directory"),
        (("steam_meter.csv",), "no row can be used; nothing was written"),
        (("steam_meter.csv", "--map", "Units"), "--map Units: write it as NAME=VALUE"),
        (("steam_meter.csv", "--map", "Unit=unit"), "no column is called 'Unit'. Did you mean"),
        (("coriolis.csv", "--max-rate", "kg=much"), "write a number above 0, such as 0.28"),
        (("coriolis.csv", "--out", "meter.txt"), "a register map's name ends in .toml. Add it"),
        (("coriolis.csv", "--encoding", "klingon"), "--encoding klingon: is unknown"),
        (("keiki.csv", "--encoding", "ascii"), "is not ascii. Say what it is: --encoding cp932"),
        (("coriolis.csv", "--order", "ACBD"), "--order ACBD: Did you mean"),
    ],
)
def test_what_cannot_be_done_is_told_in_words(arguments: tuple[str, ...], words: str) -> None:
    refused = command(TABLES / arguments[0], *arguments[1:])
    assert refused.exit_code == 2
    assert words in refused.output
    assert "Traceback" not in refused.output


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    made = tmp_path / "none" / "meter.toml"
    refused = command(TABLES / "coriolis.csv", "--max-rate", "kg=1", "--out", made)
    assert refused.exit_code == 2
    assert "No such file or directory" in refused.output
