"""Laws of the sensors: whatever the wires do, a number is what was measured."""

import importlib
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NAMES = (
    "conversion",
    "platinum",
    "loop",
    "gasp",
    "record",
    "sensors",
    "channel",
    "scripted",
    "scripted_onewire",
)
LAW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
A, B, C = 3.9083e-3, -5.775e-7, -4.183e-12  # IEC 60751, written down once more


@pytest.fixture(scope="module")
def node(node_directory: Path, firmware_directory: Path) -> Iterator[SimpleNamespace]:
    """The firmware's modules as this Python runs them; gone again afterwards."""
    before = set(sys.modules)
    sys.path[:0] = [str(firmware_directory), str(node_directory)]
    yield SimpleNamespace(**{name: importlib.import_module(name) for name in NAMES})
    del sys.path[:2]
    for name in set(sys.modules) - before:
        origin = getattr(sys.modules[name], "__file__", None)
        if origin and Path(origin).parent in {node_directory, firmware_directory}:
            del sys.modules[name]


@LAW
@given(pad=st.binary(min_size=0, max_size=10))
def test_any_scratchpad_is_a_number_with_its_crc_or_a_known_reason(
    node: SimpleNamespace, pad: bytes
) -> None:
    value, reason = node.conversion.ds18b20(pad)

    assert (value is None) != (reason is None)
    if value is None:
        assert reason in node.record.REASONS
    else:
        assert node.conversion.crc8(pad) == 0
        assert -55 <= value <= 125


@LAW
@given(
    raw=st.integers(-55 * 16, 125 * 16),
    flips=st.sets(st.integers(0, 71), min_size=1, max_size=2),
)
def test_a_scratchpad_with_flipped_bits_is_never_a_number(
    node: SimpleNamespace, raw: int, flips: set[int]
) -> None:
    body = (raw & 0xFFFF).to_bytes(2, "little") + bytes([0x4B, 0x46, 0x7F, 0xFF, 0x10, 0x10])
    pad = bytearray(body + bytes([node.conversion.crc8(body)]))
    assert node.conversion.ds18b20(pad) == (raw / 16, None)

    for bit in flips:
        pad[bit // 8] ^= 1 << bit % 8

    assert node.conversion.ds18b20(pad)[0] is None


@LAW
@given(degc=st.floats(-190, 800), nominal_ohm=st.sampled_from([100, 1000]))
def test_platinum_is_the_inverse_of_iec_60751(
    node: SimpleNamespace, degc: float, nominal_ohm: int
) -> None:
    ratio = 1 + A * degc + B * degc**2 + (C * (degc - 100) * degc**3 if degc < 0 else 0)
    reference_ohm = 4.3 * nominal_ohm
    code = round(ratio * nominal_ohm / reference_ohm * 32768)

    value, reason = node.platinum.degc(code, reference_ohm, nominal_ohm)

    assert reason is None
    assert abs(value - degc) < 0.04


@LAW
@given(
    steps=st.lists(st.tuples(st.floats(-1, 41), st.integers(1, 5000)), min_size=1, max_size=40),
    gas=st.booleans(),
)
def test_a_current_is_a_number_only_inside_its_range(
    node: SimpleNamespace, steps: list[tuple[float, int]], gas: bool
) -> None:
    loop = node.loop.Loop(0, 5000, gas=gas)
    now_ms, beyond_since = 0, None
    for current_ma, pause_ms in steps:
        now_ms += pause_ms
        beyond = not 3.6 <= current_ma <= 21
        beyond_since = (now_ms if beyond_since is None else beyond_since) if beyond else None

        value, reason = loop.judge(current_ma, now_ms)

        if value is not None:
            assert 3.8 <= current_ma <= (20 if gas else 20.5)
            assert math.isclose(value, (current_ma - 4) / 16 * 5000, abs_tol=1e-6)
        elif gas and current_ma >= 20:
            assert reason == "over_range"
        elif beyond_since is not None and now_ms - beyond_since >= 4000:
            assert reason == ("sensor_open" if current_ma < 3.6 else "sensor_short")
        elif not gas and 20.5 < current_ma <= 21:
            assert reason == "over_range"
        else:
            assert reason == "out_of_range"


@LAW
@given(
    steps=st.lists(st.tuples(st.none() | st.floats(-50, 120), st.integers(1, 400000)), max_size=60)
)
def test_a_last_gasp_follows_a_rise_and_ten_seconds_of_silence(
    node: SimpleNamespace, steps: list[tuple[float | None, int]]
) -> None:
    gasp = node.gasp.Gasp(10000)
    now_ms, missing_since, told = 0, None, False
    seen: list[tuple[int, float]] = []
    for value, pause_ms in steps:
        now_ms += pause_ms
        if value is not None:
            seen.append((now_ms, value))
            missing_since, told = None, False
            assert gasp.judge({"temp_1_degc": value}, {}, now_ms) == []
            continue
        missing_since = now_ms if missing_since is None else missing_since
        found = gasp.judge({}, {"temp_1_degc": "sensor_open"}, now_ms)
        assert found in ([], ["temp_1_degc"])
        if found:
            last_ms, last = seen[-1]
            recent = [value for at_ms, value in seen if last_ms - at_ms < 600000]
            assert last - min(recent) >= 5
            assert now_ms - missing_since >= 10000
            assert not told
            told = True
        elif seen and not told and now_ms - missing_since >= 10000:
            last_ms, last = seen[-1]
            recent = [value for at_ms, value in seen if last_ms - at_ms < 300000]
            assert last - min(recent) < 5
            told = True  # it has been judged; another judgement needs another value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["value", "rom", "pin", "cs", "wires", "address", "channel", "low", "high", "shunt_ohm", "due",
     "range_v", "gain", "offset", "calibrated", "reference_ohm", "nominal_ohm", "stuck_h", "warm_s",
     "onewire"]
)  # fmt: skip
KINDS = st.sampled_from(["ds18b20", "max31865", "loop", "adc", "bus"])


