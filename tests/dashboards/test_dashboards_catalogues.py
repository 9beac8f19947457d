"""The message catalogues: complete in three languages, and never a word of safety."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from agent.alarms.guidance import KEYS
from agent.alarms.rounds import SIGNS
from agent.alarms.states import State
from agent.alarms.visibility import HideEvent, Visibility
from agent.samples import REASONS, Quality
from gateway.config import Board
from gateway.config_file import load_config
from gateway.http.board_views import BoardStatus
from gateway.mqtt.shelf import Shelf
from gateway.people import Role
from gateway.views.boards import amiss

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "dashboards" / "operator" / "src"
LANGUAGES = ("en", "ja", "zh-Hant")
CATALOGUES = {
    language: json.loads((SOURCE / "messages" / f"{language}.json").read_text())
    for language in LANGUAGES
}
ENGLISH = CATALOGUES["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_message_with_the_same_places(language: str) -> None:
    catalogue = CATALOGUES[language]
    assert list(catalogue) == list(ENGLISH)
    for key, text in catalogue.items():
        assert text.strip(), key
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", ENGLISH[key])), key


def used_keys() -> set[str]:
    code = "\n".join(path.read_text() for path in SOURCE.rglob("*.ts*"))
    return set(re.findall(r'\bt\(\s*"([\w.]+)"', code)) | set(
        re.findall(r'(?:label=|return |\? |: )"((?:value|login)\.[\w.]+)"', code)
    )


def test_every_key_the_page_uses_exists() -> None:
    used = used_keys()
    assert len(used) > 50
    assert used <= set(ENGLISH)


def test_every_word_that_comes_from_data_has_a_message() -> None:
    config = load_config(ROOT / "gateway" / "deploy" / "example-plant.toml")
    expected = {
        *(f"reason.{reason}" for reason in REASONS),
        *(f"quality.{quality}" for quality in Quality),
        *(f"role.{role}" for role in Role),
        *(f"state.{state}" for state in State if state is not State.NORMAL),
        *(f"edge.{edge}" for edge in HideEvent),
        *(f"hidden.{way}" for way in Visibility if way is not Visibility.SHOWN),
        *(f"sign.{sign}" for sign in SIGNS),
        *(f"condition.{alarm.id}" for alarm in config.alarm),
        *(f"class.{alarm.klass}" for alarm in config.alarm),
        *(f"guidance.{alarm.klass}.1" for alarm in config.alarm),
    }
    assert expected <= set(ENGLISH)


def test_every_word_about_boards_has_a_message() -> None:
    shelf = Shelf(Board(id="b1", store="c1", report_s=60, values=()))
    problems = amiss(shelf.status(None), (), None)
    expected = {
        *(f"board.problem.{problem}" for problem in problems),
        *(f"board.status.{status}" for status in get_args(BoardStatus)),
        *(f"board.reset.{cause}" for cause in ("power_on", "watchdog", "restart", "deep_sleep")),
    }
    assert {key for key in ENGLISH if key.startswith("board.")} == expected


def test_every_guidance_the_alarms_name_has_a_response_card() -> None:
    aliases = {"bad": "fault", "silence": "fault"}  # as in src/guidance.ts
    missing = {key for key in KEYS if f"guidance.{aliases.get(key, key)}.1" not in ENGLISH}
    assert missing == set()


def test_no_message_ever_says_that_entry_is_safe() -> None:
    forbidden = {
        "en": r"\bsafe(ly)?\b|\bno danger\b|\ball clear\b|may (be )?enter",
        "ja": r"安全|立ち入ってよ|入ってもよ|危険はあり?ません",
        "zh-Hant": r"安全|可進入|無危險",
    }
    for language, pattern in forbidden.items():
        for key, text in CATALOGUES[language].items():
            assert not re.search(pattern, text, re.IGNORECASE), (language, key)


def test_the_page_comes_from_here_alone() -> None:
    for path in [*SOURCE.rglob("*"), SOURCE.parent / "index.html"]:
        if path.is_file():
            assert "//" not in re.sub(r"//[ \w].*|http://www\.w3\.org/\S+", "", path.read_text()), (
                path
            )
    lock = (SOURCE.parent / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert '"integrity"' in lock
