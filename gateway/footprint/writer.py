"""Writer: one transaction on the footprint database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from agent.cofiring.balance import Knot, MeterSlot
from agent.cofiring.record import FactorRecord
from gateway.footprint.canonical import digest_of, hash_of, record_from, record_text, text_of
from gateway.footprint.moments import compact, us_of, utc_text
from gateway.footprint.schema import chains, factor_records, knots, progress, slots

FIRST: Final = 0


@dataclass(frozen=True, slots=True)
class SlotInput:
    """A version of what the totalisers counted in one slot."""

    slot_us: int
    revision: int
    digest: str
    meters: Mapping[str, MeterSlot]


class Writer:
    """Appends records and keeps the accountant's place, all in one transaction.

    Args:
        connection: In a transaction; whoever opened it commits.
        recorded_at_us: When this is recorded, UTC [µs].
    """

    def __init__(self, connection: Connection, recorded_at_us: int) -> None:
        self._connection = connection
        self._recorded_at_us = recorded_at_us

    def append(self, draft: FactorRecord, reason: str) -> FactorRecord | None:
        """Issue a record, as a revision where its series has one for that period already.

        Args:
            draft: The record without number, time and chain.
            reason: Why it revises an earlier one; not written into a first record.

        Returns:
            The record as issued; None where the newest one rests on the same inputs.
        """
        newest = self.newest(draft.series_id, us_of(draft.valid_from_utc))
        if newest is not None and newest.inputs_digest == draft.inputs_digest:
            return None
        revision = FIRST if newest is None else newest.revision + 1
        length, head = self._head(draft.series_id)
        record = msgspec.structs.replace(
            draft,
            record_id=f"{draft.series_id}.{compact(draft.valid_from_utc)}.r{revision}",
            revision=revision,
            supersedes=newest.record_id if newest else None,
            revision_reason=reason if newest else None,
            recorded_at_utc=utc_text(self._recorded_at_us),
            prev_hash=head,
        )
        text = record_text(record)
        record_hash = hash_of(text)
        values = {"length": length + 1, "head_hash": record_hash}
        self._connection.execute(
            insert(factor_records).values(
                **columns_of(record), chain_seq=length, record_hash=record_hash, body=text
            )
        )
        if length:
            mine = chains.c.series_id == record.series_id
            self._connection.execute(update(chains).where(mine).values(values))
        else:
            self._connection.execute(insert(chains).values(series_id=record.series_id, **values))
        return record

    def newest(self, series_id: str, valid_from_us: int) -> FactorRecord | None:
        """The newest revision of a period."""
        t = factor_records.c
        body = self._connection.execute(
            select(t.body)
            .where(t.series_id == series_id, t.valid_from_us == valid_from_us)
            .order_by(t.revision.desc())
            .limit(1)
        ).scalar()
        return None if body is None else record_from(body)

    def put_slot(self, unit: str, slot_us: int, meters: Mapping[str, MeterSlot]) -> SlotInput:
        """Keep what was counted in a slot, as a new version where it differs from the newest."""
        body = {"slot_us": slot_us, "meters": msgspec.to_builtins(dict(meters))}
        digest = digest_of(body)
        newest = self._connection.execute(
            select(slots.c.revision, slots.c.digest)
            .where(slots.c.unit == unit, slots.c.slot_us == slot_us)
            .order_by(slots.c.revision.desc())
            .limit(1)
        ).first()
        if newest is not None and newest.digest == digest:
            return SlotInput(slot_us, newest.revision, digest, meters)
        revision = FIRST if newest is None else newest.revision + 1
        self._connection.execute(
            insert(slots).values(
                unit=unit, slot_us=slot_us, revision=revision, digest=digest, body=text_of(body)
            )
        )
        return SlotInput(slot_us, revision, digest, meters)

    def slot_inputs(self, unit: str, from_us: int, to_us: int) -> list[SlotInput]:
        """The newest version of each slot that begins in a range, in time order."""
        return read_slots(self._connection, unit, from_us, to_us)

    def put_knots(self, unit: str, changed: Iterable[tuple[str, int, Knot]]) -> None:
        """Keep (point, slot, knot)."""
        rows = [
            {"unit": unit, "point": point, "slot_us": slot_us, **msgspec.to_builtins(knot)}
            for point, slot_us, knot in changed
        ]
        for row in rows:
            self._connection.execute(
                delete(knots).where(
                    knots.c.unit == unit,
                    knots.c.slot_us == row["slot_us"],
                    knots.c.point == row["point"],
                )
            )
        if rows:
            self._connection.execute(insert(knots), rows)

    def put_progress(self, unit: str, journal_n: int, state: Mapping[str, Any]) -> None:
        """Keep how far the journal is read and what the accountant has in mind."""
        values = {"journal_n": journal_n, "state": text_of(dict(state))}
        found = self._connection.execute(
            update(progress).where(progress.c.unit == unit).values(values)
        )
        if not found.rowcount:
            self._connection.execute(insert(progress).values(unit=unit, **values))

    def _head(self, series_id: str) -> tuple[int, str | None]:
        found = self._connection.execute(
            select(chains.c.length, chains.c.head_hash).where(chains.c.series_id == series_id)
        ).first()
        return (found.length, found.head_hash) if found else (0, None)


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
    return [SlotInput(slot_us, rev, digest, meters_of(body)) for slot_us, rev, digest, body in rows]


class _Body(msgspec.Struct):
    slot_us: int
    meters: dict[str, MeterSlot]


def meters_of(body: str) -> dict[str, MeterSlot]:
    """What each totaliser counted, from a slot's stored text."""
    return msgspec.json.decode(body, type=_Body).meters
