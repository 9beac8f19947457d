"""The ledger as text: what is written is read back, and what earlier versions wrote too."""

import json
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from gateway.modbus.ledger import Ledger, Lost, Mark, Swap
from gateway.modbus.totaliser import CounterSpec

COUNTS = st.integers(-(2**70), 2**70)
MARKS = st.builds(
    Mark,
    raw=COUNTS,
    t_us=st.integers(-(2**50), 2**60),
    mono_us=st.none() | st.integers(0, 2**55),
    boot_id=st.text(max_size=8),
    synchronised=st.booleans(),
)
BOUNDS = st.none() | COUNTS
LEDGERS = st.builds(
    Ledger,
    last=MARKS,
    scale=st.sampled_from([1.0, 0.1, 0.01, 1e-12, 1e12]),
    modulus=st.sampled_from([0, 10_000, 2**16, 2**64]),
    runs=st.sampled_from(["up", "down", "both"]),
    counts=COUNTS,
    base=st.fractions(),
    doubted=st.none() | MARKS,
    swap=st.none()
    | st.builds(Swap, st.text(), st.integers(0, 2**60), st.none() | st.text(), BOUNDS, BOUNDS),
    lost=st.none()
    | st.builds(Lost, st.sampled_from(["reset", "gap"]), MARKS, MARKS, BOUNDS, BOUNDS),
    jumped=st.booleans(),
)


@given(LEDGERS)
def test_what_is_written_is_read_back(ledger: Ledger) -> None:
    assert Ledger.from_json(ledger.to_json()) == ledger


@given(LEDGERS)
def test_its_text_is_json_for_any_reader(ledger: Ledger) -> None:
    known = json.loads(ledger.to_json())
    assert known["last"]["raw"] == ledger.last.raw
    assert known["modulus"] == ledger.modulus


def test_another_map_is_told_in_the_next_text() -> None:
    ledger = Ledger(Mark(100, 0), 0.1, 2**16, counts=30)
    ledger.to_json()
    ledger.rebase(CounterSpec("kwh", 1.0, 2**32, 5.0))
    again = Ledger.from_json(ledger.to_json())
    assert (again.scale, again.modulus, again.base) == (1.0, 2**32, Fraction(3))


def test_a_text_of_the_first_version_is_read() -> None:
    text = (
        '{"last":{"raw":7,"t_us":5},"scale":0.1,"modulus":65536,"counts":3,'
        '"base":"1/2","doubted":null}'
    )
    assert Ledger.from_json(text) == Ledger(Mark(7, 5), 0.1, 65536, counts=3, base=Fraction(1, 2))
