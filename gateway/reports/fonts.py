"""Fonts that print Japanese and Traditional Chinese, found where Debian puts them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-untyped]

from agent.errors import HinobanError

FOLDERS: Final = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
)
_PACKAGE: Final = "fonts-noto-cjk"
_FACES: Final = {"en": "JP", "ja": "JP", "zh-Hant": "TC"}
_FAMILY_NAME: Final = 1


class FontsError(HinobanError):
    """No font prints this language, in words that say which package to install."""


@dataclass(frozen=True, slots=True)
class Face:
    """One face of a font file; its number where the file holds several."""

    path: Path
    number: int

    def characters(self) -> set[int]:
        """The characters it prints, by their numbers."""
        with TTFont(str(self.path), fontNumber=self.number, lazy=True) as font:
            return set(font.getBestCmap())


def find_faces(language: str, folders: Iterable[Path] = FOLDERS) -> tuple[Face, Face]:
    """Regular and bold Noto Sans CJK, with the forms of the language.

    Args:
        language: "en", "ja" or "zh-Hant".
        folders: Where fonts lie.

    Raises:
        FontsError: It is not installed.
    """
    known = [folder for folder in folders if folder.is_dir()]
    wanted = f"Noto Sans CJK {_FACES[language]}"
    found = []
    for weight in ("Regular", "Bold"):
        name = f"NotoSansCJK-{weight}.ttc"
        paths = [path for folder in known for path in sorted(folder.rglob(name))]
        if not paths:
            raise FontsError(
                f"{name} is not installed, so the PDF cannot be written; the other files are. "
                f"Install it: apt-get install {_PACKAGE}"
            )
        found.append(Face(paths[0], _number(paths[0], wanted)))
    return found[0], found[1]


def _number(path: Path, family: str) -> int:
    with TTCollection(str(path), lazy=True) as collection:
        names = [str(font["name"].getDebugName(_FAMILY_NAME)) for font in collection.fonts]
    return next((n for n, name in enumerate(names) if name.startswith(family)), 0)
