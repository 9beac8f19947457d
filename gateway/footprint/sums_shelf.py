"""SumsShelf: where the sums of closed periods are kept between transactions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, delete, exists, insert, select

from agent.cofiring.plant import Plant
from agent.cofiring.rollup import Sums
from gateway.footprint.canonical import hash_of
from gateway.footprint.schema import properties, slots, sums
from gateway.footprint.sums_text import SumsText

_RANGE: Final = (
    sums.c.unit == bindparam("unit"),
    sums.c.kind == bindparam("kind"),
    sums.c.from_us >= bindparam("from_us"),
    sums.c.from_us < bindparam("to_us"),
)
_READ: Final = select(sums.c.from_us, sums.c.inputs_digest, sums.c.body).where(*_RANGE)
_DELETE: Final = delete(sums).where(
    sums.c.unit == bindparam("of_unit"),
    sums.c.kind == bindparam("of_kind"),
    sums.c.from_us == bindparam("of_from_us"),
)
_INSERT: Final = insert(sums)
_INSERT_PROPERTIES: Final = insert(properties)
_ANY_SLOT: Final = select(
    exists().where(
        slots.c.unit == bindparam("unit"),
        slots.c.slot_us >= bindparam("from_us"),
        slots.c.slot_us < bindparam("to_us"),
    )
)


@dataclass(frozen=True, slots=True)
class Summed:
    """Sums of a period.

    Args:
        digest: Of all the inputs they follow from.
    """

    sums: Sums
    digest: str


class SumsShelf:
    """Sums of one unit's closed periods, in a transaction.

    Args:
        connection: Whoever opened it commits.
        plant: The unit.
        unit: The name its slots are kept under.
        text: Writes and reads them.
    """

    def __init__(self, connection: Connection, plant: Plant, unit: str, text: SumsText) -> None:
        self._connection = connection
        self._plant = plant
        self._unit = unit
        self._text = text

    def between(self, kind: str, from_us: int, to_us: int) -> dict[int, Summed]:
        """Those of a kind that begin in a range, by start [UTC µs]."""
        period = {"unit": self._unit, "kind": kind, "from_us": from_us, "to_us": to_us}
        rows = self._connection.execute(_READ, period).all()
        read = self._text.read([row.body for row in rows], self._named, self._plant)
        return {
            row.from_us: Summed(each, row.inputs_digest)
            for row, each in zip(rows, read, strict=True)
        }

    def put(self, kind: str, from_us: int, summed: Summed) -> None:
        """Keep those of a closed period, in place of what was kept of it before."""
        written = self._text.write(summed.sums)
        known = self._named(written.properties)
        fresh = [
            {"digest": digest, "body": body}
            for digest, body in written.properties.items()
            if digest not in known
        ]
        if fresh:
            self._connection.execute(_INSERT_PROPERTIES, fresh)
        key = {"unit": self._unit, "kind": kind, "from_us": from_us}
        self._connection.execute(_DELETE, {f"of_{name}": value for name, value in key.items()})
        row = {**key, "inputs_digest": summed.digest, "body": written.text}
        self._connection.execute(_INSERT, {**row, "digest": hash_of(written.text)})

    def has_slots(self, from_us: int, to_us: int) -> bool:
        """Whether anything was counted in a range."""
        period = {"unit": self._unit, "from_us": from_us, "to_us": to_us}
        return bool(self._connection.execute(_ANY_SLOT, period).scalar())

    def _named(self, digests: Iterable[str]) -> dict[str, str]:
        wanted = list(digests)
        query = select(properties.c.digest, properties.c.body).where(
            properties.c.digest.in_(wanted)
        )
        return {row.digest: row.body for row in self._connection.execute(query)} if wanted else {}
