"""KPIs, the report and exports of a journal counted by hand, over the API."""

import json
import re
from pathlib import Path

import httpx
import pytest
from alarm_journals import write_two_days
from http_double import sign_in

EVENTS = 84
DAYS = {"from": "2026-11-16T00:00:00Z", "to": "2026-11-18T00:00:00Z"}


@pytest.fixture
def reader(client: httpx.Client, tmp_path: Path) -> httpx.Client:
    write_two_days(tmp_path / "journal.sqlite")
    sign_in(client, "viewer")
    return client


def test_figures_are_those_counted_by_hand(reader: httpx.Client) -> None:
    told = reader.get("/api/v1/alarms/kpi", params=DAYS).json()
    assert (told["alarms"], told["coverage"], told["flood_s"]) == (25, 0.975, 500.0)
    assert told["from_utc"] == "2026-11-16T00:00:00.000Z"
    assert told["figures"][0] == {
        "name": "average_per_day",
        "value": 500 / 39,
        "target": {
            "unit": "1/d",
            "source": "ISA-18.2 / IEC 62682, per operator position",
            "most": 150.0,
            "below": None,
            "aim": None,
        },
        "met": True,
    }


def test_the_report_is_a_page_that_may_show_its_own_style_only(reader: httpx.Client) -> None:
    answer = reader.get("/api/v1/alarms/report", params={"week": "2026-W47", "language": "ja"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "警報レポート 2026-W47" in answer.text
    policy = answer.headers["content-security-policy"]
    assert re.search(r"default-src 'none'.*style-src 'sha256-[A-Za-z0-9+/]{43}='$", policy)


@pytest.mark.parametrize(
    ("kind", "media"), [("csv", "text/csv; charset=utf-8"), ("jsonl", "application/x-ndjson")]
)
def test_exports_are_files(reader: httpx.Client, kind: str, media: str) -> None:
    answer = reader.get("/api/v1/alarms/export", params={"format": kind})
    assert answer.headers["content-type"] == media
    assert answer.headers["content-disposition"] == f'attachment; filename="alarms.{kind}"'
    lines = answer.text.splitlines()
    assert len(lines) == EVENTS + (kind == "csv")
    if kind == "jsonl":
        assert [json.loads(line)["id"] for line in lines] == list(range(1, EVENTS + 1))


def test_a_range_is_exported_as_a_page(reader: httpx.Client) -> None:
    answer = reader.get("/api/v1/alarms/export", params={"format": "html", **DAYS})
    assert answer.text.count("<tr>") == 77 + 2
    assert "style-src 'sha256-" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("path", "params", "status", "words"),
    [
        ("kpi", {"week": "2026-W60"}, 400, "no week"),
        ("kpi", {"from": DAYS["from"]}, 400, "give both from and to"),
        ("report", {"language": "de"}, 422, "language"),
        ("export", {"format": "xml"}, 422, "format"),
        ("export", {"format": "csv", "from": DAYS["to"], "to": DAYS["from"]}, 422, "before `to`"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    reader: httpx.Client, path: str, params: dict[str, str], status: int, words: str
) -> None:
    answer = reader.get(f"/api/v1/alarms/{path}", params=params)
    assert answer.status_code == status
    assert words in answer.json()["detail"]


def test_without_a_journal_it_says_so(client: httpx.Client) -> None:
    sign_in(client, "viewer")
    answer = client.get("/api/v1/alarms/kpi")
    assert answer.status_code == 503
    assert "there is no journal" in answer.json()["detail"]
