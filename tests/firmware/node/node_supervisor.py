"""The watchdog is fed only while every vital task checks in; crashes are told after a restart."""

import asyncio

import supervisor
import uptime
from hand import HandBoard
from support import equal, fresh


def at_hand(path=None, board=None, boot=1):
    board = board or HandBoard()
    clock = uptime.Uptime(board.ticks_ms)
    return board, supervisor.Supervisor(board, path or fresh(), clock, boot)


def test_one_vital_task_that_is_late_starves_the_watchdog():
    board, watcher = at_hand()
    scan = watcher.watch("scan", 1000, vital=True)
    other = watcher.watch("other", 5000, vital=True)
    for now_ms in range(0, 8000, 100):
        board.now_ms = now_ms
        if now_ms <= 3000:
            scan.check_in()
        other.check_in()
        watcher.tick(now_ms)
    equal(board.feeds, 41)
    equal(board.notes, [ord("s") << 8 | ord("c")])


def test_a_task_that_is_not_vital_never_does():
    board, watcher = at_hand()
    watcher.watch("session", 1000, vital=False)
    for now_ms in range(0, 8000, 100):
        watcher.tick(now_ms)
    equal(board.feeds, 80)


def test_the_late_task_is_named_after_the_reset():
    path = fresh()
    board, watcher = at_hand(path)
    watcher.watch("scan", 1000, vital=True)
    watcher.tick(5000)
    _, watcher = at_hand(path, board, boot=2)
    told = watcher.state()["crash"]
    equal((told["boot"], told["task"]), (2, "watchdog"))
    assert "sc" in told["text"]
    equal(at_hand(path, board, boot=3)[1].state()["crash"]["boot"], 2)


def test_the_crash_log_is_bounded_and_outlives_a_restart():
    path = fresh()
    for boot in range(1, 8):
        board, watcher = at_hand(path, boot=boot)
        for number in range(20):
            board.now_ms = number
            watcher.log("session", f"boot {boot}, crash {number}, {500 * 'x'}")
        equal(len(watcher.crashes), 4)
    _, watcher = at_hand(path, boot=9)
    equal(len(watcher.crashes), 4)
    told = watcher.state()
    equal((told["crash"]["boot"], told["crashes"]), (7, 4))
    assert len(told["crash"]["text"]) <= 60


def test_the_same_crash_again_is_kept_once():
    _, watcher = at_hand()
    for _ in range(100):
        watcher.log("session", "the same")
    equal(len(watcher.crashes), 1)


def test_a_log_on_broken_flash_stops_nothing():
    _, watcher = at_hand("/nowhere/at/all")
    watcher.log("session", "flash is gone")
    equal(watcher.state()["crash"]["text"], "flash is gone")


class Task:
    """A task that crashes, hangs or lives, by its turn."""

    def __init__(self, turns):
        self.turns = turns
        self.runs = 0

    async def run(self):
        self.runs += 1
        if self.turns[min(self.runs, len(self.turns)) - 1] == "crash":
            raise ValueError("crashed")
        await asyncio.sleep(3600)


async def _wait(condition):
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("waited too long")


def quick(watcher):
    supervisor.CRASH_WAIT_S, supervisor.CARE_S = 0.01, 0.01
    return watcher


def test_a_task_that_crashes_is_started_again_and_told():
    _, watcher = at_hand()
    task = Task(["crash", "crash", "live"])

    async def story():
        watch = quick(watcher).start("session", task.run)
        await _wait(lambda: task.runs == 3)
        watch.task.cancel()

    asyncio.run(story())
    equal(watcher.crashes[0][2], "session")
    assert "crashed" in watcher.crashes[0][3]


def test_a_task_that_hangs_is_ended_and_started_again_without_a_reset():
    board, watcher = at_hand()
    task = Task(["hang", "live"])

    async def story():
        watch = quick(watcher).start("session", task.run, patience_ms=1000)
        care = asyncio.create_task(watcher.care())
        await _wait(lambda: task.runs == 1)
        board.now_ms = 5000
        await _wait(lambda: task.runs == 2)
        equal(watcher.restarts, 1)
        watcher.tick(5000)
        care.cancel()
        watch.task.cancel()

    asyncio.run(story())
    equal((board.feeds, board.notes), (1, []))
    assert "no sign of life" in watcher.crashes[0][3]
