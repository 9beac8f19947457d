"""Lots and events from CSV and Excel: columns, units, and how bad rows are refused."""

from datetime import datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.footprint.lots.bodies import lot_of
from gateway.footprint.lots.columns import Column, column_of
from gateway.footprint.lots.rows import read_rows
from gateway.footprint.lots.sheet import SheetError, read_sheet

TOKYO = ZoneInfo("Asia/Tokyo")
MORNING = datetime(2026, 10, 1, 9)  # noqa: DTZ001 -- Excel knows no time zones


def read(tmp_path, text, known=None, name="lots.csv", encoding=""):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_rows(read_sheet(path, encoding=encoding), TOKYO, known or {})


def only(found):
    assert [str(problem) for problem in found.problems] == []
    (entry,) = found.entries
    return entry


HEAD = "Lot,Fuel,From,Mass [t],Moisture ar [%],NCV dry [kcal_th/kg]\n"


def test_a_row_is_a_lot_in_our_units(tmp_path):
    entry = only(read(tmp_path, HEAD + "P-1,pellets,2026-10-01 09:00,20.5,8.5,4500\n"))
    assert entry.key == "P-1"
    assert entry.body["from_utc"] == "2026-10-01T00:00:00Z"
    assert entry.body["delivery"] == {"mass_kg": 20500.0}
    assert entry.body["moisture"] == 0.085
    assert entry.body["ncv_dry_mj_per_kg"] == pytest.approx(18.828, rel=1e-12)


def test_rows_of_one_lot_are_its_analyses(tmp_path):
    text = (
        "Lot,Fuel,From,Report,Sampled,Lab,Sample point,Increments,"
        "NCV dry [MJ/kg],NCV dry u95 [MJ/kg],NCV dry method\n"
        "P-1,pellets,2026-10-01T00:00Z,R1,2026-09-20,Kyoto,ship's hold,24,18.6,0.2,ISO 18125\n"
        "P-1,,,R2,2026/9/21,Osaka,,,19.0,0.2,ISO 18125\n"
    )
    lot = lot_of(only(read(tmp_path, text)).body)
    assert lot.ncv_dry_mj_per_kg == pytest.approx(18.8)
    found = lot.measured("ncv_dry_mj_per_kg")
    assert (found.n, found.half95, found.method) == (2, pytest.approx(0.2), "ISO 18125")
    assert found.source == "R1, R2"
    assert lot.analyses.each[0].increments == 24


def test_an_analysis_that_comes_later_is_added_to_the_lot_that_is_known(tmp_path):
    known = {"P-1": {"id": "P-1", "fuel": "pellets", "from_utc": "2026-10-01T00:00:00Z"}}
    text = "Lot,Report,Sampled,Moisture [%]\nP-1,R9,2026-10-04,7.25\n"
    body = only(read(tmp_path, text, known)).body
    assert body["fuel"] == "pellets"
    assert lot_of(body).measured("moisture").value == 0.0725


def test_events_are_rows_of_their_kind(tmp_path):
    text = (
        "Kind,Lot,Store,At,From,To,Amount [t]\n"
        "filling,P-1,s1,2026-10-01T00:00Z,,,25\n"
        "empty,,s1,2026-10-02T00:00Z,,,\n"
        "discharge,,s2,,2026-10-01T00:00Z,2026-10-01T02:00Z,12.5\n"
    )
    found = read(tmp_path, text)
    assert found.problems == []
    by_kind = {entry.kind: entry.body for entry in found.entries}
    assert by_kind["filling"]["kg"] == 25_000.0
    assert by_kind["filling"]["lot"] == "P-1"
    assert by_kind["empty"]["store"] == "s1"
    assert by_kind["discharge"]["to_utc"] == "2026-10-01T02:00:00Z"


def test_headers_of_three_languages(tmp_path):
    japanese = (
        "ロット番号,燃料,使用開始,水分［％］,受入重量（ｔ）\nP-1,pellets,2026-10-01,８．５,20\n"
    )
    japanese = japanese.replace("受入重量", "受入量")
    chinese = "批號,燃料,開始時間,含水率 [%],進貨重量 [t]\nP-1,pellets,2026-10-01,8.5,20\n"
    wanted = only(read(tmp_path, chinese)).body
    assert only(read(tmp_path, japanese.encode("cp932"), encoding="cp932")).body == wanted
    assert only(read(tmp_path, chinese.encode("big5"), encoding="big5")).body == wanted
    with pytest.raises(SheetError, match="--encoding cp932"):
        read(tmp_path, japanese.encode("cp932"))


