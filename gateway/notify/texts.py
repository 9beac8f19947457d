"""Texts: the catalogue of messages, complete in every language or refused."""

import string
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from agent.alarms.guidance import LANGUAGES, Guidance, Guide
from agent.errors import HinobanError

_HERE: Final = Path(__file__)
_CATALOGUE: Final = _HERE.with_name("texts.toml")
_GUIDANCE: Final = _HERE.resolve().parents[2] / "agent" / "tables" / "guidance.toml"


class TextsError(HinobanError):
    """The catalogue has a gap."""


class Texts:
    """The words of one language.

    Args:
        words: Key -> text with place holders; groups of words as tables.
        guidance: The response cards.
        language: Which language both are in.
    """

    def __init__(self, words: Mapping[str, Any], guidance: Guidance, language: str) -> None:
        self._words = words
        self._guidance = guidance
        self.language = language

    def __call__(self, key: str, **values: object) -> str:
        """A text with its place holders filled."""
        text: str = self._words[key]
        return text.format(**values)

    def named(self, group: str, key: str) -> str:
        """A word of a group; the key itself where the catalogue has none."""
        return str(self._words[group].get(key, key))

    def guide(self, key: str) -> Guide:
        """The response card of a kind of alarm."""
        return self._guidance.text(key, self.language)


def load_texts() -> dict[str, Texts]:
    """Every language's texts.

    Raises:
        TextsError: A text, a word or a place holder of one language is missing in another.
        BadGuidanceError: The response cards have a gap.
    """
    catalogue = tomllib.loads(_CATALOGUE.read_text(encoding="utf-8"))
    guidance = Guidance(tomllib.loads(_GUIDANCE.read_text(encoding="utf-8")))
    model = _shape(catalogue[LANGUAGES[0]])
    for language in LANGUAGES:
        found = _shape(catalogue.get(language, {}))
        if wrong := sorted(str(key) for key in model ^ found):
            raise TextsError(f"{_CATALOGUE.name}: [{language}] differs in {', '.join(wrong)}")
    return {language: Texts(catalogue[language], guidance, language) for language in LANGUAGES}


def _shape(words: Mapping[str, Any]) -> set[tuple[str, ...]]:
    """Every key, with the place holders of its text."""
    shape: set[tuple[str, ...]] = set()
    for key, text in words.items():
        if isinstance(text, Mapping):
            shape |= {(key, *inner) for inner in _shape(text)}
        elif text:
            holders = sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)
            shape.add((key, *holders))
    return shape
