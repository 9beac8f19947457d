"""The exchange of a meter: who may tell of it, and what comes back."""

import pytest
from http_double import ROLES, Served, sign_in

from agent.errors import NotAllowedError

SWAP = "/api/v1/meters/generator/swap"
GROSS = "unit1.gross_total_kwh"
MAY_SWAP = {"engineer", "administrator"}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_only_some_roles_tell_of_an_exchange(served: Served, role: str, method: str) -> None:
    with served.client() as client:
        sign_in(client, role)
        answer = client.request(method, SWAP)
    if role in MAY_SWAP:
        assert answer.status_code == 200
        (told,) = served.double.told
        assert told[3] == role
    else:
        assert answer.status_code == 403
        assert role in answer.json()["detail"]
        assert served.double.told == []


def test_no_machine_does(served: Served) -> None:
    token = served.double.people.add_token("robot", "administrator")
    with served.client() as client:
        client.headers["Authorization"] = f"Bearer {token}"
        assert client.get(SWAP).status_code == 200
        for method in ("POST", "DELETE"):
            answer = client.request(method, SWAP)
            assert answer.status_code == 403
            assert "Only a person may tell of the exchange" in answer.json()["detail"]
    assert served.double.told == []


def test_what_was_told_arrives_and_the_totalisers_come_back(served: Served) -> None:
    with served.client() as client:
        sign_in(client, "engineer")
        order = {"points": {GROSS: {"final": 12.5}}, "comment": " burnt "}
        views = client.post(SWAP, json=order).json()
        cancelled = client.delete(SWAP).json()
    assert served.double.told == [
        ("announce", "generator", {GROSS: (12.5, None)}, "engineer", "burnt"),
        ("cancel", "generator", {}, "engineer", None),
    ]
    assert [(view["point"], view["pending"]) for view in views] == [
        (GROSS, True),
        ("unit1.aux_total_kwh", True),
    ]
    assert "shown_utc" in views[0]
    assert not any(view["pending"] for view in cancelled)


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/api/v1/meters/nothing/swap", {}, 404, "no meter 'nothing'"),
        (SWAP, {"points": {GROSS: {"final": "much"}}}, 422, ""),
        (SWAP, {"points": {GROSS: {"last": 3}}}, 422, ""),
        (SWAP, {"force": True}, 422, ""),
    ],
)
def test_what_cannot_be_read_is_refused(
    served: Served, path: str, body: object, status: int, words: str
) -> None:
    with served.client() as client:
        sign_in(client, "engineer")
        answer = client.post(path, json=body)
    assert answer.status_code == status
    assert words in answer.json()["detail"]
    assert served.double.told == []


def test_what_cannot_be_is_answered_in_the_ledgers_words(served: Served) -> None:
    served.double.failure = NotAllowedError("final 3 kwh lies before the last read")
    with served.client() as client:
        sign_in(client, "engineer")
        answer = client.post(SWAP, json={})
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "final 3 kwh lies before the last read",
    )
