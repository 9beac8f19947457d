"""Periods: the sums of settlement periods, days, months and fiscal years, each from the shorter."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from agent.cofiring.factor import Span
from agent.cofiring.record import FactorRecord
from gateway.footprint.calendar import Calendar
from gateway.footprint.issuer import Issuer, Known
from gateway.footprint.sums_shelf import Summed, SumsShelf
from gateway.footprint.sums_text import SumsText
from gateway.footprint.writer import SlotInput, Writer

_PART_OF: Final = {"day": "settlement", "month": "day", "fiscal_year": "month"}


class Periods:
    """Sums within one transaction; what has moved is computed anew, the rest is read.

    Args:
        writer: Where slots lie.
        shelf: Where sums of closed periods lie.
        issuer: With the lots and tables that count.
        calendar: The unit's periods.
        fresh: What was computed anew before, where it is not kept.
        minutes: Sums of slots that are still true, from earlier transactions; added to.
    """

    def __init__(
        self,
        writer: Writer,
        shelf: SumsShelf,
        issuer: Issuer,
        calendar: Calendar,
        fresh: dict[tuple[str, int], Summed] | None = None,
        minutes: Known | None = None,
    ) -> None:
        self._writer = writer
        self._shelf = shelf
        self._issuer = issuer
        self._calendar = calendar
        self._fresh = {} if fresh is None else fresh
        self._minutes: Known = {} if minutes is None else minutes

    @property
    def shelf(self) -> SumsShelf:
        """Where sums of closed periods lie."""
        return self._shelf

    def closed(self, kind: str, slots_us: Iterable[int], until_us: int) -> list[tuple[int, int]]:
        """The periods of a kind that some slots lie in and that end at `until_us` or earlier."""
        spans = self._calendar.spanned(kind, slots_us)
        return [(start, end) for start, end in spans if end <= until_us]

    def within(self, kind: str, from_us: int, to_us: int, until_us: int) -> list[tuple[int, int]]:
        """The periods of a kind that a range touches and that end at `until_us` or earlier."""
        spans = self._calendar.spans(kind, from_us, to_us)
        return [(start, end) for start, end in spans if end <= until_us]

    def renew(self, kind: str, from_us: int, to_us: int) -> Summed:
        """Compute a period's sums anew: a settlement period's from its slots."""
        if kind == "settlement":
            inputs = self._writer.slot_inputs(self._issuer.unit, from_us, to_us)
            made = self._issuer.summed(Span(kind, from_us, to_us), inputs, self._minutes)
        else:
            parts = self._parts(_PART_OF[kind], from_us, to_us)
            made = self._issuer.joined(Span(kind, from_us, to_us), parts)
        self._fresh[kind, from_us] = made
        return made

    def minutes(self, slots: Iterable[SlotInput]) -> Iterator[FactorRecord]:
        """The records of slots, which longer periods of this transaction need not compute again."""
        return self._issuer.minutes(slots, self._minutes)

    def records(self, kind: str, from_us: int, to_us: int) -> Iterator[FactorRecord]:
        """The records of a period, from its sums computed anew."""
        return self._issuer.records(Span(kind, from_us, to_us), self.renew(kind, from_us, to_us))

    def keep(self) -> None:
        """Keep what was computed anew."""
        for (kind, from_us), made in self._fresh.items():
            self._shelf.put(kind, from_us, made)

    def forget(self, kind: str) -> None:
        """Drop what was computed anew of a kind: what is made of it has been computed too."""
        for key in [key for key in self._fresh if key[0] == kind]:
            del self._fresh[key]

    def _parts(self, kind: str, from_us: int, to_us: int) -> list[Summed]:
        stored = self._shelf.between(kind, from_us, to_us)
        spans = self._calendar.spans(kind, from_us, to_us)
        known = {start: self._fresh.get((kind, start)) or stored.get(start) for start, _ in spans}
        missing = [span for span in spans if known[span[0]] is None]
        known.update(self._make(kind, missing))
        return [made for made in known.values() if made is not None]

    def _make(self, kind: str, spans: Iterable[tuple[int, int]]) -> dict[int, Summed]:
        """Those that nobody kept: of a program that did not know them, or of no slots at all."""
        empty = [span for span in spans if not self._shelf.has_slots(*span)]
        made = {span[0]: self._issuer.joined(Span(kind, *span), []) for span in empty}
        made |= {span[0]: self.renew(kind, *span) for span in spans if span not in empty}
        return made


@dataclass(frozen=True, slots=True)
class Opening:
    """What the periods of a unit are computed with, transaction after transaction.

    Args:
        issuer: With the lots and tables that count.
        calendar: The unit's periods.
        text: Writes and reads sums.
        learn: Told of slots that were read, so that lots are traced without reading them again.
    """

    issuer: Issuer
    calendar: Calendar
    text: SumsText
    learn: Callable[[Iterable[SlotInput]], None]

    def periods(
        self,
        writer: Writer,
        fresh: dict[tuple[str, int], Summed] | None = None,
        minutes: Known | None = None,
    ) -> Periods:
        """The periods within a writer's transaction, with what was made anew in earlier ones."""
        issuer = self.issuer
        shelf = SumsShelf(writer.connection, issuer.plant, issuer.unit, self.text)
        return Periods(writer, shelf, issuer, self.calendar, fresh, minutes)
