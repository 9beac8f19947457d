"""Names of fields, from what a table calls its values in English, German or Japanese."""

import re
import unicodedata
from typing import Final

from gateway.modbus.tables.numbers import plain

_LONGEST: Final = 40
_LETTERS: Final = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ß": "ss",
        "ø": "o",
        "æ": "ae",
        "σ": "sum",
        "δ": "delta",
        "φ": "phi",
        "ϕ": "phi",
        "η": "eta",
        "+": " plus ",
        "%": " pct ",
        "∑": "sum",
        "_": " ",
    }
)
_JAPANESE: Final = (
    ("積算電力量", "energy_total"),
    ("電力量", "energy"),
    ("有効電力", "active_power"),
    ("無効電力", "reactive_power"),
    ("皮相電力", "apparent_power"),
    ("瞬時流量", "flow"),
    ("積算流量", "volume_total"),
    ("積算熱量", "heat_total"),
    ("積算", "total"),
    ("累積", "total"),
    ("瞬時", "present"),
    ("線間電圧", "line_voltage"),
    ("相電圧", "phase_voltage"),
    ("電圧", "voltage"),
    ("電流", "current"),
    ("電力", "power"),
    ("力率", "power_factor"),
    ("周波数", "frequency"),
    ("往き", "supply"),
    ("往", "supply"),
    ("還り", "return"),
    ("還", "return"),
    ("入口", "inlet"),
    ("出口", "outlet"),
    ("温度", "temperature"),
    ("圧力", "pressure"),
    ("流量", "flow"),
    ("重量", "weight"),
    ("質量", "mass"),
    ("熱量", "heat"),
    ("蒸気", "steam"),
    ("速度", "speed"),
    ("密度", "density"),
    ("状態", "state"),
    ("異常", "fault"),
    ("警報", "alarm"),
    ("相", "_phase"),
    ("値", ""),
)


def named(text: str, address: int) -> str:
    """What a value is called, as a name that still lacks its unit.

    Args:
        text: What the table calls it.
        address: Zero-based, for a value that has no name in letters we know.
    """
    words = plain(text).lower()
    for japanese, english in _JAPANESE:
        words = words.replace(japanese, f" {english} ")
    words = words.translate(_LETTERS)
    letters = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode("ascii")
    name = re.sub(r"[^a-z0-9]+", "_", letters).strip("_")
    if len(name) > _LONGEST:
        name = name[:_LONGEST].rsplit("_", maxsplit=1)[0].strip("_")
    if not name:
        return f"register_{address}"
    return name if name[0].isalpha() else f"value_{name}"


def with_unit(name: str, unit: str) -> str:
    """The name with its unit at the end, once.

    Args:
        name: From `named`.
        unit: One of our units; "" for texts.
    """
    if not unit or name.endswith(f"_{unit}"):
        return name
    if name == unit:
        return f"value_{unit}"
    return f"{name}_{unit}"


def unit_in(text: str) -> tuple[str, str]:
    """A name without the unit in brackets behind it, and that unit: "Power (kW)", "Power [kW]".

    Args:
        text: What the table calls a value.
    """
    found = re.fullmatch(r"(.*\S)\s*[\[(（]([^\])）]{1,12})[\])）]", plain(text))
    return (found.group(1), found.group(2)) if found else (text, "")


def another(name: str, unit: str, number: int) -> str:
    """A name for a second field of the same name: ``voltage_v`` becomes ``voltage_2_v``."""
    stem = name.removesuffix(f"_{unit}") if unit else name
    return f"{stem}_{number}_{unit}" if unit else f"{stem}_{number}"
