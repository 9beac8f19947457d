import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agent.errors import BadMessageError
from agent.samples import Quality
from gateway.historian.rows import Basis, Batch
from gateway.mqtt.wire import Lost, Samples, State, decode

CLOCK_US = 1_800_000_000_000_000


def losses(batches: tuple[Batch, ...]) -> list[tuple[int | None, int | None, str]]:
    return [
        (b.origin.seq, b.origin.seq_to, b.origin.lost) for b in batches if b.origin.lost is not None
    ]


def test_values_become_points_and_reasons_keep_their_meaning(yard: Any) -> None:
    record = yard.record(60, t_us=CLOCK_US)
    bad = {"temp_2_degc": "sensor_open", "co_ppm": "over_range"}
    taken = yard.take(Samples("b1", record, {"temp_1_degc": 41.5}, bad), 100)
    (batch,) = taken.batches
    assert [(s.point, s.value, s.quality, s.reason) for s in batch.samples] == [
        ("yard.c1.temp_1_degc", 41.5, Quality.GOOD, None),
        ("yard.c1.temp_2_degc", None, Quality.BAD, "sensor_open"),
        ("yard.c1.co_ppm", None, Quality.UNCERTAIN, "over_range"),
    ]
    assert {s.t_us for s in batch.samples} == {CLOCK_US}
    origin = batch.origin
    assert (origin.kind, origin.name, origin.message) == ("board", "b1", "samples")
    assert (origin.stream, origin.boot, origin.seq, origin.seq_to) == ("s", 1, 1, 1)


def test_values_that_are_not_configured_are_counted_and_the_rest_is_kept(yard: Any) -> None:
    values = {"temp_1_degc": 20.0, "temp_9_degc": 30.0}
    taken = yard.take(Samples("b1", yard.record(60), values, {"o2_pct": "crc"}), 100)
    assert [s.point for s in taken.batches[0].samples] == ["yard.c1.temp_1_degc"]
    assert yard.book.status()[0].unlisted == {"temp_9_degc": 1, "o2_pct": 1}


def test_an_unknown_board_is_refused_and_counted(yard: Any) -> None:
    message = Samples("b9", yard.record(60), {}, {})
    with pytest.raises(BadMessageError, match="board 'b9' is not configured") as caught:
        yard.take(message, 100)
    assert caught.value.reason == "unknown_board"
    assert yard.book.refused == {"unknown_board": 1}
    yard.book.refuse("not_json", "b1")
    yard.book.refuse("unknown_topic")
    assert yard.book.refused == {"unknown_board": 1, "unknown_topic": 1}
    assert yard.book.status()[0].refused == {"not_json": 1}


def test_an_alarm_edge_comes_once_and_takes_its_place_in_the_stream(
    yard: Any, alarm_of: Callable[..., Any]
) -> None:
    message = alarm_of(yard.record(60, t_us=CLOCK_US))
    taken = yard.take(message, 100)
    assert taken.edge is not None
    assert (taken.edge.condition, taken.edge.edge) == ("temp_high", "raised")
    assert (taken.edge.point, taken.edge.value) == ("yard.c1.temp_1_degc", 50.5)
    assert (taken.edge.t_us, taken.edge.known) == (CLOCK_US, True)
    (batch,) = taken.batches
    assert (batch.origin.message, batch.origin.seq, batch.samples) == ("alarm", 1, ())
    again = yard.take(message, 101)
    assert (again.batches, again.edge, again.heard) == ((), None, True)
    assert yard.book.all_acks() == [("b1", "s", 1)]


def test_what_the_board_gave_up_is_booked_as_gone_once(yard: Any) -> None:
    yard.hear(100, 1, seq=1)
    yard.hear(100, 4, seq=4)
    taken = yard.hear(100, 8, seq=8, oldest=7)
    assert losses(taken.batches) == [(2, 3, "gone"), (5, 6, "gone")]
    assert all(b.basis is Basis.GATEWAY for b in taken.batches if b.origin.lost)
    assert yard.book.acks() == [("b1", "s", 6)]
    assert losses(yard.hear(100, 9, seq=9, oldest=7).batches) == []
    assert losses(yard.hear(100, 7, seq=7, oldest=7).batches) == []
    assert yard.book.acks() == [("b1", "s", 9)]
    assert yard.book.status()[0].lost == 4


def test_a_duplicate_can_still_tell_what_is_gone(yard: Any) -> None:
    yard.hear(100, 5, seq=5)
    taken = yard.hear(100, 5, seq=5, oldest=4)
    assert losses(taken.batches) == [(1, 3, "gone")]


def test_an_unreadable_record_is_booked_under_its_reason(yard: Any) -> None:
    yard.hear(100, 1, seq=1)
    taken = yard.take(Lost("b1", "s", 2, "crc"), 101)
    assert losses(taken.batches) == [(2, 2, "crc")]
    assert yard.take(Lost("b1", "s", 2, "crc"), 101).batches == ()
    assert yard.book.acks() == [("b1", "s", 2)]


