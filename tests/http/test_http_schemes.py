"""What a reporting scheme would be told, over the API."""

from typing import Any

import httpx
import pytest
from http_double import Served, sign_in

from gateway.config_fuels import Scheme

FIGURES: dict[str, Any] = {
    "scheme": "jp_fit",
    "vintage": "2023-04-01",
    "cv_basis": "ncv_ar",
    "gwp_set": "AR4",
    "share_heat": {"coal": 0.7, "pellets": 0.3},
    "biomass_share": 0.123456,
    "biomass_kwh": 1234.9,
    "fossil_co2_kg": 10.5,
    "biogenic_co2_counted_kg": 0.0,
    "policy_zero_co2_kg": 0.0,
    "total_co2e_kg": None,
    "kg_per_kwh": None,
    "zero_rated": [{"fuel": "pellets", "lot": "L-17", "evidence": "SBP-01-23"}],
    "life_cycle": [{"fuel": "pellets", "lot": "L-17", "g_per_mj": 70.0}],
    "reasons": ["the supply chain of coal is not known"],
}


@pytest.fixture
def reporting(served: Served) -> Served:
    """A site that reports under FIT/FIP."""
    config = served.double.config
    cofiring = config.cofiring.model_copy(update={"scheme": (Scheme(id="jp_fit"),)})
    served.double.config = config.model_copy(update={"cofiring": cofiring})
    served.double.schemes = {"jp_fit": FIGURES}
    return served


def test_packs_say_which_the_site_reports_under(reporting: Served, client: httpx.Client) -> None:
    sign_in(client, "viewer")
    told = {each["id"]: each for each in client.get("/api/v1/schemes").json()}
    assert told["jp_fit"]["declared"] is True
    assert told["eu_mrr"]["declared"] is False
    (vintage,) = told["jp_fit"]["vintages"]
    assert vintage["comparator_g_per_mj"] == 180.0
    assert vintage["rounding"]["share"] == {"digits": 4, "mode": "down"}


@pytest.mark.parametrize(("role", "sees"), [("viewer", False), ("engineer", True)])
def test_figures_come_whole_and_printed(
    reporting: Served, client: httpx.Client, role: str, sees: bool
) -> None:
    sign_in(client, role)
    asked = {"period": "settlement", "from": "2026-03-01T00:00:00Z"}
    (told,) = client.get("/api/v1/schemes/jp_fit", params=asked).json()
    assert told["figures"]["biomass_share"] == 0.123456
    assert told["printed"]["biomass_share"] == "0.1234"
    assert (told["printed"]["biomass_kwh"], told["printed"]["total_co2e_kg"]) == ("1234", None)
    assert ("life_cycle" in told["figures"]) is sees
    assert ("printed_life_cycle" in told) is sees
    if sees:
        assert told["printed_life_cycle"][0]["g_per_mj"] == "70.00"
    assert reporting.double.factor_calls[-1]["series"].endswith(".electricity.settlement")


def test_a_scheme_the_site_does_not_report_under_is_not_there(
    reporting: Served, client: httpx.Client
) -> None:
    sign_in(client, "viewer")
    refused = client.get("/api/v1/schemes/eu_mrr")
    assert refused.status_code == 404
    assert "reports under jp_fit" in refused.json()["detail"]
