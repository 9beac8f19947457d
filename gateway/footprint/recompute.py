"""Restating: the same stored inputs with other lots or tables, as revisions, never silently."""

from dataclasses import dataclass
from typing import Any

from agent.cofiring.record import FactorRecord, moved
from gateway.footprint.issuer import Issuer
from gateway.footprint.moments import us_of
from gateway.footprint.writer import Writer


@dataclass(frozen=True, slots=True)
class Move:
    """A record that a restatement moves, and the fields by which: (old, new).

    Args:
        record_id: The record as it is; the empty text where there is none yet.
    """

    record_id: str
    series_id: str
    valid_from_utc: str
    fields: dict[str, tuple[Any, Any]]


def restate(
    writer: Writer, issuer: Issuer, range_us: tuple[int, int, int], reason: str | None
) -> list[Move]:
    """Recompute the minutes of a range and the settlement periods they lie in.

    Args:
        writer: Where inputs and records lie.
        issuer: With the lots and tables that are to count.
        range_us: From, to, and until where slots are closed, UTC [µs].
        reason: Written into each revision; None to change nothing and only tell what would move.

    Returns:
        What moves, minutes first, in time order.
    """
    from_us, to_us, closed_until_us = range_us
    moves: list[Move] = []
    slots = writer.slot_inputs(issuer.unit, from_us, to_us)
    drafts = list(issuer.minutes(slots))
    for start_us in issuer.settlements_of((s.slot_us for s in slots), closed_until_us):
        end_us = start_us + issuer.plant.settlement_us
        drafts += issuer.settlement(start_us, writer.slot_inputs(issuer.unit, start_us, end_us))
    for draft in drafts:
        move = _move(writer, draft)
        if move is None:
            continue
        moves.append(move)
        if reason is not None:
            writer.append(draft, reason)
    return moves


def _move(writer: Writer, draft: FactorRecord) -> Move | None:
    newest = writer.newest(draft.series_id, us_of(draft.valid_from_utc))
    if newest is not None and newest.inputs_digest == draft.inputs_digest:
        return None
    fields = moved(newest, draft) if newest else {}
    record_id = newest.record_id if newest else ""
    return Move(record_id, draft.series_id, draft.valid_from_utc, fields)
