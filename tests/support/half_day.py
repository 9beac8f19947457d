"""Half a day of the plant without waiting: its model instead of its server, time by hand.

Registers, decoding, ledgers of totalisers, journal and accountant are the gateway's own; only the
network is left out: the meters' tables are asked directly.
"""

import dataclasses
import random
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import tomli_w

from agent.alarms.engine import AlarmEngine
from gateway.clock import Clock, Now
from gateway.demo.site import EXAMPLE
from gateway.footprint.accountant import Accountant
from gateway.footprint.store import FootprintStore
from gateway.historian.journal import Journal
from gateway.historian.reader import Reader
from gateway.historian.rows import Batch, Booking, Commit
from gateway.modbus.counters import CounterBook
from gateway.modbus.extract import Extract, Wanted
from gateway.modbus.mapping import counter_specs
from gateway.modbus.plan import plan
from gateway.mqtt.boards import BoardBook
from gateway.paths import JOURNAL
from gateway.recording.desk import Desk
from gateway.recording.items import Polled
from gateway.site import Site, load_site
from simulators import lots
from simulators.plant.curves import demand_curve
from simulators.plant.ledger import Ledger
from simulators.plant.registers import Device, load_devices
from simulators.plant.unit import Plant
from simulators.scenario import PlantPart, Stop

SEED = 20261122
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
PERIOD_US = 30 * MINUTE_US
PERIODS = 12
BASE_US = 1_790_000_040_000_000 // PERIOD_US * PERIOD_US
PLANT_US = BASE_US + 7 * MINUTE_US + 300_000
GATEWAY_US = BASE_US + 10 * MINUTE_US + 12 * SECOND_US
END_US = BASE_US + PERIODS * PERIOD_US + 20 * SECOND_US
MOST_JITTER_US = 20_000
"""How far a capture time may be from the instant the device counted at [µs]."""


@dataclass(frozen=True)
class Span:
    """From `from_s` to `to_s` after the begin of a period [s]."""

    period: int
    from_s: float
    to_s: float

    def __contains__(self, t_us: int) -> bool:
        after_s = (t_us - BASE_US - self.period * PERIOD_US) / 1e6
        return self.from_s <= after_s < self.to_s


COAL_SILENT = Span(2, 620.0, 710.0)
STEAM_SILENT = Span(4, 1755.0, 1845.0)
"""Across the end of its period."""
GATEWAY_OFF = Span(6, 890.0, 930.0)
UNIT_STOPPED = Span(7, 760.0, 2 * 1800.0 + 500.0)
"""Through the whole of the period after."""

ROLLS_OVER_IN = {
    "unit1.coal.mass_total_kg": 1,
    "unit1.pellets.mass_total_kg": 2,
    "unit1.rpf.mass_total_kg": 3,
    "unit1.gross_total_kwh": 4,
    "unit1.aux_total_kwh": 5,
    "unit1.sold_total_kwh": 6,
    "unit1.steam_heat_total_mj": 10,
}
"""Totaliser -> about the period in which it passes its modulus."""

_PER_HOUR = {
    "coal": 15e3, "pellets": 8e3, "rpf": 1.5e3, "gross": 60e3, "aux": 5e3, "sold": 52e3,
    "steam": 55e3,
}  # fmt: skip


@dataclass
class HandTime:
    """Time moved by hand, for the clock and for the accountant."""

    t_us: int

    def utc_us(self) -> int:
        return self.t_us

    def mono_us(self) -> int:
        return self.t_us - BASE_US

    def synchronised(self) -> bool:
        return True

    def boot_id(self) -> str:
        return "boot-1"

    def now(self) -> Now:
        return Now(self.t_us, self.mono_us(), synchronised=True)


@dataclass(frozen=True)
class Line:
    """One request to one meter, and when within each second it is sent [µs]."""

    device: Device
    extract: Extract
    offset_us: int

    @property
    def meter(self) -> str:
        return self.device.meter


class Inside:
    """The gateway between its network and its answers, at one stretch of its life."""

    def __init__(self, site: Site, time: HandTime) -> None:
        data = site.config.storage.directory
        self._clock = Clock(time)
        self._journal = Journal.open(data / JOURNAL)
        self._desk = Desk(
            site.config.site.id,
            BoardBook([], self._clock.boot_id),
            CounterBook(counter_specs(site.config.meter, site.profiles)),
            AlarmEngine([], []),
        )
        self._desk.restore(self._journal)
        self._reader = Reader(data / JOURNAL)
        self._store = FootprintStore.open(data)
        self.accountant = Accountant(
            site.config, site.tables, site.lots, self._reader, self._store, time
        )
        self._batches: list[Batch] = []
        self._bookings: list[Booking] = []

    def take(self, item: Polled) -> None:
        outcome = self._desk.take(item, self._clock)
        self._batches += outcome.batches
        self._bookings += outcome.bookings

    def commit(self) -> None:
        now = self._clock.now()
        batches, bookings = tuple(self._batches), tuple(self._bookings)
        self._batches, self._bookings = [], []
        self._journal.commit(
            Commit(
                self._clock.boot_id, now.utc_us, now.mono_us, now.synchronised,
                batches=batches, bookings=bookings, state=self._desk.dirty(),
            )
        )  # fmt: skip
        while self.accountant.step():
            pass

    def close(self) -> None:
        self._store.close()
        self._reader.close()
        self._journal.close()


