"""Round: containers to be measured by hand, and what was measured, by whom."""

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from agent.alarms.elapsed import Elapsed
from agent.alarms.instant import Instant
from agent.errors import NotAllowedError
from agent.samples import Sample

SIGNS: Final = ("smell", "smoke", "steam", "hot_wall", "bulge", "condensate")
"""What a person can see, feel or smell of a heating store from outside."""

SAVE_EACH_US: Final = 60_000_000
"""How often the elapsed time of an open round is worth storing [µs]."""

BY_HAND: Final = "hand_"
"""How values that people measured begin."""

_MOST_PPM: Final = 100_000.0
_COLDEST_DEGC, _HOTTEST_DEGC = -60.0, 1000.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One container, measured by hand from outside.

    Args:
        store: The container or silo.
        person: Who measured.
        t_us: When, UTC [µs].
        co_ppm: CO at its seals or vent [ppm].
        temp_degc: Temperature of its wall or of what was reached [°C].
        o2_percent: Oxygen at the same place [% by volume].
        signs: Which of `SIGNS` there were.
        comment: In the person's words.
    """

    store: str
    person: str
    t_us: int
    co_ppm: float | None = None
    temp_degc: float | None = None
    o2_percent: float | None = None
    signs: tuple[str, ...] = ()
    comment: str | None = None

    def check(self) -> None:
        """Refuse what cannot be.

        Raises:
            NotAllowedError: Nobody is named, nothing was measured, or a number is impossible.
        """
        if not self.person.strip():
            raise NotAllowedError(f"{self.store}: nobody is named; log in to enter a reading")
        readings = (self.co_ppm, self.temp_degc)
        if all(reading is None for reading in readings) and not self.signs:
            raise NotAllowedError(
                f"{self.store}: a reading is missing; give co_ppm or temp_degc, or what was seen"
            )
        for name, value, least, most in (
            ("co_ppm", self.co_ppm, 0.0, _MOST_PPM),
            ("temp_degc", self.temp_degc, _COLDEST_DEGC, _HOTTEST_DEGC),
            ("o2_percent", self.o2_percent, 0.0, 25.0),
        ):
            if value is not None and not least <= value <= most:
                raise NotAllowedError(
                    f"{self.store}: {name} {value:g} cannot be; give {least:g} to {most:g}"
                )
        if unknown := sorted(set(self.signs) - set(SIGNS)):
            raise NotAllowedError(
                f"{self.store}: sign {unknown[0]!r} is unknown; use one of {', '.join(SIGNS)}"
            )

    def samples(self) -> list[Sample]:
        """The reading as samples of the container's own history, to be judged as any other."""
        values = {
            "co_ppm": self.co_ppm,
            "temp_degc": self.temp_degc,
            "o2_percent": self.o2_percent,
            "signs": float(len(set(self.signs))),
        }
        return [
            Sample(f"yard.{self.store}.{BY_HAND}{name}", self.t_us, value)
            for name, value in values.items()
            if value is not None
        ]


@dataclass(slots=True)
class Round:
    """One handheld round.

    Args:
        id: "r" and a number that rises for ever.
        store: The store whose alarm it is about.
        stores: What is to be measured, in the order of the yard.
        alarms: The alarms it is about; the first one opened it.
        opened_us: When it was opened, UTC [µs].
        opened_by: The person who did; None where the alarm did.
        within_s: In which time all of it is to be measured [s].
        entries: What was measured, in the order of its coming.
        overdue: That time is over, and something is not measured.
        closed_by: The person who closed it.
        closed_us: When, UTC [µs].
        comment: In that person's words.
        since: How long it has been open.
    """

    id: str
    store: str
    stores: tuple[str, ...]
    alarms: list[str]
    opened_us: int
    opened_by: str | None
    within_s: float
    entries: list[Entry] = field(default_factory=list)
    overdue: bool = False
    closed_by: str | None = None
    closed_us: int | None = None
    comment: str | None = None
    since: Elapsed = field(default_factory=lambda: Elapsed(SAVE_EACH_US))

    @property
    def open(self) -> bool:
        """Whether it still is to be walked."""
        return self.closed_us is None

    @property
    def due_us(self) -> int:
        """Until when all of it is to be measured, UTC [µs]."""
        return self.opened_us + round(self.within_s * 1e6)

    @property
    def missing(self) -> tuple[str, ...]:
        """The stores of which there is no reading yet."""
        measured = {entry.store for entry in self.entries}
        return tuple(store for store in self.stores if store not in measured)

    def is_overdue(self, now: Instant) -> bool:
        """Whether its time is over and something is not measured."""
        if not self.open or not self.missing:
            return False
        return self.since.elapsed_us(now) >= self.within_s * 1e6

    def dump(self) -> dict[str, Any]:
        """JSON-ready state."""
        fields = {name: getattr(self, name) for name in _PLAIN}
        return {
            **fields,
            "entries": [asdict(entry) for entry in self.entries],
            "since": self.since.dump(),
        }

    @classmethod
    def load(cls, dumped: dict[str, Any]) -> "Round":
        """The round `dump` described."""
        since = Elapsed(SAVE_EACH_US)
        since.load(dumped["since"])
        entries = [Entry(**{**e, "signs": tuple(e["signs"])}) for e in dumped["entries"]]
        plain = {name: dumped[name] for name in _PLAIN}
        return cls(**{**plain, "stores": tuple(dumped["stores"])}, entries=entries, since=since)


def is_by_hand(point: str) -> bool:
    """Whether a point holds what people measured."""
    return point.rpartition(".")[2].startswith(BY_HAND)


_PLAIN: Final = (
    "id", "store", "stores", "alarms", "opened_us", "opened_by", "within_s", "overdue",
    "closed_by", "closed_us", "comment",
)  # fmt: skip
