"""What people see of boards: never better than what is known."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from agent.alarms.engine import AlarmEngine
from agent.alarms.instant import Instant
from agent.errors import BadMessageError
from gateway.boards import identity
from gateway.boards.keyring import Keyring
from gateway.clock import Clock
from gateway.config import Config
from gateway.config_file import load_config
from gateway.http.board_views import BoardView
from gateway.modbus.counters import CounterBook
from gateway.modbus.crosscheck import CrossChecks
from gateway.mqtt.boards import BoardBook
from gateway.mqtt.told import day_of
from gateway.mqtt.wire import decode
from gateway.recording.desk import Desk
from gateway.site import conditions, duties
from gateway.views.boards import BoardTable, _moment

EXAMPLE = Path(__file__).parents[2] / "gateway" / "deploy" / "example-plant.toml"
S = 1_000_000
UTC_US = 1_800_000_000 * S
BOARD = "b0025"


class HandTime:
    """A clock that the test moves."""

    def __init__(self, *, synced: bool) -> None:
        self.at_us = 0
        self.synced = synced

    def utc_us(self) -> int:
        return UTC_US + self.at_us

    def mono_us(self) -> int:
        return self.at_us

    def synchronised(self) -> bool:
        return self.synced

    def boot_id(self) -> str:
        return "machine-1"


class Yard:
    """One board that speaks to a desk; the rest of the example plant is silent."""

    def __init__(self, folder: Path, *, synced: bool = True) -> None:
        loaded = load_config(EXAMPLE)
        storage = loaded.storage.model_copy(update={"directory": folder})
        self.config: Config = loaded.model_copy(update={"storage": storage})
        self.time = HandTime(synced=synced)
        self.clock = Clock(self.time)
        self.desk = Desk(
            self.config.site.id,
            BoardBook(self.config.board, "machine-1"),
            CounterBook({}, "machine-1"),
            AlarmEngine(conditions(self.config), duties(self.config)),
            CrossChecks({}),
        )
        self.table = BoardTable(self.config, self.desk, self.clock)
        self.seq = 0

    def hear(self, part: str, told: Any, *, retained: bool = False) -> None:
        payload = told if isinstance(told, bytes) else json.dumps(told).encode()
        message = decode(
            f"hinoban/1/{self.config.site.id}/{BOARD}/{part}", payload, self.config.site.id
        )
        self.desk.boards.take(message, self.clock.now(), retained=retained)

    def sample(self) -> None:
        self.seq += 1
        place = {"stream": "s", "boot": 1, "seq": self.seq, "oldest": 1, "t_us": None}
        self.hear("samples", place | {"up_ms": self.time.at_us // 1000, "v": {"co_ppm": 5.0}})

    def well(self, **more: Any) -> None:
        """Two live samples and a state, as of a board with nothing to see to."""
        for _ in range(2):
            self.time.at_us += 60 * S
            self.sample()
        self.hear("state", {"online": True, "boot": 1, "up_ms": self.time.at_us // 1000} | more)

    def view(self) -> BoardView:
        return next(view for view in self.table.boards() if view.id == BOARD)


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


def test_nothing_known_is_nothing_well(yard: Yard) -> None:
    views = yard.table.boards()
    assert [view.id for view in views] == [board.id for board in yard.config.board]
    assert {view.status for view in views} == {"unheard"}
    assert {view.release for view in views} == {None}


def test_a_board_that_is_heard_and_told_all_works(yard: Yard) -> None:
    yard.well(release="1.2.0", slot="a", ring_records=3, next_report_up_ms=180_000)
    view = yard.view()
    assert (view.status, view.problems) == ("ok", ())
    assert (view.release, view.slot, view.unacknowledged) == ("1.2.0", "a", 3)
    assert view.next_report_us == UTC_US + 180 * S
    assert view.capture_known


def test_a_copy_the_broker_kept_makes_no_board_heard(yard: Yard) -> None:
    yard.hear("state", {"online": True, "release": "1.2.0"}, retained=True)
    view = yard.view()
    assert (view.status, view.heard_us, view.release) == ("unheard", None, "1.2.0")


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"died": ["temp_1_degc"]}, "died"),
        ({"alarms_dropped": 1}, "alarms_dropped"),
        ({"guard_failures": 2}, "guard"),
        ({"ring_fill": 0.9}, "ring_full"),
        ({"net": {"hold": True}}, "hold"),
        ({"trial": True}, "trial"),
        ({"failed": [11, "unhealthy"]}, "update_failed"),
    ],
)
def test_what_a_board_tells_of_itself_wants_seeing_to(
    yard: Yard, told: dict[str, Any], problem: str
) -> None:
    yard.well(**told)
    assert (yard.view().status, yard.view().problems) == ("warning", (problem,))


def test_a_board_without_a_state_or_a_time_is_not_well(yard: Yard) -> None:
    yard.time.at_us = 60 * S
    yard.sample()
    assert yard.view().problems == ("no_state", "no_time")


@pytest.mark.parametrize(
    ("days", "calibration", "problems"),
    [
        (-1, "expired", ("calibration_expired",)),
        (0, "soon", ("calibration_soon",)),
        (29, "soon", ("calibration_soon",)),
        (30, "held", ()),
    ],
)
def test_calibrations_are_judged_by_the_gateways_day(
    yard: Yard, days: int, calibration: str, problems: tuple[str, ...]
) -> None:
    yard.well()
    today = day_of(yard.clock.now().utc_us)
    assert today is not None
    due = (today + timedelta(days=days)).isoformat()
    yard.hear("state/sensors/2", {"value": "co_ppm", "due": due, "status": "good", "judged": False})
    view = yard.view()
    assert view.sensors["2"].calibration == calibration
    assert view.problems == problems


def test_without_a_clock_no_calibration_is_judged(tmp_path: Path) -> None:
    yard = Yard(tmp_path, synced=False)
    yard.well()
    yard.hear("state/sensors/2", {"value": "co_ppm", "due": "2020-01-01", "status": "good"})
    assert yard.view().sensors["2"].calibration is None


def test_a_sensor_with_a_reason_is_a_fault(yard: Yard) -> None:
    yard.well()
    yard.hear("state/sensors/0", {"value": "temp_1_degc", "status": None})
    assert yard.view().status == "ok"
    yard.hear("state/sensors/0", {"value": "temp_1_degc", "status": "sensor_open"})
    assert yard.view().problems == ("sensor",)


def test_its_own_alarm_comes_before_everything_but_silence(yard: Yard) -> None:
    yard.well(alarm="temp_high", horn=1, silenced=False, trial=True)
    assert (yard.view().status, yard.view().horn) == ("alarm", True)
    yard.time.at_us += 200 * S
    assert yard.view().status == "silent"


def test_a_board_that_sleeps_is_silent_only_after_its_own_word(yard: Yard) -> None:
    up_ms = 120_000
    yard.well(power="battery", next_report_up_ms=up_ms + 600_000)
    yard.time.at_us += 500 * S
    assert yard.view().status == "ok"
    yard.time.at_us += 300 * S
    assert yard.view().status == "silent"


def test_a_board_is_silent_where_the_alarm_says_so(yard: Yard) -> None:
    yard.well()
    now = yard.clock.now()
    later = Instant(now.utc_us, now.mono_us, now.synchronised, "machine-1")
    yard.desk.alarms.on_heard(BOARD, later)
    ahead_us = 0
    while not yard.desk.alarms.instances(BOARD):
        ahead_us += 60 * S
        assert ahead_us < 3600 * S
        yard.desk.alarms.on_tick(
            Instant(now.utc_us + ahead_us, now.mono_us + ahead_us, True, "machine-1")
        )
    assert yard.view().status == "silent"


def test_a_last_will_takes_the_green_away(yard: Yard) -> None:
    yard.well()
    assert yard.view().status == "ok"
    yard.hear("state", {"online": False})
    assert yard.view().status == "offline"


def test_certificates_are_told_where_the_papers_are(tmp_path: Path) -> None:
    yard = Yard(tmp_path)
    now = _moment(yard.clock.now())
    ring = Keyring(yard.config.keyring())
    identity.make_authority(ring, yard.config.site.id, now)
    made = identity.make_identity(ring, BOARD, now)
    yard.well()
    ends_us = round(made.certificate.not_valid_after_utc.timestamp() * 1e6)
    assert yard.view().certificate_ends_us == ends_us
    assert yard.table.boards()[1].certificate_ends_us is None
    yard.time.at_us += ends_us - UTC_US + S
    assert "certificate_ended" in yard.view().problems


KEYS = st.sampled_from(["online", "net", "crash", "failed", "due", "value", "horn"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner),
    max_leaves=12,
)
VIEW = TypeAdapter(BoardView)


@given(
    told=st.lists(
        st.tuples(
            st.sampled_from(["state", "state/sensors/1", "state/sensors/22"]),
            JSON.map(lambda tree: json.dumps(tree).encode()) | st.binary(),
        ),
        max_size=5,
    )
)
def test_whatever_boards_say_can_be_shown(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[str, bytes]]
) -> None:
    yard = Yard(tmp_path_factory.getbasetemp())
    for part, payload in told:
        try:
            yard.hear(part, payload)
        except BadMessageError:
            continue
    VIEW.dump_json(yard.view())