@settings(LAW, max_examples=40)
@given(
    section=st.lists(st.builds(lambda e, k: {**e, "kind": k}, st.dictionaries(KEYS, JSON), KINDS))
)
def test_any_section_is_judged_in_words_and_never_stops_the_board(
    node: SimpleNamespace, section: list[dict[str, Any]]
) -> None:
    told = node.sensors.wrong(section)

    assert all(isinstance(line, str) and line for line in told)
    usable = node.sensors.usable(section)
    board = node.scripted.Station(usable, ["temp_1_degc", "co_ppm"], node.scripted.Buses())
    v, bad = board.reading()
    assert sorted({*v, *bad}) == ["co_ppm", "temp_1_degc"]


VALUES = ["temp_1_degc", "temp_2_degc", "temp_3_degc", "co_ppm", "o2_percent"]
ERRNO = st.sampled_from([5, 19, 110])
EVENTS = st.one_of(
    st.tuples(st.just("degc"), st.integers(0, 1), st.integers(-50 * 16, 120 * 16)),
    st.tuples(st.just("slave"), st.integers(0, 1), st.sampled_from(["dead", "brown", "zeros", ""])),
    st.tuples(st.just("cable"), st.just(0), st.sampled_from(["short", "flip", "deaf", ""])),
    st.tuples(st.just("ohm"), st.just(2), st.floats(0, 2000)),
    st.tuples(st.just("rtd"), st.integers(0, 255), st.sampled_from(["gone", "power", "fault", ""])),
    st.tuples(st.just("ma"), st.integers(3, 4), st.floats(0, 40)),
    st.tuples(st.just("ads"), ERRNO, st.sampled_from(["error", "hang", "power", ""])),
    st.tuples(st.just("pause"), st.integers(1, 20000), st.just("")),
)  # fmt: skip


