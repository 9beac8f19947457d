"""Stock books, certificate ledgers and costs."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cofiring.certificates import CertificateEntry, balances, check_claim
from agent.cofiring.costs import FuelCost, break_even_against, break_even_co2_price, carbon_cost
from agent.cofiring.stock import Amount, StockMonth, Survey, chain
from agent.errors import BadClaimError

KCAL_MJ = 4.184e-3
COAL = FuelCost("coal", 150.0, 5500 * KCAL_MJ, 2.409)


def test_golden_costs_levelled_to_coal(cases):
    for case in cases["fuel_cost_levelled_to_coal"]:
        coal = FuelCost("coal", 150.0, case["coal_ncv_kcal_kg"] * KCAL_MJ, 2.409)
        fuel = FuelCost(case["name"], case["price_usd_t"], case["ncv_kcal_kg"] * KCAL_MJ, 0.0)
        levelled = fuel.levelled_per_t(coal)
        assert levelled == pytest.approx(case["levelled_usd_t"], rel=1e-6)
        printed = case["printed"]
        digits = 0 if isinstance(printed, int) else 2
        cut = math.floor(levelled * 10**digits + 1e-9) / 10**digits
        assert cut == printed, "the study cuts digits off, it does not round"


def test_golden_break_even_prices(cases):
    for case in cases["break_even_co2_price"]:
        price = break_even_co2_price(case["extra_cost_usd_per_10kt"], case["coal_co2_t_per_10kt"])
        assert price == pytest.approx(case["usd_per_t"], rel=1e-6)


def test_golden_credit_cost_as_printed_and_exact(cases):
    case = cases["table_9_credit_cost_usd_per_10kt_coal"]
    for price, printed, exact in zip(
        case["at_usd_per_t"], case["printed"], case["exact"], strict=True
    ):
        assert carbon_cost(10_000, 2.33, price) == pytest.approx(exact, rel=1e-6)
        assert 23_000 * price == pytest.approx(printed)


def test_break_even_of_pellets_against_coal_is_the_first_golden_price(cases):
    pellets = FuelCost("pellets", 180.0, 4000 * KCAL_MJ, 0.0)
    expected = cases["break_even_co2_price"][0]["usd_per_t"]
    assert break_even_against(pellets, COAL) == pytest.approx(expected, rel=1e-6)
    level = pellets.per_gj(expected) - COAL.per_gj(expected)
    assert level == pytest.approx(0.0, abs=1e-9)


def test_no_price_makes_up_for_a_fuel_that_avoids_nothing():
    assert break_even_against(COAL, COAL) is None
    assert break_even_co2_price(1000.0, 0.0) is None


def month(**given):
    nothing = Amount(0.0)
    fields = {
        "fuel": "pellets",
        "opening": Amount(1_000_000.0, 20_000.0),
        "deliveries": Amount(500_000.0, 2_500.0),
        "burnt": Amount(600_000.0, 6_000.0),
        "transfers": nothing,
        "losses": Amount(5_000.0, 2_000.0),
        "closing": Amount(880_000.0, 18_000.0),
    }
    return StockMonth(**{**fields, **given})


def test_difference_is_shown_and_tested_against_what_both_sides_can_know():
    found = month().difference()
    assert found.kg == pytest.approx(880_000 - 895_000)
    assert found.percent_of_burnt == pytest.approx(-2.5)
    assert found.half95_kg == pytest.approx(
        math.sqrt(20e3**2 + 2.5e3**2 + 6e3**2 + 2e3**2 + 18e3**2)
    )
    assert found.significant is False
    worse = month(closing=Amount(800_000.0, 18_000.0)).difference()
    assert worse.significant is True


def test_what_is_not_known_is_no_difference():
    assert month(closing=None).difference() is None
    assert month(burnt=None).book_closing is None
    assert month(burnt=None).by_receipts_kg == pytest.approx(615_000)
    untested = month(closing=Amount(1.0)).difference()
    assert untested.half95_kg is None
    assert untested.significant is None
    assert month(burnt=Amount(0.0)).difference().percent_of_burnt is None


def test_survey_of_a_pile():
    found = Survey("pile_survey", 1000.0, 30.0, 650.0, 13.0).amount()
    assert found == Amount(650_000.0, pytest.approx(math.hypot(30 * 650, 1000 * 13)))


def test_a_month_opens_with_the_survey_before_it_or_else_with_the_books():
    first, second, third = chain(
        [month(), month(opening=None, closing=None), month(opening=None)],
    )
    assert second.opening == first.closing
    assert third.opening == second.book_closing
    assert chain([month(opening=None)])[0].book_closing is None


masses = st.floats(0.0, 1e8)


@given(masses, masses, masses, masses, masses)
def test_books_are_the_same_in_tonnes(opening, deliveries, burnt, losses, closing):
    def books(unit):
        return month(
            opening=Amount(opening * unit, 1.0),
            deliveries=Amount(deliveries * unit, 1.0),
            burnt=Amount(burnt * unit, 1.0),
            losses=Amount(losses * unit, 1.0),
            closing=Amount(closing * unit, 1.0),
        )

    kg, t = books(1.0), books(0.001)
    scale = opening + deliveries + burnt + losses + closing
    assert t.difference().kg * 1000 == pytest.approx(kg.difference().kg, abs=scale * 1e-12 + 1e-9)
    assert kg.by_receipts_kg - burnt == pytest.approx(-kg.difference().kg, abs=scale * 1e-12 + 1e-9)


def received(t_us, kg, kind="SBP", valid_to_us=None):
    return CertificateEntry(
        t_us, kind, kg, f"in {t_us}", lot=f"lot {t_us}", valid_to_us=valid_to_us
    )


def claimed(t_us, kg, kind="SBP"):
    return CertificateEntry(t_us, kind, -kg, f"claim {t_us}")


def test_each_kind_has_a_ledger_of_its_own():
    entries = [received(1, 100.0), received(2, 50.0, "FSC"), claimed(3, 60.0)]
    fsc, sbp = balances(entries, [0, 10])
    assert (fsc.kind, fsc.closing_kg) == ("FSC", 50.0)
    assert (sbp.received_kg, sbp.claimed_kg, sbp.closing_kg) == (100.0, 60.0, 40.0)


def test_what_is_left_goes_into_the_next_period_and_a_debt_shows_at_its_end():
    first, second = balances(
        [received(1, 100.0), claimed(5, 120.0), received(12, 30.0)], [0, 10, 20]
    )
    assert first.overdrawn
    assert first.closing_kg == -20.0
    assert (second.opening_kg, second.closing_kg, second.overdrawn) == (-20.0, 10.0, False)


def test_certificates_that_ran_out_are_no_longer_there():
    found = balances([received(1, 100.0, valid_to_us=15), claimed(5, 40.0)], [0, 10, 20])
    assert [each.closing_kg for each in found] == [60.0, 0.0]
    assert found[1].expired_kg == pytest.approx(60.0)
    with pytest.raises(BadClaimError, match="10 kg more than certified fuel"):
        check_claim([received(1, 100.0, valid_to_us=15)], claimed(16, 10.0))


def test_a_claim_beyond_the_balance_is_refused_with_what_is_missing():
    entries = [received(1, 100.0), claimed(2, 90.0)]
    check_claim(entries, claimed(3, 10.0))
    with pytest.raises(BadClaimError, match=r"claim of 10\.5 kg is 0\.5 kg more"):
        check_claim(entries, claimed(3, 10.5))
    with pytest.raises(BadClaimError, match="above 0 kg"):
        check_claim(entries, received(3, 10.0))


def test_edges_that_do_not_rise_are_refused():
    with pytest.raises(BadClaimError, match="rising instants"):
        balances([], [10, 10])


@given(
    st.lists(st.tuples(st.integers(0, 40), st.floats(-1e6, 1e6), st.integers(1, 60)), max_size=30),
    st.randoms(use_true_random=False),
)
def test_nothing_is_made_or_lost_in_any_order(drawn, dice):
    entries = [
        CertificateEntry(t, "SBP", kg, str(n), valid_to_us=t + life if kg > 0 else None)
        for n, (t, kg, life) in enumerate(drawn)
    ]
    ends = [0, 10, 20, 41]
    found = balances(entries, ends)
    shuffled = list(entries)
    dice.shuffle(shuffled)
    assert balances(shuffled, ends) == found
    for each in found:
        flow = each.opening_kg + each.received_kg - each.claimed_kg - each.expired_kg
        assert flow == pytest.approx(each.closing_kg, abs=1e-6)
        assert each.expired_kg >= -1e-6
