"""Successive requests on a serial line look unlike wherever the register map allows it."""

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.modbus.field import BITS
from gateway.modbus.lengths import Lengths, shape
from gateway.modbus.plan import Request, plan
from gateway.modbus.profile import Field, Forbidden, Limits

TYPES = {1: "uint16", 2: "uint32", 4: "uint64"}


def limits(max_registers: int = 125, max_gap: int = 0, **more: object) -> Limits:
    return Limits(name="n", source="s", max_registers=max_registers, max_gap=max_gap, **more)  # type: ignore[arg-type]


def words_at(*places: tuple[int, int], register: str = "holding") -> dict[str, Field]:
    return {
        f"{register}{address}": Field(
            register=register,  # type: ignore[arg-type]
            address=address,
            type="bit" if register in BITS else TYPES[words],
            unit="kg",
        )
        for address, words in places
    }


def polls(
    fields: dict[str, Field], wanted: Sequence[str], bound: Limits, count: int = 6
) -> list[tuple[Request, ...]]:
    """What a device is asked in so many polls."""
    lengths = Lengths(fields, bound)
    requests = plan({name: fields[name] for name in wanted}, bound)
    sent: list[tuple[Request, ...]] = []
    last: Request | None = None
    for _ in range(count):
        sent.append(lengths.arranged(requests, last))
        last = sent[-1][-1]
    return sent


def asked(poll: tuple[Request, ...]) -> list[tuple[int, int]]:
    return [(request.address, request.count) for request in poll]


def alike(sent: Sequence[tuple[Request, ...]]) -> int:
    """How many neighbours look alike, from one poll to the next as well."""
    flat = [request for poll in sent for request in poll]
    return sum(shape(one) == shape(other) for one, other in pairwise(flat))


def test_unlike_requests_are_left_as_they_are() -> None:
    fields = words_at((0, 1), (10, 2), (20, 1), (30, 4))
    sent = polls(fields, list(fields), limits())
    assert alike(sent) == 0
    assert all(sorted(asked(poll)) == [(0, 1), (10, 2), (20, 1), (30, 4)] for poll in sent)


def test_a_single_request_reads_a_known_field_along_every_second_time() -> None:
    fields = words_at((0, 2), (2, 2), (4, 2))
    sent = polls(fields, ["holding0", "holding2"], limits())
    assert [asked(poll) for poll in sent] == [[(0, 4)], [(0, 6)]] * 3
    assert all(poll[0].fields == ("holding0", "holding2") for poll in sent)


def test_a_single_request_reads_what_stands_before_it() -> None:
    fields = words_at((0, 2), (2, 2))
    sent = polls(fields, ["holding2"], limits())
    assert [asked(poll) for poll in sent] == [[(2, 2)], [(0, 4)]] * 3


def test_a_single_request_with_nothing_beside_it_is_split_every_second_time() -> None:
    fields = words_at((0, 2), (2, 1))
    sent = polls(
        fields, list(fields), limits(forbidden=(Forbidden(register="holding", first=3, last=9),))
    )
    assert alike(sent) == 0
    assert [len(poll) for poll in sent] == [1, 2] * 3


@pytest.mark.parametrize(
    ("fields", "bound"),
    [
        pytest.param(words_at((0, 2), (3, 1)), limits(), id="a hole beside it"),
        pytest.param(
            words_at((0, 2), (4, 1)),
            limits(max_gap=9, forbidden=(Forbidden(register="holding", first=3, last=3),)),
            id="a forbidden register beside it",
        ),
        pytest.param(words_at((0, 2), (2, 4)), limits(max_registers=4), id="too long together"),
    ],
)
def test_where_the_map_does_not_allow_it(fields: dict[str, Field], bound: Limits) -> None:
    sent = polls(fields, ["holding0"], bound)
    assert [asked(poll) for poll in sent] == [[(0, 2)]] * 6


def test_two_alike_go_on_unlike() -> None:
    fields = words_at((0, 2), (2, 1), (10, 2), (12, 1))
    sent = polls(fields, ["holding0", "holding10"], limits())
    assert alike(sent) == 0
    assert all(len(poll) == 2 for poll in sent)


def test_another_function_code_is_unlike() -> None:
    fields = words_at((0, 2)) | words_at((0, 2), register="input")
    sent = polls(fields, list(fields), limits())
    assert alike(sent) == 0
    assert all(sum(count for _, count in asked(poll)) == 4 for poll in sent)


