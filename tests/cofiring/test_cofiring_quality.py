"""RPF grades, SRF classes, and what a blend keeps."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cofiring.quality import (
    most_of_worse,
    percentile,
    read_quality,
    rpf_grade,
    srf_class,
)
from agent.errors import UnknownFuelError
from gateway.footprint.tables import DIRECTORY

DOCUMENT = tomllib.loads((DIRECTORY / "quality.toml").read_text("utf-8"))
TABLES = read_quality(DOCUMENT)
GOOD = {"gcv_ar_mj_per_kg": 27.0, "moisture": 0.03, "ash_dry": 0.06, "chlorine_dry": 0.002}
SRF = ("ncv_ar_mj_per_kg", "chlorine_dry", "mercury_mg_per_mj_ncv")


def six(**change):
    return [{**GOOD, **change}] * 6


def test_rpf_grades_are_the_standards(cases):
    for case in cases["rpf_grades_jis_z7311"]:
        at_limit = case["cl_max_pct"] / 100
        assert rpf_grade(six(chlorine_dry=at_limit), TABLES).grade == case["grade"]
        above = rpf_grade(six(chlorine_dry=at_limit + 1e-6), TABLES)
        assert above.grade != case["grade"]
        assert above.fails[case["grade"]] == ("chlorine_dry",)


@pytest.mark.parametrize(
    ("change", "grade"),
    [
        pytest.param({}, "A", id="good in all"),
        pytest.param({"gcv_ar_mj_per_kg": 24.99}, None, id="too little heat for any"),
        pytest.param({"moisture": 0.051}, None, id="too wet for any"),
        pytest.param({"ash_dry": 0.101}, None, id="too much ash for any"),
        pytest.param({"gcv_ar_mj_per_kg": 33.0, "ash_dry": 0.05}, "RPF-coke", id="coke"),
        pytest.param({"gcv_ar_mj_per_kg": 33.0, "ash_dry": 0.06}, "A", id="coke but for its ash"),
    ],
)
def test_all_properties_of_a_grade_must_hold(change, grade):
    assert rpf_grade(six(**change), TABLES).grade == grade


def test_the_latest_six_tests_count_by_their_mean():
    bad = {**GOOD, "chlorine_dry": 0.05}
    mixed = [{**GOOD, "chlorine_dry": cl} for cl in (0.001, 0.005, 0.002, 0.004, 0.003, 0.002)]
    found = rpf_grade([bad, *mixed], TABLES)
    assert (found.grade, found.tests) == ("A", 6)
    assert found.means["chlorine_dry"] == pytest.approx(0.017 / 6)


def test_too_few_tests_or_properties_give_no_grade_and_say_so():
    assert rpf_grade(six()[:4], TABLES).missing == ("2 tests",)
    assert rpf_grade([], TABLES).missing[0] == "6 tests"
    less = {name: value for name, value in GOOD.items() if name != "ash_dry"}
    found = rpf_grade([*six()[:5], less], TABLES)
    assert (found.grade, found.missing) == (None, ("ash_dry",))
    assert found.means["moisture"] == pytest.approx(0.03)


def test_blend_keeps_b_up_to_the_reference_share(cases):
    case = cases["rpf_blend_keeps_B"]
    share = most_of_worse(case["cl_A"], case["cl_C"], case["limit_B"])
    assert share == pytest.approx(case["max_share_C"], rel=1e-6)
    assert most_of_worse(0.3, 0.5, 0.6) == 1.0
    assert most_of_worse(0.6, 2.0, 0.6) == 0.0


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_blend_at_its_share_keeps_the_limit(better, worse, limit):
    share = most_of_worse(better, worse, limit)
    assert 0.0 <= share <= 1.0
    if min(better, worse) <= limit:
        assert better * (1 - share) + worse * share <= max(limit, min(better, worse)) + 1e-9


def test_srf_classes_are_the_standards(cases):
    case = cases["srf_classes_iso21640"]
    for n in range(5):
        values = {
            SRF[0]: [case["ncv_mj_kg_min"][n]] * 5,
            SRF[1]: [case["cl_pct_max"][n] / 100] * 5,
            SRF[2]: [case["hg_median_mg_mj_max"][n]] * 5,
        }
        assert srf_class(values, TABLES).classes == dict.fromkeys(SRF, n + 1)
        peaks = [0.001] * 4 + [case["hg_p80_mg_mj_max"][n] * 1.01] * 3
        found = srf_class({**values, SRF[2]: peaks}, TABLES)
        assert found.classes[SRF[2]] == (n + 2 if n < 4 else None)
        assert found.figures[SRF[2]]["median"] == 0.001


def test_each_property_has_a_class_of_its_own():
    found = srf_class({SRF[0]: [16.0, 18.0], SRF[1]: [0.04]}, TABLES)
    assert found.classes == {SRF[0]: 3, SRF[1]: None, SRF[2]: None}
    assert found.code == "NCV 3; Cl –; Hg –"


def test_percentiles_lie_between_neighbours():
    assert percentile([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 80) == pytest.approx(5.0)
    assert percentile([3.0], 80) == 3.0


def test_every_limit_says_where_it_is_from():
    entries = [e for g in DOCUMENT["rpf"]["grade"] for e in g.values() if isinstance(e, dict)]
    for entry in [*entries, *DOCUMENT["srf"].values(), DOCUMENT["rpf"]["tests"]]:
        assert entry["mark"] in "SVDM"
        assert entry["valid_from"]
        assert entry["source"] in DOCUMENT["sources"]
    nowhere = {**DOCUMENT, "sources": {}}
    with pytest.raises(UnknownFuelError, match="is unknown"):
        read_quality(nowhere)
