"""The accountant: reads the journal with its own cursor and issues factor records.

Records, slots, knots, state and cursor go to disk in one transaction, so each record is issued
once, however often and wherever the process dies.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any, Final

from agent.cofiring.fuels import Tables
from agent.cofiring.lots import Lot, LotBook
from gateway.config import Config
from gateway.footprint.calendar import KINDS, LONG, Calendar
from gateway.footprint.intake import Intake, JournalReader
from gateway.footprint.issuer import LATE, Issuer, Known, code_version
from gateway.footprint.ledger import KNOTS_KEPT_US, Ledger
from gateway.footprint.live import Live, LiveWindow
from gateway.footprint.lots.desk import LotDesk
from gateway.footprint.periods import Opening
from gateway.footprint.recompute import Asked, Move, WallClock, restated
from gateway.footprint.site import long_gaps_us, plant_of
from gateway.footprint.site_key import SiteKey
from gateway.footprint.store import FootprintStore
from gateway.footprint.substitutes import Substitutes
from gateway.footprint.sums_text import SumsText
from gateway.footprint.writer import Writer
from gateway.historian.readrow import ReadRow

LOOK_S: Final = 3.0
"""How often the journal is looked at [s]: so far behind it the live figures may be."""

_SLOTS_A_TRANSACTION: Final = 240
_ROWS_WITHOUT_SAVING: Final = 2000


class Accountant:
    """Turns the journal's totaliser reads into records of minutes and of all longer periods.

    A longer period is issued when it is closed. Late data restate it when the next settlement
    period closes, so that a trickle of them makes one revision and not hundreds.

    Call `step` about every `LOOK_S`, from any one thread at a time.

    Args:
        config: The site.
        tables: Reviewed tables.
        lots: What burns when.
        reader: The journal.
        store: Where records go, and the accountant's place in the journal with them.
        clock: Only for `recorded_at_utc`, and to issue nothing while it cannot be believed.
        key: Signs each day where the chains end; None to sign nothing.

    Raises:
        UnknownFuelError: A fuel could not be counted.
        MixedBasisError: A fuel's factor and calorific value are on different bases.
    """

    def __init__(
        self,
        config: Config,
        tables: Tables,
        lots: Iterable[Lot],
        reader: JournalReader,
        store: FootprintStore,
        clock: WallClock,
        key: SiteKey | None = None,
    ) -> None:
        self._plant = plant_of(config, tables)
        self._unit = f"{self._plant.plant_id}.{self._plant.unit_id}"
        self._lots = tuple(lots)
        self._desk = LotDesk(config, store.engine, self._unit)
        book = self._desk.burning(self._plant, tables, self._lots)
        self._issuer = Issuer(self._plant, tables, book, code_version())
        self._close_after_us = int(config.cofiring.close_after_s * 1e6)
        self._gaps_us = long_gaps_us(config)
        self._reader, self._store, self._clock = reader, store, clock
        self._key, self._sealed = key, ""
        self._lock = Lock()
        self._calendar = Calendar(self._plant)
        self._text = SumsText()
        self._window = LiveWindow(self._plant, book, tables)
        self._intake = Intake(self._plant, self._gaps_us, self._window, self._desk.gauges)
        self._points = frozenset((*self._plant.points(), *self._plant.rates()))
        self._points |= self._desk.gauges.points
        self._loaded = False
        self._journal_n = self._saved_n = self._unsaved = 0
        self._load()

    def step(self, limit: int = 500) -> int:
        """Read on in the journal and issue what is due.

        Returns:
            How many rows were read; less than `limit` means the end was reached.

        Raises:
            HinobanError: The journal or the server cannot be reached; nothing is lost, call again.
            sqlalchemy.exc.SQLAlchemyError: The database cannot be written; the same.
        """
        if not self._clock.now().synchronised:
            return 0
        with self._lock:
            if not self._loaded:
                self._load()
            count = 0
            try:
                rows = self._reader.rows(self._journal_n, limit, self._points, side_by_side=True)
                for row in rows:
                    self._take(row)
                    count += 1
                if self._unsaved >= _ROWS_WITHOUT_SAVING:
                    self._save([])
            except Exception:
                # What is in memory is ahead of the database: it is read from there first.
                self._loaded, self._journal_n = False, self._saved_n
                raise
            return count

    def watch(self, limit: int = 500) -> int:
        """Read on for the live figures alone, while the database cannot be used.

        Returns:
            How many rows were read.
        """
        with self._lock:
            if self._loaded:
                return 0
            count = 0
            after_n = self._intake.seen_n
            for row in self._reader.rows(after_n, limit, self._points, side_by_side=True):
                self._intake.watch(row)
                count += 1
            return count

    def live(self) -> Live | None:
        """Figures of the trailing minutes, computed and never stored; None without reads."""
        return self._window.live()

    def recompute(
        self,
        from_us: int,
        to_us: int,
        reason: str,
        *,
        lots: Iterable[Lot] | None = None,
        tables: Tables | None = None,
        dry_run: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[Move]:
        """Restate what slots that begin in a range said, from their stored inputs.

        Args:
            from_us: UTC [µs].
            to_us: UTC [µs].
            reason: Written into each revision.
            lots: Lots that count from now on; None for those known.
            tables: Tables that count from now on; None for those known.
            dry_run: Change nothing, only tell what would move.
            progress: Told after each day how many of how many are done.

        Returns:
            What moved, record by record.
        """
        with self._lock:
            if not self._loaded:
                self._load()
            issuer = self._issuer
            if lots is not None or tables is not None:
                tables = tables or issuer.tables
                issuer = replace(issuer, plant=issuer.plant.with_tables(tables), tables=tables)
            known, self._lots = self._lots, self._lots if lots is None else tuple(lots)
            done = False
            try:
                issuer = self._with_lots(issuer)
                until_us = self._ledger.closed_until_us()
                asked = Asked(from_us, to_us, until_us, None if dry_run else reason)
                opening = Opening(issuer, self._calendar, self._text, self._desk.learn)
                moves = restated(self._store, self._clock, opening, asked, progress)
                done = not dry_run
            finally:
                if not done:
                    self._lots = known
                    self._desk.forget()
            if done:
                self._use(issuer)
            return moves

    def status(self) -> dict[str, int]:
        """How far it is: journal cursor, closed until [UTC µs], reads left out."""
        return {
            "journal_n": self._journal_n,
            "closed_until_us": self._ledger.closed_until_us(),
            "conflicts": self._ledger.conflicts,
        }

    def _with_lots(self, issuer: Issuer) -> Issuer:
        """With what burns by all that people told until now."""
        return replace(issuer, lots=self._desk.burning(issuer.plant, issuer.tables, self._lots))

    def _use(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._minutes: Known = {}
        self._window.use(issuer.plant, issuer.lots, issuer.tables)

    def _load(self) -> None:
        self._journal_n, state = self._store.progress(self._unit)
        self._saved_n = self._journal_n
        self._ledger = Ledger(self._plant, self._close_after_us, self._gaps_us)
        self._unsaved = 0
        self._owed = {(kind, from_us, to_us) for kind, from_us, to_us in state.get("owed", ())}
        self._desk.gauges.restore(state.get("gauges", ()))
        if state:
            self._ledger.restore(state)
            self._recall(self._ledger.kept_from_us)
        self._desk.begin(self._ledger.closed_until_us())
        self._use(self._with_lots(self._issuer))
        self._intake.begin(self._journal_n, state.get("integrator", {}))
        self._loaded = True

    def _recall(self, from_us: int) -> None:
        self._ledger.recall(self._store.knots(self._unit, self._plant.points(), from_us), from_us)

    def _take(self, row: ReadRow) -> None:
        self._intake.take(row, self._ledger, self._recall)
        self._journal_n = row.n
        self._unsaved += 1
        while due := self._ledger.due(_SLOTS_A_TRANSACTION):
            self._save(due)

    def _save(self, due: Sequence[int]) -> None:
        moved = self._ledger.moved() if due else []
        with self._store.write(self._clock.now().utc_us) as writer:
            if due and self._desk.changed(writer.connection):
                self._use(self._with_lots(self._issuer))
            writer.put_knots(self._unit, self._ledger.dirty_knots())
            if due:
                self._issue(writer, sorted({*moved, *due}), due)
            self._desk.gauges.forget_before(self._ledger.closed_until_us())
            kept: dict[str, Any] = {"owed": sorted(self._owed), "gauges": self._desk.gauges.dump()}
            kept["integrator"] = self._intake.dump()
            state = self._ledger.dump() | kept
            writer.put_progress(self._unit, self._journal_n, state, self._saved_n)
        self._saved_n = self._journal_n
        self._ledger.forget_old()
        self._unsaved = 0
        if due and self._key is not None:
            self._seal(self._key)

    def _seal(self, key: SiteKey) -> None:
        """Sign where the chains end, once a legal day has ended."""
        ended = self._calendar.day_before(self._ledger.closed_until_us())
        if ended != self._sealed:
            self._store.seal(key, ended, self._clock.now().utc_us)
            self._sealed = ended

    def _issue(self, writer: Writer, slots_us: Sequence[int], due_us: Sequence[int]) -> None:
        ledger, issuer = self._ledger, self._issuer
        until_us = ledger.closed_until_us()
        opening = Opening(issuer, self._calendar, self._text, self._desk.learn)
        # Lots that are traced by totals may burn otherwise once more of those are known.
        steady = isinstance(issuer.lots, LotBook)
        periods = opening.periods(writer, minutes=self._minutes if steady else None)
        substitutes = Substitutes(periods.shelf, issuer.plant, issuer.tables.norms)
        inputs = []
        for slot_us in slots_us:
            meters = ledger.meters(slot_us)
            fills = substitutes.fills(slot_us, meters) | ledger.told(slot_us)
            gauges = self._desk.read_in(slot_us)
            inputs.append(writer.put_slot(self._unit, slot_us, meters, fills, gauges))
        self._desk.learn(inputs)
        for draft in periods.minutes(inputs):
            writer.append(draft, LATE)
        for kind in LONG:
            self._owed |= {(kind, *span) for span in self._calendar.spanned(kind, slots_us)}
        due = [("settlement", *span) for span in periods.closed("settlement", slots_us, until_us)]
        if periods.closed("settlement", due_us, until_us):
            due += sorted((o for o in self._owed if o[2] <= until_us), key=_shorter_first)
            self._owed.difference_update(due)
        if due:
            self._minutes = {}
        for kind, from_us, to_us in due:
            for draft in periods.records(kind, from_us, to_us):
                writer.append(draft, LATE)
        periods.keep()
        if any(kind == "day" for kind, _, _ in due):
            writer.drop_knots(self._unit, until_us - KNOTS_KEPT_US)


def _shorter_first(period: tuple[str, int, int]) -> tuple[int, int]:
    return KINDS.index(period[0]), period[1]
