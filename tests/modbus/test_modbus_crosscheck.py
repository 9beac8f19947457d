"""∫rate·dt beside Δtotal: drift is found, and nothing else is taken for it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.modbus.crosscheck import CrossChecks, DriftSpec, Verdict
from gateway.modbus.rates import per_second

TOTAL, RATE = "unit1.gross_total_kwh", "unit1.gross_kw"
S = 1_000_000
SPEC = DriftSpec(
    TOTAL, RATE, 1 / 3600, window_s=600.0, tolerance=0.05, least=0.2, longest_gap_s=5.0
)


class Meter:
    """A meter that is polled; its total may count another share of what flows."""

    def __init__(self, share: float = 1.0, spec: DriftSpec = SPEC) -> None:
        self.share = share
        self.spec = spec
        self.checks = CrossChecks({TOTAL: spec})
        self.mono_us = 50 * S
        self.total = 0.0
        self.verdicts: list[Verdict] = []

    def poll(
        self,
        kw: float,
        seconds: float = 1.0,
        *,
        total: bool = True,
        rate: bool = True,
        apart_us: int = 0,
    ) -> None:
        self.mono_us += round(seconds * S)
        self.total += kw * seconds / 3600 * self.share
        self.verdicts += self.checks.take(RATE, self.mono_us, kw if rate else None)
        self.verdicts += self.checks.take(
            TOTAL, self.mono_us + apart_us, self.total if total else None
        )

    def restart(self) -> None:
        rows = {point: text for point, text in self.checks.dirty().items() if text is not None}
        self.checks = CrossChecks({TOTAL: self.spec})
        self.checks.restore(rows)
        self.mono_us = 0  # another boot

    def drifts(self) -> list[bool]:
        return [verdict.drifts for verdict in self.verdicts]


@pytest.mark.parametrize("share", [1.0, 0.97, 1.04])
def test_small_differences_are_no_drift(share: float) -> None:
    meter = Meter(share)
    for n in range(1_300):
        meter.poll(500.0 + n % 7)
    assert meter.drifts() == [False, False]


@pytest.mark.parametrize("share", [0.9, 1.1, 0.001, 0.0, -1.0])
def test_a_total_that_counts_otherwise_is_found_and_forgiven_once_it_counts_right(
    share: float,
) -> None:
    meter = Meter(share)
    for _ in range(601):
        meter.poll(500.0)
    assert meter.drifts() == [True]
    assert meter.verdicts[0].percent == pytest.approx(100 * (share - 1))
    meter.share = 1.0
    for _ in range(1_200):
        meter.poll(500.0)
    assert meter.drifts() == [True, False, False]


def test_a_total_that_counts_while_nothing_flows_is_found() -> None:
    meter = Meter()
    for _ in range(601):
        meter.poll(0.0)
        meter.total += 0.01
    assert meter.drifts() == [True]
    assert meter.verdicts[0].percent == 100.0


def test_two_steps_of_the_totaliser_are_never_drift() -> None:
    meter = Meter(0.0)
    for _ in range(601):
        meter.poll(1.0)  # 0.17 kWh in ten minutes
    assert meter.drifts() == [False]


def test_stretches_in_which_one_of_both_is_unknown_count_for_neither() -> None:
    meter = Meter()
    for n in range(2_000):
        meter.poll(500.0, total=n % 10 != 3, rate=n % 10 != 7)
    assert meter.drifts() == [False] * len(meter.drifts())
    assert len(meter.drifts()) >= 1


def test_a_silence_counts_for_neither() -> None:
    meter = Meter()
    for _ in range(700):
        meter.poll(500.0)
        meter.poll(500.0)
        meter.total += 150.0  # nobody knows what flowed in that minute
        meter.poll(500.0, 60.0)
    assert set(meter.drifts()) == {False}


def test_both_may_be_read_apart_from_each_other() -> None:
    meter = Meter()
    for n in range(2_000):
        meter.poll(500.0 + 400 * (n % 60 > 30), apart_us=400_000)
    assert set(meter.drifts()) == {False}


def test_an_unreported_total_does_not_fill_the_memory() -> None:
    meter = Meter()
    for n in range(10_000):
        meter.checks.take(RATE, n * S, 1.0)
    (check,) = meter.checks._checks.values()
    assert len(check._rate.reads) < 20


def test_a_rate_below_zero_counts_nothing_for_a_total_that_only_rises() -> None:
    meter = Meter()
    for n in range(1_300):
        if n % 200 < 100:
            meter.poll(500.0)
        else:
            meter.total += 300.0 / 3600  # so that it stands still
            meter.poll(-300.0)
    assert meter.drifts() == [False, False]


def test_a_net_total_follows_a_rate_of_both_signs() -> None:
    spec = DriftSpec(TOTAL, RATE, 1 / 3600, 600.0, 0.05, 0.2, longest_gap_s=5.0, both_ways=True)
    meter = Meter(spec=spec)
    for _ in range(700):
        meter.poll(-500.0)
    assert meter.drifts() == [False]


def test_windows_go_on_over_a_restart_and_drift_stays_known() -> None:
    meter = Meter(0.5)
    for _ in range(400):
        meter.poll(500.0)
    meter.restart()
    for _ in range(270):
        meter.poll(500.0)
    assert meter.drifts() == [True]
    rows = meter.checks.dirty()
    assert '"drifts":true' in (rows[TOTAL] or "")
    gone = CrossChecks({})
    gone.restore({point: text for point, text in rows.items() if text is not None})
    assert gone.left_over() == [TOTAL]
    assert (gone.left_over(), gone.dirty()) == ([], {TOTAL: None})


def test_other_settings_keep_what_was_measured() -> None:
    meter = Meter()
    for _ in range(400):
        meter.poll(500.0)
    wider = DriftSpec(TOTAL, RATE, 1 / 3600, 500.0, 0.1, 0.2, longest_gap_s=5.0)
    meter.checks.respec({TOTAL: wider})
    for _ in range(102):
        meter.poll(500.0)
    assert meter.drifts() == [False]
    meter.checks.respec({})
    assert meter.checks.take(TOTAL, meter.mono_us + S, 1.0) == []


@pytest.mark.parametrize(
    ("rate", "total", "factor"),
    [
        ("kw", "kwh", 1 / 3600),
        ("w", "kwh", 1 / 3.6e6),
        ("mw", "mwh", 1 / 3600),
        ("kw", "mj", 0.001),
        ("kvar", "kvarh", 1 / 3600),
        ("kva", "kvah", 1 / 3600),
        ("kg_per_s", "kg", 1.0),
        ("kg_per_h", "kg", 1 / 3600),
        ("t_per_h", "kg", 1000 / 3600),
        ("kg_per_min", "t", 1 / 60_000),
        ("m3_per_h", "m3", 1 / 3600),
        ("l_per_s", "m3", 0.001),
        ("nm3_per_h", "nm3", 1 / 3600),
        ("gj_per_h", "mj", 1000 / 3600),
    ],
)
def test_units_of_rates_and_totals(rate: str, total: str, factor: float) -> None:
    assert per_second(rate, total) == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize(
    ("rate", "total"),
    [("kw", "kg"), ("kvar", "kwh"), ("m3_per_h", "nm3"), ("degc", "kwh"), ("kg_per_week", "kg")],
)
def test_what_is_no_rate_of_a_total(rate: str, total: str) -> None:
    assert per_second(rate, total) is None


@settings(max_examples=40, deadline=None)
@given(
    polls=st.lists(
        st.tuples(
            st.floats(0, 1000),
            st.sampled_from([0.1, 1.0, 2.0, 4.0, 30.0]),
            st.booleans(),
            st.booleans(),
        ),
        min_size=100,
        max_size=300,
    )
)
def test_an_honest_meter_never_drifts_whatever_is_lost(
    polls: list[tuple[float, float, bool, bool]],
) -> None:
    spec = DriftSpec(TOTAL, RATE, 1 / 3600, 60.0, 0.05, 0.02, longest_gap_s=5.0)
    meter = Meter(spec=spec)
    before = 0.0
    meter.poll(0.0)
    for kw, seconds, total, rate in polls:
        # The rate runs straight from one read to the next, so its integral is known exactly.
        meter.total += ((before + kw) / 2 - kw) * seconds / 3600
        meter.poll(kw, seconds, total=total, rate=rate)
        before = kw
    assert set(meter.drifts()) <= {False}
