"""The plan reads every field, breaks no limit and sends the fewest requests possible."""

import random
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.modbus.field import BITS
from gateway.modbus.plan import plan
from gateway.modbus.profile import Field, Forbidden, Limits, load_profiles

TYPES = {1: "uint16", 2: "uint32", 3: "uint48", 4: "uint64"}
KINDS = ("coil", "discrete", "holding", "input")

Place = tuple[str, int, int]
"""Kind, address and number of registers (a coil or discrete input has one bit)."""


def limits(max_registers: int = 125, max_gap: int = 0, **more: Any) -> Limits:
    return Limits(name="n", source="s", max_registers=max_registers, max_gap=max_gap, **more)


def fields_at(places: Sequence[Place]) -> dict[str, Field]:
    return {
        f"f{n}": Field(
            register=kind,  # type: ignore[arg-type]
            address=address,
            type="bit" if kind in BITS else TYPES[words],
            unit="kg",
        )
        for n, (kind, address, words) in enumerate(places)
    }


def covered(fields: Sequence[Field]) -> set[int]:
    return {f.address + n for f in fields for n in range(f.words)}


def allowed(fields: Sequence[Field], bound: Limits) -> bool:
    """Whether one request may read these fields, register by register."""
    kinds = {f.register for f in fields}
    if len(kinds) != 1:
        return False
    (kind,) = kinds
    needed = sorted(covered(fields))
    asked = range(needed[0], needed[-1] + 1)
    if len(asked) > (bound.max_bits if kind in BITS else bound.max_registers):
        return False
    if any(p.register == kind and p.first <= a <= p.last for p in bound.forbidden for a in asked):
        return False
    return max((b - a - 1 for a, b in pairwise(needed)), default=0) <= bound.max_gap


def fewest(fields: Sequence[Field], bound: Limits) -> int:
    """The least number of requests over every way to share out the fields among requests."""
    everything = (1 << len(fields)) - 1
    possible = [
        bool(chosen) and allowed([f for n, f in enumerate(fields) if chosen >> n & 1], bound)
        for chosen in range(everything + 1)
    ]

    @cache
    def least(waiting: int) -> int:
        if not waiting:
            return 0
        first = waiting & -waiting
        rest = waiting ^ first
        counts, others = [], rest
        while True:
            if possible[first | others]:
                counts.append(1 + least(rest ^ others))
            if not others:
                return min(counts)
            others = (others - 1) & rest

    return least(everything)


def random_map(chance: random.Random, most_fields: int) -> tuple[dict[str, Field], Limits]:
    """A small map: crowded or sparse, with forbidden ranges beside its fields."""
    room = chance.choice([8, 16, 32])
    kinds = chance.choice([KINDS, KINDS[2:], KINDS[2:3]])
    places = [
        (chance.choice(kinds), chance.randrange(room), chance.choice([1, 1, 2, 3, 4]))
        for _ in range(chance.randint(1, most_fields))
    ]
    fields = fields_at(places)
    forbidden = []
    for _ in range(chance.randrange(4)):
        kind, first = chance.choice(kinds), chance.randrange(room)
        place = Forbidden(register=kind, first=first, last=first + chance.randrange(3))  # type: ignore[arg-type]
        if not any(place.touches(f.register, f.address, f.end) for f in fields.values()):
            forbidden.append(place)
    return fields, limits(
        chance.randint(4, 14),
        chance.randrange(6),
        max_bits=chance.randint(1, 12),
        forbidden=tuple(forbidden),
    )


def check_against_brute_force(seed: int, maps: int, most_fields: int) -> None:
    chance = random.Random(seed)
    for _ in range(maps):
        fields, bound = random_map(chance, most_fields)
        requests = plan(fields, bound)
        assert len(requests) == fewest(list(fields.values()), bound), (fields, bound, requests)
        check_whole(fields, bound)


