"""Groups and floods over the API, and a flood on the stream."""

import json
from pathlib import Path

import httpx
import pytest
from http_double import Double, Served, sign_in

ALARMS = "/api/v1/alarms"


@pytest.fixture
def viewer(client: httpx.Client) -> httpx.Client:
    sign_in(client, "viewer")
    return client


def test_a_failed_path_is_a_group_with_what_is_not_seen(
    served: Served, viewer: httpx.Client
) -> None:
    assert viewer.get(f"{ALARMS}/groups").json() == []
    served.do(Double.lose_the_broker)
    (group,) = viewer.get(f"{ALARMS}/groups").json()
    assert (group["group"], group["kind"], group["source"]) == (
        "path_lost:broker",
        "cause",
        "broker",
    )
    assert group["place"] == "Link to the broker"
    assert group["stores"] == ["c0025", "c0075", "c0125", "c0150", "s1", "s2"]
    assert len(group["boards"]) == 6
    assert group["alarms"] == ["path_lost:broker", "broker_lost:gateway"]
    assert (group["class"], group["priority"]) == ("system", "high")
    assert group["first_out"] == "broker_lost:gateway"
    assert group["first_utc"].endswith("Z")


def test_the_alarms_of_one_store_are_a_group(served: Served, viewer: httpx.Client) -> None:
    served.do(Double.raise_fire)
    (group,) = viewer.get(f"{ALARMS}/groups").json()
    assert (group["kind"], group["source"], group["class"]) == ("store", "c0150", "fire")
    assert group["first_out"] in group["alarms"]
    assert (group["boards"], group["stores"]) == ([], [])


def test_a_flood_is_told_with_the_numbers_it_is_judged_by(
    served: Served, viewer: httpx.Client
) -> None:
    calm = viewer.get(f"{ALARMS}/flood").json()
    assert calm == {
        "stands": False,
        "since_utc": None,
        "count": 0,
        "window_s": 600.0,
        "starts_above": 10,
        "ends_below": 5,
    }
    served.do(Double.flood)
    told = viewer.get(f"{ALARMS}/flood").json()
    assert (told["stands"], told["count"]) == (True, 11)
    assert told["since_utc"] is not None


def test_a_flood_is_on_the_stream_once(tmp_path: Path) -> None:
    double = Double(tmp_path)
    with double.hub.listening():
        double.flood()
        double.crowd.look()
        double.hub.flush()
    after = double.hub.after(0)
    assert after is not None
    (data,) = [line for line in after[1].decode().splitlines() if line.startswith("data: ")]
    (told,) = json.loads(data.removeprefix("data: "))["flood"]
    assert (told["stands"], told["count"]) == (True, 11)
