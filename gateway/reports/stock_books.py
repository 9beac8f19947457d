"""Stock of each fuel by the books, month after month since its first survey."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from agent.cofiring.lots import Lot
from agent.cofiring.portions import add_up
from agent.cofiring.record import FactorRecord
from agent.cofiring.stock import Amount, StockBooks, StockMonth, Survey, chain
from gateway.footprint.calendar import Span
from gateway.footprint.lots.bodies import us_of
from gateway.reports.month import UNMEASURED, Month, month_span, next_month

_KINDS: Final = ("dry", "wet")


def stock_of(month: Month, fuel: str) -> StockBooks:
    """A fuel's books of the month, opened with what the months before left."""
    surveys = {
        v.body["month"]: _survey(v.body)
        for v in month.of_kind("survey")
        if v.body and v.body["fuel"] == fuel
    }
    before = [name for name in surveys if name < month.name]
    first = min(before, default=None)
    names = [month.name]
    if first is not None:
        names = [next_month(first)]
        while names[-1] < month.name:
            names.append(next_month(names[-1]))
    nothing = _Pair(None, None)
    months = [
        _books(month, name, fuel, surveys, surveys[first] if first and n == 0 else nothing)
        for n, name in enumerate(names)
    ]
    return StockBooks(*(chain([getattr(one, kind) for one in months])[-1] for kind in _KINDS))


def unweighed(month: Month, fuel: str) -> list[str]:
    """Lots of a fuel that came in the month and whose delivered mass nobody told."""
    return [lot.id for lot in delivered(month, fuel) if _kg(lot) is None]


def delivered(month: Month, fuel: str) -> list[Lot]:
    """Lots of a fuel that came in the month, the earliest first."""
    return sorted(_delivered(month.lots.values(), fuel, month.span), key=came_us)


def came_us(lot: Lot) -> int:
    """When a lot came, UTC [µs]: as delivered, or else as it began to burn."""
    at_us = lot.delivery.delivered_us if lot.delivery else None
    return lot.from_us if at_us is None else at_us


def amounts(month: Month, lot: Lot) -> tuple[Amount | None, Amount | None]:
    """What a lot brought, in dry matter and as weighed; None where its mass or water is unknown."""
    kg = _kg(lot)
    if lot.delivery is None or kg is None:
        return None, None
    wet, water = Amount(kg, lot.delivery.mass_half95_kg), lot.measured("moisture")
    half = None if water is None else water.half95
    if half is None:
        half = _analysed_half95(month, water.n if water else 1)
    return wet.dried(water.value if water else None, half), wet


@dataclass(frozen=True, slots=True)
class _Pair:
    """An amount in dry matter and as weighed."""

    dry: Amount | None
    wet: Amount | None


def _books(
    month: Month, name: str, fuel: str, surveys: Mapping[str, _Pair], opening: _Pair
) -> StockBooks:
    span = month_span(name, month.plant)
    parts = {
        "opening": opening,
        "deliveries": _deliveries(month, _delivered(month.lots.values(), fuel, span)),
        "burnt": _burnt(month, month.earlier.get(name), fuel),
        "transfers": _told(month, "transfer", fuel, span),
        "losses": _told(month, "loss", fuel, span),
        "closing": surveys.get(name, _Pair(None, None)),
    }
    dry, wet = (
        StockMonth(fuel=fuel, **{part: getattr(pair, kind) for part, pair in parts.items()})
        for kind in _KINDS
    )
    return StockBooks(dry, wet)


def _deliveries(month: Month, lots: Iterable[Lot]) -> _Pair:
    pairs = []
    for lot in lots:
        dry, wet = amounts(month, lot)
        if wet is None:
            return _Pair(None, None)
        pairs.append(_Pair(dry, wet))
    return _total(pairs)


def _analysed_half95(month: Month, samples: int) -> float:
    """How well a laboratory knows a moisture that states no range of its own."""
    known = month.tables.uncertainties.laboratory["moisture"]
    return math.hypot(known.systematic, known.random / math.sqrt(samples))


