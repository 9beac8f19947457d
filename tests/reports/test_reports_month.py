"""A month's report by the real CLI, in three languages: it says what the record says.

A workbook holds 16 digits of a figure, the lists hold all of them.
"""

import csv
import logging
import shutil

import openpyxl
import pypdfium2
import pytest

from agent.cofiring.packs import Rounding
from gateway.reports.fonts import FontsError, find_faces
from gateway.reports.words import Words

LANGUAGES = ("en", "ja", "zh-Hant")
DIGITS = 1e-15


@pytest.fixture(scope="module", params=LANGUAGES)
def report(made, request):
    """The workbook, the folder of lists and the PDF of one language, and its words."""
    return (*made.report(request.param), Words(request.param))


def found(rows, *starts):
    """The cells after the first of the rows that begins so."""
    return next(list(row[len(starts) :]) for row in rows if tuple(row[: len(starts)]) == starts)


def rows_of(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def read_list(folder, key):
    with (folder / f"{key}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_figures_of_the_workbook_are_those_of_the_record(made, report):
    path, folder, _, words = report
    record, book = made.record(), openpyxl.load_workbook(path)
    rows = rows_of(book[words["part_month"]])
    for name in ("gross_kwh", "aux_kwh", "net_kwh", "sold_kwh", "fossil_co2_kg", "n2o_kg"):
        assert found(rows, words[name])[0] == pytest.approx(getattr(record, name), rel=DIGITS)
    head = next(n for n, row in enumerate(rows) if row[0] == words["fossil_co2_kg_per_kwh"]
                and isinstance(row[2], float))  # fmt: skip
    interval = record.intervals["fossil_co2_kg_per_kwh"]
    ends = [interval[end] for end in ("low", "high", "u_systematic", "u_random")]
    expected = [record.fossil_co2_kg_per_kwh, *ends]
    assert rows[head][1:6] == pytest.approx(expected, rel=DIGITS)
    (told,) = [float(row[1]) for row in read_list(folder, "factors_electricity")
               if row[0] == words["fossil_co2_kg_per_kwh"]]  # fmt: skip
    assert told == record.fossil_co2_kg_per_kwh
    mix = rows_of(book[words["part_mix"]])
    pellets = next(row for row in mix if row[1] == words["yes"])
    assert pellets[4] == pytest.approx(100 * record.share_heat["pellets"], rel=DIGITS)
    everywhere = [row for sheet in book for row in rows_of(sheet)]
    powers = [row[1] for row in everywhere if row[0] == words["biomass_kwh"]]
    told = record.schemes["jp_fit"]["biomass_kwh"]
    # Under Biomass and under the scheme: one claim of the month, in both places the same.
    assert powers == pytest.approx([told, told], rel=DIGITS)


def test_a_scheme_is_told_rounded_figures_beside_the_exact_ones(made, report):
    path, _, _, words = report
    view = made.record().schemes["jp_fit"]
    rows = rows_of(openpyxl.load_workbook(path)[words["part_schemes"]])
    cut = Rounding(4, "down")
    exact = view["biomass_share"]
    assert found(rows, words["biomass_share"])[:2] == [
        pytest.approx(exact, rel=DIGITS),
        float(cut.of(exact)),
    ]
    lots = rows_of(openpyxl.load_workbook(path)[words["part_life_cycle"]])
    (pellets,) = [row for row in lots if row[1] == "P-2610-07"]
    told = next(one for one in view["life_cycle"] if one["lot"] == "P-2610-07")
    assert pellets[2] == pytest.approx(told["g_per_mj"], rel=DIGITS)
    assert pellets[4:6] == pytest.approx([90.0, 100 * told["saving"]], rel=DIGITS)
    assert pellets[6] == words["within"]


def test_stock_and_certificates_are_what_people_told(report):
    path, _, _, words = report
    book = openpyxl.load_workbook(path)
    stock = [row[1:12] for row in rows_of(book[words["part_stock"]])]
    (wet,) = [row for row in stock if row[0] == 26.0]
    assert wet[:4] == pytest.approx([26.0, 52.0, 14.4, 0.5])
    assert words["told_dry"] in wet[4]
    rows = [row for row in stock if row[0] == pytest.approx(26.0 * 0.92)]
    closing = 26.0 * 0.92 + (52.0 - 14.4 - 0.5) * 0.93 - 0.12
    dry = [52.0 * 0.93, 14.4 * 0.93, 0.5 * 0.93, 0.12, closing]
    expected = [26.0 * 0.92, *dry, 49.0 * 0.88, 49.0 * 0.88 - closing]
    assert rows[0][:8] == pytest.approx(expected)
    assert rows[0][10] == words["not_tested"], "most of the month is not measured"
    ledger = rows_of(book[words["part_certificates"]])
    quarter = found(ledger, "SBP sustainability", "2026-10-01 – 2026-12-31")
    assert quarter[:6] == [0.0, 52.0, 30.0, 0.0, 22.0, words["running"]]


def test_unknown_is_a_word_with_its_reason_and_never_zero(report):
    path, folder, _, words = report
    rows = rows_of(openpyxl.load_workbook(path)[words["part_month"]])
    assert found(rows, words["imported_kwh"])[0] == f"{words['unknown']}: {words['not_metered']}"
    assert found(read_list(folder, "output"), words["imported_kwh"])[0].startswith(words["unknown"])
    costs = read_list(folder, "cost")
    (rpf,) = [row for row in costs if row[0] == "RPF"]
    assert rpf[1] == f"{words['unknown']}: {words['no_price']}"


def test_figures_are_typed_units_stand_in_heads_and_no_text_is_a_formula(report):
    path, folder, _, words = report
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[0] == words["part_month"]
    assert len(book.sheetnames) == 11
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"n", "s"}
    figures = [cell for cell in cells if cell.data_type == "n" and cell.value is not None]
    assert len(figures) > 150
    assert all(cell.number_format.startswith("#,##0") for cell in figures)
    assert read_list(folder, "mix")[0][0].startswith(words["provisional_page"])
    assert words.head("mass", "kg") in read_list(folder, "mix")[1]


def test_every_page_prints_its_language_without_a_missing_glyph(report, caplog):
    _, _, path, words = report
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path)]
    assert len(pages) >= 8
    for number, page in enumerate(pages, start=1):
        assert words["provisional_page"] in page, "provisional is said on every page"
        assert "Example co-firing plant" in page
        assert words["page"].format(page=number, pages=len(pages)) in page
    text = "".join(pages)
    for key in ("part_mix", "part_stock", "part_certificates", "signature", "coverage"):
        assert words[key] in text
    assert "[U+" not in text
    assert "\ufffd" not in text
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]


