"""What the API shows of points, stores and meters: from memory, as they are now."""

from typing import Final

from agent.alarms.prospects import EarlyWarning
from agent.alarms.rounds import BY_HAND
from agent.alarms.stores import Standing
from agent.samples import Quality, Sample
from gateway.balance_watch import point_of
from gateway.config import Board
from gateway.config_yard import Store
from gateway.http.meter_views import MeterView
from gateway.http.store_views import StoreStatus, StoreView
from gateway.http.value_views import PointView, Value
from gateway.modbus.poller import Poller
from gateway.outlook import derived_points
from gateway.recording.desk import Desk
from gateway.site import Site
from gateway.units import unit_of
from gateway.views.freshness import Freshness
from gateway.yard import means_of, yard_of

_STATUS: Final[dict[Standing, StoreStatus]] = {
    Standing.ALARM: "alarm",
    Standing.RETURNED: "warning",
    Standing.ADVISORY: "warning",
    Standing.NORMAL: "ok",
}

_STANDS: Final = frozenset({Standing.ALARM, Standing.RETURNED})


class PlantView:
    """Points, stores and meters.

    Args:
        site: What is configured.
        desk: What is known.
        poller: How the meters fare.
        freshness: Which values are too old to be shown as the present ones.
    """

    def __init__(self, site: Site, desk: Desk, poller: Poller, freshness: Freshness) -> None:
        self._desk = desk
        self._poller = poller
        self._freshness = freshness
        self.use(site)

    def use(self, site: Site) -> None:
        """Show another site from now on."""
        self._site = site
        config = site.config
        self._boards = {board.store: board for board in config.board if board.store is not None}
        self._origins = {
            **{p.point: f"meter {m.id}" for m in config.meter for p in m.points.values()},
            **{b.point(v): f"board {b.id}" for b in config.board for v in b.values},
            **dict.fromkeys(derived_points(config), "early warning"),
            **dict.fromkeys(means_of(config), "mean over 8 h"),
            point_of(config.unit.id): "account of fuels",
        }
        self._yard = yard_of(config)

    def points(self) -> list[PointView]:
        """Every point that somebody or something feeds, with its newest sample."""
        by_hand = self._by_hand()
        views = [self.point(point) for point in self._origins]
        return views + [
            PointView(point, unit_of(point), "by hand", Value.of(sample))
            for point, sample in by_hand.items()
        ]

    def _by_hand(self) -> dict[str, Sample]:
        """What people measured on the rounds that are remembered, the newest of each point."""
        newest: dict[str, Sample] = {}
        for one in self._desk.alarms.rounds.all():
            for sample in (made for entry in one.entries for made in entry.samples()):
                known = newest.get(sample.point)
                if known is None or known.t_us < sample.t_us:
                    newest[sample.point] = sample
        return newest

    def point(self, point: str) -> PointView:
        """One point."""
        sample = self._desk.latest.get(point)
        return PointView(
            point,
            unit_of(point),
            self._origins.get(point, "unknown"),
            None if sample is None else self._freshness.value(sample),
        )

    def stores(self) -> list[StoreView]:
        """Every store, instrumented or not."""
        by_hand: dict[str, dict[str, Value]] = {}
        for point, sample in self._by_hand().items():
            _, store, name = point.split(".")
            by_hand.setdefault(store, {})[name.removeprefix(BY_HAND)] = Value.of(sample)
        rounds: dict[str, list[str]] = {}
        for one in self._desk.alarms.rounds.all():
            for name in {one.store, *one.stores} if one.open else ():
                rounds.setdefault(name, []).append(one.id)
        return [
            self._store(store, by_hand.get(store.id, {}), tuple(rounds.get(store.id, ())))
            for store in self._site.config.stores()
        ]

    def early_warning(self, store: str) -> EarlyWarning:
        """What early warning knows of a store, and when its values reach their limits."""
        return self._desk.alarms.early_warning(store)

    def meters(self) -> list[MeterView]:
        """Every meter."""
        names = {meter.id: meter.name or meter.id for meter in self._site.config.meter}
        return [
            MeterView(
                status.id,
                names[status.id],
                status.state,
                status.last_good_us,
                status.requests,
                status.failures,
                status.last_error,
                status.polls_due,
                status.polls_on_time,
                status.late_polls,
                status.overruns,
                status.strays,
            )
            for status in self._poller.status()
        ]

    def _store(self, store: Store, by_hand: dict[str, Value], rounds: tuple[str, ...]) -> StoreView:
        board = self._boards.get(store.id)
        values = {} if board is None else self._values(board)
        return StoreView(
            id=store.id,
            kind=store.kind,
            name=store.name or store.id,
            row=store.row,
            position=store.position,
            fuel=store.fuel,
            status=self._bare_status(store) if board is None else self._status(board, values),
            board=None if board is None else board.id,
            represented_by=self._yard.speaks_for(store.id),
            represents=len(self._yard.group(store.id)) + 1 if board is not None else 0,
            values=values,
            tier=store.tier,
            neighbours=self._yard.neighbours(store.id),
            coverage=self._yard.coverage(store.id),
            lot=store.lot,
            loaded=None if store.loaded is None else store.loaded.isoformat(),
            load_degc=store.load_degc,
            by_hand=by_hand,
            rounds=rounds,
        )

    def _bare_status(self, store: Store) -> StoreStatus:
        """Without a board: what stands, by hand or from a board that was here; never "ok"."""
        standing = self._desk.alarms.store_status(store.id).standing
        return _STATUS[standing] if standing in _STANDS else "no_sensor"

    def _values(self, board: Board) -> dict[str, Value]:
        values = {}
        for name in board.values:
            sample = self._desk.latest.get(board.point(name))
            if sample is not None:
                values[name] = Value.of(sample)
        return values

    def _status(self, board: Board, values: dict[str, Value]) -> StoreStatus:
        standing = self._desk.alarms.store_status(board.place).standing
        if standing is not Standing.UNKNOWN:
            return _STATUS[standing]
        if any(alarm.in_alarm for alarm in self._desk.alarms.instances(board.id)):
            return "silent"
        if any(value.quality is not Quality.GOOD for value in values.values()):
            return "fault"
        return "no_data"
