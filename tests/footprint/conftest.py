"""A small site, a real journal filled by hand, and a clock moved by hand."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from postgres import Postgres

from agent.cofiring.lots import Lot
from agent.samples import Quality, Sample
from gateway.clock import Now
from gateway.config import Config
from gateway.footprint.accountant import Accountant
from gateway.footprint.store import FootprintStore
from gateway.footprint.tables import load_tables
from gateway.historian.journal import Journal
from gateway.historian.reader import Reader
from gateway.historian.rows import Basis, Batch, Commit, Correction, Origin

_NUMBERS = count()
MINUTE_US = 60_000_000
BASE_US = 1_790_000_040_000_000
STEP_US = 5_000_000

RATES = {
    "unit1.coal_total_kg": 10.0,
    "unit1.pellets_total_kg": 4.0,
    "unit1.rpf_total_kg": 1.0,
    "unit1.gross_total_kwh": 40.0,
    "unit1.aux_total_kwh": 3.0,
    "unit1.sold_total_kwh": 36.0,
    "unit1.steam_total_mj": 50.0,
}
"""Per second, of every totaliser."""


@dataclass
class HandClock:
    """A clock that stands until moved."""

    utc_us: int = BASE_US + 10 * MINUTE_US
    synchronised: bool = True

    def now(self) -> Now:
        return Now(self.utc_us, self.utc_us, self.synchronised)


@dataclass
class Site:
    """A journal, a footprint database and the means to account from one to the other."""

    folder: Path
    config: Config
    lots: tuple[Lot, ...]
    clock: HandClock = field(default_factory=HandClock)
    kept: Callable[[str], FootprintStore] | None = None

    def __post_init__(self) -> None:
        self.journal = Journal.open(self.folder / "journal.sqlite")
        self.reader = Reader(self.folder / "journal.sqlite")
        self.stores: list[FootprintStore] = []
        self.store = self.another_store("footprint")

    def another_store(self, name: str) -> FootprintStore:
        path = self.folder / f"{name}.sqlite"
        self.stores.append(self.kept(name) if self.kept else FootprintStore.embedded(path))
        return self.stores[-1]

    def accountant(self, store: FootprintStore | None = None, **change: Any) -> Accountant:
        parts = {"lots": self.lots, "reader": self.reader, "clock": self.clock, **change}
        return Accountant(
            self.config,
            load_tables(),
            parts["lots"],
            parts["reader"],
            store or self.store,
            parts["clock"],
            change.get("key"),
        )

    def commit(
        self,
        t_us: int,
        totals: Mapping[str, float | None],
        *,
        synchronised: bool = True,
        behind_us: int = 0,
        corrections: tuple[Correction, ...] = (),
        reasons: Mapping[str, str] | None = None,
    ) -> None:
        samples = tuple(
            Sample(point, t_us, None, Quality.BAD, (reasons or {}).get(point, "comm_fail"))
            if value is None
            else Sample(point, t_us, value)
            if synchronised
            else Sample(point, t_us, value, Quality.UNCERTAIN, "clock_unsynced")
            for point, value in totals.items()
        )
        batch = Batch(Origin("meter", "all"), Basis.GATEWAY, t_us, samples)
        at_us, mono_us = t_us, t_us + behind_us - BASE_US + 10**12
        self.journal.commit(
            Commit(
                "boot-1",
                at_us,
                mono_us,
                synchronised,
                batches=(batch,) if samples else (),
                corrections=corrections,
            )
        )

    def run(
        self,
        from_us: int,
        to_us: int,
        without: tuple[str, ...] = (),
    ) -> None:
        """Poll every five seconds; `without` are silent meters."""
        for t_us in range(from_us, to_us, STEP_US):
            self.commit(t_us, {p: None if p in without else total_at(p, t_us) for p in RATES})

    points = tuple(RATES)

    @staticmethod
    def total(point: str, t_us: int) -> float:
        return total_at(point, t_us)

    def minutes(self, **query: Any) -> list[Any]:
        return self.store.factors(period="minute", **query)

    def settlements(self, product: str = "electricity", **query: Any) -> list[Any]:
        found = self.store.factors(period="settlement", **query)
        return [record for record in found if record.product == product]

    def close(self) -> None:
        for store in self.stores:
            store.close()
        self.reader.close()
        self.journal.close()


def total_at(point: str, t_us: int) -> float:
    """A totaliser that has counted since the base at its rate."""
    return RATES[point] * (t_us - BASE_US) / 1e6


def site_config() -> Config:
    meters = [
        {
            "id": "all",
            "profile": "test",
            "host": "127.0.0.1",
            "poll_s": 5.0,
            "accuracy": "belt_weigher",
            "points": {f"field_{n}": point for n, point in enumerate(RATES)},
        }
    ]
    fuels = {"coal": "other_bituminous_coal", "pellets": "white_pellets", "rpf": "rpf"}
    return Config.model_validate(
        {
            "site": {"id": "example", "name": "Example", "timezone": "Asia/Tokyo"},
            "storage": {"directory": "data"},
            "meter": meters,
            "unit": {
                "id": "unit1",
                "gross_total_kwh": "unit1.gross_total_kwh",
                "aux_total_kwh": ["unit1.aux_total_kwh"],
                "sold_total_kwh": "unit1.sold_total_kwh",
                "steam_heat_total_mj": "unit1.steam_total_mj",
            },
            "cofiring": {
                "settlement_minutes": 2,
                "close_after_s": 10,
                "minimum_net_kwh_per_minute": 10.0,
                "lots_file": "lots.toml",
            },
            "fuel": [
                {
                    "id": fuel,
                    "name": {"en": fuel},
                    "table": table,
                    "mass_total_kg": f"unit1.{fuel}_total_kg",
                }
                for fuel, table in fuels.items()
            ],
        }
    )


@pytest.fixture
def lots() -> tuple[Lot, ...]:
    start = BASE_US - 60 * MINUTE_US
    rpf = Lot(
        "rpf-1",
        "rpf",
        start,
        ncv_dry_mj_per_kg=25.0,
        moisture=0.03,
        co2_total_g_per_mj_ncv=87.0,
        biogenic_carbon_fraction=0.3,
    )
    coal = Lot("coal-1", "coal", start, ncv_dry_mj_per_kg=27.5, moisture=0.1)
    coal_2 = Lot("coal-2", "coal", BASE_US + 2 * MINUTE_US, ncv_dry_mj_per_kg=27.0, moisture=0.09)
    pellets = Lot("pellets-1", "pellets", start, ncv_dry_mj_per_kg=18.8, moisture=0.08)
    return (rpf, coal, coal_2, pellets)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server of these tests' own."""
    server = Postgres()
    yield server
    server.close()


@pytest.fixture
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], FootprintStore]:
    """Makes footprint databases by name: files, or schemas where "postgresql" is asked for."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return lambda name: FootprintStore.embedded(tmp_path / f"{name}.sqlite")
    server, test = request.getfixturevalue("postgres"), next(_NUMBERS)
    return lambda name: server.store(schema_name=f"test{test}.{name}")


@pytest.fixture
def untriggered() -> Callable[[FootprintStore], None]:
    """What somebody does who may alter the database: take its triggers away."""

    def drop(store: FootprintStore) -> None:
        on_table = store.engine.dialect.name == "postgresql"
        with store.engine.begin() as connection:
            for table in ("factor_records", "slots", "seals", "lot_entries"):
                for verb in ("update", "delete"):
                    where = f" ON {table}" if on_table else ""
                    connection.exec_driver_sql(f"DROP TRIGGER {table}_no_{verb}{where}")

    return drop


@pytest.fixture
def site(
    tmp_path: Path, lots: tuple[Lot, ...], kept: Callable[[str], FootprintStore]
) -> Iterator[Site]:
    made = Site(tmp_path, site_config(), lots, kept=kept)
    yield made
    made.close()
