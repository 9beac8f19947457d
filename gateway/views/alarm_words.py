"""AlarmWords: the words of alarm reports and exports in one language."""

import tomllib
from pathlib import Path
from typing import Final

from agent.errors import HinobanError

LANGUAGES: Final = ("en", "ja", "zh-Hant")

_FILE: Final = Path(__file__).with_name("alarm_report.toml")


class WordsError(HinobanError):
    """A catalogue of words with a text missing, or a language that is not served."""


class AlarmWords:
    """The words of one language.

    Args:
        language: "en", "ja" or "zh-Hant".

    Raises:
        WordsError: It is none of these, or the catalogue has a gap.
    """

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            known = ", ".join(LANGUAGES)
            raise WordsError(f"language {language!r} is not served; use one of {known}")
        catalogue = tomllib.loads(_FILE.read_text(encoding="utf-8"))
        keys = {key for one in LANGUAGES for key in catalogue[one]}
        for one in LANGUAGES:
            if gaps := sorted(key for key in keys if not catalogue[one].get(key)):
                raise WordsError(f"{_FILE.name}: [{one}] lacks {', '.join(gaps)}; add them")
        self.language = language
        self._words: dict[str, str] = catalogue[language]

    def __getitem__(self, key: str) -> str:
        return self._words[key]

    def get(self, key: str, otherwise: str) -> str:
        """The word of a key, or what is said where the catalogue has none."""
        return self._words.get(key, otherwise)
