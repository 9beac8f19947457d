"""Other rules from one item to the next: what stands goes on, a failed commit changes nothing."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from agent.alarms.conditions import Condition, Kind, Klass, Priority
from agent.alarms.silence import BoardDuty
from agent.errors import BadConditionError
from gateway.modbus.counters import CounterSpec
from gateway.recording.heir import heir_of
from gateway.recording.items import Change
from gateway.recording.rules import Rules

S = 1_000_000
COUNTER = "unit1.coal.mass_total_kg"
HOT = "temp_high:yard.c1.temp_1_degc"
Make = Callable[..., Any]

TEMP_HIGH = Condition(
    id="temp_high",
    kind=Kind.HIGH,
    pattern="yard.*.temp_*_degc",
    klass=Klass.FIRE,
    priority=Priority.CRITICAL,
    limit=50.0,
    unit="degc",
    deadband=2.0,
)
BEFORE = Rules(
    {COUNTER: CounterSpec("kg", 1.0, 1_000_000, 50.0)},
    (TEMP_HIGH,),
    tuple(BoardDuty(f"b{n}", 10 * S, f"c{n}") for n in (1, 2)),
)
HALF = replace(BEFORE, counters={COUNTER: CounterSpec("kg", 0.5, 1_000_000, 50.0)})
HIGHER = replace(BEFORE, conditions=(replace(TEMP_HIGH, limit=60.0),))
WITHOUT = replace(BEFORE, conditions=())


def change(before: Rules, after: Rules) -> Change:
    return Change(before, after, asyncio.get_running_loop().create_future())


def edges(bench: Any) -> list[tuple[str, str]]:
    return [(event.alarm_id, event.edge) for event in bench.events]


def test_an_alarm_stands_through_a_change_of_its_condition(make_bench: Make) -> None:
    bench = make_bench()

    async def play() -> None:
        await bench.put([bench.samples(1, 55.0)])
        moved = change(BEFORE, HIGHER)
        await bench.put([moved])
        await moved.judged
        assert [view.alarm_id for view in bench.desk.alarms.active()] == [HOT]
        # By the old limit 57 °C would stand; by the new one it returned.
        bench.time.mono += 10 * S
        await bench.put([bench.samples(2, 57.0), bench.tick()])
        await bench.settled()

    bench.run(play)
    assert edges(bench) == [(HOT, "raised"), (HOT, "cleared")]
    # Cleared, but not acknowledged: on disk it waits for a person, as without a change.
    again = make_bench()
    assert [view.alarm_id for view in again.desk.alarms.active()] == [HOT]
    again.journal.close()


def test_an_alarm_that_is_removed_is_cleared_and_not_forgotten(make_bench: Make) -> None:
    bench = make_bench()

    async def play() -> None:
        await bench.put([bench.samples(1, 55.0), change(BEFORE, WITHOUT)])
        await bench.put([bench.tick()])
        await bench.settled()

    bench.run(play)
    assert edges(bench) == [(HOT, "raised"), (HOT, "cleared")]


def story(bench: Any, changed: list[Change]) -> list[Any]:
    """Counts before and after a register map that says half as much per count, and an alarm."""
    changed += [change(BEFORE, HALF), change(HALF, replace(HALF, conditions=HIGHER.conditions))]
    items = []
    for number, raw in enumerate((100, 130, 135), 1):
        bench.time.mono += S
        items.append(bench.polled(number, raw))
    items += [changed[0], bench.samples(1, 55.0)]
    for number, raw in enumerate((140, 150, 170), 4):
        bench.time.mono += S
        items.append(bench.polled(number, raw))
    return [*items, changed[1], bench.samples(2, 52.0)]


@pytest.mark.parametrize("failing", [1, 3])
def test_after_a_failed_commit_each_item_is_judged_by_the_rules_of_its_time(
    make_bench: Make, failing: int
) -> None:
    told = {}
    for name in ("sound", "sick"):
        bench = make_bench(name)

        async def play(bench: Any = bench, name: str = name) -> None:
            if name == "sick":
                bench.journal.script = ["ok"] + ["refused"] * failing
            changed: list[Change] = []
            await bench.put([bench.samples(9, 20.0, board="b2")])
            await bench.settled()
            await bench.put(story(bench, changed))
            await bench.settled()
            assert all(one.judged.done() for one in changed)

        bench.run(play)
        told[name] = bench.stored()
    for what in ("samples", "bookings", "events"):
        assert told["sick"][what] == told["sound"][what]
    assert [b.kind for b in told["sick"]["bookings"]][:3] == ["first", "step", "step"]
    assert told["sick"]["bookings"][-1].amount == 10.0


def test_conditions_that_cannot_stand_together_change_nothing(make_bench: Make) -> None:
    bench = make_bench()

    async def play() -> None:
        await bench.put([bench.samples(1, 55.0)])
        broken = change(BEFORE, replace(HALF, conditions=(TEMP_HIGH, TEMP_HIGH)))
        await bench.put([broken])
        with pytest.raises(BadConditionError):
            await broken.judged
        await bench.put([bench.polled(1, 100)])
        bench.time.mono += S
        await bench.put([bench.polled(2, 130)])
        await bench.settled()

    bench.run(play)
    assert bench.stored()["bookings"][-1].amount == 30.0
    assert edges(bench) == [(HOT, "raised")]


def without_the_journals_own(told: list[dict[str, str | None]]) -> dict[str, str | None]:
    """Rows but those that count every alarm, that of a sick disk too."""
    rows = {key: text for one in told for key, text in one.items()}
    return {key: text for key, text in rows.items() if not key.startswith(("f|", "a|journal"))}


@pytest.mark.parametrize("sick", [[], ["refused"], ["ok", "refused", "refused"]])
def test_an_engine_that_was_made_beforehand_goes_on_as_one_made_at_once(
    make_bench: Make, sick: list[str]
) -> None:
    told = {}
    for name in ("at once", "beforehand"):
        bench = make_bench(name)

        async def play(bench: Any = bench, name: str = name) -> None:
            await bench.put([bench.samples(1, 55.0)])
            await bench.settled()
            heir = await heir_of(bench.desk, HIGHER) if name == "beforehand" else None
            bench.time.mono += 10 * S
            await bench.put([bench.samples(2, 56.0), bench.samples(1, 20.0, board="b2")])
            moved = change(BEFORE, HIGHER)
            moved.heir = heir
            bench.journal.script = list(sick)
            await bench.put([moved])
            await moved.judged
            bench.time.mono += 10 * S
            await bench.put([bench.samples(3, 57.0), bench.tick()])
            await bench.settled()

        bench.run(play)
        told[name] = bench.stored()
        # What is on disk in which row depends on the commits; what is read of it does not.
        again = make_bench(name)
        told[name]["alarms"] = [rows for rows in again.desk.alarms.tell_all() if rows]
        again.journal.close()
    assert [e.edge for e in told["beforehand"]["events"]] == ["raised", "cleared"]
    for what in ("samples", "events"):
        assert told["beforehand"][what] == told["at once"][what]
    kept = [told[name]["alarms"] for name in told]
    assert without_the_journals_own(kept[0]) == without_the_journals_own(kept[1])


def test_a_desk_that_goes_back_to_the_disk_has_no_heir(make_bench: Make) -> None:
    bench = make_bench()

    async def play() -> None:
        await bench.put([bench.samples(1, 55.0)])
        await bench.settled()
        making = asyncio.create_task(heir_of(bench.desk, HIGHER))
        await bench.until(lambda: bench.desk.alarm_rows._carrying is not None)
        bench.desk.restore(bench.journal)
        heir = await making
        assert heir is None or not bench.desk.alarm_rows.carries(heir.carrying)
        moved = change(BEFORE, HIGHER)
        moved.heir = heir
        await bench.put([moved])
        await moved.judged
        assert [view.alarm_id for view in bench.desk.alarms.active()] == [HOT]
        await bench.settled()

    bench.run(play)
