"""Handheld rounds over the API: opened by fire, entered and closed in a person's name."""

from typing import Any

import httpx
import pytest
from http_double import ROLES, Served, sign_in

from gateway.historian.errors import JournalError

ROUNDS = "/api/v1/rounds"


@pytest.fixture
def burning(served: Served) -> Served:
    served.do(lambda double: double.raise_fire("c0025"))
    return served


@pytest.fixture
def walker(burning: Served, client: httpx.Client) -> httpx.Client:
    sign_in(client, "operator")
    return client


def enter(client: httpx.Client, **reading: Any) -> httpx.Response:
    return client.post(f"{ROUNDS}/r1/entries", json={"store": "c0024", **reading})


def test_a_fire_has_opened_a_round_of_neighbours_and_all_it_stands_for(
    walker: httpx.Client,
) -> None:
    (one,) = walker.get(ROUNDS).json()
    assert one["stores"][:2] == ["c0024", "c0026"]
    assert (len(one["stores"]), one["missing"] == one["stores"]) == (49, True)
    assert (one["store"], one["open"], one["overdue"]) == ("c0025", True, False)
    assert one["alarms"][0].startswith("temp_high:yard.c0025.")
    (alarm,) = [a for a in walker.get("/api/v1/alarms").json() if a["condition"] == "temp_high"][:1]
    assert alarm["source"].startswith("yard.c0025.")


def test_a_reading_is_entered_judged_and_kept(walker: httpx.Client, burning: Served) -> None:
    told = enter(walker, co_ppm=12.5, temp_degc=19.0, signs=[], comment=" east door ").json()
    assert told["missing"][0] == "c0026"
    assert told["readings"] == [
        {
            "store": "c0024",
            "person": "operator",
            "t_utc": told["readings"][0]["t_utc"],
            "co_ppm": 12.5,
            "temp_degc": 19.0,
            "o2_percent": None,
            "signs": [],
            "comment": "east door",
        }
    ]
    assert [(s.point, s.value) for s in burning.double.derived] == [
        ("yard.c0024.hand_co_ppm", 12.5),
        ("yard.c0024.hand_temp_degc", 19.0),
        ("yard.c0024.hand_signs", 0.0),
    ]
    before = {a["id"] for a in walker.get("/api/v1/alarms").json()}
    assert enter(walker, temp_degc=61.0).status_code == 200
    after = {a["id"] for a in walker.get("/api/v1/alarms").json()}
    assert after - before == {"hand_temp_high:yard.c0024.hand_temp_degc"}


def test_a_reading_may_have_been_taken_a_while_ago_but_not_in_the_future(
    walker: httpx.Client,
) -> None:
    told = enter(walker, co_ppm=3.0, t_utc="2026-03-01T09:30:00+09:00").json()
    assert told["readings"][0]["t_utc"] == "2026-03-01T00:30:00.000Z"
    refused = enter(walker, co_ppm=3.0, t_utc="2999-01-01T00:00:00Z")
    assert refused.status_code == 409
    assert "in the future" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("reading", "status", "words"),
    [
        ({}, 409, "a reading is missing"),
        ({"co_ppm": -3}, 409, "co_ppm -3 cannot be"),
        ({"signs": ["ghost"]}, 409, "'ghost' is unknown"),
        ({"store": "c0100", "co_ppm": 1}, 409, "'c0100' is not in this round"),
        ({"co_ppm": "much"}, 422, "co_ppm"),
        ({"co": 1}, 422, "co"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    walker: httpx.Client, reading: dict[str, Any], status: int, words: str
) -> None:
    refused = enter(walker, **reading)
    assert refused.status_code == status
    assert words in refused.text
    assert walker.get(f"{ROUNDS}/r1").json()["readings"] == []


def test_it_is_closed_by_name_and_with_a_word_for_what_is_missing(walker: httpx.Client) -> None:
    refused = walker.post(f"{ROUNDS}/r1/close")
    assert refused.status_code == 409
    assert "49 of 49 are not measured" in refused.json()["detail"]
    closed = walker.post(f"{ROUNDS}/r1/close", json={"comment": "cordoned off"}).json()
    assert (closed["open"], closed["closed_by"], closed["comment"]) == (
        False, "operator", "cordoned off",
    )  # fmt: skip
    assert len(closed["missing"]) == 49


def test_a_person_opens_one_and_unknown_ones_are_told(walker: httpx.Client) -> None:
    one = walker.post(ROUNDS, json={"store": "c0100"}).json()
    assert (one["id"], one["opened_by"], one["stores"]) == ("r2", "operator", ["c0100", "c0099"])
    assert walker.post(ROUNDS, json={"store": "c0100"}).status_code == 409
    assert walker.post(ROUNDS, json={"store": "x9"}).status_code == 409
    for answer in (
        walker.get(f"{ROUNDS}/r9"),
        walker.post(f"{ROUNDS}/r9/close"),
        walker.post(f"{ROUNDS}/r9/entries", json={"store": "c0024", "co_ppm": 1}),
    ):
        assert answer.status_code == 404
        assert "no round 'r9'" in answer.json()["detail"]


def test_a_disk_that_does_not_answer_is_told(walker: httpx.Client, burning: Served) -> None:
    burning.double.failure = JournalError("not on disk after 10 s")
    assert enter(walker, co_ppm=1.0).status_code == 503


@pytest.mark.parametrize("role", ROLES)
def test_who_may_walk(burning: Served, role: str) -> None:
    with burning.client() as client:
        sign_in(client, role)
        assert client.get(ROUNDS).status_code == 200
        assert client.get("/api/v1/yard").status_code == 200
        may = role in {"operator", "engineer", "administrator"}
        assert (enter(client, co_ppm=1.0).status_code == 200) is may


def test_no_machine_walks_and_nobody_unknown_looks(burning: Served) -> None:
    token = burning.double.people.add_token("robot", "administrator")
    with burning.client() as client:
        assert client.get(ROUNDS).status_code == 401
        client.headers["Authorization"] = f"Bearer {token}"
        assert client.get(ROUNDS).status_code == 200
        assert enter(client, co_ppm=1.0).status_code == 403


def test_the_yard_says_how_little_is_watched(walker: httpx.Client) -> None:
    yard = walker.get("/api/v1/yard").json()
    assert (yard["containers"], yard["watched"], yard["unwatched"]) == (200, 4, 196)
    assert yard["detection_share"] == pytest.approx(0.02)
    # Row D has no board: nothing at all is known of these.
    assert yard["unspoken_for"] == [f"c{n:04d}" for n in range(151, 201)]
    assert yard["open_rounds"] == 1
    group = next(group for group in yard["groups"] if group["store"] == "c0025")
    assert group["coverage"] == "c0001–c0024, c0026–c0050"
    assert (group["board"], len(group["stores"])) == ("b0025", 49)
