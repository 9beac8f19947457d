"""What belongs together, what came first, and when there is too much for one person."""

from many_boards import CONDITIONS, FLOOD, ManyBoards, S

from agent.alarms.conditions import Condition
from agent.alarms.crowd import CrowdSpec
from agent.alarms.inhibit_paths import Path

PRE = Condition(
    id="temp_pre",
    kind="high",
    pattern="yard.*.temp_*_degc",
    limit=45.0,
    unit="degc",
    klass="advisory",
    priority="medium",
)
CONDITIONS_HERE = (*CONDITIONS, PRE)
TEMP, CO = "yard.c0001.temp_1_degc", "yard.c0001.co_ppm"


def yard_of(count: int = 3, **spec: object) -> ManyBoards:
    return ManyBoards(count, CrowdSpec(**spec), CONDITIONS_HERE)


def groups(yard: ManyBoards):
    return yard.engine.crowd.groups(yard.engine.active())


def test_alarms_of_one_store_are_a_group_with_its_first():
    yard = yard_of(group_s=600)
    yard.run(100)
    yard.measures(TEMP, 46.0)
    assert groups(yard) == []
    yard.run(400)
    yard.measures(CO, 4000.0)
    yard.hears("b0002", co_ppm=4000.0)
    (group,) = groups(yard)
    assert (group.group, group.kind, group.source) == (f"temp_pre:{TEMP}", "store", "c0001")
    assert (group.first_out, group.first_us) == (f"temp_pre:{TEMP}", 100 * S)
    assert group.alarms == (f"temp_pre:{TEMP}", f"co_high:{CO}")
    assert (group.klass, group.priority) == ("gas", "critical")
    assert [e.group for _, e in yard.told if e.source == CO] == [f"temp_pre:{TEMP}"]


def test_what_was_captured_first_is_first_whenever_it_arrives():
    yard = yard_of(group_s=600)
    yard.run(400)
    yard.measures(CO, 4000.0)
    early = yard.sample(TEMP, 46.0, t_s=150)
    yard.tell(yard.engine.on_samples([early], yard.now))
    (group,) = groups(yard)
    assert group.group == f"co_high:{CO}"
    assert (group.first_out, group.first_us) == (f"temp_pre:{TEMP}", 150 * S)


def test_what_comes_long_after_is_another_group():
    yard = yard_of(group_s=600)
    yard.run(100)
    yard.measures(TEMP, 46.0)
    yard.run(701)
    yard.measures(CO, 4000.0)
    assert groups(yard) == []
    assert {v.group for v in yard.engine.active()} == {None}


def test_groups_outlive_a_kill_and_a_new_configuration():
    yard = yard_of(group_s=600, flood=FLOOD)
    yard.run(100)
    yard.measures(TEMP, 46.0)
    yard.restart()
    yard.use(CrowdSpec(group_s=600, flood=FLOOD))
    yard.run(200)
    yard.measures(CO, 4000.0)
    (group,) = groups(yard)
    assert group.first_out == f"temp_pre:{TEMP}"
    yard.restart()
    assert groups(yard) == [group]


def test_a_flood_begins_above_ten_and_ends_below_five_in_ten_minutes():
    yard = yard_of(12, flood=FLOOD)
    yard.run(60)
    for n in range(1, 11):
        yard.run(yard.now_s + 10)
        yard.measures(f"yard.c{n:04d}.temp_1_degc", 46.0)
    assert not yard.engine.crowd.flood().stands
    yard.run(yard.now_s + 10)
    yard.measures("yard.c0011.temp_1_degc", 46.0)
    flood = yard.engine.crowd.flood()
    assert (flood.stands, flood.count, flood.since_us) == (True, 11, 170 * S)
    yard.restart()
    assert yard.engine.crowd.flood() == flood

    ended_s = None
    while ended_s is None:
        yard.run(yard.now_s + 1)
        yard.restart()
        if not yard.engine.crowd.flood().stands:
            ended_s = yard.now_s
    # The seventh of the eleven was told at 130 s: ten minutes later four are left.
    assert ended_s == 130 + 600
    assert yard.engine.crowd.flood().count == 4


def test_in_a_flood_people_fire_and_gas_come_first_and_nothing_is_left_out():
    yard = yard_of(12, flood=FLOOD)
    yard.run(60)
    for n in range(1, 13):
        yard.run(yard.now_s + 5)
        yard.measures(f"yard.c{n:04d}.temp_1_degc", 46.0)
    yard.measures("yard.c0003.co_ppm", None, "sensor_open")
    calm = {view.alarm_id for view in yard.engine.active()}
    yard.measures("yard.c0020.co_ppm", 4000.0)
    for _ in range(2):
        yard.run(yard.now_s + 1)
        yard.measures("yard.c0009.temp_1_degc", 60.0)
    yard.measures("work.loading.co_ppm", 60.0)
    assert yard.engine.crowd.flood().stands
    views = yard.engine.active()
    assert [view.klass for view in views[:3]] == ["people", "fire", "gas"]
    assert {view.alarm_id for view in views} == calm | {v.alarm_id for v in views[:3]}
    assert len(views) == len(calm) + 3
    places = [view.store for view in views[3:]]
    assert places == sorted(places, key=places.index)  # each store's alarms side by side
    of_c0003 = [n for n, place in enumerate(places) if place == "c0003"]
    assert len(of_c0003) == 2
    assert of_c0003[1] - of_c0003[0] == 1


def test_what_is_hidden_is_no_part_of_a_flood():
    link = Path("link", "link", ("*",), known_by=("broker_lost:gateway",), brings=("cursor_lag:*",))
    yard = yard_of(1, paths=(link,), flood=FLOOD)
    yard.run(10)
    yard.tell(yard.engine.system("broker_lost", "gateway", True, yard.now))
    yard.run(11)
    for n in range(30):
        yard.tell(yard.engine.system("cursor_lag", f"sink{n}", True, yard.now))
    assert len(yard.engine.active()) == 32
    assert yard.engine.crowd.flood().count == 1
