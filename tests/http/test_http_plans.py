"""A plan over the API: the example, one of one's own, and words where it cannot be."""

import httpx
from http_double import Served, sign_in

PATH = "/api/v1/cofiring/plan"


def test_the_example_can_be_asked_for_and_sent_back(served: Served, client: httpx.Client) -> None:
    sign_in(client, "engineer")
    example = client.get(PATH).json()
    assert [stage["stage"] for stage in example["stages"]] == [
        "coal alone", "20 %", "29 %", "50 %", "55 %",
    ]  # fmt: skip
    asked = example.pop("asked")
    assert client.post(PATH, json=asked).json() == example
    asked["carbon_price_per_t"] = 0.0
    free = client.post(PATH, json=asked).json()
    assert free["stages"][0]["carbon_cost"] == 0.0


def test_a_plan_answers_in_the_language_asked_for(served: Served, client: httpx.Client) -> None:
    sign_in(client, "engineer")
    example = client.get(PATH, params={"language": "ja"}).json()
    assert example["language"] == "ja"
    assert example["stages"][0]["stage"] == "石炭専焼"
    assert "送電端" in example["stages"][1]["changes"][0]["words"]
    answer = client.post(PATH, json=example["asked"], params={"language": "zh-Hant"}).json()
    assert "混燒率" in answer["basis"]
    assert client.get(PATH, params={"language": "de"}).status_code == 422


def test_what_cannot_be_is_refused_with_words(served: Served, client: httpx.Client) -> None:
    sign_in(client, "engineer")
    asked = client.get(PATH).json()["asked"]
    asked["stage"][1]["shares"] = {"pellets": 0.9, "torrefied": 0.9}
    refused = client.post(PATH, json=asked)
    assert refused.status_code == 422
    assert "none below 0" in refused.text
    assert "plan, on: " in client.post(PATH, json={**asked, "on": "soon"}).text


def test_a_plan_of_ones_own_is_for_who_may_see_recipes(
    served: Served, client: httpx.Client
) -> None:
    sign_in(client, "viewer")
    assert client.get(PATH).status_code == 200
    assert client.post(PATH, json={}).status_code == 403
