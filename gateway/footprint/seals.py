"""Seals: where each chain ended on a day, signed with the site's key.

Whoever can write the database could cut a chain's tail, or write it anew from some record on, and
put its end right. A seal of an earlier day shows it, and the seals themselves are printed in every
report.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import Connection, insert, select

from gateway.footprint.canonical import text_of
from gateway.footprint.schema import chains, factor_records, seals
from gateway.footprint.site_key import SiteKey, signed_by

_NEWEST_DAY: Final = select(seals.c.day).order_by(seals.c.day.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Seal:
    """Where a chain ended.

    Args:
        day: Legal day that had ended, ISO 8601.
        length: Number of the chain's records.
        head_hash: Hash of the last one.
        public_key: Whose signature it is, hexadecimal.
        signature: Of the canonical JSON of the other fields, hexadecimal.
    """

    series_id: str
    day: str
    length: int
    head_hash: str
    signed_at_utc: str
    public_key: str
    signature: str = ""

    def text(self) -> str:
        """What is signed."""
        return text_of({k: v for k, v in asdict(self).items() if k != "signature"})


def sealed_day(connection: Connection) -> str | None:
    """The newest day of which there are seals."""
    day: str | None = connection.execute(_NEWEST_DAY).scalar()
    return day


def seal(connection: Connection, key: SiteKey, day: str, signed_at_utc: str) -> list[Seal]:
    """Sign where every chain ends now; whoever opened the connection commits."""
    made = []
    for row in connection.execute(select(chains).order_by(chains.c.series_id)).all():
        bare = Seal(row.series_id, day, row.length, row.head_hash, signed_at_utc, key.public)
        made.append(Seal(**{**asdict(bare), "signature": key.sign(bare.text())}))
    if made:
        connection.execute(insert(seals), [asdict(each) for each in made])
    return made


def read_seals(connection: Connection, day: str | None = None) -> list[Seal]:
    """All seals in the order of their days, or those of one day."""
    query = select(seals).order_by(seals.c.day, seals.c.series_id)
    if day is not None:
        query = query.where(seals.c.day == day)
    return [Seal(**row._mapping) for row in connection.execute(query)]


def broken_seals(connection: Connection, public_key: str | None) -> Iterator[str]:
    """What contradicts the seals, in words.

    Args:
        connection: To the database.
        public_key: The site's, hexadecimal; None where it is not at hand, and any signature that
            fits its own key counts.
    """
    lengths = {row.series_id: row.length for row in connection.execute(select(chains))}
    newest: dict[str, int] = {}
    for each in read_seals(connection):
        where = f"{each.series_id}, sealed for {each.day}"
        if not signed_by(each.public_key, each.text(), each.signature):
            yield f"{where}: the signature does not fit"
        elif public_key is not None and each.public_key != public_key:
            yield f"{where}: signed with another key than the site's"
        if each.length < newest.get(each.series_id, 0):
            yield f"{where}: an earlier seal knows {newest[each.series_id]} records"
        newest[each.series_id] = each.length
        if each.length > lengths.get(each.series_id, 0):
            known = lengths.get(each.series_id, 0)
            yield f"{where}: {each.length} records were sealed, {known} are left"
        elif _hash_at(connection, each.series_id, each.length - 1) != each.head_hash:
            yield f"{where}: record number {each.length - 1} is not the one that was sealed"


def _hash_at(connection: Connection, series_id: str, chain_seq: int) -> str | None:
    t = factor_records.c
    query = select(t.record_hash).where(t.series_id == series_id, t.chain_seq == chain_seq)
    found: str | None = connection.execute(query).scalar()
    return found
