"""A yard of many boards, lived second by second: who is heard, what the engine says and when."""

from collections.abc import Iterable

from agent.alarms.conditions import Condition
from agent.alarms.crowd import CrowdSpec
from agent.alarms.engine import AlarmEngine
from agent.alarms.events import AlarmEvent
from agent.alarms.flood import FloodLimits
from agent.alarms.instant import Instant
from agent.alarms.outlook import OutlookSpec
from agent.alarms.silence import BoardDuty
from agent.samples import Quality, Sample

S = 1_000_000
REPORT_S = 60

TEMP_HIGH = Condition(
    id="temp_high",
    kind="high",
    pattern="yard.*.temp_*_degc",
    limit=50.0,
    unit="degc",
    deadband=2.0,
    on_delay_s=60,
    on_samples=2,
    off_delay_s=1800,
    klass="fire",
    priority="critical",
)
CO_HIGH = Condition(
    id="co_high",
    kind="high",
    pattern="yard.*.co_ppm",
    limit=3000.0,
    unit="ppm",
    deadband=300.0,
    off_delay_s=600,
    klass="gas",
    priority="critical",
)
CO_PEOPLE = Condition(
    id="co_people",
    kind="high",
    pattern="work.*.co_ppm",
    limit=50.0,
    unit="ppm",
    klass="people",
    priority="critical",
)
SILENT = Condition(id="board_silent", kind="silence", pattern="*", klass="fault", priority="high")
FAULT = Condition(id="sensor_fault", kind="bad", pattern="yard.*", klass="fault", priority="high")
CONDITIONS = (TEMP_HIGH, CO_HIGH, CO_PEOPLE, SILENT, FAULT)
FLOOD = FloodLimits(600 * S, 10, 5)


class ManyBoards:
    """Boards b0001 … in containers c0001 …, each heard once a minute at a second of its own.

    Args:
        count: How many.
        crowd: How the engine inhibits, groups and counts.
        conditions: What it judges by.
        outlook: What early warning rests on.
    """

    def __init__(
        self,
        count: int,
        crowd: CrowdSpec,
        conditions: Iterable[Condition] = CONDITIONS,
        outlook: OutlookSpec | None = None,
    ) -> None:
        self.outlook = outlook
        self.boards = [f"b{n:04d}" for n in range(1, count + 1)]
        self.duties = [BoardDuty(b, REPORT_S * S, f"c{b[1:]}") for b in self.boards]
        self.conditions = tuple(conditions)
        self.crowd = crowd
        self.engine = self.fresh(crowd)
        self.silent: set[str] = set()
        self.told: list[tuple[int, AlarmEvent]] = []
        self.rows: dict[str, str] = {}
        self.now_s = 0
        self.boot, self.synchronised = "boot1", True
        self.killed = False

    def fresh(self, crowd: CrowdSpec) -> AlarmEngine:
        return AlarmEngine(self.conditions, self.duties, outlook=self.outlook, crowd=crowd)

    @property
    def now(self) -> Instant:
        return Instant(self.now_s * S, self.now_s * S, self.synchronised, self.boot)

    def tell(self, events: Iterable[AlarmEvent]) -> None:
        self.told += [(self.now_s, event) for event in events]

    def run(self, until_s: int) -> None:
        """Live on until a second, every board heard that is not silent."""
        while self.now_s < until_s:
            self.now_s += 1
            for n in range(self.now_s % REPORT_S, len(self.boards), REPORT_S):
                if self.boards[n] not in self.silent:
                    self.hears(self.boards[n])
            self.tell(self.engine.on_tick(self.now))
            if self.killed and self.now_s % 3 == 0:
                self.restart()

    def lives_hours(self, hours: int, co_ppm: float) -> None:
        """Live on hour by hour, all boards heard at the end of each."""
        for _ in range(hours):
            self.now_s += 3600
            for board in self.boards:
                self.hears(board, co_ppm=co_ppm)
            self.tell(self.engine.on_tick(self.now))

    def hears(self, board: str, temp_degc: float = 20.0, co_ppm: float = 200.0) -> None:
        """A board reports."""
        self.tell(self.engine.on_heard(board, self.now))
        store = f"yard.c{board[1:]}"
        self.measures(f"{store}.temp_1_degc", temp_degc)
        self.measures(f"{store}.co_ppm", co_ppm)

    def measures(self, point: str, value: float | None, reason: str | None = None) -> None:
        """A value arrives."""
        sample = self.sample(point, value, reason)
        self.tell(self.engine.on_samples([sample], self.now))

    def sample(
        self, point: str, value: float | None, reason: str | None = None, t_s: int | None = None
    ) -> Sample:
        """A value, captured now or at a second."""
        quality = Quality.GOOD
        if reason is not None:
            quality = Quality.UNCERTAIN if reason == "over_range" else Quality.BAD
        return Sample(point, (self.now_s if t_s is None else t_s) * S, value, quality, reason)

    def commit(self) -> None:
        for key, text in self.engine.dirty().items():
            if text is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = text

    def restart(self) -> None:
        """As after a kill right behind a commit."""
        self.commit()
        self.engine = self.fresh(self.crowd)
        self.engine.restore(self.rows)

    def use(self, crowd: CrowdSpec) -> None:
        """Another configuration of causes."""
        after = self.fresh(crowd)
        self.engine.carry_over(after)
        self.engine, self.crowd = after, crowd

    def pages(self) -> list[tuple[int, str, str]]:
        """Second, edge and alarm of what an operator is told to act on."""
        return [
            (second, event.edge, event.alarm_id)
            for second, event in self.told
            if event.edge in {"raised", "realarmed"} and event.visibility == "shown"
        ]

    def standing(self, store: str) -> str:
        return str(self.engine.store_status(store).standing)

    def shown(self) -> list[str]:
        return [v.alarm_id for v in self.engine.active() if v.visibility == "shown"]
