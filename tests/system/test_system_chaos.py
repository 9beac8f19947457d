"""Five boards against a real broker and gateway over a network that does what networks do.

Every sample is stored once, with its own seq and at its own time, and the boards' own horns sound
in time whatever the network does and whoever is killed.
"""

import contextlib
import json
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from captured import SECOND_US, Key, Told, records_of
from chaos_proxy import CLEAR, WEATHERS, NameServer, Network
from chaos_yard import VALUES, ChaosBoard, Yard
from rig import ROOT, Rig

from gateway.historian.query import History
from gateway.historian.reader import Reader

SEED = 20261123
BOARDS = ("b0025", "b0075", "b0125", "b0150", "bs1")
STORES = ("c0025", "c0075", "c0125", "c0150", "s1")
FULL_SAMPLES = 10_000
REDUCED_SAMPLES = 150
FULL_REPORT_S = 0.05
REDUCED_REPORT_S = 0.1
LEAST_ROUNDS = 3
HEAP = "heapsize=256k"
WITHIN_US = {"host": 2 * SECOND_US, "none": 5 * SECOND_US}
"""A board without a clock is placed by the messages that waited least, and here most wait."""
QUICK_ALARM = {"off_s": 0.2, "outputs": {"latch": False, "boot_test_ms": 0}}


class Plant:
    """Broker, gateway, boards and the network between them, with one seeded source of trouble."""

    def __init__(self, rig: Rig, report_s: float, seed: int) -> None:
        self.rig = rig
        self.report_s = report_s
        self.rng = random.Random(seed)
        self.network = Network()
        self.names = NameServer()
        self.uplink = self.network.proxy(rig.site.broker_port, seed)
        rig.raw["mqtt"]["port"] = self.uplink.port
        rig.write_config()
        self.ways = {
            name: self.network.proxy(rig.site.broker_port, seed + n + 1)
            for n, name in enumerate(BOARDS)
        }
        micropython = str(Path(sys.executable).with_name("micropython"))
        runs = [[micropython, "-X", HEAP]] * 4 + [[sys.executable]]
        self.boards = [
            ChaosBoard(name, rig.directory / "chaos" / name, command, self.settings(name))
            for name, command in zip(BOARDS, runs, strict=True)
        ]
        # The same program with the same readings and no network: what it is late, the machine is.
        control = {"site": "", "report_s": report_s, "scan_s": report_s, **QUICK_ALARM}
        folder = rig.directory / "chaos" / "control"
        self.control = ChaosBoard("control", folder, runs[0], control)
        self.yard = Yard([*self.boards, self.control], report_s / 2)
        self.done: Counter[str] = Counter()

    def settings(self, name: str) -> dict[str, Any]:
        """A board's config: three by number without a clock, two by name, one of them with one."""
        number = BOARDS.index(name)
        given = {
            "site": self.rig.site.site_id,
            "broker_host": "127.0.0.1" if number < 3 else "broker.example",
            "broker_port": self.ways[name].port,
            "net": {"dns": [f"127.0.0.1:{self.names.port}"]},
            "clock": "host" if number == 4 else "none",
            "report_s": self.report_s,
            "scan_s": self.report_s,
            "keepalive_s": 5,
            "resend_s": 3,
            **QUICK_ALARM,
        }
        if number < 3:
            del given["net"]
        return given

    def start(self) -> None:
        self.rig.start_broker()
        self.rig.start_gateway()
        for board in (*self.boards, self.control):
            board.start()

    def close(self) -> None:
        for board in (*self.boards, self.control):
            board.kill()
        self.yard.close()
        self.network.close()
        self.names.close()

    def marks(self) -> dict[str, int]:
        """Board -> everything up to this seq is on the gateway's disk."""
        with contextlib.suppress(OSError, KeyError):
            return {one["id"]: one["watermark"] or 0 for one in self.rig.get("boards")}
        return {}

    def wait(self, what: str, condition: Callable[[], Any], within_s: float = 60.0) -> None:
        """Wait for something, while boards that reset themselves are started again."""

        def tended() -> Any:
            for board in self.boards:
                board.tend()
            return condition()

        self.rig.wait(what, tended, within_s=within_s)

    # ── trouble ─────────────────────────────────────────────────────────────────────────

    def one_round(self, number: int) -> None:
        """Other weather for everyone, somebody killed, and a crossing in the middle of it."""
        shift = self.rng.randrange(len(WEATHERS))
        for place, way in enumerate(self.ways.values()):
            way.weather = WEATHERS[(number * len(BOARDS) + place) % len(WEATHERS)]
        self.uplink.weather = WEATHERS[shift] if number % 2 else CLEAR
        self.names.is_mute = number % 2 == 0
        if number % 3 == 0:
            self.kill_broker()
        elif number % 3 == 1:
            self.kill_gateway()
        self.rest(0.5, 2.0)
        self.crossing()
        for board in self.rng.sample(self.boards, 2):
            self.done["boards killed"] += 1
            board.kill()
            self.rest(0.0, 0.5)
            board.start()
        if number % 4 == 0:
            self.rest(5.5, 8.0)  # long enough for a board to find a half-open connection
        for way in (*self.ways.values(), self.uplink):
            way.weather = CLEAR
        self.names.is_mute = False

    def rest(self, least_s: float, most_s: float) -> None:
        """Let things happen for a while."""
        time.sleep(self.rng.uniform(least_s, most_s))

    def kill_broker(self) -> None:
        """A broker that starts again and remembers nothing."""
        self.done["brokers killed"] += 1
        self.rig.kill("broker")
        shutil.rmtree(self.rig.directory / "broker")
        self.rest(0.0, 1.0)
        self.rig.start_broker()

    def kill_gateway(self) -> None:
        """A gateway without a word of warning."""
        self.done["gateways killed"] += 1
        self.rig.kill("gateway")
        self.rest(0.0, 1.0)
        self.rig.start_gateway()

    def crossing(self) -> None:
        """Heat on every board, until each horn has answered, and then cool again."""
        everyone = (*self.boards, self.control)
        self.wait("every board to be quiet", lambda: all(b.horn is False for b in everyone))
        before = len(self.control.crossings)
        self.yard.heat()
        self.wait("every horn", lambda: all(len(b.crossings) > before and b.crossings[-1].horn_us
                                            for b in everyone))  # fmt: skip
        self.yard.cool()
        self.wait("every horn to end", lambda: all(b.horn is False for b in everyone))


