"""Retracing: from archived reads to figures once more, in one pass, held against what is stored.

Nothing but the reads, the lots and the tables is taken from what was computed before; of the slots
only which there are, what stands in for what nobody measured, and what people told of a meter's
exchange, because those are decisions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import numpy as np

from agent.cofiring.balance import LONGEST_GAP_US, SLOT_US, MeterSlot
from agent.cofiring.columns import Piece
from agent.cofiring.counted_columns import Filled
from agent.cofiring.factor import series_id
from agent.cofiring.factor_columns import figures
from agent.cofiring.fuels import Tables
from agent.cofiring.knot_columns import ReadTimes
from agent.cofiring.lots import Burning
from agent.cofiring.plant import Plant
from agent.cofiring.recount import Recount
from agent.cofiring.slot_columns import SlotColumns
from gateway.footprint.calendar import Calendar
from gateway.footprint.moments import us_of
from gateway.footprint.store import FootprintStore
from gateway.footprint.writer import SlotInput
from gateway.historian.codec import meaning
from gateway.historian.query import History

AGREES: Final = 1e-9
"""Relative difference up to which two figures are the same."""
_DAY_US: Final = 1440 * SLOT_US
_KINDS: Final = ("minute", "settlement", "day", "month")
_TOLD: Final = 20
_GREATEST: Final = "greatest difference"
_MANY_CHANGES: Final = 600
"""Of a moisture in one piece: so many streams of a month take about half a gibibyte."""


@dataclass(slots=True)
class Retraced:
    """What was held against each other, and where it differs.

    Args:
        counts: How much was looked at, and the greatest relative difference of a figure.
        problems: The first differences, in words.
        differing: How many records and slots differ.
    """

    counts: dict[str, Any] = field(
        default_factory=lambda: {"reads": 0, "slots": 0, "records": 0, _GREATEST: 0.0}
    )
    problems: list[str] = field(default_factory=list)
    differing: int = 0

    def tell(self, words: str) -> None:
        """Another record or slot differs."""
        self.differing += 1
        if len(self.problems) < _TOLD:
            self.problems.append(words)


class Retrace:
    """One unit's past.

    Args:
        plant: The unit.
        lots: What burns when.
        tables: Reviewed tables.
        long_gaps_us: By totaliser, from when on a gap leaves the split between slots estimated.
        history: Journal and archive.
        store: Slots and records.
    """

    def __init__(
        self,
        plant: Plant,
        lots: Burning,
        tables: Tables,
        long_gaps_us: Mapping[str, int],
        history: History,
        store: FootprintStore,
    ) -> None:
        self._plant, self._lots, self._tables = plant, lots, tables
        self._long_gaps_us, self._history, self._store = long_gaps_us, history, store
        self._calendar = Calendar(plant)
        self._unit = f"{plant.plant_id}.{plant.unit_id}"

    def pieces(self, from_us: int | None, to_us: int | None) -> list[tuple[int, int]]:
        """Months, or what of them is asked for, in whole settlement periods that are closed.

        A month in which a moisture changes with nearly every slot is gone through day by day: each
        of its slots is a stream of its own, as long as the piece. Its month's record is then not
        held against its reads.

        Args:
            from_us: The first period begins then or later, UTC [µs]; None for all there are.
            to_us: The last one ends then or earlier, UTC [µs]; None for all there are.
        """
        known = self._store.slots_range(self._unit)
        if known is None:
            return []
        begin_us = known[0] if from_us is None else max(from_us, known[0])
        end_us = known[1] if to_us is None else min(to_us, known[1])
        whole = [
            (start, end)
            for start, end in self._calendar.spans("settlement", begin_us, end_us)
            if start >= begin_us and end <= end_us
        ]
        if not whole:
            return []
        first_us, last_us = whole[0][0], whole[-1][1]
        found = []
        for month in self._calendar.spans("month", first_us, last_us):
            begin_us, end_us = max(month[0], first_us), min(month[1], last_us)
            days = [(begin_us, end_us)]
            if self._changes(begin_us, end_us) > _MANY_CHANGES:
                days = self._calendar.spans("day", begin_us, end_us)
            found += [(max(start, begin_us), min(end, end_us)) for start, end in days]
        return found

    def _changes(self, from_us: int, to_us: int) -> int:
        """How often the moisture of the fuel changes whose moisture changes most."""
        fuels = [fuel.id for fuel in self._plant.fuels]
        return max(len(self._lots.moisture_changes(fuel, from_us, to_us)) for fuel in fuels)

    def run(self, pieces: list[tuple[int, int]], found: Retraced) -> Iterator[int]:
        """Retrace one piece after the other.

        Args:
            pieces: Neighbouring stretches, as `pieces` gives them.
            found: Where to tell.

        Yields:
            1 for each that is done.
        """
        start_us, state = pieces[0][0], self._store.progress(self._unit)[1]
        until_us = state["journal_us"]
        recount = Recount(self._plant, self._lots, self._tables, self._long_gaps_us, start_us)
        for point, jumps in state.get("jumps", {}).items():
            for t_us, amount in jumps:
                recount.jump_at(point, t_us, amount)
        # The read before the first slot says what it began with.
        read_us = start_us - _DAY_US
        for from_us, to_us in pieces:
            last_us = min(to_us + LONGEST_GAP_US, until_us)
            while read_us < to_us or (read_us < last_us and not recount.passed(to_us)):
                found.counts["reads"] += self._read(recount, read_us)
                read_us += _DAY_US
            self._hold(recount, from_us, to_us, found)
            yield 1

    def _read(self, recount: Recount, from_us: int) -> int:
        """Feed a day of reads; how many there were."""
        count = 0
        for point in self._plant.points():
            columns = self._history.columns(point, from_us, from_us + _DAY_US)
            good = (columns.code == 0) & ~np.isnan(columns.value)
            if good.any():
                recount.feed(point, ReadTimes.of(columns.t_us[good]), columns.value[good])
                count += int(np.count_nonzero(good))
            for code in np.unique(columns.code).tolist():
                if meaning(code)[1] == "counter_reset":
                    for t_us in columns.t_us[columns.code == code].tolist():
                        recount.break_at(point, t_us)
        return count

    def _hold(self, recount: Recount, from_us: int, to_us: int, found: Retraced) -> None:
        stored = self._store.slot_inputs(self._unit, from_us, to_us)
        count = (to_us - from_us) // SLOT_US
        there = np.zeros(count, bool)
        there[[(slot.slot_us - from_us) // SLOT_US for slot in stored]] = True
        found.counts["slots"] += len(stored)
        self._slots(recount.slots(to_us), stored, found)
        piece = recount.piece(to_us, _filled(stored, from_us, count), there)
        if not there.any():
            return
        for kind in _KINDS:
            for product in ("electricity", "steam"):
                if product == "electricity" or (kind != "minute" and self._plant.steam_point):
                    self._records(piece, kind, product, found)

    def _slots(
        self, made: Mapping[str, SlotColumns], stored: list[SlotInput], found: Retraced
    ) -> None:
        """Hold what totalisers counted against the inputs of records."""
        for slot in stored:
            for point, meter in slot.meters.items():
                columns = made.get(point)
                if columns is None:
                    continue
                again = columns.slot((slot.slot_us - columns.from_us) // SLOT_US)
                names = MeterSlot.__dataclass_fields__
                if any(_apart(getattr(meter, n), getattr(again, n)) > AGREES for n in names):
                    found.tell(f"slot {slot.slot_us} µs, {point}: {meter} is {again} by its reads")
                    break

    def _records(self, piece: Piece, kind: str, product: str, found: Retraced) -> None:
        """Hold the records of a kind against the figures of a piece."""
        spans = self._spans(piece, kind)
        starts = np.array([max(start - piece.from_us, 0) // SLOT_US for start, _ in spans])
        made = figures(piece, starts, self._tables, product)
        series = series_id(self._plant, product, kind)
        numbers = {
            start: n
            for n, (start, end) in enumerate(spans)
            if start >= piece.from_us and end <= piece.to_us
        }
        for record in self._store.factors(
            series=series, from_us=piece.from_us, to_us=piece.to_us, limit=piece.count
        ):
            n = numbers.get(us_of(record.valid_from_utc))
            if n is None:
                continue
            found.counts["records"] += 1
            fields = msgspec.to_builtins(record)
            apart = {name: _apart(_said(fields, name), column[n]) for name, column in made.items()}
            worst = max(apart, key=lambda name: apart[name])
            found.counts[_GREATEST] = max(found.counts[_GREATEST], apart[worst])
            if apart[worst] > AGREES:
                old, new = _said(fields, worst), made[worst][n]
                found.tell(f"{record.record_id}: {worst} {old} is {new:.12g} by its reads")

    def _spans(self, piece: Piece, kind: str) -> list[tuple[int, int]]:
        """The periods of a kind that a piece touches."""
        if kind != "minute":
            return self._calendar.spans(kind, piece.from_us, piece.to_us)
        starts = range(piece.from_us, piece.to_us, SLOT_US)
        return [(start, start + SLOT_US) for start in starts]


def _filled(stored: list[SlotInput], from_us: int, count: int) -> dict[str, Filled]:
    found: dict[str, Filled] = {}
    for slot in stored:
        n = (slot.slot_us - from_us) // SLOT_US
        for point, fill in slot.fills.items():
            filled = found.setdefault(point, Filled.nothing(count))
            filled.amount[n], filled.sigma[n], filled.given[n] = fill.amount, fill.sigma, True
    return found


def _said(fields: Mapping[str, Any], name: str) -> float | None:
    """A figure of a record by its name in columns."""
    value: Any = fields
    for key in name.split("."):
        value = None if value is None else value.get(key)
    return None if value is None else float(value)


def _apart(old: float | None, new: float | None) -> float:
    """Relative difference; 1 where only one of them is known."""
    a = np.nan if old is None else float(old)
    b = np.nan if new is None else float(new)
    if np.isnan(a) or np.isnan(b):
        return 0.0 if np.isnan(a) and np.isnan(b) else 1.0
    return abs(a - b) / max(abs(a), abs(b), 1e-3)
