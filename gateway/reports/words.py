"""Words: the texts of reports in one language, from their catalogue."""

from pathlib import Path
from typing import Final

from gateway.views.catalogue import Catalogue

_FILE: Final = Path(__file__).with_name("words.toml")


class Words(Catalogue):
    """The texts of one language.

    Args:
        language: "en", "ja" or "zh-Hant".

    Raises:
        WordsError: It is none of these, or the catalogue has a gap.
    """

    def __init__(self, language: str) -> None:
        super().__init__(_FILE, language)

    def head(self, key: str, unit: str = "") -> str:
        """The head of a column, with its unit."""
        text = self[key][:1].upper() + self[key][1:]
        return f"{text} [{unit}]" if unit else text
