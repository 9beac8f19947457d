"""Scheme packs as data: whose ceiling binds when, which vintage counts, how a figure is printed."""

import tomllib
from datetime import date
from itertools import pairwise

import pytest

from agent.cofiring.packs import Rounding, SchemeSite, read_packs
from agent.errors import UnknownSchemeError
from gateway.footprint.tables import DIRECTORY


@pytest.fixture(scope="module")
def document():
    return tomllib.loads((DIRECTORY / "schemes.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def packs(document):
    return read_packs(document)


def site(certified="2023-06-01", kw=300_000.0, id_="jp_fit"):
    return SchemeSite(id_, certified, kw)


LIMITS = [
    pytest.param(site(), date(2026, 10, 1), 90.0, id="until March 2030 half of the comparator"),
    pytest.param(site(), date(2030, 3, 31), 90.0, id="last day of the half"),
    pytest.param(site(), date(2030, 4, 1), 54.0, id="from April 2030 thirty per cent of it"),
    pytest.param(site("2019-01-01"), date(2026, 10, 1), None, id="certified before: told, unbound"),
    pytest.param(site(kw=900.0), date(2026, 10, 1), None, id="below one megawatt"),
    pytest.param(site(""), date(2026, 10, 1), None, id="nobody says when it was certified"),
    pytest.param(site(kw=None), date(2026, 10, 1), None, id="nobody says how large it is"),
]


@pytest.mark.parametrize(("who", "on", "g_per_mj"), LIMITS)
def test_whom_the_japanese_ceiling_binds(packs, who, on, g_per_mj):
    pack = packs.at("jp_fit", on)
    limit = pack.limit(who, on)
    assert (limit.g_per_mj if limit else None) == g_per_mj
    assert pack.comparator_g_per_mj * 3.6 == 648.0


def test_european_savings_of_70_and_80_per_cent(packs):
    for start, saving in (("2022-01-01", 0.70), ("2026-02-01", 0.80)):
        pack = packs.at("eu_mrr", date(2027, 1, 1))
        limit = pack.limit(site(start, id_="eu_mrr"), date(2027, 1, 1))
        assert limit.g_per_mj == pytest.approx(pack.comparator_g_per_mj * (1.0 - saving))


def test_the_vintage_of_the_day_counts(packs):
    sets = [packs.at("jp_shk", date(year, 5, 1)).gwp_set for year in (2010, 2020, 2026)]
    assert sets == ["SAR", "AR4", "AR5"]
    with pytest.raises(UnknownSchemeError, match="no vintage for 2001-01-01; it begins on 2006"):
        packs.at("jp_shk", date(2001, 1, 1))
    with pytest.raises(UnknownSchemeError, match="use one of jp_fit"):
        packs.at("jp_fip", date(2026, 1, 1))


ROUNDED = [
    pytest.param(0.123456, Rounding(4, "down"), "0.1234", id="down"),
    pytest.param(2.5, Rounding(0, "half_even"), "2", id="half to even"),
    pytest.param(2.5, Rounding(0, "half_up"), "3", id="half up"),
    pytest.param(123_999.0, Rounding(-3, "down"), "123000", id="whole tonnes down"),
    pytest.param(123_500.0, Rounding(-3, "half_up"), "124000", id="whole tonnes"),
    pytest.param(0.1 + 0.2, Rounding(2, "half_up"), "0.30", id="digits are kept"),
]


@pytest.mark.parametrize(("value", "rounding", "text"), ROUNDED)
def test_figures_are_printed_in_the_scheme_s_digits(value, rounding, text):
    assert rounding.of(value) == text


def test_every_choice_has_an_origin(packs):
    for vintages in packs.vintages.values():
        for before, after in pairwise(vintages):
            assert before.valid_to < after.valid_from
        for pack in vintages:
            assert pack.source
            assert set(pack.marks.values()) <= set("SVDM")
            assert "all" in pack.marks


WRONG = [
    pytest.param({"zero_rating": "always"}, "zero_rating 'always' cannot be", id="rule"),
    pytest.param({"gases": ["co2", "sf6"]}, r"gases \['sf6'\] are not known", id="gas"),
    pytest.param({"source": "hearsay"}, "source 'hearsay' is not listed", id="source"),
    pytest.param({"colour": "green"}, r"\['colour'\] is not known", id="key"),
]


@pytest.mark.parametrize(("wrong", "words"), WRONG)
def test_a_pack_that_cannot_be_is_refused(document, wrong, words):
    scheme = {**document["scheme"]["jp_shk"], **wrong}
    with pytest.raises(UnknownSchemeError, match=words):
        read_packs({**document, "scheme": {"jp_shk": scheme}})
