"""Handheld rounds in the recorder: in the transaction of what caused them, on a sick disk too."""

import asyncio
from collections.abc import Callable
from typing import Any, Literal

import pytest

from agent.alarms.round_book import RoundSettings
from agent.alarms.rounds import Entry, Round
from agent.alarms.yard import Place, Yard
from agent.errors import NotAllowedError
from gateway.historian.reader import Reader
from gateway.recording.walks import Walk

Make = Callable[..., Any]
YARD = Yard([Place(f"c{n}", "A", n, 1, n) for n in range(1, 6)], watched=["c1", "c2"])


@pytest.fixture
def make_yard(make_bench: Make) -> Make:
    """Benches of one yard; one with the same journal goes on where the last one was killed."""

    def make(**fields: Any) -> Any:
        bench = make_bench(**fields)
        desk = bench.desk
        engine = type(desk.alarms)
        first = desk.alarms._limits
        desk.alarms = engine(
            tuple(first._conditions.values()),
            tuple(first._duties.values()),
            yard=YARD,
            rounds=RoundSettings(within_s=600),
        )
        desk.restore(bench.journal)
        return bench

    return make


def walk(
    bench: Any,
    action: Literal["open", "enter", "close"],
    about: str = "r1",
    *,
    comment: str | None = None,
    **reading: Any,
) -> Walk:
    done: asyncio.Future[Round] = asyncio.get_running_loop().create_future()
    entry = None
    if reading:
        reading = {"person": "noor", "t_us": 0, "store": "c3"} | reading
        entry = Entry(**reading)
    return Walk(action, about, "noor", comment, entry, bench.clock.now().mono_us, done)


def state_of(bench: Any) -> dict[str, str]:
    return {k: t for k, t in bench.journal.state("alarm").items() if k.startswith("r|")}


def test_fire_and_its_round_are_one_commit(make_yard: Make) -> None:
    bench = make_yard()
    rows: dict[str, str] = {}

    async def play() -> None:
        bench.journal.after = "refused"
        await bench.put([bench.samples(1, 60.0, board="b2")])
        await bench.until(lambda: bench.recorder.health.failures >= 3)
        assert state_of(bench) == {}
        bench.journal.after = "ok"
        await bench.settled()
        rows.update(state_of(bench))

    bench.run(play)
    assert set(rows) == {"r|n", "r|r1"}
    (raised,) = [e for e in bench.stored()["events"] if e.edge == "raised"]
    assert (raised.neighbours, raised.coverage) == (("c1", "c3"), "c3–c5")
    (one,) = bench.desk.alarms.rounds.all()
    assert one.stores == ("c3", "c4", "c5")


def test_a_reading_is_on_disk_before_the_person_hears_so(make_yard: Make) -> None:
    bench = make_yard()

    async def play() -> None:
        await bench.put([bench.samples(1, 60.0, board="b2")])
        await bench.settled()
        bench.journal.after = "refused"
        reading = walk(bench, "enter", co_ppm=40.0, temp_degc=55.0, comment="door seal")
        await bench.put([reading])
        await bench.until(lambda: bench.recorder.health.failures >= 3)
        assert not reading.done.done()
        bench.journal.after = "ok"
        one = await reading.done
        assert [entry.temp_degc for entry in one.entries] == [55.0]
        await bench.settled()

    bench.run(play)
    stored = bench.stored()
    assert [
        [(s.point, s.value) for s in samples]
        for (name, *_), samples in stored["samples"]
        if name == "r1"
    ] == [[("yard.c3.hand_co_ppm", 40.0), ("yard.c3.hand_temp_degc", 55.0),
           ("yard.c3.hand_signs", 0.0)]]  # fmt: skip
    reader = Reader(bench.path)
    (deed,) = [deed for row in reader.rows(0, 10**9) for deed in row.deeds]
    reader.close()
    assert (deed.kind, deed.source, deed.person, deed.comment) == (
        "round entry", "r1", "noor", "door seal",
    )  # fmt: skip
    assert deed.details == ("store c3", "co_ppm 40.0", "temp_degc 55.0")


def test_a_kill_after_every_commit_leaves_the_same_round(make_yard: Make) -> None:
    steps: list[Callable[[Any], Any]] = [
        lambda bench: bench.samples(1, 60.0, board="b2"),
        lambda bench: walk(bench, "enter", temp_degc=20.0),
        lambda bench: walk(bench, "enter", store="c4", signs=("smell",)),
        lambda bench: walk(bench, "close", comment="the rest is burning"),
    ]
    told = []
    for name, each in (("whole", [steps]), ("killed", [[step] for step in steps])):
        for some in each:
            bench = make_yard(name=name)

            async def play(bench: Any = bench, some: Any = some) -> None:
                for step in some:
                    await bench.put([step(bench)])
                    await bench.settled()

            bench.run(play)
        rounds = [one.dump() for one in bench.desk.alarms.rounds.all()]
        for one in rounds:
            del one["since"]
        told.append(rounds)
    assert told[0] == told[1]
    assert [entry["store"] for entry in told[0][-1]["entries"]] == ["c3", "c4"]


def test_what_cannot_be_is_refused_and_leaves_no_line(make_yard: Make) -> None:
    bench = make_yard()

    async def play() -> None:
        await bench.put([bench.samples(1, 60.0, board="b2")])
        ahead = bench.clock.now().utc_us + 600_000_000
        for wrong, words in (
            (walk(bench, "enter", store="c1", co_ppm=1.0), "not in this round"),
            (walk(bench, "enter", co_ppm=1.0, t_us=ahead), "in the future"),
            (walk(bench, "close"), "not measured"),
        ):
            await bench.put([wrong])
            with pytest.raises(NotAllowedError, match=words):
                await wrong.done
        await bench.settled()

    bench.run(play)
    reader = Reader(bench.path)
    assert [deed for row in reader.rows(0, 10**9) for deed in row.deeds] == []
    reader.close()
