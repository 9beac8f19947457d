"""Words: the texts of reports in one language, from their catalogue."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.views.alarm_words import LANGUAGES, WordsError

_FILE: Final = Path(__file__).with_name("words.toml")


class Words:
    """The texts of one language.

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
        self._texts: dict[str, str] = catalogue[language]

    def __getitem__(self, key: str) -> str:
        return self._texts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def get(self, key: str) -> str:
        """The text of a key that comes from a record; the key itself where there is none."""
        return self._texts.get(key, key)

    def head(self, key: str, unit: str = "") -> str:
        """The head of a column, with its unit."""
        return f"{self._texts[key]} [{unit}]" if unit else self._texts[key]
