"""`hinoban import-lots` and `hinoban lots`, as a person types them."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app

DEPLOY = Path(__file__).parents[2] / "gateway" / "deploy"
GOOD = "Lot,Fuel,From,Moisture [%],NCV dry [MJ/kg]\nP-9,pellets,2026-11-08 09:00,7.9,18.8\n"
BAD = GOOD + "P-10,pellets,2026-11-09 09:00,79,x\n"


@pytest.fixture
def run(tmp_path):
    shutil.copy(DEPLOY / "example-lots.toml", tmp_path)
    text = (DEPLOY / "example-plant.toml").read_text()
    silo = '[[store]]\nid = "tall"\nkind = "silo"\nfuel = "pellets"\nblending = "mixed"\n'
    text = text.replace('synchronised_by = "kernel"', 'synchronised_by = "assume"') + silo
    (tmp_path / "plant.toml").write_text(text)

    def command(*words, code=0):
        config = ("--config", str(tmp_path / "plant.toml"))
        found = CliRunner().invoke(app, [*(str(word) for word in words), *config])
        assert found.exit_code == code, found.output
        return found.output

    return command


def test_a_file_is_shown_asked_for_and_kept(run, tmp_path):
    file = tmp_path / "lots.csv"
    file.write_text(GOOD)
    assert "nothing was kept" in run("import-lots", file, "--dry-run")
    assert "1 entry kept" in run("import-lots", file, "--yes", "--name", "Sato")
    listed = json.loads(run("lots", "list", "--json"))
    assert ("P-9", "Sato") in {(row["id"], row["told_by"]) for row in listed}
    assert "C-2610-01" in {row["id"] for row in listed}
    (version,) = json.loads(run("lots", "history", "P-9", "--json"))
    assert version["body"]["moisture"] == 0.079
    assert "nothing was kept" in run("import-lots", file, "--yes")
    run("lots", "withdraw", "lot", "P-9", "--yes")
    assert len(json.loads(run("lots", "history", "P-9", "--json"))) == 2
    before = json.loads(run("lots", "list", "--as-of", "2026-01-01T00:00+09:00", "--json"))
    assert "P-9" not in {row["id"] for row in before}


def test_bad_rows_keep_the_good_ones_out_unless_told(run, tmp_path):
    file = tmp_path / "lots.csv"
    file.write_text(BAD)
    words = run("import-lots", file, "--yes", code=2)
    assert "lots.csv:3: column 'NCV dry [MJ/kg]' = x: is no plain number" in words
    assert "1 problem; nothing was kept" in words
    found = json.loads(run("import-lots", file, "--yes", "--accept-good", "--json"))
    assert (found["kept"], len(found["problems"])) == (1, 1)
    assert [change["id"] for change in found["changes"]] == ["P-9"]


def test_events_are_told_by_hand(run):
    at = "at_utc=2026-11-01T09:00+09:00"
    told = ("lots", "tell", "filling", "store=tall", "lot=P-2610-07", "kg=25000", at)
    assert "1 entry kept" in run(*told, "--yes")
    assert "nothing was kept" in run(*told, "--yes")
    words = run("lots", "tell", "empty", "store=short", at, "--yes", code=2)
    assert "silo 'short' is not traced" in words
    assert "Add kg" in run("lots", "tell", "filling", "store=tall", "lot=P-2610-07", at, code=2)
    assert "Did you mean 'filling'?" in run("lots", "tell", "fill", "store=tall", at, code=2)
    assert json.loads(run("lots", "silos", "--json")) == []
    assert "no silo is traced" in run("lots", "silos")


def test_grades_follow_from_the_analyses_of_lots(run, tmp_path):
    head = "Lot,Fuel,From,Report,Sampled,Moisture [%],GCV dry [MJ/kg],Ash dry [%],Cl dry [%]\n"
    rows = [f"R-9,rpf,2026-11-08,T{n},2026-11-0{n},3,28,6,0.{n}5\n" for n in range(1, 7)]
    file = tmp_path / "tests.csv"
    extra = ",NCV dry [MJ/kg],CO2 total [g/MJ]"
    text = head.replace("\n", f"{extra}\n") + "".join(r.replace("\n", ",25,87\n") for r in rows)
    file.write_text(text)
    assert "missing: 6 tests" in run("lots", "quality")
    run("import-lots", file, "--yes")
    words = run("lots", "quality")
    assert "rpf: RPF grade B on the mean of 6 tests" in words
    assert "A fails by chlorine_dry" in words
    (found,) = json.loads(run("lots", "quality", "--json"))
    assert found["rpf"]["means"]["gcv_ar_mj_per_kg"] == pytest.approx(28 * 0.97)


def test_json_never_asks_back(run, tmp_path):
    file = tmp_path / "lots.csv"
    file.write_text(GOOD)
    run("import-lots", file, "--json", code=2)
    assert json.loads(run("import-lots", file, "--json", "--dry-run"))["kept"] == 0
