"""Writer: one transaction on the footprint database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy import text as sql

from agent.cofiring.balance import Knot, MeterSlot
from agent.cofiring.counted import Fill
from agent.cofiring.record import FactorRecord
from agent.errors import HinobanError
from gateway.footprint.canonical import hash_of, record_from, record_text, text_of
from gateway.footprint.moments import compact, us_of, utc_text
from gateway.footprint.schema import chains, factor_records, knots, progress, slots
from gateway.footprint.statement import Statement

FIRST: Final = 0
_NO_FILLS: Final[Mapping[str, Fill]] = {}
_NO_GAUGES: Final[Mapping[str, float]] = {}
_PERIOD: Final = (
    factor_records.c.series_id == bindparam("series"),
    factor_records.c.valid_from_us == bindparam("from_us"),
)
_LAST: Final = factor_records.c.revision.desc()
_NEWEST_BODY: Final = select(factor_records.c.body).where(*_PERIOD).order_by(_LAST).limit(1)
_NEWEST_ID: Final = Statement(
    _NEWEST_BODY.with_only_columns(
        factor_records.c.revision, factor_records.c.record_id, factor_records.c.inputs_digest
    )
)
_INSERT_RECORD: Final = Statement(insert(factor_records))
_NEWEST_SLOT: Final = Statement(
    select(slots.c.revision, slots.c.digest)
    .where(slots.c.unit == bindparam("unit"), slots.c.slot_us == bindparam("slot_us"))
    .order_by(slots.c.revision.desc())
    .limit(1)
)
_INSERT_SLOT: Final = Statement(insert(slots))
_HEAD: Final = Statement(
    select(chains.c.length, chains.c.head_hash).where(chains.c.series_id == bindparam("series"))
)
_UPDATE_CHAIN: Final = Statement(
    update(chains)
    .where(chains.c.series_id == bindparam("series"))
    .values(length=bindparam("to_length"), head_hash=bindparam("to_hash"))
)
_INSERT_CHAIN: Final = insert(chains)
_PUT_KNOT: Final = Statement(
    sql(
        "INSERT INTO knots (unit, point, slot_us, first_us, first, last_us, last)"
        " VALUES (:unit, :point, :slot_us, :first_us, :first, :last_us, :last)"
        " ON CONFLICT (unit, point, slot_us) DO UPDATE SET first_us = excluded.first_us,"
        " first = excluded.first, last_us = excluded.last_us, last = excluded.last"
    )
)
_DROP_KNOTS: Final = delete(knots).where(
    knots.c.unit == bindparam("unit"), knots.c.slot_us < bindparam("before_us")
)
_UPDATE_PROGRESS: Final = Statement(
    update(progress)
    .where(progress.c.unit == bindparam("of_unit"), progress.c.journal_n == bindparam("after_n"))
    .values(journal_n=bindparam("to_n"), state=bindparam("to_state"))
)
_INSERT_PROGRESS: Final = insert(progress)
_STORED_N: Final = select(progress.c.journal_n).where(progress.c.unit == bindparam("unit"))


class ElsewhereError(HinobanError):
    """The database does not stand where this account left it."""


@dataclass(frozen=True, slots=True)
class SlotInput:
    """A version of what the totalisers counted in one slot, and what stands in for the rest."""

    slot_us: int
    revision: int
    digest: str
    meters: Mapping[str, MeterSlot]
    fills: Mapping[str, Fill] = field(default_factory=dict)
    gauges: Mapping[str, float] = field(default_factory=dict)


class Writer:
    """Appends records and keeps the accountant's place, all in one transaction.

    Args:
        connection: In a transaction; whoever opened it commits.
        recorded_at_us: When this is recorded, UTC [µs].
    """

    def __init__(self, connection: Connection, recorded_at_us: int) -> None:
        self._connection = connection
        self._recorded_at_utc = utc_text(recorded_at_us)
        self._heads: dict[str, tuple[int, str | None]] = {}
        self._lengths: dict[str, int] = {}

    @property
    def connection(self) -> Connection:
        """For what is kept beside the records."""
        return self._connection

    def append(self, draft: FactorRecord, reason: str) -> FactorRecord | None:
        """Issue a record, as a revision where its series has one for that period already.

        Args:
            draft: The record without number, time and chain.
            reason: Why it revises an earlier one; not written into a first record.

        Returns:
            The record as issued; None where the newest one rests on the same inputs.
        """
        period = {"series": draft.series_id, "from_us": us_of(draft.valid_from_utc)}
        newest = _NEWEST_ID.first(self._connection, period)
        revision, supersedes, digest = newest or (FIRST - 1, None, None)
        if digest == draft.inputs_digest:
            return None
        revision += 1
        length, head = self._head(draft.series_id)
        record = msgspec.structs.replace(
            draft,
            record_id=f"{draft.series_id}.{compact(draft.valid_from_utc)}.r{revision}",
            revision=revision,
            supersedes=supersedes,
            revision_reason=reason if newest else None,
            recorded_at_utc=self._recorded_at_utc,
            prev_hash=head,
        )
        text = record_text(record)
        record_hash = hash_of(text)
        columns = columns_of(record)
        row = {**columns, "chain_seq": length, "record_hash": record_hash, "body": text}
        _INSERT_RECORD.run(self._connection, row)
        self._heads[record.series_id] = (length + 1, record_hash)
        return record

    def newest(self, series_id: str, valid_from_us: int) -> FactorRecord | None:
        """The newest revision of a period."""
        period = {"series": series_id, "from_us": valid_from_us}
        body = self._connection.execute(_NEWEST_BODY, period).scalar()
        return None if body is None else record_from(body)

    def put_slot(
        self,
        unit: str,
        slot_us: int,
        meters: Mapping[str, MeterSlot],
        fills: Mapping[str, Fill] = _NO_FILLS,
        gauges: Mapping[str, float] = _NO_GAUGES,
    ) -> SlotInput:
        """Keep what was counted in a slot, as a new version where it differs from the newest.

        Args:
            unit: The name the slots are kept under.
            slot_us: Start of the slot, UTC [µs].
            meters: What was counted.
            fills: What stands in for what was not.
            gauges: Means of what was measured beside feeders.
        """
        fields = {"slot_us": slot_us, "meters": msgspec.to_builtins(dict(meters))}
        if fills:
            fields["fills"] = msgspec.to_builtins(dict(fills))
        if gauges:
            fields["gauges"] = dict(gauges)
        body = text_of(fields)
        digest = hash_of(body)
        slot = {"unit": unit, "slot_us": slot_us}
        revision, known = _NEWEST_SLOT.first(self._connection, slot) or (FIRST - 1, None)
        if known != digest:
            revision += 1
            row = {**slot, "revision": revision, "digest": digest, "body": body}
            _INSERT_SLOT.run(self._connection, row)
        return SlotInput(slot_us, revision, digest, meters, fills, gauges)

    def slot_inputs(self, unit: str, from_us: int, to_us: int) -> list[SlotInput]:
        """The newest version of each slot that begins in a range, in time order."""
        return read_slots(self._connection, unit, from_us, to_us)

    def put_knots(self, unit: str, changed: Iterable[tuple[str, int, Knot]]) -> None:
        """Keep (point, slot, knot)."""
        rows = [
            {
                "unit": unit,
                "point": point,
                "slot_us": slot_us,
                "first_us": knot.first_us,
                "first": knot.first,
                "last_us": knot.last_us,
                "last": knot.last,
            }
            for point, slot_us, knot in changed
        ]
        if rows:
            _PUT_KNOT.run(self._connection, *rows)

    def drop_knots(self, unit: str, before_us: int) -> None:
        """Forget the knots before an instant [UTC µs]: no read is fitted in there any more."""
        self._connection.execute(_DROP_KNOTS, {"unit": unit, "before_us": before_us})

    def put_progress(
        self, unit: str, journal_n: int, state: Mapping[str, Any], after_n: int
    ) -> None:
        """Keep how far the journal is read and what the accountant has in mind.

        Args:
            unit: The name it is kept under.
            journal_n: Commits up to this one are in the account.
            state: What the accountant has in mind.
            after_n: How far it was read before; 0 where nothing was.

        Raises:
            ElsewhereError: The database stands elsewhere: a server whose last writes were lost,
                or another gateway's account. Nothing of this transaction may be kept.
        """
        text = msgspec.json.encode(state).decode()
        known = {"of_unit": unit, "after_n": after_n}
        if _UPDATE_PROGRESS.run(self._connection, known | {"to_n": journal_n, "to_state": text}):
            return
        stored = self._connection.execute(_STORED_N, {"unit": unit}).scalar()
        if after_n or stored is not None:
            raise ElsewhereError(
                f"the account of {unit} in the footprint database stands at commit"
                f" {stored or 0}, and {after_n} was kept last: it goes on from there. Where this"
                " comes again, another gateway writes that account: give each a [site] id"
            )
        row = {"unit": unit, "journal_n": journal_n, "state": text}
        self._connection.execute(_INSERT_PROGRESS, row)

    def finish(self) -> None:
        """Write down where the chains end; the last thing in a transaction."""
        for series_id, (length, head_hash) in self._heads.items():
            if length == self._lengths[series_id]:
                continue
            if self._lengths[series_id]:
                values = {"series": series_id, "to_length": length, "to_hash": head_hash}
                _UPDATE_CHAIN.run(self._connection, values)
            else:
                row = {"series_id": series_id, "length": length, "head_hash": head_hash}
                self._connection.execute(_INSERT_CHAIN, row)
            self._lengths[series_id] = length

    def _head(self, series_id: str) -> tuple[int, str | None]:
        if series_id not in self._heads:
            length, head = _HEAD.first(self._connection, {"series": series_id}) or (0, None)
            self._heads[series_id], self._lengths[series_id] = (length, head), length
        return self._heads[series_id]


def columns_of(record: FactorRecord) -> dict[str, Any]:
    """The indexed columns that repeat a record's own fields."""
    return {
        "record_id": record.record_id,
        "series_id": record.series_id,
        "revision": record.revision,
        "supersedes": record.supersedes,
        "period": record.period,
        "product": record.product,
        "status": record.status,
        "valid_from_us": us_of(record.valid_from_utc),
        "valid_to_us": us_of(record.valid_to_utc),
        "recorded_at_us": us_of(record.recorded_at_utc),
        "inputs_digest": record.inputs_digest,
    }


def read_slots(connection: Connection, unit: str, from_us: int, to_us: int) -> list[SlotInput]:
    """The newest version of each slot that begins in a range, in time order."""
    newest = (
        select(slots.c.slot_us, func.max(slots.c.revision).label("revision"))
        .where(slots.c.unit == unit, slots.c.slot_us >= from_us, slots.c.slot_us < to_us)
        .group_by(slots.c.slot_us)
        .subquery()
    )
    rows = connection.execute(
        select(slots.c.slot_us, slots.c.revision, slots.c.digest, slots.c.body)
        .join(
            newest,
            (slots.c.slot_us == newest.c.slot_us) & (slots.c.revision == newest.c.revision),
        )
        .where(slots.c.unit == unit)
        .order_by(slots.c.slot_us)
    )
    inputs = []
    for slot_us, revision, digest, text in rows:
        body = msgspec.json.decode(text, type=_Body)
        inputs.append(SlotInput(slot_us, revision, digest, body.meters, body.fills, body.gauges))
    return inputs


class _Body(msgspec.Struct):
    slot_us: int
    meters: dict[str, MeterSlot]
    fills: dict[str, Fill] = {}
    gauges: dict[str, float] = {}
