"""Stock: what a month's books say is left of a fuel, beside what was measured.

Rain and sun move what a pile weighs and leave its dry matter alone: books are balanced in dry
kilograms, and those as weighed stand beside them.
Opening + deliveries − burnt − transfers − losses = closing. The difference to a survey is shown and
tested against what both sides can know; it is never spread over anything.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Amount:
    """A mass and how well it is known.

    Args:
        kg: Dry mass, or the mass as weighed [kg].
        half95_kg: Half width of its 95 % interval [kg]; None where nobody said.
    """

    kg: float
    half95_kg: float | None = None

    def dried(self, moisture: float | None, half95: float | None) -> "Amount | None":
        """The dry matter in a mass as weighed; None where its moisture is not known.

        Args:
            moisture: Mass fraction, wet basis.
            half95: Half width of its 95 % interval; None where nobody said.
        """
        if self.kg == 0.0:
            return Amount(0.0, self.half95_kg)
        if moisture is None:
            return None
        half95_kg = None
        if self.half95_kg is not None and half95 is not None:
            half95_kg = math.hypot(self.half95_kg * (1.0 - moisture), self.kg * half95)
        return Amount(self.kg * (1.0 - moisture), half95_kg)


@dataclass(frozen=True, slots=True)
class Survey:
    """Stock that was measured.

    Args:
        method: "pile_survey", "silo_level" or "weighed".
        volume_m3: Volume of the pile or in the silo [m³].
        volume_half95_m3: Half width of its 95 % interval [m³].
        bulk_kg_per_m3: Bulk density [kg/m³].
        bulk_half95_kg_per_m3: Half width of its 95 % interval [kg/m³].
    """

    method: str
    volume_m3: float
    volume_half95_m3: float
    bulk_kg_per_m3: float
    bulk_half95_kg_per_m3: float

    def amount(self) -> Amount:
        """Mass = volume × bulk density; their errors are independent of each other."""
        kg = self.volume_m3 * self.bulk_kg_per_m3
        by_volume = self.volume_half95_m3 * self.bulk_kg_per_m3
        by_bulk = self.volume_m3 * self.bulk_half95_kg_per_m3
        return Amount(kg, math.hypot(by_volume, by_bulk))


@dataclass(frozen=True, slots=True)
class StockMonth:
    """One fuel's books over one month or any other period, all dry or all as weighed.

    Args:
        opening: Stock at its start; None where no survey and no month before says.
        deliveries: None where the mass, or in dry books the moisture, of one of them is unknown.
        burnt: By the feeders; None where nothing is known of it.
        transfers: Given to others, less what they gave; None where a moisture is unknown.
        losses: Lost in storage, dust, spillage, by their own records; None where nobody told
            those of dry matter as weighed.
        closing: Stock by survey at its end; None where there was none.
    """

    fuel: str
    opening: Amount | None
    deliveries: Amount | None
    burnt: Amount | None
    transfers: Amount | None
    losses: Amount | None
    closing: Amount | None

    @property
    def book_closing(self) -> Amount | None:
        """What the books leave; None where a part of them is unknown."""
        came, went = (self.opening, self.deliveries), (self.burnt, self.transfers, self.losses)
        return _balance(came, went)

    @property
    def by_receipts_kg(self) -> float | None:
        """Consumption by receipts and stock: what deliveries and surveys say was burnt [kg]."""
        came, went = (self.opening, self.deliveries), (self.transfers, self.losses, self.closing)
        found = _balance(came, went)
        return None if found is None else found.kg

    def difference(self) -> "Difference | None":
        """Survey less books; None where one of them is missing."""
        book = self.book_closing
        if book is None or self.closing is None:
            return None
        kg = self.closing.kg - book.kg
        burnt_kg = self.burnt.kg if self.burnt else 0.0
        half95_kg = _together((book, self.closing))
        return Difference(
            kg=kg,
            percent_of_burnt=100.0 * kg / burnt_kg if burnt_kg > 0.0 else None,
            half95_kg=half95_kg,
            significant=None if half95_kg is None else abs(kg) > half95_kg,
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """What books and survey disagree by.

    Args:
        kg: Survey less books [kg].
        percent_of_burnt: The same in per cent of what was burnt; None where nothing was.
        half95_kg: What both can explain at 95 % [kg]; None where a part's is not known.
        significant: Whether it is more than that; None where it cannot be tested.
    """

    kg: float
    percent_of_burnt: float | None
    half95_kg: float | None
    significant: bool | None


@dataclass(frozen=True, slots=True)
class StockBooks:
    """A fuel's books twice: in dry matter, which balances, and as weighed beside it."""

    dry: StockMonth
    wet: StockMonth


def chain(months: Sequence[StockMonth]) -> list[StockMonth]:
    """Months of one fuel in order, each opened with what the one before left.

    A survey goes before the books; an opening that a month brings itself goes before both.
    """
    chained: list[StockMonth] = []
    for month in months:
        opening = month.opening
        if opening is None and chained:
            opening = chained[-1].closing or chained[-1].book_closing
        chained.append(replace(month, opening=opening))
    return chained


def _balance(came: Iterable[Amount | None], went: Iterable[Amount | None]) -> Amount | None:
    """What came less what went; None where one of them is unknown."""
    signed = [(1.0, part) for part in came] + [(-1.0, part) for part in went]
    known = [(sign, part) for sign, part in signed if part is not None]
    if len(known) < len(signed):
        return None
    kg = math.fsum(sign * part.kg for sign, part in known)
    return Amount(kg, _together(part for _, part in known))


def _together(parts: Iterable[Amount]) -> float | None:
    halves = [
        0.0 if part.kg == 0.0 and part.half95_kg is None else part.half95_kg for part in parts
    ]
    known = [half for half in halves if half is not None]
    return math.hypot(*known) if len(known) == len(halves) else None
