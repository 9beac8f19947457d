"""Response cards over the API: read in three languages, ticked by name, kept in the journal."""

import httpx
import pytest
from http_double import Served, sign_in

FIRE = "temp_high:yard.c0150.temp_1_degc"
CARD = f"/api/v1/alarms/{FIRE}/card"


@pytest.fixture
def operator(served: Served, client: httpx.Client) -> httpx.Client:
    served.do(lambda gateway: gateway.raise_fire())
    sign_in(client, "operator")
    return client


def test_a_card_says_what_it_means_and_what_to_do(operator: httpx.Client) -> None:
    card = operator.get(CARD).json()
    assert card["alarm_id"] == FIRE
    assert card["meaning"]
    assert card["consequence"]
    assert [step["step"] for step in card["steps"]] == list(range(1, len(card["steps"]) + 1))
    assert {step["done_by"] for step in card["steps"]} == {None}
    titles = {operator.get(CARD, params={"language": one}).json()["title"]
              for one in ("en", "ja", "zh-Hant")}  # fmt: skip
    assert len(titles) == 3


def test_a_tick_shows_who_and_when_and_is_journalled(
    served: Served, operator: httpx.Client
) -> None:
    done = operator.post(f"{CARD}/2", json={"comment": "two of us"})
    assert done.status_code == 200
    assert (done.json()["edge"], done.json()["step"], done.json()["person"]) == (
        "step_done", 2, "operator",
    )  # fmt: skip
    steps = operator.get(CARD).json()["steps"]
    assert (steps[1]["done_by"], steps[1]["done_utc"]) == ("operator", done.json()["at_utc"])
    assert served.double.journal[-1].comment == "two of us"
    assert operator.post(f"{CARD}/2").status_code == 409
    assert operator.delete(f"{CARD}/2").json()["edge"] == "step_undone"
    assert operator.get(CARD).json()["steps"][1]["done_by"] is None


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        (f"{CARD}/40", 404, "steps, not 40"),
        (f"{CARD}/0", 422, "step"),
        ("/api/v1/alarms/temp_high:yard.c0025.temp_1_degc/card/1", 404, "it has no card"),
    ],
)
def test_what_cannot_be_ticked_is_refused(
    operator: httpx.Client, path: str, status: int, words: str
) -> None:
    answer = operator.post(path)
    assert answer.status_code == status
    assert words in answer.json()["detail"]


def test_a_viewer_reads_and_does_not_tick(served: Served, client: httpx.Client) -> None:
    served.do(lambda gateway: gateway.raise_fire())
    sign_in(client, "viewer")
    assert client.get(CARD).status_code == 200
    assert client.post(f"{CARD}/1").status_code == 403
    assert client.delete(f"{CARD}/1").status_code == 403
