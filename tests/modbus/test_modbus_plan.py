"""The plan reads every field, breaks no limit and sends the fewest requests possible."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.modbus.plan import plan
from gateway.modbus.profile import Field, Limits, load_profiles

TYPES = {1: "uint16", 2: "uint32", 4: "uint64"}


def limits(max_registers: int, max_gap: int) -> Limits:
    return Limits(name="n", source="s", max_registers=max_registers, max_gap=max_gap)


def fields_at(places: Sequence[tuple[str, int, int]]) -> dict[str, Field]:
    return {
        f"f{n}": Field(register=kind, address=address, type=TYPES[words], unit="kg")  # type: ignore[arg-type]
        for n, (kind, address, words) in enumerate(places)
    }


def covered(fields: Sequence[Field]) -> set[int]:
    return {f.address + n for f in fields for n in range(f.words)}


def allowed(fields: Sequence[Field], bound: Limits) -> bool:
    if len({f.register for f in fields}) != 1:
        return False
    read = sorted(covered(fields))
    widest = max((b - a - 1 for a, b in pairwise(read)), default=0)
    return read[-1] - read[0] + 1 <= bound.max_registers and widest <= bound.max_gap


def fewest(fields: Sequence[Field], bound: Limits) -> int:
    """Every way to split the fields into groups, tried."""

    def split(rest: Sequence[Field], groups: list[list[Field]]) -> int:
        if not rest:
            return len(groups) if all(allowed(group, bound) for group in groups) else len(fields)
        first, *others = rest
        counts = [split(others, [*groups, [first]])]
        for n, group in enumerate(groups):
            counts.append(split(others, [*groups[:n], [*group, first], *groups[n + 1 :]]))
        return min(counts)

    return split(fields, [])


PLACES = st.lists(
    st.tuples(
        st.sampled_from(["holding", "input"]), st.integers(0, 24), st.sampled_from([1, 2, 4])
    ),
    min_size=1,
    max_size=6,
)


@settings(deadline=None)
@given(PLACES, st.integers(4, 16), st.integers(0, 5))
def test_as_few_as_brute_force_finds(
    places: list[tuple[str, int, int]], max_registers: int, max_gap: int
) -> None:
    fields = fields_at(places)
    bound = limits(max_registers, max_gap)
    requests = plan(fields, bound)
    assert len(requests) == fewest(list(fields.values()), bound)


@given(PLACES, st.integers(4, 16), st.integers(0, 5))
def test_every_field_once_within_the_limits(
    places: list[tuple[str, int, int]], max_registers: int, max_gap: int
) -> None:
    fields = fields_at(places)
    bound = limits(max_registers, max_gap)
    requests = plan(fields, bound)
    assert sorted(name for r in requests for name in r.fields) == sorted(fields)
    for request in requests:
        own = [fields[name] for name in request.fields]
        assert allowed(own, bound)
        assert min(covered(own)) == request.address
        assert max(covered(own)) == request.address + request.count - 1


def test_no_fields_no_requests() -> None:
    assert plan({}, limits(125, 0)) == ()


def test_the_demo_generator_is_read_at_once_over_its_empty_registers() -> None:
    profile = load_profiles()["demo_generator"]
    (request,) = plan(profile.fields, profile.limits)
    assert (request.register, request.address, request.count) == ("holding", 200, 10)


def shuffled(fields: Mapping[str, Field], order: Sequence[str]) -> dict[str, Field]:
    return {name: fields[name] for name in order}


@given(PLACES, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_is_irrelevant(
    places: list[tuple[str, int, int]], random: object
) -> None:
    fields = fields_at(places)
    names = list(fields)
    random.shuffle(names)  # type: ignore[attr-defined]
    assert plan(shuffled(fields, names), limits(8, 2)) == plan(fields, limits(8, 2))
