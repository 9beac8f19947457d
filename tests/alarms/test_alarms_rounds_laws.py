"""Rounds under any order of fires, readings, closings, ticks and kills, beside a reference."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agent.alarms.conditions import Condition
from agent.alarms.engine import AlarmEngine
from agent.alarms.instant import Instant
from agent.alarms.round_book import RoundSettings
from agent.alarms.rounds import Entry
from agent.alarms.silence import BoardDuty
from agent.alarms.walking import close_round, enter_round
from agent.alarms.yard import Place, Yard
from agent.errors import NotAllowedError, UnknownRoundError
from agent.samples import Sample

S = 1_000_000
WITHIN_S = 600
HOT = Condition(
    id="hot",
    kind="high",
    pattern="yard.*.temp_1_degc",
    limit=50.0,
    unit="degc",
    klass="fire",
    priority="critical",
)
YARD = Yard([Place(f"c{n}", "A", n) for n in range(1, 6)], watched=["c2", "c4"])
BOARDS = [BoardDuty("b2", 60 * S, "c2"), BoardDuty("b4", 60 * S, "c4")]
MEASURED = {"c2": {"c1", "c3"}, "c4": {"c3", "c5"}}

stores = st.sampled_from(sorted(YARD.places))
watched = st.sampled_from(sorted(MEASURED))
ids = st.sampled_from(["r1", "r2", "r3", "r9"])


def engine():
    return AlarmEngine([HOT], BOARDS, yard=YARD, rounds=RoundSettings(within_s=WITHIN_S))


class Yards(RuleBasedStateMachine):
    """An engine that is killed and restored after every step, and what it ought to hold."""

    @initialize()
    def start(self):
        self.now_s, self.rows, self.engine = 0, {}, engine()
        self.rounds: dict[str, dict] = {}
        self.hot: set[str] = set()
        self.overdue: set[str] = set()

    def now(self):
        return Instant(self.now_s * S, self.now_s * S, True, "boot")

    def does(self, act):
        try:
            events = act(self.engine, self.now())
        except (NotAllowedError, UnknownRoundError):
            events = None
        for key, text in self.engine.dirty().items():
            if text is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = text
        self.engine = engine()
        self.engine.restore(self.rows)
        return events

    def open_of(self, store):
        return next((r for r in self.rounds.values() if r["open"] and r["store"] == store), None)

    def opens(self, store, asked):
        number = f"r{len(self.rounds) + 1}"
        self.rounds[number] = {
            "store": store, "asked": set(asked), "read": [], "open": True, "at_s": self.now_s,
        }  # fmt: skip

    @rule(store=watched, degc=st.sampled_from([20.0, 60.0]))
    def hears(self, store, degc):
        self.now_s += 1
        sample = Sample(f"yard.{store}.temp_1_degc", self.now_s * S, degc)
        self.does(lambda one, now: one.on_samples([sample], now))
        if degc == 60.0 and store not in self.hot and self.open_of(store) is None:
            self.opens(store, MEASURED[store])
        (self.hot.add if degc == 60.0 else self.hot.discard)(store)

    @rule(store=stores)
    def asks(self, store):
        known = self.open_of(store)
        self.does(lambda one, now: one.rounds.open(store, "aoki", now) and [])
        if known is None:
            near = {p for p in YARD.neighbours(store) if p not in MEASURED} | MEASURED.get(
                store, set()
            )
            self.opens(store, {store} | near)
        else:
            known["asked"].add(store)

    @rule(number=ids, store=stores, ppm=st.sampled_from([3.0, -1.0]))
    def reads(self, number, store, ppm):
        entry = Entry(store, "noor", self.now_s * S, co_ppm=ppm)
        self.does(lambda one, now: enter_round(one, number, entry, now))
        known = self.rounds.get(number)
        if known is not None and known["open"] and store in known["asked"] and ppm > 0:
            known["read"].append(store)
            self.settle()

    @rule(number=ids, comment=st.sampled_from([None, "enough"]))
    def closes(self, number, comment):
        self.does(lambda one, now: close_round(one, number, "noor", comment, now))
        known = self.rounds.get(number)
        whole = known is not None and known["asked"] <= set(known["read"])
        if known is not None and known["open"] and (whole or comment):
            known["open"] = False
            self.settle()

    @rule(passed_s=st.sampled_from([1, 60, 599, 601]))
    def ticks(self, passed_s):
        self.now_s += passed_s
        self.does(lambda one, now: one.on_tick(now))
        self.settle()

    def settle(self):
        self.overdue = {
            number
            for number, known in self.rounds.items()
            if known["open"]
            and known["asked"] - set(known["read"])
            and self.now_s - known["at_s"] >= WITHIN_S
        }

    @invariant()
    def it_holds_what_it_ought_to(self):
        held = {one.id: one for one in self.engine.rounds.all()}
        assert held.keys() == self.rounds.keys()
        for number, known in self.rounds.items():
            one = held[number]
            assert (one.store, set(one.stores), one.open) == (
                known["store"], known["asked"], known["open"],
            )  # fmt: skip
            assert [entry.store for entry in one.entries] == known["read"]
            assert set(one.missing) == known["asked"] - set(known["read"])

    @invariant()
    def what_is_overdue_and_nothing_else_is_an_alarm(self):
        standing = {
            v.source for v in self.engine.active() if v.condition == "round_overdue" and v.in_alarm
        }
        assert standing == self.overdue

    @invariant()
    def no_fire_is_without_a_round_and_no_store_has_two(self):
        open_stores = [one.store for one in self.engine.rounds.all() if one.open]
        assert len(open_stores) == len(set(open_stores))
        told = {store for known in self.rounds.values() for store in [known["store"]]}
        assert self.hot <= told


TestYards = Yards.TestCase
TestYards.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
