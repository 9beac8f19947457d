"""What the API needs of the gateway: the protocol that `gateway.main` implements.

Methods without ``await`` answer from memory, in the loop; those that read or write a disk are
coroutines.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from agent.alarms.prospects import EarlyWarning
from agent.cofiring.packs import Packs
from agent.samples import Sample
from gateway.clock import Now
from gateway.config import Config
from gateway.http.board_views import BoardView
from gateway.http.context_alarms import Alarms, Crowd, Records
from gateway.http.footprint_views import CofiringView, LiveFactor
from gateway.http.health_view import Health
from gateway.http.hub import Hub
from gateway.http.lot_views import Lots
from gateway.http.meter_views import MeterView, SwapView
from gateway.http.notification_views import Notifications
from gateway.http.order_views import OrderView
from gateway.http.round_views import Rounds
from gateway.http.store_views import StoreView
from gateway.http.value_views import PointView
from gateway.people import People

SwapAction = Literal["announce", "cancel", "amend"]
Counts = tuple[float | None, float | None]
"""The old device's last count and the new one's first, in the totaliser's unit."""

FactorRecord = Mapping[str, Any]
"""A record of the footprint database, by the field names it has everywhere."""


class Plant(Protocol):
    """Points, stores, boards and meters as they are now, and points as they were."""

    def health(self) -> Health:
        """How the gateway itself fares."""
        ...

    def points(self) -> Sequence[PointView]:
        """Every point, with its newest sample."""
        ...

    def stores(self) -> Sequence[StoreView]:
        """Every store, instrumented or not."""
        ...

    def early_warning(self, store: str) -> EarlyWarning:
        """What early warning knows of a store, and when its values reach their limits."""
        ...

    def boards(self) -> Sequence[BoardView]:
        """Every board."""
        ...

    def meters(self) -> Sequence[MeterView]:
        """Every meter."""
        ...

    async def samples(
        self, point: str, from_us: int, to_us: int, max_points: int
    ) -> Sequence[Sample]:
        """Samples of a point with ``from_us`` ≤ capture time < ``to_us``, in time order.

        At most `max_points`: beyond that evenly thinned, keeping each bucket's extremes
        and gaps.
        """
        ...


class Meters(Protocol):
    """The exchange of a meter: how its totalisers stand, and what a person tells of it."""

    def swap_views(self, meter: str) -> Sequence[SwapView]:
        """The totalisers of a meter that were ever read."""
        ...

    async def swap(
        self,
        action: SwapAction,
        meter: str,
        told: Mapping[str, Counts],
        person: str,
        comment: str | None,
    ) -> Sequence[str]:
        """Announce an exchange, take it back or tell what it was; return once that is on disk.

        Args:
            action: Which of the three.
            meter: The meter's id.
            told: Totaliser -> what its devices showed.
            person: Who says so.
            comment: Their words.

        Returns:
            The totalisers it concerned.

        Raises:
            NotAllowedError: What was told cannot be, in words.
        """
        ...


class Orders(Protocol):
    """Commands to boards, and what became of them."""

    def orders(self, board: str) -> Sequence[OrderView]:
        """The newest orders to a board, the last first."""
        ...

    async def order(
        self,
        board: str,
        op: str,
        args: Sequence[int | str | None],
        release: str | None,
        person: str,
        comment: str | None,
    ) -> OrderView:
        """Send a command once it is on disk.

        Args:
            board: The board's id.
            op: What to do.
            args: With what; made of the release for an update.
            release: Digest of the release, for an update.
            person: Who says so.
            comment: Their words.

        Raises:
            NotAllowedError: The command cannot be, or the board cannot be told, in words.
        """
        ...


class Footprint(Protocol):
    """What burns, and the factors that follow from it."""

    @property
    def packs(self) -> Packs:
        """The reporting schemes, as reviewed."""
        ...

    def plan(self, asked: Mapping[str, Any] | None, language: str | None) -> dict[str, Any]:
        """What the steps of a plan would give; None for the example, with what it asks.

        Args:
            asked: The plan, in the fields of the example's `asked`.
            language: Of the words; the site's where None.

        Raises:
            HinobanError: Something in it cannot be.
        """
        ...

    def cofiring_latest(self) -> CofiringView | None:
        """The newest closed minute; None before the first."""
        ...

    async def cofiring(self, from_us: int, to_us: int, period: str) -> Sequence[CofiringView]:
        """Minutes or settlement periods that begin in the range, in time order."""
        ...

    def factor_live(self) -> LiveFactor | None:
        """The newest computed minute; never stored."""
        ...

    async def factors_latest(self) -> Sequence[FactorRecord]:
        """The newest record of each series and period."""
        ...

    async def factors(
        self,
        *,
        series: str | None,
        period: str | None,
        from_us: int | None,
        to_us: int | None,
        as_of_us: int | None,
        limit: int,
    ) -> Sequence[FactorRecord]:
        """Records as they were known at `as_of_us` (now where None), in time order."""
        ...

    async def factor(self, record_id: str) -> FactorRecord | None:
        """One record, superseded or not."""
        ...


class Context(Plant, Alarms, Meters, Orders, Footprint, Protocol):
    """Everything the API needs."""

    @property
    def config(self) -> Config:
        """The site."""
        ...

    @property
    def hub(self) -> Hub:
        """Where the live stream is fed."""
        ...

    @property
    def lots(self) -> Lots:
        """What was delivered, what stands where, and what people tell of it."""
        ...

    @property
    def rounds(self) -> Rounds:
        """Handheld rounds, and how much of the yard is watched."""
        ...

    @property
    def notifications(self) -> Notifications:
        """What was sent to whom, and the horn."""
        ...

    @property
    def people(self) -> People:
        """Who may do what."""
        ...

    @property
    def crowd(self) -> Crowd:
        """Many alarms at once."""
        ...

    @property
    def records(self) -> Records:
        """The alarm journal as a whole."""
        ...

    def now(self) -> Now:
        """The instant as the gateway believes it."""
        ...
