"""Orders to boards: who may give which, and what comes back."""

import pytest
from http_double import ROLES, Served, sign_in

from agent.errors import NotAllowedError

COMMANDS = "/api/v1/boards/b0150/commands"
AT_THE_HORN = ("silence", "test", "reset_latch")
OTHERS = ("limits", "interval", "reboot", "update", "anything_new")
MAY = {
    "operator": AT_THE_HORN,
    "engineer": AT_THE_HORN + OTHERS,
    "administrator": AT_THE_HORN + OTHERS,
}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gives_the_orders_it_may(served: Served, role: str) -> None:
    with served.client() as client:
        sign_in(client, role)
        taken = []
        for op in AT_THE_HORN + OTHERS:
            answer = client.post(COMMANDS, json={"op": op})
            assert answer.status_code in {200, 403}
            if answer.status_code == 200:
                taken.append(op)
            else:
                assert role in answer.json()["detail"]
    assert tuple(taken) == MAY.get(role, ())
    assert [(order.op, order.person) for order in served.double.ordered] == [
        (op, role) for op in taken
    ]


def test_no_machine_gives_orders(served: Served) -> None:
    token = served.double.people.add_token("robot", "administrator")
    with served.client() as client:
        client.headers["Authorization"] = f"Bearer {token}"
        assert client.get(COMMANDS).status_code == 200
        for op in ("silence", "reboot"):
            answer = client.post(COMMANDS, json={"op": op})
            assert answer.status_code == 403
            assert "Only a person may" in answer.json()["detail"]
    assert served.double.ordered == []


def test_nobody_who_is_not_signed_in_reads_or_gives_them(served: Served) -> None:
    with served.client() as client:
        assert client.get(COMMANDS).status_code == 401
        assert client.post(COMMANDS, json={"op": "test"}).status_code == 401


def test_what_was_told_is_listed_the_last_first(served: Served) -> None:
    with served.client() as client:
        sign_in(client, "engineer")
        client.post(COMMANDS, json={"op": "silence", "args": [10], "comment": " on site "})
        client.post(COMMANDS, json={"op": "update", "release": "ab" * 32})
        views = client.get(COMMANDS).json()
        others = client.get("/api/v1/boards/b0025/commands").json()
    assert [(view["n"], view["op"], view["args"], view["comment"]) for view in views] == [
        (2, "update", ["ab" * 32], None),
        (1, "silence", [10], "on site"),
    ]
    assert views[0]["answers"] == []
    assert "sent_utc" in views[0]
    assert others == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/v1/boards/b9/commands", {"op": "test"}, 404),
        (COMMANDS, {}, 422),
        (COMMANDS, {"op": "Silence!"}, 422),
        (COMMANDS, {"op": "silence", "args": [1.5]}, 422),
        (COMMANDS, {"op": "silence", "args": ["10"]}, 422),
        (COMMANDS, {"op": "update", "release": "../../etc/passwd"}, 422),
        (COMMANDS, {"op": "test", "force": True}, 422),
        (COMMANDS, {"op": "test", "comment": "x" * 501}, 422),
    ],
)
def test_what_cannot_be_read_is_refused(
    served: Served, path: str, body: object, status: int
) -> None:
    with served.client() as client:
        sign_in(client, "engineer")
        assert client.post(path, json=body).status_code == status
    assert served.double.ordered == []


def test_what_cannot_be_is_answered_in_the_desks_words(served: Served) -> None:
    served.double.failure = NotAllowedError("b0150 is not connected")
    with served.client() as client:
        sign_in(client, "operator")
        answer = client.post(COMMANDS, json={"op": "silence", "args": [10]})
    assert answer.status_code == 409
    assert answer.json()["detail"] == "b0150 is not connected"
