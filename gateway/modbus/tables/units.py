"""Units as tables write them, and how to come from them to ours."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from gateway.modbus.field import UNIT
from gateway.modbus.tables.numbers import number, plain
from gateway.modbus.tables.unclear import UnclearError

NUMBER: Final = "number"
"""The unit of what has none: states, codes, counts of events."""

TOTALS: Final = ("kwh", "kvarh", "kvah", "mj")
"""Units in which a value can only be a total: energies."""

_AMOUNTS: Final = ("kg", "m3")
_PREFIXES: Final = {"": 0, "k": 3, "K": 3, "M": 6, "G": 9, "m": -3}
_BASES: Final = {
    "W": ("kw", -3),
    "VA": ("kva", -3),
    "var": ("kvar", -3),
    "VAr": ("kvar", -3),
    "VAR": ("kvar", -3),
    "Wh": ("kwh", -3),
    "VAh": ("kvah", -3),
    "varh": ("kvarh", -3),
    "VArh": ("kvarh", -3),
    "VARh": ("kvarh", -3),
    "J": ("mj", -6),
    "V": ("v", 0),
    "A": ("a", 0),
    "Hz": ("hz", 0),
    "Pa": ("bar", -5),
    "hPa": ("bar", -3),
    "bar": ("bar", 0),
    "s": ("s", 0),
}
_GRAMS: Final = {"mg": -6, "g": -3, "kg": 0, "Mg": 3, "t": 3, "tonne": 3, "tonnes": 3, "トン": 3}
_VOLUMES: Final = {"m3": 0, "cbm": 0, "l": -3, "L": -3, "ltr": -3, "litre": -3, "liter": -3}
_LITRES: Final = {"ml": -6, "hl": -1, "dm3": -3, "cm3": -6}
_TOTAL_WORDS: Final = (
    r"total|volumen?\b|accum|cumul|count|sum\b|index|zähler|zaehler|summe|gesamt|stand\b"
    r"|積算|累積|累計"
)
_TIMES: Final = {"s": 1, "sec": 1, "min": 60, "h": 3600, "hr": 3600, "hour": 3600, "std": 3600}
_WORDS: Final = {
    "%": "pct",
    "percent": "pct",
    "prozent": "pct",
    "pct": "pct",
    "%rh": "pct",
    "°c": "degc",
    "degc": "degc",
    "deg c": "degc",
    "℃": "degc",
    "deg. c": "degc",
    "c": "degc",
    "celsius": "degc",
    "grad c": "degc",
    "k": "k",
    "kelvin": "k",
    "°": "deg",
    "deg": "deg",
    "rpm": "rpm",
    "1/min": "rpm",
    "min-1": "rpm",
    "u/min": "rpm",
    "ppm": "ppm",
    "ppmv": "ppm",
    "mg/m3": "mg_per_m3",
    "mg/nm3": "mg_per_m3",
    "kg/m3": "kg_per_m3",
    "kg/m": "kg_per_m",
    "m/s": "m_per_s",
    "mm": "mm",
    "m": "m",
    "ohm": "ohm",
    "ω": "ohm",
    "h": "h",
    "hours": "h",
    "hour": "h",
    "std": "h",
    "min": "min",
    "days": "d",
    "d": "d",
    "cosphi": "ratio",
    "cos phi": "ratio",
    "cos φ": "ratio",
    "pf": "ratio",
}
_NONE: Final = {"", "-", "–", "—", "--", "none", "n/a", "na", "ohne", "なし", "1", "#"}
_CODE: Final = re.compile(r"\bbit|enum|bool|hex|ascii|code|状態")
_FAHRENHEIT: Final = {"°f", "degf", "deg f", "℉", "fahrenheit"}
_PSI: Final = Fraction(6894757, 100_000_000)
_TENTHS: Final = re.compile(r"(.+?)\s*/\s*(10+)")
_LEADING: Final = re.compile(r"^([\d.,/]+)\s*[x×*·]?\s*(?=[^\d.,/\s])")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of ours, and value [unit] = value as the table means it × factor + offset.

    Args:
        name: As it ends a name.
        factor: See above.
        offset: See above.
    """

    name: str
    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)