def test_the_fonts_hold_every_character_of_the_catalogues(made):
    for language in LANGUAGES:
        words = Words(language)
        for number, face in enumerate(find_faces(language)):
            texts = "".join(words[key] for key in words)
            known = set(face.characters())
            lacking = {one for one in texts if ord(one) not in known}
            assert not lacking, (language, number, lacking)


def test_what_the_account_says_in_english_is_said_in_the_reports_language(made, report):
    _, folder, _, words = report
    record = made.record()
    flags = [row[1] for row in read_list(folder, "flags")[2:] if len(row) > 1]
    assert flags
    if words.language != "en":
        assert not [text for text in flags if "unmeasured:" in text or "lab_owed:" in text]
    listed = read_list(folder, "contributors")
    quantities = {row[2] for row in listed if len(row) > 3}
    known = {words.get(each["quantity"]) for each in record.contributors}
    assert known <= quantities
    (rpf,) = [row for row in read_list(folder, "life_cycle_jp_fit") if row[0] == "RPF"]
    assert rpf[-1] == words["not_bound"]


def test_seals_and_the_key_are_printed(made, report):
    _, folder, path, _ = report
    seals = read_list(folder, "seals")
    assert "example.unit1.electricity.month" in {row[0] for row in seals}
    record = made.record()
    assert record.inputs_digest in {row[1] for row in read_list(folder, "record") if len(row) > 1}
    text = "".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(path))
    assert record.inputs_digest in text


def test_without_the_fonts_the_other_files_are_written_and_the_package_is_named(
    made, tmp_path, monkeypatch
):
    monkeypatch.setattr("gateway.reports.files.FOLDERS", (tmp_path,))
    words = made.type("report", "cofiring", "--month", "2026-10", "--out", tmp_path / "out", code=2)
    assert "apt-get install fonts-noto-cjk" in words
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"cofiring-2026-10-en.xlsx", "cofiring-2026-10-en"}
    with pytest.raises(FontsError, match="fonts-noto-cjk"):
        find_faces("ja", [tmp_path])


def test_a_month_without_a_record_is_refused_with_words(made):
    assert "2026-09 has no record" in made.type("report", "cofiring", "--month", "2026-09", code=2)
    assert "no month" in made.type("report", "cofiring", "--month", "October", code=2)
    early = ("report", "cofiring", "--month", "2026-10", "--as-of", "2026-10-31T23:00")
    assert "as it was known then" in made.type(*early, code=2)


def test_what_is_told_after_the_record_is_flagged(made, tmp_path):
    """A lot that burnt and is told of anew waits to be restated; the report says so."""
    copy = type(made)(tmp_path / "site")
    shutil.copytree(made.folder, copy.folder, ignore=shutil.ignore_patterns("out"))
    file = tmp_path / "lots.toml"
    file.write_text('[[lot]]\nid = "C-2610-01"\nfuel = "coal"\nmoisture = 0.09\n')
    copy.type("import-lots", file, "--yes", "--name", "Sato")
    _, folder, path = copy.report("en")
    flags = [row[1] for row in read_list(folder, "flags") if row[0] == "told after the record"]
    assert len(flags) == 1
    assert flags[0].startswith("lot C-2610-01 (Sato, ")
    first = pypdfium2.PdfDocument(path)[0].get_textpage().get_text_range()
    assert "NOT RESTATED" in first


def test_books_refuse_what_they_cannot_use(made):
    for words, remedy in (
        ("survey fuel=pellets month=2026-10 method=pile kg=1 volume_m3=1 bulk_kg_per_m3=1",
         "Write kg, or volume_m3"),
        ("transfer fuel=pellets at_utc=2026-10-21T09:00Z with=x", "given_kg or taken_kg"),
        ("survey fuel=pellets month=10/2026 method=pile kg=1", "is no month"),
        ("claim certificate=SBP~sustainability at_utc=2026-10-31T09:00Z kg=30000 number=C-2",
         "8000 kg more than certified fuel is left"),
    ):  # fmt: skip
        said = [word.replace("~", " ") for word in words.split()]
        assert remedy in made.type("lots", "tell", *said, "--yes", code=2)
