"""A small gateway for the API's tests: real alarm engine, people and hub; a yard held in memory."""

import asyncio
import contextlib
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx

from agent.alarms.deeds import Deed, carry_out
from agent.alarms.engine import AlarmEngine
from agent.alarms.events import AlarmEvent
from agent.alarms.instant import Instant
from agent.alarms.intervals import recorded
from agent.alarms.prospects import EarlyWarning
from agent.alarms.standing import AlarmView as Standing
from agent.errors import HinobanError, NotAllowedError
from agent.samples import Quality, Sample
from gateway.clock import Clock, Now, SystemTime
from gateway.config import Config, Http
from gateway.config_file import load_config
from gateway.crowd import crowd_of
from gateway.footprint.tables import load_tables
from gateway.handling import handling_of
from gateway.http.alarm_views import AlarmView, HiddenView, IntervalView
from gateway.http.board_views import BoardView, SensorView
from gateway.http.card_views import CardView
from gateway.http.footprint_views import CofiringView, FuelFlow, LiveFactor
from gateway.http.health_view import Health
from gateway.http.hub import Hub
from gateway.http.meter_views import MeterView, SwapView
from gateway.http.notification_views import HornView, NotificationView, RecipientView
from gateway.http.order_views import OrderView
from gateway.http.server import serve
from gateway.http.store_views import StoreView
from gateway.http.value_views import PointView, Value
from gateway.people import People
from gateway.recording.walks import Walk
from gateway.site import conditions, duties, load_site
from gateway.views.alarm_records import AlarmRecords
from gateway.views.cards import CardRack
from gateway.views.crowd import CrowdView
from gateway.views.lots import LotBench
from gateway.views.places import places
from gateway.views.plans import answered
from gateway.views.rounds import RoundDesk
from gateway.yard import yard_of

EXAMPLE = Path(__file__).parents[2] / "gateway" / "deploy" / "example-plant.toml"
PASSWORD = "correct horse battery"
MINUTE_US = 60_000_000
ROLES = ("viewer", "operator", "engineer", "verifier", "administrator")


class Told:
    """Notification that holds what a test puts there."""

    def __init__(self) -> None:
        self.views: list[NotificationView] = []
        self.silenced_by: list[str] = []

    async def sent(self, limit: int, before: int | None) -> list[NotificationView]:
        older = [one for one in self.views if before is None or one.number < before]
        return older[::-1][:limit]

    def recipients(self) -> list[RecipientView]:
        return [RecipientView("shift", 1, 1, 1_790_000_000_000_000, 3, 7, "not reached")]

    def test(self, recipient: str, person: str) -> NotificationView:
        if recipient != "shift":
            raise NotAllowedError(f"there is no recipient {recipient!r}; use one of: shift")
        view = NotificationView(
            len(self.views) + 1, recipient, "test", "waiting", False, None, "#1 Test", "text",
            1_790_000_000_000_000, None, 0, False, "", person,
        )  # fmt: skip
        self.views.append(view)
        return view

    def horn(self) -> HornView:
        return HornView(True, () if self.silenced_by else ("temp_high:x",), None)

    async def silence(self, person: str) -> HornView:
        self.silenced_by.append(person)
        return HornView(True, (), None, ("temp_high:x",))


class AtOnce:
    """A recorder that carries out what people do about rounds without a disk."""

    def __init__(self, double: "Double") -> None:
        self.double = double

    async def put(self, item: Walk) -> None:
        try:
            if self.double.failure is not None:
                raise self.double.failure
            events, _ = item.carry_out(self.double.engine, self.double.instant())
            self.double._told(events)
            self.double.derived += self.double.engine.derived()
            item.confirm()
        except HinobanError as refused:
            item.refuse(refused)


