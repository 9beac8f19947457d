"""What the API answers from: the gateway's parts behind one door."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from agent.alarms.deeds import Deed
from agent.alarms.events import AlarmEvent
from agent.alarms.prospects import EarlyWarning
from agent.cofiring.packs import Packs
from agent.samples import Sample
from gateway.clock import Clock, Now
from gateway.config import Config
from gateway.historian.query import History
from gateway.http.alarm_views import AlarmView, HiddenView, IntervalView
from gateway.http.board_views import BoardView
from gateway.http.card_views import CardView
from gateway.http.footprint_views import CofiringView, LiveFactor
from gateway.http.health_view import Health
from gateway.http.hub import Hub
from gateway.http.meter_views import MeterView, SwapView
from gateway.http.order_views import OrderView
from gateway.http.store_views import StoreView
from gateway.http.value_views import PointView
from gateway.people import People
from gateway.views.alarm_records import AlarmRecords
from gateway.views.alarms import AlarmDesk
from gateway.views.boards import BoardTable
from gateway.views.crowd import CrowdView
from gateway.views.footprint import FootprintView
from gateway.views.lots import LotBench
from gateway.views.meters import MeterDesk
from gateway.views.notifications import NotificationDesk
from gateway.views.orders import OrderDesk
from gateway.views.plant import PlantView
from gateway.views.rounds import RoundDesk
from gateway.views.thinning import thinned


class Answers:
    """Implements `gateway.http.context.Context` by asking the part that knows.

    Args:
        config: The site.
        clock: What time it is.
        hub: Where the live stream is fed.
        people: Who may do what.
        plant: Points, stores and meters.
        boards: Boards.
        history: Points as they were.
        alarms: What stands, what happened, what people decide.
        crowd: Many alarms at once.
        records: The alarm journal as a whole.
        meters: How totalisers stand, and what people tell of them.
        orders: What people tell boards.
        footprint: Shares and factors.
        lots: What was delivered, and what people tell of it.
        rounds: Handheld rounds, and how much of the yard is watched.
        notifications: What was sent to whom, and the horn.
        health: How the gateway fares.
    """

    def __init__(
        self,
        *,
        config: Config,
        clock: Clock,
        hub: Hub,
        people: People,
        plant: PlantView,
        boards: BoardTable,
        history: History,
        alarms: AlarmDesk,
        crowd: CrowdView,
        records: AlarmRecords,
        meters: MeterDesk,
        orders: OrderDesk,
        footprint: FootprintView,
        lots: LotBench,
        rounds: RoundDesk,
        notifications: NotificationDesk,
        health: Callable[[], Health],
    ) -> None:
        self.config = config
        self.hub = hub
        self.people = people
        self.lots = lots
        self.rounds = rounds
        self.notifications = notifications
        self.crowd = crowd
        self.records = records
        self._clock = clock
        self._plant = plant
        self._boards = boards
        self._history = history
        self._alarms = alarms
        self._meters = meters
        self._orders = orders
        self._footprint = footprint
        self._health = health

    def now(self) -> Now:
        """The instant as the gateway believes it."""
        return self._clock.now()

    def health(self) -> Health:
        """How the gateway itself fares."""
        return self._health()

    def points(self) -> list[PointView]:
        """Every point, with its newest sample."""
        return self._plant.points()

    def stores(self) -> list[StoreView]:
        """Every store, instrumented or not."""
        return self._plant.stores()

    def early_warning(self, store: str) -> EarlyWarning:
        """What early warning knows of a store, and when its values reach their limits."""
        return self._plant.early_warning(store)

    def boards(self) -> list[BoardView]:
        """Every board."""
        return self._boards.boards()

    def meters(self) -> list[MeterView]:
        """Every meter."""
        return self._plant.meters()

    async def samples(self, point: str, from_us: int, to_us: int, max_points: int) -> list[Sample]:
        """Samples of a point in time order, thinned to at most `max_points`."""
        found = await asyncio.to_thread(self._history.samples, point, from_us, to_us)
        return thinned(found, max_points)

    def alarms(self) -> list[AlarmView]:
        """Every alarm that is not normal."""
        return self._alarms.alarms()

    async def alarm_journal(
        self, *, after: int | None, limit: int, from_us: int | None, to_us: int | None
    ) -> list[tuple[int, AlarmEvent]]:
        """Numbered events."""
        return await self._alarms.alarm_journal(
            after=after, limit=limit, from_us=from_us, to_us=to_us
        )

    async def alarm_intervals(
        self, alarm_id: str, *, from_us: int | None, to_us: int | None
    ) -> list[IntervalView]:
        """When something was in alarm."""
        return await self._alarms.intervals(alarm_id, from_us=from_us, to_us=to_us)

    def hidden_alarms(self) -> list[HiddenView]:
        """Everything that hides an alarm or source, or waits for a second person."""
        return self._alarms.hidden()

    def card(self, alarm_id: str, language: str) -> CardView | None:
        """The response card of an alarm."""
        return self._alarms.card(alarm_id, language)

    async def decide(self, deed: Deed) -> list[AlarmEvent]:
        """Do what a person decided, and return what it changed once that is on disk."""
        return await self._alarms.decide(deed)

    def swap_views(self, meter: str) -> list[SwapView]:
        """The totalisers of a meter that were ever read."""
        return self._meters.swap_views(meter)

    async def swap(
        self,
        action: Literal["announce", "cancel", "amend"],
        meter: str,
        told: Mapping[str, tuple[float | None, float | None]],
        person: str,
        comment: str | None,
    ) -> list[str]:
        """Announce an exchange, take it back or tell what it was, and return once on disk."""
        return await self._meters.swap(action, meter, told, person, comment)

    def orders(self, board: str) -> list[OrderView]:
        """The newest orders to a board, the last first."""
        return self._orders.orders(board)

    async def order(
        self,
        board: str,
        op: str,
        args: Sequence[int | str | None],
        release: str | None,
        person: str,
        comment: str | None,
    ) -> OrderView:
        """Send a command to a board once it is on disk."""
        return await self._orders.order(board, op, args, release, person, comment)

    @property
    def packs(self) -> Packs:
        """The reporting schemes, as reviewed."""
        return self._footprint.packs

    def plan(self, asked: Mapping[str, Any] | None, language: str | None) -> dict[str, Any]:
        """What the steps of a plan would give."""
        return self._footprint.plan(asked, language)

    def cofiring_latest(self) -> CofiringView | None:
        """The trailing minutes."""
        return self._footprint.cofiring_latest()

    async def cofiring(self, from_us: int, to_us: int, period: str) -> list[CofiringView]:
        """Minutes or settlement periods that begin in the range."""
        return await self._footprint.cofiring(from_us, to_us, period)

    def factor_live(self) -> LiveFactor | None:
        """The factor of the trailing minutes."""
        return self._footprint.factor_live()

    async def factors_latest(self) -> list[dict[str, Any]]:
        """The newest record of each series."""
        return await self._footprint.factors_latest()

    async def factors(
        self,
        *,
        series: str | None,
        period: str | None,
        from_us: int | None,
        to_us: int | None,
        as_of_us: int | None,
        limit: int,
    ) -> list[dict[str, Any]]:
        """Records as they were known at `as_of_us`."""
        return await self._footprint.factors(
            series=series,
            period=period,
            from_us=from_us,
            to_us=to_us,
            as_of_us=as_of_us,
            limit=limit,
        )

    async def factor(self, record_id: str) -> dict[str, Any] | None:
        """One record."""
        return await self._footprint.factor(record_id)
