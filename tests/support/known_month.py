"""The real account of a month whose truth is known: counters, journal, accountant, store.

`told` is the month as an operator has it: analyses come days late and are imported then;
calibrations are written into the site's file when both ends are known; then it is restated.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.cofiring.record import FactorRecord
from agent.samples import Sample
from gateway.clock import Now
from gateway.config import Config
from gateway.footprint.accountant import Accountant
from gateway.footprint.lots.entries import Entries
from gateway.footprint.lots_file import parse_entries
from gateway.footprint.recompute import Move
from gateway.footprint.store import FootprintStore
from gateway.footprint.tables import load_tables
from gateway.historian.journal import Journal
from gateway.historian.reader import Reader
from gateway.historian.rows import Basis, Batch, Booking, Commit, Origin
from gateway.modbus.counters import CounterBook
from gateway.modbus.reading import CounterRead
from gateway.modbus.swap import Told
from gateway.modbus.totaliser import CounterSpec
from simulators.ledgered.meters import Meter, Moist
from simulators.ledgered.papers import Paper
from simulators.ledgered.story import DAY_US, DELAY_S, FUELS, Story

START_US = 1_793_458_800_000_000
"""Begin of November 2026 in Japan: a month of thirty days."""
NOISY_SEEDS = 6_200_000
"""Fixed before the first run; noisy month n has seed NOISY_SEEDS + n."""
BOOT = "boot-1"
READS_A_COMMIT = 30
MOISTURE = "unit1.pks_moisture_percent"
CLASSES = {"gross": "electricity_0_5s", "aux": "electricity_0_5s", "sold": "electricity_0_5s"}
TABLES = {
    "coal": "other_bituminous_coal", "pellets": "white_pellets", "pks": "pks", "rpf": "rpf",
    "oil": "heavy_oil",
}  # fmt: skip
OWED = {
    "coal": ["ncv", "co2"], "pellets": ["ncv"], "pks": ["ncv"], "oil": ["ncv", "co2"],
    "rpf": ["ncv", "co2", "biogenic_carbon_fraction"],
}  # fmt: skip
UNTIL_ANALYSED = {
    "quantity": "ncv", "value": 25.0, "unit": "MJ/kg", "basis": "ncv_ar",
    "valid_from": "2026-01-01", "proof": "contract of 2026-01-01",
}  # fmt: skip


@dataclass
class HandClock:
    """Time moved by hand."""

    utc_us: int

    def now(self) -> Now:
        return Now(self.utc_us, self.utc_us, synchronised=True)


@dataclass(frozen=True)
class Account:
    """A month as the product has it.

    Args:
        store: Its records.
        moves: What the restatement moved.
    """

    store: FootprintStore
    moves: list[Move]
    config: Config

    def records(self, kind: str, story: Story, **query: Any) -> list[FactorRecord]:
        """The power records of a kind that lie in the month, as known now or at an instant."""
        found = self.store.factors(
            series=f"known.unit1.electricity.{kind}", from_us=story.from_us, to_us=story.to_us,
            limit=100_000, **query,
        )  # fmt: skip
        return list(found)

    def whole(self, story: Story, **query: int) -> FactorRecord:
        """The power record of the whole story."""
        (record,) = self.records(kind_of(story), story, **query)
        return record


def kind_of(story: Story) -> str:
    """What kind of period a whole story is."""
    return "month" if story.to_us - story.from_us > DAY_US else "day"


def config_of(meters: list[Meter], *, calibrated: bool, on_line: bool = True) -> Config:
    """The site's file.

    Args:
        meters: Of the unit.
        calibrated: Whether what calibrations found is written into it.
        on_line: Whether a meter beside the weigher of shells tells their moisture.
    """
    tables = [_meter_table(meter, calibrated=calibrated) for meter in meters]
    tables.append(
        {"id": "dryer", "profile": "test", "host": "127.0.0.1", "poll_s": 20.0}
        | {"points": {"moisture_percent": MOISTURE}}
    )
    return Config.model_validate(
        {
            "site": {"id": "known", "name": "Known", "timezone": "Asia/Tokyo"},
            "storage": {"directory": "data"},
            "meter": tables,
            "unit": {
                "id": "unit1", "gross_total_kwh": "unit1.gross_total_kwh",
                "aux_total_kwh": ["unit1.aux_total_kwh"],
                "sold_total_kwh": "unit1.sold_total_kwh",
                "steam_heat_total_mj": "unit1.steam_total_mj",
            },
            "cofiring": {
                "settlement_minutes": 30, "close_after_s": 60,
                "minimum_net_kwh_per_minute": 10.0, "lots_file": "lots.toml",
            },
            "store": [
                {"id": "silo1", "kind": "silo", "fuel": "pellets", "blending": "fifo"},
                {"id": "bunker1", "kind": "silo", "fuel": "rpf", "blending": "mixed"},
            ],
            "fuel": [_fuel_table(fuel, on_line=on_line) for fuel in FUELS],
        }
    )  # fmt: skip


def account(
    folder: Path,
    story: Story,
    meters: list[Meter],
    moist: Moist,
    told: list[Paper],
    *,
    on_line: bool = True,
) -> Account:
    """Live through a month, then restate it with all that is known at its end.

    Args:
        folder: Where journal and records go.
        story: The month.
        meters: What totalisers show, with or without calibrations.
        moist: What the moisture meter shows.
        told: Papers, in order of time.
        on_line: Whether the shells' moisture is that meter's; else papers tell it.
    """
    book = CounterBook({meter.point: _spec(meter) for meter in meters}, BOOT)
    journal = Journal.open(folder / "journal.sqlite")
    reader = Reader(folder / "journal.sqlite")
    store = FootprintStore.open(folder)
    entries = Entries(store.engine)
    clock = HandClock(story.begin_us)
    config = config_of(meters, calibrated=False, on_line=on_line)
    waiting = list(told)
    _tell(entries, waiting, story.begin_us)
    accountant = Accountant(config, load_tables(), (), reader, store, clock)
    for first in range(0, len(moist.t_us), READS_A_COMMIT):
        times = moist.t_us[first : first + READS_A_COMMIT].tolist()
        if waiting and waiting[0].at_us <= times[-1]:
            _drain(accountant)
            _tell(entries, waiting, times[-1])
        clock.utc_us = times[-1] + 1_000_000
        batches, bookings = _read(book, meters, moist, times)
        journal.commit(
            Commit(
                BOOT, clock.utc_us, clock.utc_us, synchronised=True, batches=batches,
                bookings=bookings,
            )
        )  # fmt: skip
    _drain(accountant)
    _tell(entries, waiting, max([paper.at_us for paper in waiting], default=0))
    if any(meter.calibrations for meter in meters):
        config = config_of(meters, calibrated=True, on_line=on_line)
        accountant = Accountant(config, load_tables(), (), reader, store, clock)
    clock.utc_us += DAY_US
    moves = accountant.recompute(story.begin_us, story.end_us, "analyses and calibrations are in")
    reader.close()
    journal.close()
    return Account(store, moves, config)


def _drain(accountant: Accountant) -> None:
    while accountant.step():
        pass


def _tell(entries: Entries, waiting: list[Paper], until_us: int) -> None:
    while waiting and waiting[0].at_us <= until_us:
        paper = waiting.pop(0)
        known = {v.key: v.body for v in entries.newest() if v.kind == "lot"}
        found = parse_entries(paper.text, "paper.toml", known)
        assert found.problems == []
        entries.append(found.entries, "Sato", "paper.toml", paper.at_us)


def _read(
    book: CounterBook, meters: list[Meter], moist: Moist, times: list[int]
) -> tuple[tuple[Batch, ...], tuple[Booking, ...]]:
    """Some reads of all meters; a meter that is not heard gives a bad sample."""
    batches, bookings = [], []
    shown = {meter.point: _shown(meter, times[0], times[-1]) for meter in meters}
    for t_us in times:
        samples = []
        for meter in meters:
            raw = shown[meter.point].get(t_us)
            if raw is not None and raw[0] == meter.swap_index:
                _swap(book, meter, t_us)
            read = CounterRead(
                meter.point, t_us, None if raw is None else raw[1],
                "comm_fail" if raw is None else None, t_us,
            )  # fmt: skip
            booked = book.book(read)
            samples.append(booked.sample)
            bookings += booked.bookings
        index = int((t_us - moist.t_us[0]) // (moist.t_us[1] - moist.t_us[0]))
        samples.append(Sample(MOISTURE, t_us, float(moist.percent[index])))
        batches.append(Batch(Origin("meter", "all"), Basis.GATEWAY, t_us, tuple(samples)))
    return tuple(batches), tuple(bookings)


def _shown(meter: Meter, first_us: int, last_us: int) -> dict[int, tuple[int, int]]:
    """Capture time -> number of the read and what the register shows."""
    first, last = meter.t_us.searchsorted([first_us, last_us + 1]).tolist()
    return {int(meter.t_us[n]): (n, int(meter.raw[n])) for n in range(first, last)}


def _swap(book: CounterBook, meter: Meter, t_us: int) -> None:
    told = Told(meter.final * meter.step, meter.initial * meter.step)
    now = Now(t_us - 1, t_us - 1, synchronised=True)
    book.announce_swap(meter.name, {meter.point: told}, person="Sato", comment=None, now=now)


def _spec(meter: Meter) -> CounterSpec:
    return CounterSpec(meter.unit, meter.step, meter.modulus, 200.0, poll_s=20.0, meter=meter.name)


def _meter_table(meter: Meter, *, calibrated: bool) -> dict[str, Any]:
    name = CLASSES.get(meter.name, "steam_heat" if meter.name == "steam" else "belt_weigher")
    point = {"point": meter.point, "step": meter.step}
    table: dict[str, Any] = {
        "id": meter.name, "profile": "test", "host": "127.0.0.1", "poll_s": 20.0,
        "accuracy": name, "points": {"total": point},
    }  # fmt: skip
    if calibrated:
        table["calibration"] = [
            {
                "on": datetime.fromtimestamp(each.at_us / 1e6, UTC),
                "found_pct": 100.0 * each.found,
                "left_pct": 100.0 * each.left,
            }
            for each in meter.calibrations
        ]
    return table


def _fuel_table(fuel: str, *, on_line: bool) -> dict[str, Any]:
    table: dict[str, Any] = {
        "id": fuel, "name": {"en": fuel}, "table": TABLES[fuel],
        "mass_total_kg": f"unit1.{fuel}_total_kg", "delay_s": float(DELAY_S[fuel]),
        "lab": OWED[fuel], "support": fuel == "oil",
    }  # fmt: skip
    if fuel == "pks":
        table["outdoors"] = True
    if fuel == "pks" and on_line:
        table |= {"moisture_percent": MOISTURE, "moisture_u95_percent": 0.5}
    if fuel == "rpf":
        table["value"] = [UNTIL_ANALYSED]
    return table