class Double:
    """Implements `gateway.http.context.Context` without wires or disks."""

    def __init__(self, folder: Path) -> None:
        self.config: Config = load_config(EXAMPLE)
        self.clock = Clock(SystemTime("assume"))
        self.hub = Hub("test", keep=8)
        self.notifications = Told()
        self.people = People(folder / "people.sqlite")
        self.records = AlarmRecords(folder / "journal.sqlite", self.config, self.clock)
        self.engine = AlarmEngine(
            conditions(self.config),
            duties(self.config),
            handling=handling_of(self.config.alarm_handling),
            yard=yard_of(self.config),
            crowd=crowd_of(self.config),
        )
        holder: Any = SimpleNamespace(alarms=self.engine)
        at_once: Any = AtOnce(self)
        self.crowd = CrowdView(holder, places(self.config), self.hub.view)
        self.rounds = RoundDesk(self.config, holder, at_once, self.clock)
        site = load_site(EXAMPLE)
        storage = site.config.storage.model_copy(update={"directory": folder / "data"})
        config = site.config.model_copy(update={"storage": storage})
        self.lots = LotBench(replace(site, config=config), self.clock, self.stores)
        self.derived: list[Sample] = []
        self.newest: dict[str, Sample] = {}
        self.history: dict[str, list[Sample]] = {}
        self.journal: list[AlarmEvent] = []
        self.failure: Exception | None = None
        self.swaps: set[str] = set()
        self.told: list[Any] = []
        self.ordered: list[OrderView] = []
        self.factor_calls: list[dict[str, Any]] = []
        self.described: dict[str, BoardView] = {}
        self.packs = load_tables().schemes
        self.schemes: dict[str, dict[str, Any]] = {}

    def plan(self, asked: Any, language: str | None) -> dict[str, Any]:
        return answered(asked, load_tables(), language or "en")

    def now(self) -> Now:
        return self.clock.now()

    def instant(self) -> Instant:
        now = self.now()
        return Instant(now.utc_us, now.mono_us, now.synchronised, self.clock.boot_id)

    # What the recorder would do

    def take(self, *samples: Sample) -> list[AlarmEvent]:
        for sample in samples:
            self.newest[sample.point] = sample
            self.history.setdefault(sample.point, []).append(sample)
        self.hub.samples(samples)
        return self._told(self.engine.on_samples(samples, self.instant()))

    def heat(self, store: str, temp_degc: float, co_ppm: float, ago_us: int = 0) -> None:
        t_us = self.now().utc_us - ago_us
        self.take(
            Sample(f"yard.{store}.temp_1_degc", t_us, temp_degc),
            Sample(f"yard.{store}.temp_2_degc", t_us, temp_degc - 2),
            Sample(f"yard.{store}.co_ppm", t_us, co_ppm),
        )

    def raise_fire(self, store: str = "c0150") -> None:
        for ago_us in (3 * MINUTE_US, 2 * MINUTE_US, MINUTE_US, 0):
            self.heat(store, 57.3, 640.0, ago_us)

    def lose_the_broker(self) -> None:
        now = self.instant()
        self._told(self.engine.system("broker_lost", "gateway", True, now))
        self._told(self.engine.on_tick(now))

    def flood(self) -> None:
        for n in range(11):
            self._told(self.engine.system("cursor_lag", f"sink{n}", True, self.instant()))
        self.crowd.look()

    def cool(self, store: str = "c0150") -> None:
        """Half an hour below the limit passes at once, on sample time yet to come."""
        ahead_us = 0
        while any(a.in_alarm and a.store == store for a in self.engine.active()):
            ahead_us += 5 * MINUTE_US
            self.heat(store, 31.0, 210.0, -ahead_us)

    def _told(self, events: list[AlarmEvent]) -> list[AlarmEvent]:
        for event in events:
            self.journal.append(event)
            self.hub.alarm_event(event, len(self.journal))
        return events

    # The context

    def health(self) -> Health:
        now_us = self.now().utc_us
        return Health("ok", (), self.config.site.id, "0", True, now_us, now_us, {"queue": 0})

    def points(self) -> Sequence[PointView]:
        return [
            PointView(s.point, s.point.rsplit("_", 1)[1], "board", Value.of(s))
            for s in self.newest.values()
        ]

    def early_warning(self, store: str) -> EarlyWarning:
        return self.engine.early_warning(store)

    def stores(self) -> Sequence[StoreView]:
        boards = {b.store: b for b in self.config.board}
        stands_for = {
            s.row: s.id for s in self.config.stores() if s.id in boards and s.kind == "container"
        }
        standing = [a for a in self.engine.active() if a.in_alarm]
        alarming = {a.store for a in standing if a.klass in {"fire", "gas"}}
        faulty = {a.store for a in standing if a.klass == "fault"}
        found = []
        for store in self.config.stores():
            board = boards.get(store.id)
            values = {
                name: Value.of(self.newest[f"yard.{store.id}.{name}"])
                for name in (board.values if board else ())
                if f"yard.{store.id}.{name}" in self.newest
            }
            status: Any = "no_sensor" if board is None else "ok" if values else "no_data"
            if store.id in faulty:
                status = "fault"
            found.append(
                StoreView(
                    id=store.id,
                    kind=store.kind,
                    name=store.name,
                    row=store.row,
                    position=store.position,
                    fuel=store.fuel,
                    status="alarm" if store.id in alarming else status,
                    board=board.id if board else None,
                    represented_by=None if board else stands_for.get(store.row),
                    represents=(50 if store.kind == "container" else 1) if board else 0,
                    values=values,
                )
            )
        return found

    def boards(self) -> Sequence[BoardView]:
        return [
            self.described.get(b.id) or BoardView(b.id, b.store, None, b.report_s)
            for b in self.config.board
        ]

    def describe(self) -> None:
        """One board is well, one has something to see to, one alarms, one is gone."""
        now_us = self.now().utc_us
        well = BoardView(
            id="",
            store="",
            online=True,
            report_s=60.0,
            status="ok",
            heard_us=now_us - 12_000_000,
            stream="9f3a12c4",
            watermark=415,
            lost=2,
            duplicates=4,
            capture_known=True,
            told_us=now_us - 12_000_000,
            next_report_us=now_us + 48_000_000,
            release="1.2.0",
            number=12,
            slot="b",
            trial=False,
            boots=17,
            reset_cause="power_on",
            up_s=81_414,
            report_now_s=60.0,
            free_heap=91_234,
            clock_synchronised=True,
            ring_fill=0.034,
            ring_days=28.4,
            unacknowledged=0,
            oldest=416,
            dropped=0,
            certificate_ends_us=now_us + 3_000 * 1440 * MINUTE_US,
            sensors={
                "0": SensorView("temp_1_degc", "ds18b20", "280700000000009b", status="good"),
                "1": SensorView("temp_2_degc", "ds18b20", "280800000000009c", status="good"),
                "2": SensorView(
                    "co_ppm", "loop", "address 72, channel 0", "2026-05-01", "2027-05-01", "held",
                    "good",
                ),
            },
        )  # fmt: skip
        ill = replace(
            well,
            status="warning",
            problems=("sensor", "calibration_expired", "trial", "certificate_soon"),
            clock_synchronised=False,
            trial=True,
            reset_cause="watchdog",
            crash="session: KeyError('v',)",
            unacknowledged=1371,
            oldest=380,
            dropped=12,
            sensors={
                "0": SensorView("temp_1_degc", "ds18b20", "pin 4", status="comm_fail"),
                "1": SensorView(
                    "co_ppm", "loop", "address 72, channel 0", "2025-05-01", "2026-05-01",
                    "expired", "expired_calibration",
                ),
            },
        )  # fmt: skip
        loud = replace(
            well, status="alarm", alarm="temp_high", horn=True, report_now_s=2.0, silenced=False
        )
        gone = replace(
            well, status="offline", online=False, heard_us=now_us - 7_000_000_000, battery=True
        )
        views = (well, ill, loud, gone)
        for board, view in zip(self.config.board, views, strict=False):
            self.described[board.id] = replace(view, id=board.id, store=board.store)

    def meters(self) -> Sequence[MeterView]:
        return [MeterView(m.id, m.name, "ok", None, 0, 0) for m in self.config.meter]

    def swap_views(self, meter: str) -> Sequence[SwapView]:
        return [
            SwapView(p.point, "kwh", 10.0, 0, 1.0, p.point in self.swaps, *(None,) * 10)
            for m in self.config.meter
            if m.id == meter
            for p in m.points.values()
            if "total" in p.point
        ]

    async def swap(
        self, action: str, meter: str, told: Any, person: str, comment: str | None
    ) -> Sequence[str]:
        if self.failure is not None:
            raise self.failure
        points = [view.point for view in self.swap_views(meter)]
        self.told.append((action, meter, told, person, comment))
        self.swaps = set() if action == "cancel" else set(points)
        return points

    def orders(self, board: str) -> Sequence[OrderView]:
        return [order for order in reversed(self.ordered) if order.board == board]

    async def order(
        self,
        board: str,
        op: str,
        args: Sequence[int | str | None],
        release: str | None,
        person: str,
        comment: str | None,
    ) -> OrderView:
        if self.failure is not None:
            raise self.failure
        n = len(self.ordered) + 1
        told = tuple(args) if release is None else (release,)
        self.ordered.append(OrderView(n, board, op, told, person, self.now().utc_us, comment))
        return self.ordered[-1]

    async def samples(
        self, point: str, from_us: int, to_us: int, max_points: int
    ) -> Sequence[Sample]:
        held = self.history.get(point, [])
        return [s for s in held if from_us <= s.t_us < to_us][:max_points]

    def alarms(self) -> Sequence[AlarmView]:
        return [self._alarm(alarm) for alarm in self.engine.active()]

    def _alarm(self, alarm: Standing) -> AlarmView:
        newest = self.newest.get(alarm.source)
        return AlarmView(
            id=alarm.alarm_id,
            condition=alarm.condition,
            source=alarm.source,
            store=alarm.store,
            place=alarm.store or alarm.source,
            klass=alarm.klass,
            priority=alarm.priority,
            state=alarm.state,
            present=alarm.in_alarm,
            raised_us=alarm.raised_us,
            value=newest.value if newest else alarm.value,
            limit=alarm.limit,
            unit=alarm.unit,
            can_acknowledge=alarm.can_acknowledge,
            can_reset=alarm.can_reset,
            latched=alarm.latching,
            reason=newest.reason if newest else alarm.reason,
            acknowledged_by=alarm.acknowledged_by,
            comment=alarm.comment,
            from_history=alarm.from_history,
            guidance=(alarm.guidance,),
            neighbours=alarm.neighbours,
            coverage=alarm.coverage,
            visibility=alarm.visibility,
            hidden_by=alarm.hidden_by,
            hidden_until_us=alarm.hidden_until_us,
            hidden_why=alarm.hidden_why,
        )

    async def alarm_journal(
        self, *, after: int | None, limit: int, from_us: int | None, to_us: int | None
    ) -> Sequence[tuple[int, AlarmEvent]]:
        numbered = list(enumerate(self.journal, start=1))
        if after is not None:
            return [(n, e) for n, e in numbered if n > after][:limit]
        return [
            (n, e)
            for n, e in reversed(numbered)
            if (from_us is None or e.t_us >= from_us) and (to_us is None or e.t_us < to_us)
        ][:limit]

    async def alarm_intervals(
        self, alarm_id: str, *, from_us: int | None, to_us: int | None
    ) -> Sequence[IntervalView]:
        spans = recorded(self.journal).get(alarm_id, [])
        return [
            IntervalView(a, b)
            for a, b in spans
            if (to_us is None or a < to_us) and (from_us is None or b is None or b > from_us)
        ]

    def hidden_alarms(self) -> Sequence[HiddenView]:
        return [HiddenView.of(one) for one in self.engine.hiding.views()]

    def card(self, alarm_id: str, language: str) -> CardView | None:
        view = next((one for one in self.engine.active() if one.alarm_id == alarm_id), None)
        if view is None:
            return None
        ticks = self.engine.cards.of(alarm_id)
        return CardRack().card(alarm_id, view.guidance, language, ticks)

    async def decide(self, deed: Deed) -> Sequence[AlarmEvent]:
        if self.failure is not None:
            raise self.failure
        return self._told(carry_out(self.engine, deed, self.instant()))

    def cofiring_latest(self) -> CofiringView | None:
        to_us = self.now().utc_us // MINUTE_US * MINUTE_US
        parts = (("coal", 47_200.0, 0.592, 0.652), ("pellets", 24_600.0, 0.309, 0.239),
                 ("rpf", 7_900.0, 0.099, 0.109))  # fmt: skip
        names = {f.id: f.name for f in self.config.fuel}
        return CofiringView(
            period="minute",
            valid_from_us=to_us - MINUTE_US,
            valid_to_us=to_us,
            fuels=tuple(
                FuelFlow(i, names[i], i == "pellets", kg / 60, kg, kg * 0.4, mass, heat)
                for i, kg, mass, heat in parts
            ),
            biomass_share_mass=0.309,
            biomass_share_heat=0.239,
            cv_basis="ncv_ar",
            gross_kwh=3720.0,
            net_kwh=3512.0,
            net_kw=210_720.0,
            steam_mj=4100.0,
            coverage=1.0,
            quality=Quality.GOOD,
        )

    async def cofiring(self, from_us: int, to_us: int, period: str) -> Sequence[CofiringView]:
        latest = self.cofiring_latest()
        return [latest] if latest and from_us <= latest.valid_from_us < to_us else []

    def factor_live(self) -> LiveFactor | None:
        to_us = self.now().utc_us // MINUTE_US * MINUTE_US
        return LiveFactor(
            series_id="example.unit1.electricity.minute",
            product="electricity",
            valid_from_us=to_us - MINUTE_US,
            valid_to_us=to_us,
            direct_co2e_kg_per_kwh=0.7428,
            co2e_parts_kg_per_kwh={"fossil_co2": 0.7361, "ch4": 0.0012, "n2o": 0.0055},
            biogenic_co2_kg_per_kwh=0.2871,
            upstream_co2e_kg_per_kwh=None,
            lifecycle_co2e_kg_per_kwh=None,
            gwp_set="AR5",
            net_kw=210_720.0,
            coverage=1.0,
            quality=Quality.GOOD,
        )

    async def factors_latest(self) -> Sequence[dict[str, Any]]:
        return [self._record()]

    async def factors(self, **asked: Any) -> Sequence[dict[str, Any]]:
        self.factor_calls.append(asked)
        return [self._record()]

    async def factor(self, record_id: str) -> dict[str, Any] | None:
        return self._record() if record_id == "r1" else None

    def _record(self) -> dict[str, Any]:
        return {
            "record_id": "r1",
            "series_id": "example.unit1.electricity.settlement",
            "revision": 0,
            "period": "settlement",
            "product": "electricity",
            "status": "provisional",
            "valid_from_utc": "2026-03-01T03:00:00Z",
            "valid_to_utc": "2026-03-01T03:30:00Z",
            "net_kwh": 104_180.0,
            "gwp_set": "AR5",
            "direct_co2e_kg_per_kwh": {"AR4": 0.75, "AR5": 0.7512},
            "coverage": 1.0,
            "fuels": [{"lot": "L-17", "kg": 12_300.0}],
            "schemes": self.schemes,
        }


