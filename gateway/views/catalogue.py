"""Catalogue: the texts of one part of the program in one of the languages that are served."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from agent.errors import HinobanError

LANGUAGES: Final = ("en", "ja", "zh-Hant")


class WordsError(HinobanError):
    """A catalogue of words with a text missing, or a language that is not served."""


class Catalogue:
    """The texts of one language.

    Args:
        file: A TOML file with one table for each language.
        language: "en", "ja" or "zh-Hant".

    Raises:
        WordsError: It is none of these, or the catalogue has a gap.
    """

    def __init__(self, file: Path, language: str) -> None:
        if language not in LANGUAGES:
            known = ", ".join(LANGUAGES)
            raise WordsError(f"language {language!r} is not served; use one of {known}")
        catalogue = tomllib.loads(file.read_text(encoding="utf-8"))
        keys = {key for one in LANGUAGES for key in catalogue[one]}
        for one in LANGUAGES:
            if gaps := sorted(key for key in keys if not catalogue[one].get(key)):
                raise WordsError(f"{file.name}: [{one}] lacks {', '.join(gaps)}; add them")
        self.language = language
        self._texts: dict[str, str] = catalogue[language]

    def __getitem__(self, key: str) -> str:
        return self._texts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def get(self, key: str, otherwise: str | None = None) -> str:
        """The text of a key that comes from data; where there is none, what is said instead.

        Args:
            key: Of the text.
            otherwise: What is said instead; the key itself where None.
        """
        return self._texts.get(key, key if otherwise is None else otherwise)