def rings(plant: Plant) -> dict[str, tuple[str, int]]:
    """Board -> stream and newest seq on its flash, read by the firmware's own code."""
    script = (
        "import sys, json; sys.path.insert(0, 'firmware'); import ring\n"
        "found = {}\n"
        "for board, folder in json.loads(sys.argv[1]):\n"
        f"    store = ring.Ring(folder, {list(VALUES)!r}, 0, 1048576)\n"
        "    found[board] = [store.stream, store.newest]\n"
        "print(json.dumps(found))\n"
    )
    folders = [[board.name, str(board.folder / "ring")] for board in plant.boards]
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(folders)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {name: (stream, newest) for name, (stream, newest) in json.loads(done.stdout).items()}


def settle(plant: Plant) -> dict[str, tuple[str, int]]:
    """A last power cut for every board; what its flash then holds has to arrive."""
    for board in plant.boards:
        board.kill()
    held = rings(plant)
    for board in plant.boards:
        board.start()
    plant.wait(
        "everything the boards held to be on disk",
        lambda: all(plant.marks().get(name, 0) >= newest for name, (_, newest) in held.items()),
        within_s=120,
    )
    for board in plant.boards:
        board.kill()
    plant.rig.stop("gateway")
    return held


def stored(journal: Path) -> tuple[Counter[Key], set[Key]]:
    """How often each record is on disk, whatever it is, and which of them are booked as lost."""
    found: Counter[Key] = Counter()
    lost = set()
    with contextlib.closing(Reader(journal)) as reader:
        for row in reader.rows(0, 10**9):
            for batch in row.batches:
                origin = batch.origin
                if origin.kind != "board":
                    continue
                for seq in range(origin.seq or 0, (origin.seq_to or 0) + 1):
                    key = (origin.name, str(origin.stream), seq)
                    found[key] += 1
                    if origin.lost is not None:
                        lost.add(key)
    return found, lost


def off_us(board: ChaosBoard, one: Told, number: float) -> int:
    """How far a sample's time lies outside of those at which its reading was there [µs]."""
    given_us = board.readings[int(number) - 1][0]
    last = int(number) == len(board.readings)
    next_us = one.t_us if last else board.readings[int(number)][0]
    return max(given_us - one.t_us, one.t_us - next_us, 0)


def wrong_samples(board: ChaosBoard, told: dict[Key, Told]) -> Iterator[str]:
    """Samples that are not what the board was given, when it was given it, each reading once."""
    within_us = WITHIN_US[board.settings["clock"]]
    seen: dict[float, Key] = {}
    for key in sorted(key for key in told if key[0] == board.name):
        one = told[key]
        number = one.values["reading_kg"]
        if number is None:
            continue  # nobody had a reading for it: the sample says so
        given_us, v = board.readings[int(number) - 1]
        if one.values != v:
            yield f"{key}: told {one.values}, given {v}"
        if number in seen:
            yield f"{key}: reading {number:g} is in {seen[number]} too"
        seen[number] = key
        if one.is_good and off_us(board, one, number) > within_us:
            yield f"{key}: at {one.t_us}, given at {given_us}"
        if not one.is_good and one.t_us < given_us - within_us:
            yield f"{key}: at most {one.t_us}, given at {given_us}"


