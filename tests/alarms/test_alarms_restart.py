"""Laws under any order of events: nothing vanishes unseen, a restart changes nothing."""

from operator import attrgetter

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from agent.alarms.conditions import Condition
from agent.alarms.engine import AlarmEngine
from agent.alarms.handling import Handling
from agent.alarms.instant import Instant
from agent.alarms.silence import BoardDuty
from agent.errors import NotAllowedError, UnknownAlarmError
from agent.samples import Quality, Sample

S = 1_000_000
TEMP, CO, RATE = "yard.c1.temp_1_degc", "yard.c1.co_ppm", "unit1.coal.mass_rate_kg_per_s"
CONDITIONS = (
    Condition("temp_high", "high", "yard.*.temp_*_degc", "fire", "critical", limit=50.0,
              unit="degc", deadband=2.0, on_delay_s=60, on_samples=2, off_delay_s=120),
    Condition("temp_pre", "high", "yard.*.temp_*_degc", "advisory", "medium", limit=45.0,
              unit="degc", deadband=2.0, on_delay_s=60, off_delay_s=120),
    Condition("co_high", "high", "yard.*.co_ppm", "gas", "critical", limit=3000.0, unit="ppm",
              deadband=300.0, on_delay_s=60, off_delay_s=60),
    Condition("stopped", "low", RATE, "process", "high", limit=0.1, unit="kg_per_s",
              deadband=0.1, on_delay_s=20, off_delay_s=20),
    Condition("sensor_fault", "bad", "yard.*", "fault", "high"),
    Condition("board_silent", "silence", "*", "fault", "high", report_intervals=3),
)  # fmt: skip
BOARDS = (BoardDuty("b1", 60 * S, "c1"),)
IDS = sorted(f"{c.id}:{p}" for c in CONDITIONS for p in (TEMP, CO, RATE, "b1"))
HANDLING = Handling(longest_shelf_us=400 * S, realarm_after_us={"fire": 300 * S, "gas": 600 * S})
UNSEEN = {"unacknowledged", "returned_unacknowledged", "latched_unacknowledged"}

values = {
    TEMP: st.sampled_from([20.0, 44.0, 47.0, 48.0, 49.9, 50.0, 60.0]),
    CO: st.sampled_from([100.0, 2699.0, 2800.0, 3000.0, 9000.0]),
    RATE: st.sampled_from([0.0, 0.1, 0.15, 0.2, 5.0]),
}
doubts = st.sampled_from(
    [None, None, None, "crc", "over_range", "late", "clock_unsynced", "low_o2"]
)


@st.composite
def samples(draw):
    point = draw(st.sampled_from(sorted(values)))
    value, doubt, t_s = draw(values[point]), draw(doubts), 20 * draw(st.integers(0, 40))
    if doubt is None:
        return Sample(point, t_s * S, value)
    if doubt in {"crc", "over_range"}:
        quality = Quality.BAD if doubt == "crc" else Quality.UNCERTAIN
        return Sample(point, t_s * S, None, quality, doubt)
    return Sample(point, t_s * S, value, Quality.UNCERTAIN, doubt)


class TwoGateways(RuleBasedStateMachine):
    """One gateway is killed and restored after every step, the other lives on."""

    @initialize()
    def start(self):
        self.now_s, self.rows = 0, {}
        self.steady = AlarmEngine(CONDITIONS, BOARDS, handling=HANDLING)
        self.killed = AlarmEngine(CONDITIONS, BOARDS, handling=HANDLING)
        self.unseen = set()

    def now(self):
        return Instant(self.now_s * S, self.now_s * S, True, "boot")

    def both(self, name, *args):
        outcomes = []
        for engine in (self.steady, self.killed):
            try:
                outcomes.append(attrgetter(name)(engine)(*args, self.now()))
            except (NotAllowedError, UnknownAlarmError) as refused:
                outcomes.append(str(refused))
        told, again = outcomes
        assert told == again
        for key, text in self.killed.dirty().items():
            if text is None:
                del self.rows[key]
            else:
                self.rows[key] = text
        self.killed = AlarmEngine(CONDITIONS, BOARDS, handling=HANDLING)
        self.killed.restore(self.rows)
        if isinstance(told, str):
            return
        for event in told:
            if event.edge in {"raised", "realarmed"}:
                self.unseen.add(event.alarm_id)
            elif event.edge == "acknowledged":
                self.unseen.discard(event.alarm_id)

    @rule(batch=st.lists(samples(), min_size=1, max_size=4), passed_s=st.integers(0, 90))
    def hear(self, batch, passed_s):
        self.now_s += passed_s
        self.both("on_samples", batch)

    @rule(batch=st.lists(st.sampled_from([49.0, 50.0, 61.0, 20.0]), min_size=1, max_size=4))
    def hear_now(self, batch):
        for value in batch:
            self.now_s += 30
            self.both("on_samples", [Sample(TEMP, self.now_s * S, value)])

    @rule()
    def board(self):
        self.both("on_heard", "b1")

    @rule(passed_s=st.integers(1, 200))
    def tick(self, passed_s):
        self.now_s += passed_s
        self.both("on_tick")

    @rule(edge=st.sampled_from(["raised", "cleared", "silenced"]), t_s=st.integers(0, 500))
    def horn(self, edge, t_s):
        self.both("on_board_edge", "b1", "temp_high", edge, TEMP, 55.0, 50.0, t_s * S)

    @rule(data=st.data(), what=st.sampled_from(["acknowledge", "reset"]))
    def person(self, data, what):
        standing = [v.alarm_id for v in self.steady.active()]
        self.both(what, data.draw(st.sampled_from(standing or IDS)), "aoki", None)

    @rule(
        alarm=st.sampled_from(IDS),
        how=st.sampled_from(["shelve", "take_out", "unshelve", "put_back"]),
        for_s=st.sampled_from([100, 400]),
    )
    def hide(self, alarm, how, for_s):
        span = [for_s * S] if how in {"shelve", "take_out"} else []
        self.both(f"hiding.{how}", alarm, "aoki", "why", *span)

    @invariant()
    def no_alarm_vanishes_unseen(self):
        shown = {v.alarm_id for v in self.steady.active() if v.state in UNSEEN}
        assert shown == self.unseen

    @invariant()
    def a_restart_changes_nothing(self):
        assert self.killed.active() == self.steady.active()
        assert self.killed.hiding.views() == self.steady.hiding.views()
        assert self.killed.store_status("c1") == self.steady.store_status("c1")


