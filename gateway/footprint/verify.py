"""Walks the chains: any altered, missing or reordered record is found."""

from dataclasses import dataclass, field
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from gateway.footprint.canonical import hash_of, record_from, text_of
from gateway.footprint.schema import chains, factor_records, slots, sums
from gateway.footprint.seals import broken_seals, read_seals
from gateway.footprint.writer import columns_of

_IN_PARTS: Final = {"yield_per": 500}
"""Years of records do not fit into memory, and a server sends all at once where nobody says so."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and what is wrong, in words."""

    counts: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify_chains(connection: Connection, public_key: str | None = None) -> Report:
    """Check every record against its hash, its columns, its neighbours and the chain's seals.

    Args:
        connection: To the database.
        public_key: The site's, hexadecimal; None where it is not at hand.
    """
    report = Report({"series": 0, "records": 0, "slot inputs": 0, "sums": 0, "seals": 0})
    heads = {
        row.series_id: (row.length, row.head_hash) for row in connection.execute(select(chains))
    }
    known = connection.execute(select(factor_records.c.series_id).distinct()).scalars()
    for series_id in sorted({*heads, *known}):
        report.counts["series"] += 1
        _verify_series(connection, series_id, heads.get(series_id), report)
    for row in connection.execute(select(slots), execution_options=_IN_PARTS):
        report.counts["slot inputs"] += 1
        if hash_of(row.body) != row.digest:
            report.problems.append(
                f"inputs of {row.unit} at {row.slot_us} µs, revision {row.revision}: altered"
            )
    for kept in connection.execute(select(sums), execution_options=_IN_PARTS):
        report.counts["sums"] += 1
        if hash_of(kept.body) != kept.digest:
            report.problems.append(
                f"sums of {kept.unit}, {kept.kind} at {kept.from_us} µs: altered"
            )
    report.counts["seals"] = len(read_seals(connection))
    report.problems.extend(broken_seals(connection, public_key))
    return report


def _verify_series(
    connection: Connection, series_id: str, head: tuple[int, str] | None, report: Report
) -> None:
    t = factor_records.c
    rows = connection.execute(
        select(factor_records).where(t.series_id == series_id).order_by(t.chain_seq),
        execution_options=_IN_PARTS,
    )
    expected_seq, before = 0, None
    for row in rows:
        report.counts["records"] += 1
        where = f"{series_id}, number {row.chain_seq} ({row.record_id})"
        record = record_from(row.body)
        if row.chain_seq != expected_seq:
            report.problems.append(f"{where}: number {expected_seq} is missing before it")
        if record.prev_hash != before:
            report.problems.append(f"{where}: does not follow the record before it")
        if (
            hash_of(row.body) != row.record_hash
            or text_of(msgspec.json.decode(row.body)) != row.body
        ):
            report.problems.append(f"{where}: its text was altered")
        if any(getattr(row, name) != value for name, value in columns_of(record).items()):
            report.problems.append(f"{where}: its columns contradict its text")
        expected_seq, before = row.chain_seq + 1, hash_of(row.body)
    if head != ((expected_seq, before) if before else None):
        report.problems.append(f"{series_id}: the chain's end is not where it was")