def test_bits_are_unlike_by_the_byte() -> None:
    fields = words_at(*((n, 1) for n in range(20)), register="coil")
    sent = polls(fields, ["coil0", "coil1"], limits())
    assert [asked(poll) for poll in sent] == [[(0, 2)], [(0, 9)]] * 3


def test_after_a_new_connection_nothing_is_on_its_way() -> None:
    fields = words_at((0, 2), (2, 2))
    requests = plan({"holding0": fields["holding0"]}, limits())
    lengths = Lengths(fields, limits())
    assert lengths.arranged(requests, None) == requests


def test_what_a_model_of_the_family_lacks_is_not_read_along_again() -> None:
    fields = words_at((0, 2), (2, 2), (4, 2), (10, 2))
    bound = limits()
    lengths = Lengths(fields, bound)
    requests = plan({"holding2": fields["holding2"]}, bound)
    (first,) = lengths.arranged(requests, None)
    (longer,) = lengths.arranged(requests, first)
    assert (longer.address, longer.count) == (2, 4)
    lengths.refused(longer)
    (other,) = lengths.arranged(requests, first)
    assert (other.address, other.count) == (0, 4)
    lengths.refused(other)
    assert lengths.arranged(requests, first) == requests
    lengths.refused(first)  # what its fields need is asked for all the same
    assert lengths.arranged(requests, None) == requests


@st.composite
def devices(draw: st.DrawFn) -> tuple[dict[str, Field], list[str], Limits]:
    chance = draw(st.randoms(use_true_random=False))
    kinds = chance.choice([("holding",), ("holding", "input"), ("coil", "holding")])
    fields: dict[str, Field] = {}
    for kind in kinds:
        address = 0
        for _ in range(chance.randint(1, 6)):
            address += chance.choice([0, 0, 0, 1, 3, 20])
            words = 1 if kind in BITS else chance.choice([1, 2, 4])
            fields |= words_at((address, words), register=kind)
            address += words
    wanted = chance.sample(sorted(fields), chance.randint(1, len(fields)))
    bound = limits(chance.randint(4, 12), chance.randint(0, 3), max_bits=chance.randint(1, 20))
    return fields, wanted, bound


@given(devices())
def test_every_poll_reads_every_field_and_only_what_is_known(
    device: tuple[dict[str, Field], list[str], Limits],
) -> None:
    fields, wanted, bound = device
    bare = alike([plan({name: fields[name] for name in wanted}, bound)] * 6)
    sent = polls(fields, wanted, bound)
    assert alike(sent) <= bare
    edges = {(f.register, f.address) for f in fields.values()}
    ends = {(f.register, f.end) for f in fields.values()}
    for poll in sent:
        assert sorted(name for request in poll for name in request.fields) == sorted(wanted)
        for request in poll:
            assert request.count <= (
                bound.max_bits if request.register in BITS else bound.max_registers
            )
            end = request.address + request.count
            assert (request.register, request.address) in edges
            assert (request.register, end) in ends
            for name in request.fields:
                assert fields[name].register == request.register
                assert request.address <= fields[name].address
                assert fields[name].end <= end
            known = {
                n
                for f in fields.values()
                if f.register == request.register
                for n in range(f.address, f.end)
            }
            gaps = [
                b - a - 1 for a, b in pairwise(sorted(known & set(range(request.address, end))))
            ]
            assert max(gaps, default=0) <= bound.max_gap


@given(devices(), st.randoms(use_true_random=False))
def test_groups_of_their_own_pace_stay_unlike(
    device: tuple[dict[str, Field], list[str], Limits], chance: random.Random
) -> None:
    fields, wanted, bound = device
    lengths = Lengths(fields, bound)
    last: Request | None = None
    for _ in range(20):
        due = chance.sample(wanted, chance.randint(1, len(wanted)))
        requests = plan({name: fields[name] for name in due}, bound)
        sent = lengths.arranged(requests, last)
        assert sorted(name for request in sent for name in request.fields) == sorted(due)
        if last is not None and shape(sent[0]) == shape(last):
            # Only where no field of any request can be read along, and none be split.
            assert {shape(request) for request in sent} == {shape(last)}
        last = sent[-1]
