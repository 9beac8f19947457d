"""What a column of a sheet holds, by its header: a name in one of three languages, and a unit."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.footprint.lots.fields import UNCERTAIN
from gateway.footprint.lots.units import Unit, is_dimension, known_units, unit_of
from gateway.problems import did_you_mean

_BRACKET: Final = re.compile(r"^(?P<name>.*?)[\[(](?P<unit>[^\[\]]*?)[\])]\s*$", re.DOTALL)
_NOT_A_WORD: Final = re.compile(r"[^\w]+|_+")


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is read.

    Args:
        header: As it stands in the sheet.
        field: Where its values go, such as "quantity.moisture" or "delivery.mass_kg".
        dimension: "text", "date", "instant", "count", or of a number.
        unit: Of a number.
    """

    header: str
    field: str
    dimension: str
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class Unusable:
    """A column that cannot be read, and why."""

    header: str
    reason: str
    remedy: str


def column_of(header: str) -> Column | Unusable:
    """What a header says; names are compared without case, punctuation and width of letters."""
    name, unit = _split(header)
    words = _words(name)
    suffix = ""
    for ending, meaning in _ENDINGS.items():
        if words.endswith(f" {ending}"):
            words, suffix = words[: -len(ending) - 1], meaning
    if (missing := _refused().get(words)) is not None:
        reason = "does not say enough"
        return Unusable(header, reason, f"Say also: {missing}, such as '{name.strip()} dry [%]'")
    found = _names().get(words)
    if found is None:
        return Unusable(header, "is no column known here", did_you_mean(words, _names()))
    field, dimension = found
    if suffix == "method":
        return Column(header, f"method.{field.removeprefix('quantity.')}", "text")
    if not is_dimension(dimension):
        return Column(header, field, dimension)
    if suffix == UNCERTAIN:
        field = "delivery.mass_u95_kg" if field == "delivery.mass_kg" else f"{field}{UNCERTAIN}"
    return _of_number(header, field, dimension, unit)


def _of_number(header: str, field: str, dimension: str, unit: str | None) -> Column | Unusable:
    units = known_units(dimension)
    if unit is None:
        remedy = f"Write '{header.strip()} [{units[0]}]' or another unit"
        return Unusable(header, "names no unit", remedy)
    known = unit_of(dimension, unit)
    if known is None:
        return Unusable(header, f"has the unknown unit {unit}", f"Use one of: {', '.join(units)}")
    if known.factor is None:
        what, _, remedy = known.refusal.partition(": ")
        return Unusable(header, f"has the unit {unit}, which {what}", remedy.capitalize())
    return Column(header, field, dimension, known)


_ENDINGS: Final = {
    "u95": UNCERTAIN,
    "±": UNCERTAIN,
    "uncertainty": UNCERTAIN,
    "expanded uncertainty": UNCERTAIN,
    "不確かさ": UNCERTAIN,
    "不確定度": UNCERTAIN,
    "method": "method",
    "standard": "method",
    "方法": "method",
    "規格": "method",
}


def _split(header: str) -> tuple[str, str | None]:
    text = unicodedata.normalize("NFKC", header)
    found = _BRACKET.match(text)
    if found is None:
        return text, None
    unit = found["unit"].strip()
    # "NCV (dry)" names a basis in its brackets, "NCV dry (MJ/kg)" a unit.
    if _words(f"{found['name']} {unit}") in _names() and "[" not in text:
        return f"{found['name']} {unit}", None
    return found["name"], unit


def _words(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).casefold().replace("±", " plusminus ")
    return " ".join(_NOT_A_WORD.sub(" ", folded).split()).replace("plusminus", "±")


@cache
def _document() -> Mapping[str, Any]:
    path = Path(__file__).with_name("columns.toml")
    return tomllib.loads(path.read_text("utf-8"))


@cache
def _names() -> Mapping[str, tuple[str, str]]:
    return {
        _words(name): (field, column["dimension"])
        for field, column in _document().items()
        if field != "refused"
        for name in column["names"]
    }


@cache
def _refused() -> Mapping[str, str]:
    return {_words(name): missing for name, missing in _document()["refused"]["names"].items()}