def test_good_rows_stand_beside_bad_ones(tmp_path):
    text = HEAD + (
        "P-1,pellets,2026-10-01,20,8.5,4500\n"
        'P-2,pellets,2026-10-01,"1,234",8.5,4500\n'
        "P-3,pellets,01/10/2026,20,8.5,4500\n"
        "P-4,pellets,2026-10-01,20,108.5,4500\n"
        ",pellets,2026-10-01,20,8.5,4500\n"
        "P-6,,2026-10-01,20,8.5,4500\n"
    )
    found = read(tmp_path, text)
    assert [entry.key for entry in found.entries] == ["P-1"]
    words = [str(problem) for problem in found.problems]
    assert words[0] == (
        "lots.csv:3: column 'Mass [t]' = 1,234: is no plain number. "
        "Write such as 1234.5: a point for decimals, the unit in the header"
    )
    assert words[1].startswith("lots.csv:4: column 'From' = 01/10/2026: is no date that reads")
    assert words[2] == (
        "lots.csv:5: column 'Moisture ar [%]' = 108.5: is no fraction of one. "
        "Mend the value, or the unit in the header: 0 to 100 % is possible"
    )
    assert words[3].startswith("lots.csv:6: lot 5.id: missing")
    assert words[4].startswith("lots.csv:7: lot P-6.fuel: missing")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Moisture", "names no unit"),
        ("NCV [MJ/kg]", "does not say enough"),
        ("NCV ar [kcal/kg]", "which can be three calories"),
        ("NCV ar [t]", "unknown unit t"),
        ("Mass [tons]", "metric, a long or a short ton"),
        ("Moistrue [%]", "is no column known here"),
        ("塩素 [%]", "does not say enough"),
    ],
)
def test_headers_that_do_not_say_enough_are_refused(header, words):
    assert words in column_of(header).reason


def test_a_basis_may_stand_in_brackets():
    assert column_of("NCV (dry) [GJ/t]").field == "quantity.ncv_dry_mj_per_kg"
    assert column_of("NCV ar (kJ/kg)").field == "quantity.ncv_ar_mj_per_kg"
    assert column_of("Moisture ± [%]").field == "quantity.moisture_u95"
    assert column_of("備考").dimension == "ignored"
    assert isinstance(column_of("Mass u95 [t]"), Column)


def test_two_rows_of_a_lot_that_contradict_each_other_are_refused(tmp_path):
    text = HEAD + "P-1,pellets,2026-10-01,20,8.5,4500\nP-1,chips,2026-10-01,20,8.5,4500\n"
    found = read(tmp_path, text)
    assert "column 'Fuel' = chips: another row of lot P-1 says pellets" in str(found.problems[0])
    assert found.entries == []


def test_excel_says_the_same_as_text(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Deliveries of October"])
    sheet.append(["Lot", "Fuel", "From", "Mass [t]", "Moisture ar [%]", "NCV dry [kcal_th/kg]"])
    sheet.append(["P-1", "pellets", MORNING, 20.5, 0.085, 4500])
    sheet["E3"].number_format = "0.0%"
    book.save(tmp_path / "lots.xlsx")
    found = read_rows(read_sheet(tmp_path / "lots.xlsx"), TOKYO, {})
    text = HEAD + "P-1,pellets,2026-10-01 09:00,20.5,8.5,4500\n"
    assert only(found).body == only(read(tmp_path, text)).body


def test_excel_cell_shown_as_per_cent_in_a_column_without_it_is_refused(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Lot", "Fuel", "From", "Mass [t]"])
    sheet.append(["P-1", "pellets", MORNING, 0.2])
    sheet["D2"].number_format = "0%"
    book.save(tmp_path / "lots.xlsx")
    (problem,) = read_rows(read_sheet(tmp_path / "lots.xlsx"), TOKYO, {}).problems
    assert "column 'Mass [t]'" in str(problem)
    assert "is shown as per cent" in str(problem)


def test_what_is_no_workbook_says_so(tmp_path):
    (tmp_path / "lots.xlsx").write_text("Lot,Fuel")
    with pytest.raises(SheetError, match=r"save it as \.xlsx"):
        read_sheet(tmp_path / "lots.xlsx")
    (tmp_path / "empty.csv").write_text("\n\n")
    with pytest.raises(SheetError, match="the first is the header"):
        read_sheet(tmp_path / "empty.csv")


@given(
    st.decimals(1, 99_999, places=3, allow_nan=False),
    st.sampled_from([("t", 1000), ("kg", 1), ("g", "0.001")]),
)
def test_the_unit_a_mass_is_written_in_changes_nothing(tmp_path_factory, tonnes, unit):
    name, kg = unit
    folder = tmp_path_factory.mktemp("units")
    given_in = tonnes * 1000 / type(tonnes)(kg)
    masses = [
        only(read(folder, f"Lot,Fuel,From,Mass [{u}]\nP,f,2026-10-01,{value:f}\n")).body
        for u, value in ((name, given_in), ("t", tonnes))
    ]
    assert masses[0] == masses[1]


def test_time_zones_written_out_are_kept(tmp_path):
    text = "Lot,Fuel,From\nP-1,pellets,2026-10-01T09:00+08:00\n"
    assert only(read(tmp_path, text)).body["from_utc"] == "2026-10-01T01:00:00Z"
