"""FootprintStore: factor records as they were known at any time, never changed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from operator import eq, ge, le, lt
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Engine, create_engine, event, func, select

from agent.cofiring.balance import SLOT_US, Knot
from agent.cofiring.record import FactorRecord
from gateway.config import Config
from gateway.config_footprint import FootprintServer
from gateway.footprint.canonical import record_from
from gateway.footprint.lots.entries import Entries
from gateway.footprint.moments import utc_text
from gateway.footprint.schema import (
    chains,
    factor_records,
    knots,
    lock,
    metadata,
    progress,
    slots,
)
from gateway.footprint.seals import Seal, read_seals, seal, sealed_day
from gateway.footprint.server import engine_of, make_tables
from gateway.footprint.site_key import SiteKey
from gateway.footprint.verify import Report, verify_chains
from gateway.footprint.writer import SlotInput, Writer, read_slots
from gateway.paths import FOOTPRINT


class FootprintStore:
    """The footprint database; safe to use from several threads.

    Args:
        engine: Of a database whose tables are there.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def of(cls, config: Config) -> "FootprintStore":
        """A site's: on the server that [footprint] names, else in its data directory.

        Raises:
            FootprintServerError: The server cannot be used.
        """
        if config.footprint is None:
            return cls.open(config.storage.directory)
        return cls.on(config.footprint, config.site.id, config.unit.id)

    @classmethod
    def open(cls, directory: Path) -> "FootprintStore":
        """The embedded database of a site, ``footprint.sqlite`` in its data directory."""
        directory.mkdir(parents=True, exist_ok=True)
        return cls.embedded(directory / FOOTPRINT)

    @classmethod
    def embedded(cls, path: Path) -> "FootprintStore":
        """A database in a file."""
        engine = create_engine(f"sqlite:///{path}")
        event.listen(engine, "connect", _durable)
        metadata.create_all(engine)
        return cls(engine)

    @classmethod
    def on(cls, server: FootprintServer, site: str, unit: str) -> "FootprintStore":
        """A unit's schema on a PostgreSQL server.

        Raises:
            FootprintServerError: The server cannot be used.
        """
        schema = server.schema_for(site, unit)
        engine = engine_of(server, schema)
        try:
            make_tables(engine, schema, f"{site}.{unit}")
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    @property
    def engine(self) -> Engine:
        """For exports and tests."""
        return self._engine

    @contextmanager
    def write(self, recorded_at_us: int) -> Iterator[Writer]:
        """A transaction: all of it is kept, or nothing.

        Args:
            recorded_at_us: When this is recorded, UTC [µs].
        """
        with self._engine.begin() as connection:
            lock(connection, chains)
            writer = Writer(connection, recorded_at_us)
            yield writer
            writer.finish()

    def factors(
        self,
        *,
        series: str | None = None,
        period: str | None = None,
        from_us: int | None = None,
        to_us: int | None = None,
        as_of_us: int | None = None,
        limit: int = 1000,
    ) -> list[FactorRecord]:
        """Records as they were known at `as_of_us`, in time order.

        Args:
            series: One series only.
            period: "minute", "settlement", …: one kind only.
            from_us: Periods that begin then or later, UTC [µs].
            to_us: Periods that begin earlier than this, UTC [µs].
            as_of_us: What was recorded by then counts, UTC [µs]; None for now.
            limit: At most so many; of more, the newest.
        """
        t = factor_records.c
        compared: tuple[tuple[Any, Callable[[Any, Any], Any], Any], ...] = (
            (t.series_id, eq, series),
            (t.period, eq, period),
            (t.valid_from_us, ge, from_us),
            (t.valid_from_us, lt, to_us),
            (t.recorded_at_us, le, as_of_us),
        )
        conditions = [op(column, value) for column, op, value in compared if value is not None]
        newest = (
            select(t.series_id, t.valid_from_us, func.max(t.revision).label("revision"))
            .where(*conditions)
            .group_by(t.series_id, t.valid_from_us)
            .order_by(t.valid_from_us.desc(), t.series_id.desc())
            .limit(limit)
            .subquery()
        )
        query = (
            select(t.body)
            .join(
                newest,
                (t.series_id == newest.c.series_id)
                & (t.valid_from_us == newest.c.valid_from_us)
                & (t.revision == newest.c.revision),
            )
            .order_by(t.valid_from_us, t.series_id)
        )
        with self._engine.connect() as connection:
            return [record_from(body) for body in connection.execute(query).scalars()]

    def latest(self, series: str | None = None) -> list[FactorRecord]:
        """The newest record of each series, or of one."""
        t = factor_records.c
        with self._engine.connect() as connection:
            names = [series] if series else connection.execute(_SERIES).scalars().all()
            found = [
                connection.execute(
                    select(t.body)
                    .where(t.series_id == name)
                    .order_by(t.valid_from_us.desc(), t.revision.desc())
                    .limit(1)
                ).scalar()
                for name in names
            ]
        return [record_from(body) for body in found if body is not None]

    def get(self, record_id: str) -> FactorRecord | None:
        """One record, superseded or not."""
        query = select(factor_records.c.body).where(factor_records.c.record_id == record_id)
        with self._engine.connect() as connection:
            body = connection.execute(query).scalar()
        return None if body is None else record_from(body)

    def verify(self, public_key: str | None = None) -> Report:
        """Find every altered, missing or reordered record, and a cut tail; entries of lots too.

        Args:
            public_key: The site's, hexadecimal; None where it is not at hand.
        """
        with self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                # As it was at one instant, though a gateway writes on.
                connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            report = verify_chains(connection, public_key)
        entries = Entries(self._engine)
        report.counts["lot entries"] = entries.last_n()
        report.problems.extend(entries.verify())
        return report

    def seal(self, key: SiteKey, day: str, signed_at_us: int) -> bool:
        """Sign where every chain ends, once for each day.

        Args:
            key: The site's.
            day: Legal day that has ended, ISO 8601.
            signed_at_us: UTC [µs].

        Returns:
            Whether it was not signed before.
        """
        with self._engine.begin() as connection:
            lock(connection, chains)
            newest = sealed_day(connection)
            if newest is not None and newest >= day:
                return False
            return bool(seal(connection, key, day, utc_text(signed_at_us)))

    def seals(self, day: str | None = None) -> list[Seal]:
        """All seals in the order of their days, or those of one day."""
        with self._engine.connect() as connection:
            return read_seals(connection, day)

    def slot_inputs(self, unit: str, from_us: int, to_us: int) -> list[SlotInput]:
        """The newest version of each slot that begins in a range, in time order."""
        with self._engine.connect() as connection:
            return read_slots(connection, unit, from_us, to_us)

    def slots_range(self, unit: str) -> tuple[int, int] | None:
        """Start of the first slot and end of the last one stored, UTC [µs]; None without any."""
        query = select(func.min(slots.c.slot_us), func.max(slots.c.slot_us)).where(
            slots.c.unit == unit
        )
        with self._engine.connect() as connection:
            first, last = connection.execute(query).one()
        return None if first is None else (first, last + SLOT_US)

    def progress(self, unit: str) -> tuple[int, dict[str, Any]]:
        """How far the journal is read, and the accountant's state; (0, {}) at first."""
        query = select(progress.c.journal_n, progress.c.state).where(progress.c.unit == unit)
        with self._engine.connect() as connection:
            found = connection.execute(query).first()
        return (found.journal_n, msgspec.json.decode(found.state)) if found else (0, {})

    def knots(
        self, unit: str, points: Sequence[str], from_us: int
    ) -> Iterator[tuple[str, int, Knot]]:
        """(point, slot, knot) of every slot from the last at or before `from_us` on, by point."""
        t = knots.c
        with self._engine.connect() as connection:
            for point in points:
                mine = (t.unit == unit) & (t.point == point)
                start = connection.execute(
                    select(t.slot_us)
                    .where(mine, t.slot_us <= from_us)
                    .order_by(t.slot_us.desc())
                    .limit(1)
                ).scalar()
                rows = connection.execute(
                    select(t.slot_us, t.first_us, t.first, t.last_us, t.last)
                    .where(mine, t.slot_us >= (from_us if start is None else start))
                    .order_by(t.slot_us)
                )
                for slot_us, *knot in rows:
                    yield point, slot_us, Knot(*knot)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


_SERIES = select(chains.c.series_id)


def _durable(connection: Any, _: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}").close()
