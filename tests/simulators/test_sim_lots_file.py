import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulators import lots

START = datetime(2026, 3, 4, 1, 2, 3, tzinfo=UTC)


def test_a_lots_file_comes_back_as_it_was_drawn(tmp_path: Path) -> None:
    drawn = lots.draw(START, 1.0, 9)
    lots.write(drawn, tmp_path / "lots.toml")
    assert lots.read(tmp_path / "lots.toml") == drawn


def test_the_command_is_deterministic_and_names_each_analysis(tmp_path: Path) -> None:
    arguments = ["--start-utc", "2026-03-04T01:02:03", "--hours", "2", "--seed", "9"]
    lots.main(["--out", str(tmp_path / "a.toml"), *arguments])
    lots.main(["--out", str(tmp_path / "b.toml"), *arguments])
    text = (tmp_path / "a.toml").read_text()
    assert text == (tmp_path / "b.toml").read_text()
    for lot in tomllib.loads(text)["lot"]:
        assert set(lot["analysis"]) == {"method", "date", "laboratory"}
        assert ("biogenic_carbon_fraction" in lot) == (lot["fuel"] == "rpf")
        assert lot["from_utc"].utcoffset().total_seconds() == 0


def test_a_file_without_a_fuel_is_refused(tmp_path: Path) -> None:
    only_coal = [lot for lot in lots.draw(START, 1.0, 9) if lot.fuel == "coal"]
    lots.write(only_coal, tmp_path / "lots.toml")
    with pytest.raises(ValueError, match="no lot of pellets, rpf"):
        lots.read(tmp_path / "lots.toml")


def test_an_unknown_key_names_the_lot(tmp_path: Path) -> None:
    (tmp_path / "lots.toml").write_text('[[lot]]\nid = "x1"\nncv = 3\n')
    with pytest.raises(ValueError, match="lot x1"):
        lots.read(tmp_path / "lots.toml")