def unit(text: str) -> Unit:
    """The unit in a cell such as ``kWh``, ``0.1 V``, ``m³/h`` or ``Unit: °C``.

    Raises:
        UnclearError: It cannot be made one that ends a name.
    """
    bare = re.sub(r"^\W*(?:units?|einheit|単位)\s*[:=]\s*", "", plain(text), flags=re.IGNORECASE)
    bare = bare.strip().strip("[]()").strip()
    if bare.lower() in _NONE or _CODE.search(bare.lower()):
        return Unit(NUMBER)
    if bare == "mw":
        raise UnclearError(text, "may be a thousandth of a watt or a million", "Write MW or mW")
    found = _known(bare)
    if found is not None:
        return found
    if leading := _LEADING.match(bare):
        times, rest = number(leading.group(1)), bare[leading.end() :]
    elif tenths := _TENTHS.fullmatch(bare):
        times, rest = Fraction(1, int(tenths.group(2))), tenths.group(1)
    else:
        return _kept(text, bare)
    if not times:
        return _kept(text, bare)
    inner = unit(rest)
    return Unit(inner.name, inner.factor * times, inner.offset)


def is_total(name: str, unit_name: str) -> bool:
    """Whether a value of this name and unit is a totaliser's.

    Args:
        name: What the table calls it.
        unit_name: Its unit, one of ours.
    """
    if unit_name in TOTALS:
        return True
    words = name.lower()
    return unit_name in _AMOUNTS and bool(re.search(_TOTAL_WORDS, words))


def _known(bare: str) -> Unit | None:
    text = re.sub(r"\s*/\s*", "/", bare).replace("^3", "3").replace("μ", "u")
    low = text.lower()
    if low in _WORDS:
        return Unit(_WORDS[low])
    if low in _FAHRENHEIT:
        return Unit("degc", Fraction(5, 9), Fraction(-160, 9))
    if low in {"psi", "psig", "psia"}:
        return Unit("bar", _PSI)
    if low in {"barg", "bara", "bar g", "bar a", "bar(g)", "bar(a)"}:
        return Unit("bar")
    if "/" in text:
        return _flow(*text.split("/", maxsplit=1))
    return _amount(text) or _electric(text)


def _flow(amount: str, time: str) -> Unit | None:
    of = _amount(amount)
    seconds = _TIMES.get(time.lower())
    if of is None or seconds is None:
        if seconds is not None and (rate := _electric(amount)) is not None and rate.name == "mj":
            return Unit("kw", rate.factor * 1000 / seconds)
        return None
    if of.name == "kg":
        return Unit("kg_per_s", of.factor / seconds)
    return Unit("m3_per_h", of.factor * 3600 / seconds)


def _amount(text: str) -> Unit | None:
    if text in _GRAMS or text.lower() in {"kg", "kgs"}:
        return Unit("kg", Fraction(10) ** _GRAMS.get(text, 0))
    volumes = {**_VOLUMES, **_LITRES}
    known = text if text in volumes else text.lower()
    return Unit("m3", Fraction(10) ** volumes[known]) if known in volumes else None


def _electric(text: str) -> Unit | None:
    for prefix in sorted(_PREFIXES, key=len, reverse=True):
        base = text.removeprefix(prefix)
        if prefix and base == text:
            continue
        same = [known for known in _BASES if known == base] or [
            known for known in _BASES if known.lower() == base.lower() and prefix + base != "mw"
        ]
        if same:
            name, power = _BASES[same[0]]
            return Unit(name, Fraction(10) ** (power + _PREFIXES[prefix]))
    return None


def _kept(text: str, bare: str) -> Unit:
    """The table's own unit, where it can end a name."""
    parts = bare.lower().replace("μ", "u").split("/", maxsplit=1)
    name = "_per_".join(re.sub(r"[\s.^*-]", "", part) for part in parts)
    is_odd = re.search(r"[:;~…=]|\d\s*-| .* ", bare) or not re.match(r"[^\W\d_]", bare)
    if is_odd or not UNIT.fullmatch(name) or not name[0].isalpha() or len(name) > 12:
        raise UnclearError(text, "is no unit we know", "Correct it, or leave it empty")
    return Unit(name)
