"""Watch: how long a board has not been heard, across restarts and wrong clocks."""

from dataclasses import dataclass

from agent.alarms.elapsed import Elapsed
from agent.alarms.instant import Instant


@dataclass(frozen=True, slots=True)
class BoardDuty:
    """What a board owes.

    Args:
        board: Its id.
        report_us: How often it reports [µs].
        store: The container or silo it watches; its points are ``yard.<store>.*``.
        values: What it has to tell of that store, such as ``co_ppm``; empty where nobody says.
        workplace: The place where people work that it watches; its points are
            ``work.<workplace>.*``.
    """

    board: str
    report_us: int
    store: str | None = None
    values: tuple[str, ...] = ()
    workplace: str | None = None


class Watch(Elapsed):
    """Elapsed time since a board was heard.

    Args:
        duty: What the board owes.
    """

    __slots__ = ("duty",)

    def __init__(self, duty: BoardDuty) -> None:
        super().__init__(duty.report_us)
        self.duty = duty

    @property
    def heard_us(self) -> int | None:
        """When the board was last heard, UTC [µs]; None if never."""
        return self.begun_us

    def heard(self, now: Instant) -> None:
        """Something of the board arrived."""
        self.begin(now)
