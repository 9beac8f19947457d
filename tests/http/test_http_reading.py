"""What readers get: instants with Z, null with a quality, no green without data."""

from datetime import datetime

import httpx
import pytest
from http_double import MINUTE_US, Served, sign_in
from hypothesis import given
from hypothesis import strategies as st

from agent.samples import Quality, Sample
from gateway.http.moments import BadMomentError, from_iso, to_iso


@pytest.fixture
def reader(client: httpx.Client) -> httpx.Client:
    sign_in(client, "viewer")
    return client


def test_an_unknown_value_is_null_with_its_reason(served: Served, reader: httpx.Client) -> None:
    t_us = served.double.now().utc_us
    point = "yard.s1.temp_3_degc"
    served.do(lambda g: g.take(Sample(point, t_us, None, Quality.BAD, "sensor_open")))
    served.do(lambda g: g.take(Sample("yard.s1.co_ppm", t_us, 12.5)))
    silo = reader.get("/api/v1/stores/s1").json()
    assert silo["values"]["temp_3_degc"] == {
        "t_utc": to_iso(t_us),
        "value": None,
        "quality": "bad",
        "reason": "sensor_open",
    }
    assert silo["values"]["co_ppm"]["value"] == 12.5


def test_every_store_is_told_and_none_without_a_board_is_ok(reader: httpx.Client) -> None:
    stores = reader.get("/api/v1/stores").json()
    assert len(stores) == 202
    bare = [s for s in stores if s["board"] is None]
    assert len(bare) == 196
    assert {s["status"] for s in bare} == {"no_sensor"}
    assert {s["status"] for s in stores if s["board"]} == {"no_data"}
    assert next(s for s in stores if s["id"] == "c0001")["represented_by"] == "c0025"


def test_samples_of_a_range(served: Served, reader: httpx.Client) -> None:
    base_us = 1_772_330_400_000_000
    served.do(
        lambda g: g.take(*(Sample("p.x_kg", base_us + n * MINUTE_US, float(n)) for n in range(5)))
    )
    answer = reader.get(
        "/api/v1/points/p.x_kg/samples",
        params={"from": to_iso(base_us + MINUTE_US), "to": "2026-03-01T11:03:00+09:00"},
    ).json()
    assert answer["unit"] == "kg"
    assert [s["value"] for s in answer["samples"]] == [1.0, 2.0]
    assert answer["samples"][0]["t_utc"] == "2026-03-01T02:01:00.000Z"


def test_factors_are_asked_for_as_they_were_known(served: Served, reader: httpx.Client) -> None:
    reader.get("/api/v1/factors", params={"as_of": "2026-04-01T00:00:00Z", "period": "month"})
    asked = served.double.factor_calls[-1]
    assert asked["as_of_us"] == from_iso("2026-04-01T00:00:00Z")
    assert asked["period"] == "month"
    assert asked["from_us"] is None


@pytest.mark.parametrize(
    ("role", "sees"), [("viewer", False), ("operator", False), ("verifier", True)]
)
def test_the_fuel_recipe_is_not_for_everybody(served: Served, role: str, sees: bool) -> None:
    with served.client() as client:
        sign_in(client, role)
        assert ("fuels" in client.get("/api/v1/factors/r1").json()) is sees
        latest = client.get("/api/v1/factors/latest").json()
        assert ("fuels" in latest["records"][0]) is sees
        assert latest["live"]["upstream_co2e_kg_per_kwh"] is None


def test_alarm_and_journal_tell_the_story(served: Served, client: httpx.Client) -> None:
    served.do(lambda gateway: gateway.raise_fire())
    sign_in(client, "operator")
    alarms = {a["id"]: a for a in client.get("/api/v1/alarms").json()}
    fire = alarms["temp_high:yard.c0150.temp_1_degc"]
    assert fire["class"] == "fire"
    assert fire["can_acknowledge"] is True
    assert fire["can_reset"] is False
    assert (fire["value"], fire["limit"], fire["unit"]) == (57.3, 50.0, "degc")
    assert fire["raised_utc"].endswith("Z")

    assert client.post(f"/api/v1/alarms/{fire['id']}/ack").status_code == 200
    again = client.post(f"/api/v1/alarms/{fire['id']}/ack")
    assert again.status_code == 409
    served.do(lambda gateway: gateway.cool())
    assert client.post(f"/api/v1/alarms/{fire['id']}/reset").status_code == 200

    lines = client.get("/api/v1/alarms/journal", params={"after": 0, "limit": 1000}).json()
    assert [e["n"] for e in lines] == list(range(1, len(lines) + 1))
    story = [e["edge"] for e in lines if e["alarm_id"] == fire["id"]]
    assert story == ["raised", "acknowledged", "cleared", "reset"]
    newest_first = client.get("/api/v1/alarms/journal", params={"limit": 2}).json()
    assert newest_first[0]["edge"] == "reset"
    assert newest_first[0]["person"] == "operator"


@given(st.integers(min_value=0, max_value=4_102_444_800_000_000))
def test_an_instant_survives_the_border(t_us: int) -> None:
    text = to_iso(t_us)
    assert text.endswith("Z")
    assert from_iso(text) == t_us
    assert datetime.fromisoformat(text).tzinfo is not None


@pytest.mark.parametrize("text", ["", "yesterday", "2026-03-01T00:00:00", "1969-12-31T23:59:59Z"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(BadMomentError, match="write it like"):
        from_iso(text)


def test_early_warning_of_a_store_that_was_never_heard_knows_nothing(reader: httpx.Client) -> None:
    known = reader.get("/api/v1/stores/c0025/early-warning").json()
    assert known == {
        "store": "c0025",
        "learning": True,
        "share_learnt": 0.0,
        "frozen": False,
        "prospects": [],
    }
    missing = reader.get("/api/v1/stores/c9999/early-warning")
    assert missing.status_code == 404
    assert "c9999" in missing.json()["detail"]