class Served:
    """The double behind the real server, in a loop of its own thread."""

    def __init__(self, double: Double, page: Path | None, http: Http | None = None) -> None:
        self.double = double
        self._http = http or Http()
        self._page = page
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="http under test")
        self.port = 0

    def __enter__(self) -> "Served":
        self._thread.start()
        assert self._ready.wait(20), "the server did not come up"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(20)
        assert not self._thread.is_alive(), "the server did not stop"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def do(self, act: Callable[[Double], Any]) -> Any:
        """Run something in the gateway's loop, as the recorder would."""

        async def acting() -> Any:
            return act(self.double)

        return asyncio.run_coroutine_threadsafe(acting(), self._loop).result(20)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, trust_env=False, timeout=20)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)

        def up(port: int) -> None:
            self.port = port
            self._ready.set()

        # Port 0, which a site's file may not say, lets the system choose a free one.
        http = self._http.model_copy(update={"port": 0})
        serving = serve(self.double, http, page=self._page, ready=up)
        self._task = self._loop.create_task(serving)
        try:
            with contextlib.suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._task)
        finally:
            self._ready.set()
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()


def make_users(folder: Path) -> Path:
    """A file with one user of each role, all with the same password; hashing takes its time."""
    path = folder / "people.sqlite"
    people = People(path)
    for role in ROLES:
        people.add_user(role, role, PASSWORD)
    people.close()
    return path


@contextlib.contextmanager
def serving(folder: Path, users: Path, page: Path | None = None) -> Iterator[Served]:
    """A gateway with its own copy of the users."""
    shutil.copy(users, folder / "people.sqlite")
    double = Double(folder)
    try:
        with Served(double, page) as served:
            yield served
    finally:
        double.people.close()


def sign_in(client: httpx.Client, name: str, password: str = PASSWORD) -> httpx.Response:
    """Sign in; later requests of this client carry cookie and CSRF token."""
    answer = client.post("/api/v1/session", json={"name": name, "password": password})
    if answer.is_success:
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
    return answer
