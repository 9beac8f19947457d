"""A board that moves: what it captured before stays with the container it hung on then."""

from datetime import UTC, datetime

import pytest

from gateway.clock import Now
from gateway.config import Board
from gateway.mqtt.boards import BoardBook
from gateway.mqtt.wire import Alarm, Record, Samples

S = 1_000_000
MOVED = 1_790_000_000 * S


def board(store: str | None = "c0025", **more: object) -> Board:
    given = {"id": "b1", "store": store, "report_s": 60, "values": ("temp_1_degc",)} | more
    return Board.model_validate(given)


def now(utc_us: int, *, right: bool = True) -> Now:
    return Now(utc_us, utc_us - MOVED + 10**12, right)


class Yard:
    """One board's messages, through restarts with other site's files."""

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}
        self.seq = 0
        self.put(board())

    def put(self, one: Board) -> None:
        self.book = BoardBook([one], "boot-1")
        self.book.restore(self.rows)

    def record(self, t_us: int) -> Record:
        self.seq += 1
        up_ms = (t_us - MOVED + 10**12) // 1000
        return Record(stream="9f3a12c4", boot=1, seq=self.seq, oldest=1, up_ms=up_ms, t_us=t_us)

    def says(self, t_us: int, at_us: int | None = None, *, right: bool = True) -> str:
        message = Samples("b1", self.record(t_us), {"temp_1_degc": 20.0}, {})
        taken = self.book.take(message, now(t_us if at_us is None else at_us, right=right))
        for key, text in self.book.dirty().items():
            if text is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = text
        return taken.batches[-1].samples[0].point

    def alarms(self, t_us: int, at_us: int) -> str | None:
        message = Alarm("b1", self.record(t_us), "temp_high", "raised", "temp_1_degc", 60.0, 50.0)
        edge = self.book.take(message, now(at_us)).edge
        return None if edge is None else edge.point


@pytest.fixture
def yard() -> Yard:
    return Yard()


OLD, NEW = "yard.c0025.temp_1_degc", "yard.c0026.temp_1_degc"


def test_what_was_captured_before_the_move_stays_with_the_old_container(yard: Yard) -> None:
    assert yard.says(MOVED - 600 * S) == OLD
    yard.put(board("c0026"))
    assert yard.says(MOVED) == NEW
    assert yard.says(MOVED - 300 * S, at_us=MOVED + 5 * S) == OLD
    assert yard.alarms(MOVED - 200 * S, at_us=MOVED + 6 * S) == OLD
    assert yard.says(MOVED + 60 * S) == NEW
    assert yard.alarms(MOVED + 61 * S, at_us=MOVED + 61 * S) == NEW


def test_a_restart_forgets_no_move(yard: Yard) -> None:
    yard.says(MOVED - 600 * S)
    yard.put(board("c0026"))
    yard.says(MOVED)
    yard.put(board("c0026"))
    assert yard.says(MOVED - 300 * S, at_us=MOVED + 5 * S) == OLD
    assert yard.says(MOVED + 60 * S) == NEW


def test_the_sites_file_may_say_since_when(yard: Yard) -> None:
    yard.says(MOVED - 600 * S)
    since = datetime.fromtimestamp((MOVED - 400 * S) / 1e6, UTC)
    yard.put(board("c0026", since=since))
    assert yard.says(MOVED) == NEW
    assert yard.says(MOVED - 401 * S, at_us=MOVED + S) == OLD
    assert yard.says(MOVED - 400 * S, at_us=MOVED + S) == NEW


def test_a_clock_that_is_not_right_dates_no_move(yard: Yard) -> None:
    yard.says(MOVED - 600 * S)
    yard.put(board("c0026"))
    yard.says(MOVED - 500 * S, right=False)
    assert yard.says(MOVED) == NEW
    assert yard.says(MOVED - 300 * S, at_us=MOVED + S) == OLD


def test_there_and_back_again(yard: Yard) -> None:
    yard.says(MOVED - 900 * S)
    yard.put(board("c0026"))
    yard.says(MOVED - 600 * S)
    yard.put(board())
    assert yard.says(MOVED) == OLD
    asked = {900: OLD, 700: OLD, 600: NEW, 300: NEW, 0: OLD}
    for before_s, point in asked.items():
        assert yard.says(MOVED - before_s * S, at_us=MOVED + S) == point


def test_to_a_workplace(yard: Yard) -> None:
    yard.says(MOVED - 900 * S)
    yard.put(board(None, workplace="hall"))
    assert yard.says(MOVED) == "work.hall.temp_1_degc"
    assert yard.says(MOVED - 300 * S, at_us=MOVED + S) == OLD


def test_its_calibration_goes_with_the_board(yard: Yard) -> None:
    config = {"sensors": [{"value": "temp_1_degc", "due": "2020-01-01"}]}
    yard.put(board(config=config))
    yard.says(MOVED - 900 * S)
    yard.put(board("c0026", config=config))
    (status,) = yard.book.status()
    assert status.store == "c0026"
    assert set(status.dues) == {"temp_1_degc"}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        pytest.param({"co_ppm": 180.0, "o2_percent": 9.9}, "low_o2", id="too little"),
        pytest.param({"co_ppm": 3400.0, "o2_percent": 2.0}, "low_o2", id="beyond its limit too"),
        pytest.param({"co_ppm": 180.0, "o2_percent": 10.0}, None, id="just enough"),
        pytest.param({"co_ppm": 180.0}, None, id="nobody measures it"),
    ],
)
def test_a_cell_without_oxygen_is_doubted(values: dict[str, float], reason: str | None) -> None:
    book = BoardBook([board(values=("co_ppm", "o2_percent"))], "boot-1")
    message = Samples("b1", Yard().record(MOVED), values, {})
    samples = {s.point: s for s in book.take(message, now(MOVED)).batches[-1].samples}
    co = samples["yard.c0025.co_ppm"]
    assert (co.value, co.reason) == (values["co_ppm"], reason)
    assert all(s.reason is None for point, s in samples.items() if "o2" in point)