TestTwoGateways = TwoGateways.TestCase
TestTwoGateways.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)

NOW = Instant(10_000 * S, 10_000 * S, True, "boot")


@given(st.lists(samples(), max_size=30))
@settings(max_examples=200, deadline=None)
def test_a_message_twice_changes_nothing(batch):
    """Repeats are settled at the door by sequence number, except what the door cannot see."""
    ordered = [replace(s, t_us=n * 20 * S) for n, s in enumerate(batch)]
    once, twice = AlarmEngine(CONDITIONS, BOARDS), AlarmEngine(CONDITIONS, BOARDS)
    for sample in ordered:
        if sample.reason == "clock_unsynced":
            continue
        told = once.on_samples([sample], NOW)
        assert twice.on_samples([sample, sample], NOW) == told
    assert once.active() == twice.active()


@given(st.lists(values[TEMP], max_size=25), st.data())
@settings(max_examples=200, deadline=None)
def test_a_stretch_sent_again_raises_nothing_new(temperatures, data):
    sent = [Sample(TEMP, n * 60 * S, value) for n, value in enumerate(temperatures)]
    first = data.draw(st.integers(0, len(sent)))
    last = data.draw(st.integers(first, len(sent)))
    engine = AlarmEngine(CONDITIONS[:2], BOARDS)
    engine.on_samples(sent, NOW)
    before = engine.active()
    assert engine.on_samples(sent[first:last], NOW) == []
    assert engine.active() == before


@given(st.permutations(range(12)), st.lists(values[TEMP], min_size=12, max_size=12))
@settings(max_examples=200, deadline=None)
def test_a_lasting_fire_is_found_in_any_order(order, before):
    """Three hot minutes at the end of a day raise the alarm, however the day arrives."""
    day = [Sample(TEMP, n * 60 * S, value) for n, value in enumerate(before)]
    hot = [Sample(TEMP, n * 60 * S, 60.0) for n in (12, 13, 14)]
    engine = AlarmEngine(CONDITIONS[:1], BOARDS)
    events = engine.on_samples([day[n] for n in order] + hot, NOW)
    assert "raised" in {e.edge for e in events}
    assert {v.state for v in engine.active()} == {"unacknowledged"}


def test_a_condition_taken_out_of_the_configuration_leaves_no_orphan():
    engine = AlarmEngine(CONDITIONS, BOARDS)
    engine.on_samples([Sample(TEMP, n * 60 * S, 60.0) for n in range(3)], NOW)
    rows = {key: text for key, text in engine.dirty().items() if text is not None}
    smaller = AlarmEngine(CONDITIONS[2:], ())
    smaller.restore(rows)
    assert {e.condition: e.state for e in smaller.on_tick(NOW)} == {
        "temp_high": "latched_unacknowledged",
        "temp_pre": "returned_unacknowledged",
    }
    smaller.acknowledge(f"temp_high:{TEMP}", "aoki", None, NOW)
    smaller.reset(f"temp_high:{TEMP}", "aoki", None, NOW)
    assert [v.condition for v in smaller.active()] == ["temp_pre"]


def test_restoring_forgets_what_was_never_stored():
    engine = AlarmEngine(CONDITIONS, BOARDS)
    hot = [Sample(TEMP, n * 60 * S, 60.0) for n in range(3)]
    told = engine.on_samples(hot, NOW)
    engine.restore({})
    assert engine.active() == []
    assert engine.dirty() == {}
    assert engine.on_samples(hot, NOW) == told


def test_other_rules_do_not_forget_what_late_samples_are_judged_by(story, conditions):
    """A change of the site keeps the window of a point, as a restart does."""
    hot = {20, 21, 22}
    for minute in range(100):
        story.hears(minute * 60, 55.0 if minute in hot else 20.0)
    story.commit()
    story.hears(6000, 20.0)
    story.reconfigures(*conditions.values())
    told = []
    for minute in (20.5, 21.5):
        told += story.hears(minute * 60, 55.0, at_s=6010)
    assert [(e.condition, e.edge) for e in told + story.ticks(6011)] == [
        ("temp_high", "was_in_alarm")
    ]