def worst_off_s(plant: Plant, told: dict[Key, Told], clock: str) -> float:
    """The worst time of a good sample among the boards with or without a clock [s]."""
    boards = {board.name: board for board in plant.boards if board.settings["clock"] == clock}
    return max(
        off_us(boards[key[0]], one, one.values["reading_kg"] or 1.0) / SECOND_US
        for key, one in told.items()
        if key[0] in boards and one.is_good and one.values["reading_kg"] is not None
    )


def out_of_order(plant: Plant, store: str) -> Iterator[str]:
    """What a question about a board's readings gives that is not in the order of time."""
    point = f"yard.{store}.reading_kg"
    data = plant.rig.data
    with contextlib.closing(History(data / "journal.sqlite", data / "archive")) as history:
        samples = history.samples(point, 0, 2**62)
    for before, after in pairwise(samples):
        if after.t_us < before.t_us:
            yield f"{point}: {after.t_us} after {before.t_us}"
    good = [s for s in samples if s.quality == "good" and s.value is not None]
    for before, after in pairwise(good):
        if after.value <= before.value:  # type: ignore[operator] -- chosen above
            yield f"{point}: reading {after.value} after {before.value}"


def least_mark(plant: Plant) -> int:
    return min(plant.marks().values(), default=0)


def worst_s(boards: Sequence[ChaosBoard]) -> float:
    return max(c.latency_s or 1e9 for board in boards for c in board.crossings)


def edit(report_s: float) -> Callable[[dict[str, Any]], None]:
    """Five boards, one to each of five stores, that report as often as this test has it."""

    def change(raw: dict[str, Any]) -> None:
        raw["board"] = [
            {"id": board, "store": store, "report_s": report_s, "values": list(VALUES)}
            for board, store in zip(BOARDS, STORES, strict=True)
        ]

    return change


@pytest.mark.long
@pytest.mark.debian
def test_every_sample_is_stored_once_and_every_horn_sounds_in_time(
    make_rig: Callable[..., Rig], full_size: bool
) -> None:
    samples = FULL_SAMPLES if full_size else REDUCED_SAMPLES
    report_s = FULL_REPORT_S if full_size else REDUCED_REPORT_S
    plant = Plant(make_rig(change=edit(report_s)), report_s, SEED)
    try:
        plant.start()
        plant.wait("every board to be heard", lambda: len(plant.marks()) == len(BOARDS)
                   and all(plant.marks().values()))  # fmt: skip
        rounds = 0
        # Alarm edges and torn records share the seqs: two or three a round.
        while rounds < LEAST_ROUNDS or least_mark(plant) < samples + 4 * rounds + 10:
            plant.one_round(rounds)
            rounds += 1
        held = settle(plant)
    finally:
        plant.close()
    counts = sum((way.counts for way in (*plant.ways.values(), plant.uplink)), Counter())
    told = records_of(plant.rig.data / "journal.sqlite")
    found, lost = stored(plant.rig.data / "journal.sqlite")
    of_board = Counter(key[0] for key in told)
    sys.stdout.write(
        f"seed {SEED}: {rounds} rounds, {dict(plant.done)}, network {dict(counts)}, "
        f"names {dict(plant.names.counts)}; samples {dict(of_board)}, lost {len(lost)}, "
        f"uncertain {sum(not one.is_good for one in told.values())}; "
        f"time off by at most {worst_off_s(plant, told, 'host'):.3f} s with a clock and "
        f"{worst_off_s(plant, told, 'none'):.3f} s without; "
        f"horn at worst {worst_s(plant.boards):.3f} s after its reading, "
        f"{worst_s([plant.control]):.3f} s without a network\n"
    )

    assert min(of_board.values()) >= samples
    assert {key: times for key, times in found.items() if times != 1} == {}
    assert set(found) >= {
        (name, stream, seq)
        for name, (stream, newest) in held.items()
        for seq in range(1, newest + 1)
    }
    # A power cut may tear the one record that was being written.
    assert len(lost) <= plant.done["boards killed"] + len(BOARDS)
    for board, store in zip(plant.boards, STORES, strict=True):
        assert list(wrong_samples(board, told)) == []
        assert list(out_of_order(plant, store)) == []
    # What the same program without a network is late is the machine's doing.
    late_s = worst_s(plant.boards)
    assert late_s <= report_s + 1.0 or late_s <= report_s + 1.0 + worst_s([plant.control])
    assert plant.rig.verify_journal()["problems"] == []
    assert {"PUBACK lost", "PUBACK twice", "PUBLISH lost", "PUBLISH twice", "cut in the middle",
            "packets held", "connections refused", "connect hangs", "delay", "session present 0",
            "session present 1"} <= set(counts)  # fmt: skip
    assert plant.names.counts["unanswered"]
