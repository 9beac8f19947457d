from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.mqtt.watermark import Watermark


def test_the_first_of_a_stream_is_one() -> None:
    mark = Watermark()
    assert mark.settle(2)
    assert (mark.mark, mark.held) == (0, [(2, 2)])
    assert mark.settle(1)
    assert (mark.mark, mark.held) == (2, [])


def test_gaps_below_the_oldest_are_given_up_once() -> None:
    mark = Watermark()
    for seq in (3, 4, 8):
        mark.settle(seq)
    assert mark.give_up_below(7) == [(1, 2), (5, 6)]
    assert mark.give_up_below(7) == []
    assert (mark.mark, mark.held) == (6, [(8, 8)])
    assert mark.settle(7)
    assert (mark.mark, mark.held) == (8, [])


def test_a_board_that_comes_from_another_gateway_starts_at_its_oldest() -> None:
    mark = Watermark()
    mark.settle(380)
    assert mark.give_up_below(380) == [(1, 379)]
    assert mark.mark == 380


class Stream(RuleBasedStateMachine):
    """Any order, duplication, loss and restart settles each seq exactly once."""

    def __init__(self) -> None:
        super().__init__()
        self.mark = Watermark()
        self.settled: set[int] = set()

    @rule(seq=st.integers(1, 40))
    def receive(self, seq: int) -> None:
        assert self.mark.settle(seq) == (seq not in self.settled)
        self.settled.add(seq)

    @rule(oldest=st.integers(1, 45))
    def give_up(self, oldest: int) -> None:
        for first, last in self.mark.give_up_below(oldest):
            assert first <= last
            span = set(range(first, last + 1))
            assert not span & self.settled
            self.settled |= span
        assert set(range(1, oldest)) <= self.settled

    @rule()
    def restart(self) -> None:
        self.mark = Watermark(self.mark.mark, self.mark.held)

    @invariant()
    def the_mark_is_where_the_first_gap_begins(self) -> None:
        expected = 0
        while expected + 1 in self.settled:
            expected += 1
        assert self.mark.mark == expected

    @invariant()
    def what_is_held_is_what_came_above(self) -> None:
        held = [seq for first, last in self.mark.held for seq in range(first, last + 1)]
        assert held == sorted(seq for seq in self.settled if seq > self.mark.mark)
        ends = [end for part in self.mark.held for end in part]
        assert all(b - a > 1 for a, b in zip(ends[1::2], ends[2::2], strict=False))

    @invariant()
    def it_knows_what_is_settled(self) -> None:
        assert {seq for seq in range(1, 50) if seq in self.mark} == self.settled


TestStream = Stream.TestCase