def check_whole(fields: Mapping[str, Field], bound: Limits) -> None:
    requests = plan(fields, bound)
    assert sorted(name for r in requests for name in r.fields) == sorted(fields)
    for request in requests:
        own = [fields[name] for name in request.fields]
        assert allowed(own, bound)
        assert {f.register for f in own} == {request.register}
        assert min(covered(own)) == request.address
        assert max(covered(own)) == request.address + request.count - 1
        assert [f.address for f in own] == sorted(f.address for f in own)


@pytest.mark.parametrize("seed", range(4))
def test_as_few_as_brute_force_finds(seed: int) -> None:
    check_against_brute_force(seed, 1000, 6)


@pytest.mark.long
def test_as_few_as_brute_force_finds_on_larger_maps(full_size: bool) -> None:
    check_against_brute_force(99, 30_000 if full_size else 3000, 9)


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_lines_is_irrelevant(chance: random.Random) -> None:
    fields, bound = random_map(chance, 8)
    names = list(fields)
    chance.shuffle(names)
    assert plan({name: fields[name] for name in names}, bound) == plan(fields, bound)


@given(st.randoms(use_true_random=False))
def test_a_field_inside_others_comes_with_one_of_them(chance: random.Random) -> None:
    fields, bound = random_map(chance, 8)
    requests = [set(request.fields) for request in plan(fields, bound)]
    for name, field in fields.items():
        around = {
            other
            for other, host in fields.items()
            if other != name
            and host.register == field.register
            and covered([field]) <= covered([host])
        }
        assert not around or any(name in names and names & around for names in requests)


def word_bits(*bits: int) -> dict[str, Field]:
    return {
        f"b{bit}_on": Field(register="holding", address=7, type="bit", bit=bit, unit="on")
        for bit in bits
    }


def test_bits_of_one_word_are_one_register() -> None:
    (request,) = plan(word_bits(0, 3, 15), limits())
    assert (request.address, request.count) == (7, 1)
    assert set(request.fields) == {"b0_on", "b3_on", "b15_on"}


@pytest.mark.parametrize(
    ("places", "bound", "expected"),
    [
        pytest.param(
            [("holding", 0, 1), ("holding", 2, 4), ("holding", 2, 2)],
            limits(4, 1),
            [(0, 1), (2, 4)],
            id="two meanings of one address stay together",
        ),
        pytest.param(
            [("holding", 0, 2), ("holding", 1, 2), ("holding", 3, 1)],
            limits(4),
            [(0, 4)],
            id="partly overlapping fields",
        ),
        pytest.param(
            [("holding", 0, 1), ("holding", 2, 2), ("holding", 3, 2), ("holding", 6, 1)],
            limits(4, 1),
            [(0, 4), (3, 4)],
            id="apart where together needs a request more",
        ),
        pytest.param(
            [("holding", 0, 1), ("holding", 4, 1)],
            limits(8, 5, forbidden=(Forbidden(register="holding", first=2, last=2),)),
            [(0, 1), (4, 1)],
            id="a forbidden register between",
        ),
        pytest.param(
            [("holding", 0, 1), ("holding", 4, 1)],
            limits(8, 5, forbidden=(Forbidden(register="input", first=2, last=2),)),
            [(0, 5)],
            id="forbidden in another kind only",
        ),
        pytest.param(
            [("coil", 0, 1), ("coil", 15, 1), ("coil", 16, 1)],
            limits(4, 20, max_bits=16),
            [(0, 16), (16, 1)],
            id="bits have a limit of their own",
        ),
    ],
)
def test_a_plan(places: list[Place], bound: Limits, expected: list[tuple[int, int]]) -> None:
    assert [(r.address, r.count) for r in plan(fields_at(places), bound)] == expected


def test_no_fields_no_requests() -> None:
    assert plan({}, limits(125, 0)) == ()


@pytest.mark.parametrize("name", sorted(load_profiles()))
def test_every_profile_is_planned_within_its_limits(name: str) -> None:
    profile = load_profiles()[name]
    check_whole(profile.fields, profile.limits)


def test_the_demo_generator_is_read_at_once_over_its_empty_registers() -> None:
    profile = load_profiles()["demo_generator"]
    (request,) = plan(profile.fields, profile.limits)
    assert (request.register, request.address, request.count) == ("holding", 200, 10)
