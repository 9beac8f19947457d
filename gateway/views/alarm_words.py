"""AlarmWords: the words of alarm reports and exports in one language."""

from pathlib import Path
from typing import Final

from gateway.views.catalogue import Catalogue

_FILE: Final = Path(__file__).with_name("alarm_report.toml")


class AlarmWords(Catalogue):
    """The words of one language.

    Args:
        language: "en", "ja" or "zh-Hant".

    Raises:
        WordsError: It is none of these, or the catalogue has a gap.
    """

    def __init__(self, language: str) -> None:
        super().__init__(_FILE, language)