@dataclass
class HalfDay:
    """The half day, run into a folder.

    Args:
        coverage_live: Coverage of the live view, asked every minute once it had one.
    """

    folder: Path
    site: Site
    plant: Plant
    devices: list[Device]
    coverage_live: set[float]

    @property
    def ledger(self) -> Path:
        return self.folder / "truth.jsonl"

    @property
    def lots(self) -> Path:
        return self.folder / "lots.toml"


def run(folder: Path) -> HalfDay:
    """Run plant and gateway from the begin to the end of the half day."""
    site = _make_site(folder)
    stop = Stop(
        *((BASE_US + UNIT_STOPPED.period * PERIOD_US - PLANT_US) / 1e6 + at_s
          for at_s in (UNIT_STOPPED.from_s, UNIT_STOPPED.to_s))
    )  # fmt: skip
    demand = demand_curve(PlantPart(speed=2.0, stop=(stop,)), SEED)
    plant = Plant(demand, lots.read(folder / "lots.toml"), PLANT_US)
    points = {
        meter.id: {field: wanted.point for field, wanted in meter.points.items()}
        for meter in site.config.meter
    }
    devices = [_before_its_roll_over(device, points[device.meter]) for device in load_devices()]
    half_day = HalfDay(folder, site, plant, devices, set())
    ledger = Ledger(half_day.ledger)
    ledger.open_run(plant.start_us, devices, {"seed": SEED})
    _live_through_it(half_day, list(_lines(site, devices)))
    for minute in plant.finish(END_US + SECOND_US):
        ledger.minute(minute)
    ledger.close()
    return half_day


def _live_through_it(half_day: HalfDay, lines: list[Line]) -> None:
    dice = random.Random(SEED)
    time = HandTime(GATEWAY_US)
    inside: Inside | None = None
    for number, second_us in enumerate(range(GATEWAY_US, END_US, SECOND_US), start=1):
        if second_us in GATEWAY_OFF:
            if inside is not None:
                # Killed: what it had not written is gone.
                inside.close()
                inside = None
            continue
        inside = inside or Inside(half_day.site, time)
        for line in lines:
            time.t_us = second_us + line.offset_us + MOST_JITTER_US
            inside.take(_polled(line, half_day.plant, time, number, dice))
        time.t_us = second_us + SECOND_US
        if number % 20 == 0:
            inside.commit()
        if number % 60 == 0 and (live := inside.accountant.live()) is not None:
            half_day.coverage_live.add(live.factor.coverage)
    assert inside is not None
    inside.commit()
    inside.close()


def _polled(line: Line, plant: Plant, time: HandTime, number: int, dice: random.Random) -> Polled:
    counted_us = time.t_us - MOST_JITTER_US
    captured_us = counted_us + dice.randint(-MOST_JITTER_US, MOST_JITTER_US)
    silent = {"belt_coal": COAL_SILENT, "steam": STEAM_SILENT}.get(line.meter)
    registers = None
    if silent is None or counted_us not in silent:
        request = line.extract.request
        table = line.device.table(request.register, *plant.at(counted_us))
        registers = [table[request.address + n] for n in range(request.count)]
    captured = Now(captured_us, captured_us - BASE_US, synchronised=True)
    reading = line.extract.reading(registers, captured, number)
    assert reading is not None
    return Polled(reading)


def _lines(site: Site, devices: list[Device]) -> Iterator[Line]:
    offset_us = 50_000
    for device, meter in zip(devices, site.config.meter, strict=True):
        profile = site.profiles[meter.profile]
        fields = {name: profile.fields[name] for name in meter.points}
        wanted = Wanted(fields, meter.points, meter.poll_s)
        for request in plan(fields, profile.limits):
            yield Line(device, Extract(request, wanted, meter.id), offset_us)
            offset_us += 100_000


def _before_its_roll_over(device: Device, points: Mapping[str, str]) -> Device:
    fields = []
    for field in device.fields:
        if field.kind == "counter":
            hours = ROLLS_OVER_IN[points[field.name]] * PERIOD_US / 3.6e9
            ahead = int(_PER_HOUR[field.quantity] * hours / field.scale)
            fields.append(dataclasses.replace(field, start=field.modulus - ahead))
        else:
            fields.append(field)
    return dataclasses.replace(device, fields=tuple(fields))


def _make_site(folder: Path) -> Site:
    raw = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    raw["clock"] = {"synchronised_by": "assume"}
    raw["cofiring"]["lots_file"] = "lots.toml"
    (folder / "site.toml").write_text(tomli_w.dumps(raw), encoding="utf-8")
    (folder / raw["storage"]["directory"]).mkdir()
    start = datetime.fromtimestamp(BASE_US // SECOND_US, UTC)
    lots.write(lots.draw(start, 8.0, SEED), folder / "lots.toml")
    return load_site(folder / "site.toml")
