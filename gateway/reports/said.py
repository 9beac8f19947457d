"""What the account says in English in its records, said in a report's language.

A record keeps its own words. What no pattern here knows is printed as it stands there.
"""

import re
from typing import Final

from gateway.reports.month import Month
from gateway.reports.words import Words

_LOT: Final = r"(?P<fuel>[^,]+?)(?:, lot (?P<lot>.+?))?"
_GASES: Final = {
    "fossil CO₂": "fossil_co2",
    "biogenic CO₂": "biogenic_co2",
    "methane": "ch4",
    "nitrous oxide": "n2o",
    "the supply chain": "upstream_co2e",
}
_PATTERNS: Final = tuple(
    (key, re.compile(pattern))
    for key, pattern in (
        ("said_lab_owed", rf"lab_owed: {_LOT}: (?P<names>[\w, ]+)"),
        ("said_unmeasured", r"unmeasured: (?P<point>.+), (?P<hours>[^,]+) h"),
        (
            "said_mixed_bases",
            r"(?P<fuel>.+): mixed_bases: (?P<value>.+) MJ/kg is (?P<basis>\w+);.*",
        ),
        (
            "said_implied_factor",
            r"(?P<fuel>.+): implied_factor: (?P<value>.+) g/MJ is outside this fuel's "
            r"(?P<range>.+): other fuel quality or basis",
        ),
        ("said_double_claim", r"double_claim: (?P<sold>\S+) kWh sold of (?P<made>\S+) kWh made"),
        (
            "said_heat_rate",
            r"implausible_heat_rate: (?P<found>\S+) of the fuel's heat .* is (?P<range>\S+)",
        ),
        ("said_moisture", rf"moisture of {_LOT}: the lot's own for (?P<kg>\S+) kg"),
        ("said_filled", r"(?P<point>[\w.]+): (?P<amount>\S+) ± (?P<sigma>\S+)"),
        ("said_nothing_known", r"nothing is known of (?P<fuel>.+)"),
        ("said_land_use", rf"the change of land use of {_LOT} is not known and counts nothing"),
        ("said_gas_unknown", rf"(?P<gas>{'|'.join(_GASES)}) of {_LOT} is not known"),
        ("said_too_little", r"the site declares too little for (?P<names>\w+)"),
        ("said_no_calorific", r"a calorific value of basis (?P<basis>\w+) is missing"),
        ("said_no_accuracy", r"unknown_accuracy: (?P<points>.+)"),
        ("said_unnamed_laboratory", r"laboratory not named, (?P<fuel>.+)"),
        ("said_by_rule", r"by the scheme's rule"),
        ("said_nothing_biogenic", r"nothing biogenic"),
        ("said_feeder_moisture", r"moisture at the feeder, (?P<fuel>.+)"),
        (
            "said_beyond_delivered",
            rf"beyond_delivered: {_LOT}: (?P<delivered>\S+) kg delivered, (?P<kg>\S+) kg more "
            r"burnt; that is of a lot nobody told of",
        ),
        ("said_mix_unknown", r"mix_unknown: (?P<minutes>\d+) min lack a fuel;.*"),
        ("said_lot", r"lot (?P<lot>.+)"),
        ("said_event", r"(?P<kind>filling|discharge|empty|moisture) (?P<key>.+)"),
    )
)


def said(text: str, month: Month, words: Words) -> str:
    """A text of a record in the report's language; as it stands where there is no other.

    Args:
        text: A mark, a substitution, a reason or a source of uncertainty.
        month: Names its fuels.
        words: Of the language.
    """
    for key, pattern in _PATTERNS:
        if found := pattern.fullmatch(text):
            return words[key].format_map(_parts(found.groupdict(), month, words))
    return words.get(text)


def _parts(parts: dict[str, str | None], month: Month, words: Words) -> dict[str, str]:
    named = {name: part for name, part in parts.items() if part is not None}
    if named.get("lot") == "unknown":
        named["lot"] = words["unknown"]
    if "kind" in named:
        named["kind"] = words[named["kind"]]
    if "fuel" in named:
        lot = named.get("lot")
        fuel = month.fuel_name(named["fuel"], words.language)
        named["fuel"] = words["said_fuel_lot"].format(fuel=fuel, lot=lot) if lot else fuel
    if "names" in named:
        named["names"] = words["comma"].join(words.get(one) for one in named["names"].split(", "))
    if "basis" in named:
        named["basis"] = words.get(named["basis"])
    if "gas" in named:
        named["gas"] = words.get(_GASES[named["gas"]])
    return named