def test_a_new_ring_store_starts_a_new_watermark(yard: Any) -> None:
    yard.hear(100, 1, seq=1)
    yard.hear(100, 2, seq=2)
    assert len(yard.hear(200, 1, seq=1, stream="t").batches) == 1
    assert yard.book.acks() == [("b1", "t", 1)]
    yard.restart()
    assert yard.book.all_acks() == [("b1", "t", 1)]
    assert yard.hear(200, 2, seq=2).batches == ()


def test_a_duplicate_has_its_ack_sent_again(yard: Any) -> None:
    yard.hear(100, 1, seq=1)
    assert yard.book.acks() == [("b1", "s", 1)]
    assert yard.book.acks() == []
    yard.hear(160, 1, seq=1)
    assert yard.book.acks() == [("b1", "s", 1)]


def test_nothing_is_acknowledged_before_the_first_is_settled(yard: Any) -> None:
    yard.hear(100, 2, seq=2)
    assert yard.book.acks() == []


def test_old_ring_stores_and_boots_are_forgotten_on_disk_too(yard: Any) -> None:
    for n in range(20):
        yard.hear(100 + n, 1, seq=1, stream=f"s{n}")
    assert sum(key.count("/") == 1 and "~" not in key for key in yard.disk) == 16
    for boot in range(40):
        yard.hear(500 + boot, 1, seq=2 + boot, boot=boot, stream="s19")
    assert sum(key.startswith("b1/s19/") for key in yard.disk) == 32
    yard.restart()
    assert yard.book.all_acks() == [("b1", "s19", 41)]


def test_the_board_speaks_of_itself(yard: Any, golden: dict[str, dict[str, Any]]) -> None:
    def state(name: str) -> State:
        payload = golden[name]["payload"]
        return State("b1", "state", payload["online"], payload)

    assert yard.book.status()[0].online is None
    assert yard.take(state("state_online"), 100).heard
    assert yard.book.status()[0].state["firmware"] == "0.1.0"
    assert not yard.take(state("state_offline"), 160).heard
    status = yard.book.status()[0]
    assert status.online is False
    assert status.last_heard_us == yard.now(100).utc_us
    assert status.state["firmware"] == "0.1.0"
    retained = yard.book.take(state("state_online"), yard.now(170), retained=True)
    assert not retained.heard


def test_golden_samples_pass_through(yard: Any, golden: dict[str, dict[str, Any]]) -> None:
    case = golden["samples_plain"]
    topic = case["topic"].replace("b0150", "b1")
    taken = yard.take(decode(topic, json.dumps(case["payload"]).encode(), "example"), 100)
    assert losses(taken.batches) == [(1, 379, "gone")]
    assert {s.value for s in taken.batches[1].samples} == {41.3, 38.75, 210.0}


class ManyHistories(RuleBasedStateMachine):
    """A board with a bounded ring, a wire that repeats and reorders, a gateway that dies."""

    @initialize(yards=st.none())
    def begin(self, yards: None) -> None:
        self.yard = make_yard()
        self.next_seq = 1
        self.oldest = 1
        self.wire: list[Samples] = []
        self.on_disk: Counter[int] = Counter()
        self.uncommitted: Counter[int] = Counter()
        self.at_s = 100.0

    @rule()
    def sample(self) -> None:
        record = self.yard.record(self.next_seq, seq=self.next_seq, oldest=self.oldest)
        self.wire.append(Samples("b1", record, {"co_ppm": 1.0}, {}))
        self.next_seq += 1

    @precondition(lambda self: self.oldest + 1 < self.next_seq)
    @rule()
    def give_up_oldest(self) -> None:
        self.oldest += 1

    @precondition(lambda self: self.wire)
    @rule(data=st.data(), keep=st.booleans())
    def deliver(self, data: st.DataObject, keep: bool) -> None:
        at = data.draw(st.integers(0, len(self.wire) - 1))
        message = self.wire[at] if keep else self.wire.pop(at)
        self.at_s += 1
        taken = self.yard.book.take(message, self.yard.now(self.at_s))
        for batch in taken.batches:
            origin = batch.origin
            self.uncommitted.update(range(origin.seq or 0, (origin.seq_to or 0) + 1))

    @rule()
    def commit(self) -> None:
        self.yard.commit()
        self.on_disk += self.uncommitted
        self.uncommitted.clear()
        for _, _, mark in self.yard.book.acks():
            assert all(seq in self.on_disk for seq in range(1, mark + 1))

    @rule()
    def die(self) -> None:
        self.yard.restart()
        self.uncommitted.clear()

    @invariant()
    def each_is_taken_once(self) -> None:
        assert all(n == 1 for n in (self.on_disk + self.uncommitted).values())


make_yard: Callable[[], Any]


@pytest.fixture(autouse=True, scope="module")
def _yards(new_yard: Callable[[], Any]) -> None:
    global make_yard  # noqa: PLW0603 - a state machine takes no fixtures
    make_yard = new_yard


TestHistories = ManyHistories.TestCase
