"""What the books of stock rest on: deliveries lot by lot, and what people told."""

from collections.abc import Mapping
from typing import Any, Final

from agent.cofiring.lots import Lot
from gateway.footprint.lots.bodies import us_of
from gateway.footprint.lots.entries import Version
from gateway.reports.cells import listed, percent, tonnes
from gateway.reports.document import NONE, Cell, Column, Table
from gateway.reports.month import Month
from gateway.reports.stock_books import amounts, came_us, delivered
from gateway.reports.words import Words

_KINDS: Final = ("survey", "loss", "transfer")
_SAID: Final = (
    "method",
    "cause",
    "with",
    "kg",
    "given_kg",
    "taken_kg",
    "kg_u95",
    "volume_m3",
    "volume_u95_m3",
    "bulk_kg_per_m3",
    "bulk_u95_kg_per_m3",
    "moisture",
    "moisture_u95",
)
"""What is printed of an entry, in this order."""

_FRACTIONS: Final = ("moisture", "moisture_u95")


def deliveries_table(month: Month, words: Words) -> Table:
    """Each lot that came in the month: they make the deliveries of the books."""
    rows = [
        _delivery(month, lot, words)
        for line in month.plant.fuels
        for lot in delivered(month, line.id)
    ]
    columns = [
        Column(words["fuel"], 1.2),
        Column(words["lot"], 1.2),
        Column(words["delivered_at"], 1.3),
        Column(words["supplier"], 1.5),
        Column(words["mass_by"], 1.2),
        Column(words.head("mass", "t")),
        Column(words.head("mass_half95", "t")),
        Column(words.head("moisture", "%")),
        Column(words.head("dry_mass", words["dry_t"])),
    ]
    return listed("deliveries", words["deliveries_told"], columns, rows, words)


def told_table(month: Month, words: Words) -> Table:
    """Surveys, losses and transfers of the month, and the surveys that it opened with."""
    rows = [
        _told(month, kind, version, words)
        for kind in _KINDS
        for version in month.of_kind(kind)
        if _belongs(month, kind, version.body or {})
    ]
    columns = [
        Column(words["kind"]),
        Column(words["fuel"]),
        Column(words["when"], 1.4),
        Column(words["told"], 4),
        Column(words["person"], 1.3),
    ]
    notes = [words["told_note"]] if rows else []
    return listed("stock_told", words["stock_told"], columns, rows, words, notes)


def _delivery(month: Month, lot: Lot, words: Words) -> list[Cell]:
    dry, wet = amounts(month, lot)
    water = lot.measured("moisture")
    no_mass, no_moisture = words["no_delivered_mass"], words["no_moisture"]
    half = wet.half95_kg if wet else None
    return [
        month.fuel_name(lot.fuel, words.language),
        lot.id,
        month.local(came_us(lot)),
        (lot.delivery.supplier if lot.delivery else "") or NONE,
        words.get(lot.delivery.mass_by) if lot.delivery and lot.delivery.mass_by else NONE,
        tonnes(wet.kg if wet else None, reason=no_mass),
        tonnes(half, reason=words["no_uncertainty"] if wet else no_mass),
        percent(water.value if water else None, 2, no_moisture),
        tonnes(dry.kg if dry else None, reason=no_moisture if wet else no_mass),
    ]


def _belongs(month: Month, kind: str, body: Mapping[str, Any]) -> bool:
    """Whether an entry counts in the books of the month: by the site's legal midnight."""
    if kind != "survey":
        return month.span[0] <= us_of(body["at_utc"]) < month.span[1]
    if body["month"] == month.name:
        return True
    before = [
        str(v.body["month"])
        for v in month.of_kind("survey")
        if v.body and v.body["fuel"] == body["fuel"] and v.body["month"] < month.name
    ]
    return bool(body["month"] == max(before, default=None))


def _told(month: Month, kind: str, version: Version, words: Words) -> list[Cell]:
    body = version.body or {}
    when = month.local(us_of(body["at_utc"])) if "at_utc" in body else ""
    if kind == "survey":
        when = words["survey_of"].format(month=body["month"])
    return [
        words[kind],
        month.fuel_name(body["fuel"], words.language),
        when,
        words["comma"].join(_said(name, body[name], words) for name in _SAID if name in body),
        version.person,
    ]


def _said(name: str, value: Any, words: Words) -> str:
    """One field of an entry with its unit; water as per cent of the mass."""
    if isinstance(value, int | float):
        shown = f"{100.0 * value if name in _FRACTIONS else value:,.10g}"
    else:
        shown = words.get(f"method_{value}", str(value)) if name == "method" else str(value)
    return words[f"told_{name}"].format(value=shown)
