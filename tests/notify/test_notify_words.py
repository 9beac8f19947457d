"""Words: every message in every language, short, with its steps, and no word of safety."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from notified import FIRE, HOT, RECIPIENTS, site

import gateway.notify.texts
from agent.alarms.guidance import LANGUAGES
from gateway.notify.facts import Facts
from gateway.notify.held import Held
from gateway.notify.notice import Kind, Notice
from gateway.notify.texts import TextsError, load_texts
from gateway.notify.wording import Wording

T_US = 1_790_000_000_000_000
CATALOGUE = Path(gateway.notify.texts.__file__).with_name("texts.toml")
PAGES = Path(__file__).parents[2] / "dashboards" / "operator" / "src" / "messages"
SAFE = re.compile(r"\bsafe|\ball clear|安全|可以進入|入ってよい|入っても", re.IGNORECASE)
GSM = 160
UCS2 = 70
PAGE = '[notify]\npage_url = "https://hinoban.plant.example/"\n'


def fire(**changes: Any) -> Facts:
    given: dict[str, Any] = {
        "alarm_id": FIRE, "condition": "temp_high", "source": HOT, "store": "c0150",
        "klass": "fire", "priority": "critical", "raised_us": T_US, "value": 51.26,
        "limit": 50.0, "unit": "degc",
    }  # fmt: skip
    return Facts(**{**given, **changes})


def wording(folder: Path, language: str) -> Wording:
    text = PAGE + RECIPIENTS.replace('id = "shift"', f'id = "shift"\nlanguage = "{language}"')
    return Wording(site(folder, text), load_texts())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [Kind.PAGE, Kind.ESCALATION, Kind.REMINDER, Kind.INFORMATION])
def test_every_message_says_what_where_since_when_and_where_to_look(
    tmp_path: Path, language: str, kind: Kind
) -> None:
    words = wording(tmp_path, language)
    facts = fire(neighbours=("c0149", "c0151"), coverage="49", from_history=True, unjournalled=True)
    title, body = words.about(
        "shift", 1234, kind, facts, elapsed_us=900_000_000, edge="cleared", person="Hana"
    )
    assert title.startswith("#1234 ")
    assert len(title) <= (GSM if language == "en" else UCS2)
    for part in ("c0150", "51.3 °C", "50 °C", "2026-09-21 23:13", "c0149, c0151", "Asia/Tokyo"):
        assert part in body, part
    assert body.endswith("https://hinoban.plant.example/")
    assert ("\n1. " in body) == (kind is not Kind.INFORMATION)
    assert not SAFE.search(title + body)


def test_a_person_hears_their_own_language(tmp_path: Path) -> None:
    title, body = wording(tmp_path, "ja").about("shift", 7, Kind.PAGE, fire())
    assert title == "#7 火災:c0150 51.3 °C(限界値 50 °C)"
    assert "中に入らない。扉や蓋を開けない。" in body


def test_over_range_is_above_every_limit_and_never_a_number(tmp_path: Path) -> None:
    words = wording(tmp_path, "en")
    gas = fire(condition="co_high", source="yard.c0150.co_ppm", klass="gas", limit=3000.0,
               unit="ppm", value=None, reason="over_range")  # fmt: skip
    title, body = words.about("shift", 1, Kind.PAGE, gas)
    assert title == "#1 GAS, DO NOT OPEN: c0150, above what the sensor can measure"
    assert "Value: co above what the sensor can measure, limit 3000 ppm" in body


def test_a_low_value_that_is_unknown_is_not_called_over_range(tmp_path: Path) -> None:
    slow = fire(condition="feeder_stopped", source="unit1.coal.mass_rate_kg_per_s", store=None,
                klass="process", limit=0.1, unit="kg_per_s", value=None)  # fmt: skip
    title, body = wording(tmp_path, "en").about("shift", 1, Kind.PAGE, slow)
    assert "Coal belt weigher" in title
    assert "not known" in body


def test_the_gateways_own_troubles_have_names(tmp_path: Path) -> None:
    own = Facts("journal_failed:gateway", "journal_failed", "gateway", None, "system", "critical",
                T_US)  # fmt: skip
    title, body = wording(tmp_path, "zh-Hant").about("shift", 1, Kind.PAGE, own, clock_right=False)
    assert "無法寫入日誌" in title
    assert "時鐘未同步" in body


def test_an_unknown_condition_edge_or_guidance_is_still_told(tmp_path: Path) -> None:
    odd = fire(condition="brand_new", limit=None, value=None, unit=None, guidance="brand_new")
    title, _ = wording(tmp_path, "en").about("shift", 1, Kind.INFORMATION, odd, edge="wondered_at")
    assert title == "#1 wondered_at: c0150, brand_new"


def test_a_digest_counts_by_kind_and_names_a_few_places(tmp_path: Path) -> None:
    faults = [
        Held("shift", fire(condition="board_silent", klass="fault", store=f"c{n:04d}",
                           raised_us=n), "page", False)
        for n in range(25, 31)
    ]  # fmt: skip
    title, body = wording(tmp_path, "en").digest("shift", 9, [*faults, faults[0]])
    assert title == "#9 7 messages were held back"
    assert body.splitlines()[0] == (
        "7 × Fault: Board silent; c0025, c0026, c0027, c0028, and 2 more"
    )


def test_a_repeated_and_a_late_message_say_so(tmp_path: Path) -> None:
    notice = Notice(5, "shift", Kind.PAGE, "", None, True, "#5 FIRE", "text", T_US)
    notice.doubted = True
    title, body = wording(tmp_path, "en").as_sent(notice, T_US + 700_000_000)
    assert title == "REPEAT #5 FIRE"
    assert body.splitlines()[0].startswith("Repeat: this message may have come before")
    assert "Written at 2026-09-21 23:13" in body


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_test_message_says_what_it_proves_and_what_not(tmp_path: Path, language: str) -> None:
    title, body = wording(tmp_path, language).test(
        "shift", 3, unseen=2, boards=6, silent=1, person="Hana"
    )
    assert "#3" in title
    assert "Hana" in body
    assert len(body.splitlines()) == 5
    assert not SAFE.search(title + body)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('repeat = "再送"\n', ""),
        ('where = "場所:{place}"', 'where = "場所"'),
        ('cleared = "已恢復"\n', ""),
        ('late = "Written at {time}; it could not be delivered earlier."', 'late = ""'),
    ],
)
def test_a_gap_in_a_language_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    text = CATALOGUE.read_text()
    assert old in text
    spoilt = tmp_path / "texts.toml"
    spoilt.write_text(text.replace(old, new))
    monkeypatch.setattr(gateway.notify.texts, "_CATALOGUE", spoilt)
    with pytest.raises(TextsError, match="differs in"):
        load_texts()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_condition_the_page_can_name_has_a_name_here(language: str) -> None:
    page = json.loads((PAGES / f"{language}.json").read_text())
    named = {key.removeprefix("condition.") for key in page if key.startswith("condition.")}
    texts = load_texts()[language]
    assert {name for name in named if texts.named("condition", name) == name} == set()


def test_no_text_says_that_a_place_is_safe() -> None:
    def every(words: dict[str, Any]) -> list[str]:
        return [t for w in words.values() for t in (every(w) if isinstance(w, dict) else [w])]

    found = every(tomllib.loads(CATALOGUE.read_text()))
    assert len(found) > 150
    assert [text for text in found if SAFE.search(text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_failed_path_is_told_with_its_boards_and_stores(tmp_path: Path, language: str) -> None:
    lost = Facts(
        alarm_id="path_lost:ap_yard", condition="path_lost", source="ap_yard", store=None,
        klass="system", priority="high", raised_us=T_US, value=3.0, limit=4.0, unit="boards",
        coverage="c0025, c0075, c0125, c0150",
    )  # fmt: skip
    words = wording(tmp_path, language)
    title, body = words.about("shift", 7, Kind.PAGE, lost)
    assert "Access point at the container yard" in title
    assert re.search(r"\b3\b.*\b4\b|\b4\b.*\b3\b", title)
    assert "c0025, c0075, c0125, c0150" in body
    assert not SAFE.search(title + body)
