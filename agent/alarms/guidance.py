"""Guidance: what an alarm means, what follows from it and what to do, in three languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from agent.alarms.conditions import ABOUT_BOARDS, OF_SYSTEM, OWN_GUIDES, Kind, Klass
from agent.errors import BadGuidanceError, UnknownAlarmError

LANGUAGES: Final = ("en", "ja", "zh-Hant")

KEYS: Final = (
    *(str(klass) for klass in Klass),
    *(str(kind) for kind in Kind if kind in ABOUT_BOARDS),
    str(Kind.BAD),
    *sorted(OF_SYSTEM),
    *sorted(OWN_GUIDES),
)
"""What `AlarmView.guidance` may say: every class, and what has a text of its own."""


@dataclass(frozen=True, slots=True)
class Guide:
    """The texts of one kind of alarm in one language.

    Args:
        title: A few words for lists.
        meaning: What is known.
        consequence: What follows if nobody acts.
        steps: What to do, in order.
    """

    title: str
    meaning: str
    consequence: str
    steps: tuple[str, ...]


class Guidance:
    """The catalogue, complete in every language or refused.

    Args:
        table: Content of ``agent/tables/guidance.toml``: key -> language -> texts.

    Raises:
        BadGuidanceError: A key, language or text is missing, empty or unknown.
    """

    def __init__(self, table: Mapping[str, Any]) -> None:
        if table.keys() != set(KEYS):
            wrong = ", ".join(sorted(table.keys() ^ set(KEYS)))
            raise BadGuidanceError(f"guidance: {wrong} missing or unknown; give {', '.join(KEYS)}")
        self._guides = {(k, lang): _guide(table, k, lang) for k in KEYS for lang in LANGUAGES}

    def text(self, key: str, language: str) -> Guide:
        """The texts for an alarm; English for a language that is not served.

        Raises:
            UnknownAlarmError: No alarm has this key.
        """
        if key not in KEYS:
            raise UnknownAlarmError(f"no guidance for {key!r}; use one of {', '.join(KEYS)}")
        return self._guides[key, language if language in LANGUAGES else LANGUAGES[0]]


def _guide(table: Mapping[str, Any], key: str, language: str) -> Guide:
    entry = table[key]
    texts = entry.get(language) if isinstance(entry, Mapping) else None
    if not isinstance(texts, Mapping):
        raise BadGuidanceError(f"guidance: {key} has no {language}; add [{key}.{language}]")
    title, meaning, consequence = (texts.get(n) for n in ("title", "meaning", "consequence"))
    steps = texts.get("steps")
    plain = all(isinstance(text, str) and text for text in (title, meaning, consequence))
    listed = isinstance(steps, list) and steps and all(isinstance(s, str) and s for s in steps)
    if not plain or not listed or len(texts) != 4:
        raise BadGuidanceError(
            f"guidance: {key}.{language} needs title, meaning, consequence and a list of steps,"
            " each with words, and nothing else"
        )
    return Guide(str(title), str(meaning), str(consequence), tuple(steps or ()))