class Bench:
    """A board on scripted buses, and what is true."""

    def __init__(self, node: SimpleNamespace) -> None:
        self.buses = node.scripted.Buses()
        self.slaves = [node.scripted_onewire.Thermometer(serial) for serial in (3, 5)]
        self.cable = self.buses.cable(4, *self.slaves)
        self.rtd, self.ads = self.buses.max(5), self.buses.ads()
        section = [
            {"value": VALUES[i], "kind": "ds18b20", "rom": self.slaves[i].rom.hex()} for i in (0, 1)
        ]
        section += [
            {"value": VALUES[2], "kind": "max31865", "cs": 5, "reference_ohm": 430},
            {"value": VALUES[3], "kind": "loop", "channel": 0, "low": 0, "high": 5000},
            {"value": VALUES[4], "kind": "loop", "channel": 1, "low": 0, "high": 25},
        ]
        assert node.sensors.wrong(section, VALUES) == []
        self.board = node.scripted.Station(section, VALUES, self.buses)
        self.truth: list[list[float]] = [[20.0], [20.0], [100.0], [0.0], [0.0]]

    def happens(self, kind: str, which: int, how: Any) -> None:
        if kind == "degc":
            self.slaves[which].degc = how / 16
            self.truth[which].append(how / 16)
        elif kind == "slave":
            slave = self.slaves[which]
            slave.alive, slave.pad = how != "dead", bytes(9) if how == "zeros" else None
            if how == "brown":
                slave.power_up()
        elif kind == "cable":
            self.cable.shorted, self.cable.flips = how == "short", 3 if how == "flip" else 0
            for slave in self.slaves:
                slave.converts = how != "deaf"
        elif kind == "ohm":
            self.rtd.ohm = how
            self.truth[2].append(how)
        elif kind == "rtd":
            self.rtd.present = how != "gone"
            self.rtd.cycle_faults = which & 0xFC if how == "fault" else 0
            if how == "power":
                self.rtd.power_up()
        elif kind == "ma":
            self.ads.volts[which - 3] = how / 10
            self.truth[which].append(how)
        elif kind == "ads":
            self.ads.error = which if how == "error" else None
            self.ads.hung = how == "hang"
            if how == "power":
                self.ads.power_up()
        else:
            self.buses.clock.now_ms += which

    def check(self, node: SimpleNamespace, v: dict[str, float], bad: dict[str, str]) -> None:
        assert sorted({*v, *bad}) == sorted(VALUES)
        assert set(bad.values()) <= set(node.record.REASONS)
        for index, name in enumerate(VALUES):
            if name not in v:
                continue
            truths = self.truth[index]
            assert any(self.matches(index, v[name], truth) for truth in truths), (name, v, truths)
            assert bad.get(name, "low_o2") == "low_o2"

    def matches(self, index: int, value: float, truth: float) -> bool:
        if index < 2:
            return value == truth
        if index == 2:
            below = C * (value - 100) * value**3 if value < 0 else 0
            return math.isclose(100 * (1 + A * value + B * value**2 + below), truth, abs_tol=0.03)
        full = 5000 if index == 3 else 25
        inside = 3.79 < truth < (20 if index == 3 else 20.51)
        return inside and math.isclose(value, (truth - 4) / 16 * full, abs_tol=full * 1e-4)


@LAW
@given(events=st.lists(EVENTS, max_size=12), polled=st.booleans())
def test_whatever_the_wires_do_a_number_is_what_was_measured(
    node: SimpleNamespace, events: list[tuple[str, int, Any]], polled: bool
) -> None:
    bench = Bench(node)
    bench.board.reading(polled)
    for event in events:
        bench.happens(*event)
        bench.check(node, *bench.board.reading(polled))
        for truths in bench.truth:
            del truths[:-2]  # a round may have begun before the event, none two events ago


CABLE = st.lists(
    st.tuples(st.sampled_from(["gone", "back", "new", "restart", "scan"]), st.integers(0, 5)),
    max_size=25,
)


@LAW
@given(steps=CABLE, bound=st.sets(st.integers(0, 3)))
def test_no_sensor_ever_answers_for_another(
    node: SimpleNamespace, steps: list[tuple[str, int]], bound: set[int]
) -> None:
    """Sensors die, come back, are added and found again: a value stays with its ROM code."""
    sensor = node.scripted_onewire.Thermometer
    slaves = [sensor(serial, 20.0 + serial) for serial in range(6)]
    names = [f"temp_{index}_degc" for index in range(4)]
    section = [
        {"value": name, "kind": "ds18b20"} | ({"rom": slaves[i].rom.hex()} if i in bound else {})
        for i, name in enumerate(names)
    ]
    buses = node.scripted.Buses()
    cable = buses.cable(4, *slaves[:4])
    board = node.scripted.Station(section, names, buses)
    owner: dict[str, float] = {}
    for what, which in steps:
        if what in {"gone", "back"}:
            slaves[which].alive = what == "back"
        elif what == "new" and slaves[which] not in cable.slaves:
            cable.slaves.append(slaves[which])
        elif what == "restart":
            board, owner = node.scripted.Station(section, names, buses), {}
        v, bad = board.last(6)
        assert sorted({*v, *bad}) == names
        assert len(set(v.values())) == len(v)
        for index, name in enumerate(names):
            if name in v:
                assert owner.setdefault(name, v[name]) == v[name]
                assert index not in bound or v[name] == 20.0 + index
                assert index in bound or v[name] - 20.0 not in bound
            else:
                assert bad[name] == "sensor_open"


@pytest.mark.parametrize("kind", ["ds18b20", "max31865", "loop", "adc"])
def test_the_reasons_of_every_kind_are_known_to_the_store(node: SimpleNamespace, kind: str) -> None:
    assert node.channel.STUCK_H[kind] > 0
    for reason in ("stuck", "learning", "expired_calibration", "low_o2", "over_range"):
        assert reason in node.record.REASONS
