"""Commits as histories: small builders shared by the historian's tests."""

from pathlib import Path

import pytest

from agent.alarms.events import AlarmEvent
from agent.samples import Quality, Sample
from gateway.historian.journal import Journal
from gateway.historian.rows import Basis, Batch, Booking, Commit, Correction, Origin

T0 = 1_800_000_000_000_000
BOOT_MONO = 5_000_000


class Maker:
    """Makes the parts of commits; times in seconds after T0."""

    t0 = T0

    def sample(
        self, s: float, value: float | None = 1.0, point: str = "yard.c0150.co_ppm"
    ) -> Sample:
        if value is None:
            return Sample(point, T0 + round(s * 1e6), None, Quality.BAD, "comm_fail")
        return Sample(point, T0 + round(s * 1e6), value)

    def doubtful(self, s: float, value: float = 1.0, point: str = "yard.c0150.co_ppm") -> Sample:
        return Sample(point, T0 + round(s * 1e6), value, Quality.UNCERTAIN, "clock_unsynced")

    def meter(self, *samples: Sample, arrival: float = 0.0) -> Batch:
        origin = Origin("meter", "belt_coal", request=1)
        return Batch(origin, Basis.GATEWAY, T0 + round(arrival * 1e6), samples)

    def board(
        self,
        seq: int,
        *samples: Sample,
        basis: Basis = Basis.BOARD,
        up_ms: int = 1000,
        boot: int = 1,
        seq_to: int | None = None,
        lost: str | None = None,
        arrival: float = 0.0,
    ) -> Batch:
        origin = Origin("board", "b0150", "9f3a12c4", boot, seq, seq_to or seq, up_ms, lost=lost)
        return Batch(origin, basis, T0 + round(arrival * 1e6), samples)

    def commit(
        self,
        s: float,
        *batches: Batch,
        synchronised: bool = True,
        boot_id: str = "boot-a",
        clock_us: int = T0 - BOOT_MONO,
        bookings: tuple[Booking, ...] = (),
        corrections: tuple[Correction, ...] = (),
        alarms: tuple[AlarmEvent, ...] = (),
        state: dict[tuple[str, str], str | None] | None = None,
    ) -> Commit:
        utc_us = T0 + round(s * 1e6)
        return Commit(
            boot_id,
            utc_us,
            utc_us - clock_us,
            synchronised,
            batches,
            bookings,
            alarms,
            corrections,
            state or {},
        )

    def alarm(self, s: float, edge: str = "raised") -> AlarmEvent:
        t_us = T0 + round(s * 1e6)
        point = "yard.c0150.temp_1_degc"
        return AlarmEvent(
            f"temp_high:{point}", edge, "temp_high", point, "fire", "critical", t_us, t_us,
            "unack_active", 51.5, 50.0, "degc",
        )  # fmt: skip


@pytest.fixture(scope="session")
def make() -> Maker:
    return Maker()


@pytest.fixture
def journal(tmp_path: Path):
    opened = Journal.open(tmp_path / "journal.sqlite")
    yield opened
    opened.close()