def _burnt(month: Month, record: FactorRecord | None, fuel: str) -> _Pair:
    """What its feeder weighed; without an interval where some of the month is not measured."""
    rows = [one for one in record.fuels if one["fuel"] == fuel] if record else []
    if record is None or not rows or any(one["kg"] is None for one in rows):
        return _Pair(None, None)
    point = next(line.mass_point for line in month.plant.fuels if line.id == fuel)
    accuracy = month.plant.accuracy.get(point)
    gaps = any(mark.startswith(f"{UNMEASURED}{point},") for mark in record.marks)
    scale = None if accuracy is None or gaps else accuracy.scale
    kg = math.fsum(one["kg"] for one in rows)
    wet = Amount(kg, None if scale is None else kg * scale)
    dry = [one.get("dry_kg") for one in rows if one["kg"]]
    dry_kg = add_up(dry)
    if dry_kg is None:
        return _Pair(None, wet)
    # One laboratory analysed all of its lots: what their moistures may be wrong by adds up.
    water = math.fsum(one["kg"] * _half95(month, one) for one in rows)
    half = None if scale is None else math.hypot(dry_kg * scale, water)
    return _Pair(Amount(dry_kg, half), wet)


def _half95(month: Month, row: Mapping[str, Any]) -> float:
    moisture = (row.get("properties") or {}).get("moisture") or {}
    if "low" in moisture and "high" in moisture:
        return 0.5 * float(moisture["high"] - moisture["low"])
    return _analysed_half95(month, moisture.get("samples", 1))


def _told(month: Month, kind: str, fuel: str, span: Span) -> _Pair:
    bodies = [v.body for v in month.of_kind(kind) if v.body and v.body["fuel"] == fuel]
    return _total(
        _pair(body, Amount(_signed(body), body.get("kg_u95")), is_dry=kind == "loss")
        for body in bodies
        if span[0] <= us_of(body["at_utc"]) < span[1]
    )


def _pair(body: Mapping[str, Any], amount: Amount, *, is_dry: bool = False) -> _Pair:
    """An amount both ways; a loss without a moisture is told in dry matter."""
    moisture = body.get("moisture")
    if is_dry and moisture is None:
        return _Pair(amount, None)
    return _Pair(amount.dried(moisture, body.get("moisture_u95")), amount)


def _signed(body: Mapping[str, Any]) -> float:
    if "taken_kg" in body:
        return -float(body["taken_kg"])
    return float(body.get("given_kg", body.get("kg")))


def _delivered(lots: Iterable[Lot], fuel: str, span: Span) -> list[Lot]:
    return [lot for lot in lots if lot.fuel == fuel and span[0] <= came_us(lot) < span[1]]


def _kg(lot: Lot) -> float | None:
    return lot.delivery.mass_kg if lot.delivery else None


def _total(pairs: Iterable[_Pair]) -> _Pair:
    known = list(pairs)
    return _Pair(*(_sum([getattr(pair, kind) for pair in known]) for kind in _KINDS))


def _sum(amounts: Iterable[Amount | None]) -> Amount | None:
    parts = list(amounts)
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    # Deliveries over the same weighbridge share its error: their half widths add up.
    return Amount(math.fsum(part.kg for part in known), add_up(part.half95_kg for part in known))


def _survey(body: Mapping[str, Any]) -> _Pair:
    if "kg" in body:
        return _pair(body, Amount(body["kg"], body.get("kg_u95")))
    halves = (body.get("volume_u95_m3"), body.get("bulk_u95_kg_per_m3"))
    found = Survey(
        body["method"],
        body["volume_m3"],
        halves[0] or 0.0,
        body["bulk_kg_per_m3"],
        halves[1] or 0.0,
    ).amount()
    return _pair(body, found if None not in halves else Amount(found.kg))
