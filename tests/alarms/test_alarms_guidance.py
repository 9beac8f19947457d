"""The catalogue is complete, and never says that a place is safe."""

import copy
import re
import tomllib
from pathlib import Path

import pytest

from agent.alarms.conditions import OF_SYSTEM
from agent.alarms.guidance import KEYS, LANGUAGES, Guidance
from agent.errors import BadGuidanceError, UnknownAlarmError
from gateway.site import load_site, rules_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def table():
    return tomllib.loads((ROOT / "agent/tables/guidance.toml").read_text())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
def test_every_alarm_has_its_card_in_every_language(table, key, language):
    guide = Guidance(table).text(key, language)
    assert guide.title
    assert guide.meaning
    assert guide.consequence
    assert len(guide.steps) == len(Guidance(table).text(key, "en").steps)
    words = " ".join((guide.title, guide.meaning, guide.consequence, *guide.steps))
    assert not re.search(r"\bsafe\b|安全です|安全である|可安全|是安全", words)


def test_a_language_not_served_reads_english(table):
    guidance = Guidance(table)
    assert guidance.text("fire", "de") == guidance.text("fire", "en")


def test_every_view_finds_its_card(table, story):
    story.board_heard(0)
    for t_s in (0, 60):
        story.hears(t_s, 60.0)
        story.hears(t_s, "over_range", "yard.c0151.co_ppm")
    story.hears(120, "crc")
    story.ticks(1000)
    story.engine.system("disk", "gateway", True, story.instant(1000))
    views = story.engine.active()
    assert {v.guidance for v in views} == {"fire", "gas", "advisory", "bad", "silence", "system"}
    guidance = Guidance(table)
    assert all(guidance.text(v.guidance, "ja").steps for v in views)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda t: t.pop("fire"), "fire missing or unknown"),
        (lambda t: t["fire"].pop("ja"), r"add \[fire.ja\]"),
        (lambda t: t["fire"]["ja"].update(meaning=""), "fire.ja needs"),
        (lambda t: t["fire"]["ja"].update(steps=[]), "fire.ja needs"),
        (lambda t: t["fire"]["ja"].update(extra="x"), "nothing else"),
    ],
)
def test_a_catalogue_with_a_hole_is_refused(table, spoil, words):
    spoiled = copy.deepcopy(table)
    spoil(spoiled)
    with pytest.raises(BadGuidanceError, match=words):
        Guidance(spoiled)


def test_an_unknown_key_is_refused(table):
    with pytest.raises(UnknownAlarmError, match="earthquake"):
        Guidance(table).text("earthquake", "en")


def test_every_alarm_of_the_gateway_itself_has_a_card_of_its_own():
    paper = (ROOT / "gateway/README.md").read_text()
    part = paper.split("## Alarms of the gateway itself")[1].split("\n## ")[0]
    listed = set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE))
    assert len(listed) > 8
    assert listed <= OF_SYSTEM


def test_every_condition_of_the_example_plant_has_a_card(table):
    conditions = rules_of(load_site(ROOT / "gateway/deploy/example-plant.toml")).conditions
    guidance = Guidance(table)
    assert len(conditions) > 20
    for one in conditions:
        assert guidance.text(one.guidance, "zh-Hant").steps, one.id


def test_early_warnings_and_people_have_cards_of_their_own():
    conditions = rules_of(load_site(ROOT / "gateway/deploy/example-plant.toml")).conditions
    cards = {one.id: one.guidance for one in conditions}
    assert cards["temp_pre"] != cards["temp_high"]
    assert {cards[name] for name in ("co_residual", "co_slope", "temp_rate")} == {"early_warning"}
    assert cards["co_ahead"] == "early_sign"
    assert {cards[name] for name in cards if name.startswith("people_")} == {"people"}
    assert cards["board_silent"] == "silence"
