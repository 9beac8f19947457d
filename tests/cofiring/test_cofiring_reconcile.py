"""Reconciliation: the reference case, the laws, and who is named when."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cofiring.reconcile import NOT_LOCALISABLE, reconcile
from agent.errors import BadBalanceError

# Two hoppers feed three mills: two balances over five meters, and a third over all.
SILOS = ((1.0, -1.0, -1.0, 0.0, 0.0), (0.0, 0.0, 1.0, -1.0, -1.0))
TRUTH = (100.0, 40.0, 60.0, 25.0, 35.0)


def variances(*half_widths):
    return [(half / 1.96) ** 2 for half in half_widths]


def test_reference_case_of_one_node(cases, tables):
    case = cases["reconcile_one_node"]
    readings = [case["inflow"], *case["outflows"]]
    found = reconcile(
        [value for value, _ in readings],
        variances(*(half for _, half in readings)),
        [(1.0, -1.0, -1.0)],
        tables.uncertainties,
    )
    close = {"rel": case["rel_tol"]}
    assert found.values == pytest.approx(case["reconciled"], **close)
    assert found.half_widths == pytest.approx(case["half_widths_after"], **close)
    assert found.chi2 == pytest.approx(case["chi2"], **close)
    assert found.limit == pytest.approx(case["chi2_limit"], **close)
    assert found.normalised == pytest.approx(case["normalised"], **close)
    assert found.suspect == case["suspect"]
    assert found.agrees


def test_one_balance_cannot_name_anybody_however_wrong(tables):
    found = reconcile(
        [150.0, 61.0, 41.0], variances(2, 1.5, 1), [(1, -1, -1)], tables.uncertainties
    )
    assert not found.agrees
    assert found.candidates == (0, 1, 2)
    assert found.suspect == NOT_LOCALISABLE


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        pytest.param({}, None, id="all agree"),
        pytest.param({2: 15.0}, 2, id="the meter in both balances"),
        pytest.param({0: 15.0}, NOT_LOCALISABLE, id="inflow, or its sibling of the same node"),
        pytest.param({3: 12.0}, NOT_LOCALISABLE, id="one of two mills"),
        pytest.param({0: 15.0, 3: 12.0}, NOT_LOCALISABLE, id="two at once"),
    ],
)
def test_a_suspect_is_named_only_where_redundancy_tells(wrong, named, tables):
    readings = [value + wrong.get(n, 0.0) for n, value in enumerate(TRUTH)]
    half_widths = variances(1.0, 0.6, 0.9, 0.5, 0.5)
    found = reconcile(readings, half_widths, SILOS, tables.uncertainties)
    assert found.suspect == named
    assert found.agrees is (not wrong)


@given(
    readings=st.lists(st.floats(1.0, 1e4), min_size=5, max_size=5),
    halves=st.lists(st.floats(0.1, 10.0), min_size=5, max_size=5),
)
def test_what_is_corrected_balances_and_is_known_better(readings, halves, tables):
    found = reconcile(readings, variances(*halves), SILOS, tables.uncertainties)
    for row in SILOS:
        gap = sum(a * x for a, x in zip(row, found.values, strict=True))
        assert gap == pytest.approx(0.0, abs=1e-7)
    assert all(n <= h * (1 + 1e-12) for n, h in zip(found.half_widths, halves, strict=True))


def test_against_matrices_and_monte_carlo(tables):
    """χ² of correct readings exceeds its limit in one case of twenty."""
    rng = np.random.default_rng(20261003)
    a, s = np.array(SILOS), np.diag(variances(1.0, 0.6, 0.9, 0.5, 0.5))
    x = np.array(TRUTH) + rng.standard_normal(5) * np.sqrt(np.diag(s))
    gain = s @ a.T @ np.linalg.inv(a @ s @ a.T)
    found = reconcile(list(x), list(np.diag(s)), SILOS, tables.uncertainties)
    assert found.values == pytest.approx(x - gain @ a @ x, rel=1e-12)
    left = np.diag(s - gain @ a @ s)
    assert found.half_widths == pytest.approx(1.96 * np.sqrt(left), rel=1e-9)
    draws = np.array(TRUTH) + rng.standard_normal((4000, 5)) * np.sqrt(np.diag(s))
    beyond = [
        not reconcile(list(row), list(np.diag(s)), SILOS, tables.uncertainties).agrees
        for row in draws
    ]
    assert 0.04 <= np.mean(beyond) <= 0.06


@pytest.mark.parametrize(
    "balances",
    [
        pytest.param((SILOS[0], SILOS[0]), id="twice the same"),
        pytest.param((), id="none"),
    ],
)
def test_balances_that_say_nothing_are_refused(balances, tables):
    with pytest.raises(BadBalanceError):
        reconcile(TRUTH, variances(1, 1, 1, 1, 1), balances, tables.uncertainties)
