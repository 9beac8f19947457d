"""The words of alarm reports: every edge, priority and figure has its own in each language."""

import pytest

from agent.alarms.book import ANNOUNCED, LOWERED
from agent.alarms.cards import STEP_DONE, STEP_UNDONE
from agent.alarms.conditions import Priority
from agent.alarms.intervals import WAS_IN_ALARM, WAS_NOT_IN_ALARM
from agent.alarms.kpis_table import TARGETS
from agent.alarms.states import Event
from agent.alarms.visibility import HideEvent, Visibility
from gateway.views.alarm_words import AlarmWords
from gateway.views.catalogue import LANGUAGES, WordsError

EDGES = {
    *Event,
    *HideEvent,
    *(f"{edge}_requested" for edge in (HideEvent.SHELVED, HideEvent.OUT_OF_SERVICE)),
    ANNOUNCED,
    LOWERED,
    STEP_DONE,
    STEP_UNDONE,
    WAS_IN_ALARM,
    WAS_NOT_IN_ALARM,
    "silenced",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_can_be_told_has_its_word(language: str) -> None:
    words = AlarmWords(language)
    wanted = [f"edge_{edge}" for edge in EDGES]
    wanted += [*Priority, *TARGETS, *(one for one in Visibility if one is not Visibility.SHOWN)]
    assert [key for key in wanted if words.get(key, "") == ""] == []


def test_each_language_says_it_its_own_way() -> None:
    raised = {AlarmWords(language)["edge_raised"] for language in LANGUAGES}
    assert "raised" in raised
    assert AlarmWords("ja")["title"] != AlarmWords("zh-Hant")["title"]


def test_another_language_is_refused() -> None:
    with pytest.raises(WordsError, match="use one of en, ja, zh-Hant"):
        AlarmWords("de")
