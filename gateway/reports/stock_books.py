"""Stock of each fuel by the books, month after month since its first survey."""

from collections.abc import Iterable, Mapping
from typing import Any

from agent.cofiring.lots import Lot
from agent.cofiring.record import FactorRecord
from agent.cofiring.stock import Amount, StockMonth, Survey, chain
from gateway.footprint.calendar import Span
from gateway.footprint.lots.bodies import us_of
from gateway.reports.month import Month, month_span, next_month


def stock_of(month: Month, fuel: str) -> StockMonth:
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
    months = [
        _books(month, name, fuel, surveys, surveys.get(first) if first and n == 0 else None)
        for n, name in enumerate(names)
    ]
    return chain(months)[-1]


def unweighed(month: Month, fuel: str) -> list[str]:
    """Lots of a fuel that came in the month and whose delivered mass nobody told."""
    return [lot.id for lot in _delivered(month.lots.values(), fuel, month.span) if _kg(lot) is None]


def _books(
    month: Month, name: str, fuel: str, surveys: Mapping[str, Amount], opening: Amount | None
) -> StockMonth:
    span = month_span(name, month.plant)
    lots = _delivered(month.lots.values(), fuel, span)
    return StockMonth(
        fuel=fuel,
        opening=opening,
        deliveries=None
        if any(_kg(lot) is None for lot in lots)
        else _total(
            Amount(lot.delivery.mass_kg or 0.0, lot.delivery.mass_half95_kg)
            for lot in lots
            if lot.delivery
        ),
        burnt=_burnt(month, month.earlier.get(name), fuel),
        transfers=_told(month, "transfer", fuel, span),
        losses=_told(month, "loss", fuel, span),
        closing=surveys.get(name),
    )


def _burnt(month: Month, record: FactorRecord | None, fuel: str) -> Amount | None:
    """What its feeder weighed; without an interval where some of the month is not measured."""
    kilograms = [one["kg"] for one in record.fuels if one["fuel"] == fuel] if record else []
    if record is None or not kilograms or None in kilograms:
        return None
    kg = sum(kilograms)
    point = next(line.mass_point for line in month.plant.fuels if line.id == fuel)
    accuracy = month.plant.accuracy.get(point)
    gaps = any(mark.startswith(f"unmeasured: {point},") for mark in record.marks)
    return Amount(kg, None if accuracy is None or gaps else kg * accuracy.scale)


def _told(month: Month, kind: str, fuel: str, span: Span) -> Amount:
    bodies = [v.body for v in month.of_kind(kind) if v.body and v.body["fuel"] == fuel]
    return _total(
        Amount(_signed(body), body.get("kg_u95"))
        for body in bodies
        if span[0] <= us_of(body["at_utc"]) < span[1]
    )


def _signed(body: Mapping[str, Any]) -> float:
    if "taken_kg" in body:
        return -float(body["taken_kg"])
    return float(body.get("given_kg", body.get("kg")))


def _delivered(lots: Iterable[Lot], fuel: str, span: Span) -> list[Lot]:
    return [lot for lot in lots if lot.fuel == fuel and span[0] <= _when(lot) < span[1]]


def _when(lot: Lot) -> int:
    delivered = lot.delivery.delivered_us if lot.delivery else None
    return lot.from_us if delivered is None else delivered


def _kg(lot: Lot) -> float | None:
    return lot.delivery.mass_kg if lot.delivery else None


def _total(amounts: Iterable[Amount]) -> Amount:
    parts = list(amounts)
    halves = [part.half95_kg for part in parts]
    known = [half for half in halves if half is not None]
    # Deliveries over the same weighbridge share its error: their half widths add up.
    return Amount(sum(part.kg for part in parts), sum(known) if len(known) == len(halves) else None)


def _survey(body: Mapping[str, Any]) -> Amount:
    if "kg" in body:
        return Amount(body["kg"], body.get("kg_u95"))
    halves = (body.get("volume_u95_m3"), body.get("bulk_u95_kg_per_m3"))
    found = Survey(
        body["method"],
        body["volume_m3"],
        halves[0] or 0.0,
        body["bulk_kg_per_m3"],
        halves[1] or 0.0,
    ).amount()
    return found if None not in halves else Amount(found.kg)
