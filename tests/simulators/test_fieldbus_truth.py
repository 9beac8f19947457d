"""The fieldbus simulator's truth: the answer that everything else is held against."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators import words
from simulators.fieldbus.device import DEVICES, device_of, load
from simulators.fieldbus.truth import Restart, Swing, Total

swings = st.builds(
    Swing,
    low=st.floats(0.5, 50.0),
    high=st.floats(60.0, 500.0),
    per_s=st.floats(0.05, 20.0),
    phase_s=st.floats(0.0, 100.0),
)
instants = st.floats(0.0, 4000.0)


def summed(function: Callable[[float], float], to_s: float, parts: int = 20_000) -> float:
    """Trapezoids."""
    width = to_s / parts
    inner = math.fsum(function(n * width) for n in range(1, parts))
    return width * (inner + (function(0.0) + function(to_s)) / 2)


def test_a_swing_by_hand() -> None:
    swing = Swing(low=10.0, high=30.0, per_s=2.0)
    assert [swing.at(t) for t in (0, 5, 10, 15, 20, 25)] == [10, 20, 30, 20, 10, 20]
    assert swing.integral(10.0) == 200.0
    assert swing.integral(20.0) == 400.0
    assert swing.integral(25.0) == 475.0
    assert swing.bounds(8.0, 12.0) == (26.0, 30.0)
    assert swing.bounds(18.0, 31.0) == (10.0, 30.0)
    assert Swing(3.0, 3.0, 0.0).integral(7.0) == 21.0


@given(swing=swings, t_s=instants, later_s=st.floats(0.0, 100.0))
def test_a_swing_keeps_its_bounds_and_its_rate(swing: Swing, t_s: float, later_s: float) -> None:
    low, high = swing.bounds(t_s, t_s + later_s)
    value = swing.at(t_s)
    assert swing.low - 1e-9 <= low <= value <= high <= swing.high + 1e-9
    assert abs(swing.at(t_s + later_s) - value) <= swing.per_s * later_s + 1e-6
    for part in range(11):
        assert low - 1e-6 <= swing.at(t_s + later_s * part / 10) <= high + 1e-6


@pytest.mark.parametrize("phase_s", [0.0, 3.0, 17.0, 26.0])
def test_the_integral_is_that_of_the_swing(phase_s: float) -> None:
    swing = Swing(2.0, 30.0, 1.7, phase_s)
    for to_s in (1.0, 16.0, 20.0, 77.7):
        assert swing.integral(to_s) == pytest.approx(summed(swing.at, to_s), rel=1e-6)


@given(swing=swings, start=st.integers(0, 999), t_s=instants, later_s=st.floats(0.0, 500.0))
def test_a_total_never_falls_and_its_register_rolls(
    swing: Swing, start: int, t_s: float, later_s: float
) -> None:
    total = Total(swing, scale=0.5, modulus=1000, start=start)
    counted, later = total.counted(t_s), total.counted(t_s + later_s)
    assert 0 <= counted <= later
    assert 0 <= total.shown(t_s) < 1000
    assert (total.shown(t_s + later_s) - total.shown(t_s) - (later - counted)) % 1000 == 0


def test_a_total_that_begins_anew() -> None:
    flow = Swing(10.0, 10.0, 0.0)
    total = Total(flow, 1.0, 100_000, 5000, (Restart(20.0, 0), Restart(50.0, 777, "swap")))
    shown = [total.shown(t) for t in (0.0, 10.0, 20.0, 30.0, 49.9, 50.0, 60.0)]
    assert shown == [5000, 5100, 0, 100, 299, 777, 877]
    assert total.counted(60.0) == 600
    assert total.restarted(15.0, 25.0)
    assert not total.restarted(25.0, 45.0)


@pytest.mark.parametrize(
    ("raw", "type_", "order", "sent"),
    [
        pytest.param(-2, "int16", "AB", (0xFFFE,), id="int16"),
        pytest.param(0x1234, "uint16", "BA", (0x3412,), id="bytes swapped"),
        pytest.param(0x12345678, "uint32", "CDAB", (0x5678, 0x1234), id="low word first"),
        pytest.param(0x12345678, "uint32", "DCBA", (0x7856, 0x3412), id="all little"),
        pytest.param(0x112233445566, "uint48", "EFCDAB", (0x5566, 0x3344, 0x1122), id="48 bits"),
        pytest.param(1.5, "float16", "AB", (0x3E00,), id="half precision"),
        pytest.param(1.5, "float32", "BADC", (0xC03F, 0x0000), id="float32 BADC"),
        pytest.param(12_345_678, "bcd32", "ABCD", (0x1234, 0x5678), id="BCD"),
        pytest.param(12_345_678, "mod10k32", "ABCD", (1234, 5678), id="mod-10k"),
        pytest.param(12_345_678, "mod10k48", "EFCDAB", (5678, 1234, 0), id="mod-10k, low first"),
    ],
)
def test_words_by_hand(raw: float, type_: str, order: str, sent: tuple[int, ...]) -> None:
    assert words.words_of(raw, type_, order) == sent


@pytest.mark.parametrize(
    ("raw", "type_", "order", "why"),
    [
        pytest.param(1, "int24", "ABC", "is unknown", id="no such type"),
        pytest.param(1, "int32", "AB", "each of its bytes", id="order too short"),
        pytest.param(1, "int32", "AABB", "each of its bytes", id="a byte twice"),
        pytest.param(70_000, "uint16", "AB", "does not fit", id="too large"),
        pytest.param(100_000, "bcd16", "AB", "does not fit", id="too many digits"),
    ],
)
def test_words_that_cannot_be(raw: float, type_: str, order: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        words.words_of(raw, type_, order)


def test_the_devices_that_come_along() -> None:
    devices = [load(path) for path in sorted(DEVICES.glob("*.toml"))]
    assert len({device.unit for device in devices}) == len(devices) >= 3
    for device in devices:
        assert device.datasheet
        tables = {kind: device.table(kind, 100.0) for kind in ("holding", "input", "discrete")}
        assert any(tables.values())
    unknown = next(device for device in devices if device.name == "unknown_meter")
    assert "AB" not in unknown.datasheet
    assert "word" not in unknown.datasheet


@pytest.mark.parametrize(
    ("field", "why"),
    [
        pytest.param({"register": "coils", "type": "bit"}, "coils", id="no such register"),
        pytest.param({"register": "input", "type": "int24"}, "int24", id="no such type"),
        pytest.param({"register": "input", "type": "uint16", "modulus": 9}, "flow", id="no flow"),
        pytest.param({"register": "input", "type": "uint16", "colour": 9}, "colour", id="no key"),
    ],
)
def test_a_device_that_cannot_be(field: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=f"power_kw: .*{why}"):
        device_of({"name": "x", "field": {"power_kw": {"address": 0} | field}})
