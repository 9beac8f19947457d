"""Notifications and the horn over the API: who may see, test and silence."""

import pytest
from http_double import ROLES, Served, sign_in

SENT = "/api/v1/notifications"
TEST = f"{SENT}/test"
SILENCE = "/api/v1/horn/silence"
MAY = {"operator", "engineer", "administrator"}


@pytest.mark.parametrize("role", ROLES)
def test_only_who_handles_alarms_tests_and_silences(served: Served, role: str) -> None:
    with served.client() as client:
        sign_in(client, role)
        codes = [
            client.post(TEST, json={"recipient": "shift"}).status_code,
            client.post(SILENCE).status_code,
        ]
        assert client.get(SENT).status_code == client.get("/api/v1/horn").status_code == 200
    assert codes == ([200, 200] if role in MAY else [403, 403])
    told = served.double.notifications
    assert told.silenced_by == ([role] if role in MAY else [])
    assert [view.person for view in told.views] == told.silenced_by


def test_no_machine_silences_the_horn(served: Served) -> None:
    token = served.double.people.add_token("robot", "administrator")
    with served.client() as client:
        client.headers["Authorization"] = f"Bearer {token}"
        assert client.get(f"{SENT}/recipients").json()[0]["id"] == "shift"
        assert client.post(SILENCE).status_code == 403
    assert served.double.notifications.silenced_by == []


def test_messages_come_in_pages_the_newest_first(served: Served) -> None:
    for _ in range(5):
        served.double.notifications.test("shift", "Hana")
    with served.client() as client:
        sign_in(client, "viewer")
        first = client.get(SENT, params={"limit": 2}).json()
        then = client.get(SENT, params={"limit": 2, "before": first[-1]["number"]}).json()
    assert [one["number"] for one in first + then] == [5, 4, 3, 2]
    assert first[0]["made_utc"].endswith("Z")
    assert first[0]["progress"] == "waiting"


def test_what_sounds_and_what_was_silenced_is_named(served: Served) -> None:
    with served.client() as client:
        sign_in(client, "operator")
        before = client.get("/api/v1/horn").json()
        after = client.post(SILENCE).json()
    assert (before["sounding"], before["fitted"]) == (["temp_high:x"], True)
    assert (after["sounding"], after["silenced"]) == ([], ["temp_high:x"])


def test_nobody_unknown_is_tested(served: Served) -> None:
    with served.client() as client:
        sign_in(client, "operator")
        answer = client.post(TEST, json={"recipient": "nobody"})
    assert answer.status_code == 409
    assert "use one of: shift" in answer.json()["detail"]
