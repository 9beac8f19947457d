"""Signing in and out."""

import httpx
from http_double import PASSWORD, Served, sign_in

from gateway.people.backoff import FREE_ATTEMPTS


def test_the_cookie_is_for_this_server_alone_and_not_for_scripts(client: httpx.Client) -> None:
    answer = sign_in(client, "operator")
    cookie = answer.headers["set-cookie"].lower()
    assert answer.json()["role"] == "operator"
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie  # plain HTTP on loopback; TLS adds it
    assert client.cookies["hinoban"] not in answer.text


def test_a_wrong_name_and_a_wrong_password_look_the_same(client: httpx.Client) -> None:
    one = sign_in(client, "operator", "not the password")
    other = sign_in(client, "nobody", PASSWORD)
    assert one.status_code == other.status_code == 401
    assert one.json() == other.json()
    assert PASSWORD not in other.text


def test_names_do_not_care_for_case(client: httpx.Client) -> None:
    assert sign_in(client, "Operator").json()["name"] == "operator"


def test_after_some_failures_each_further_one_has_to_wait(client: httpx.Client) -> None:
    for _ in range(FREE_ATTEMPTS):
        assert sign_in(client, "operator", "wrong").status_code == 401
    refused = sign_in(client, "operator")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["retry_after_s"] >= 1
    # The same address does not get further with another name either.
    assert sign_in(client, "viewer").status_code == 429


def test_signing_out_ends_the_session_itself(served: Served, client: httpx.Client) -> None:
    sign_in(client, "operator")
    cookie = client.cookies["hinoban"]
    assert client.delete("/api/v1/session").status_code == 204
    assert "hinoban" not in client.cookies
    with served.client() as thief:
        thief.cookies["hinoban"] = cookie
        assert thief.get("/api/v1/stores").status_code == 401


def test_a_session_ends_after_a_shift_and_with_its_user(served: Served) -> None:
    people = served.double.people
    now_us = served.double.now().utc_us
    person = people.verify("operator", PASSWORD)
    assert person is not None
    session = people.open_session(person, now_us)
    assert people.of_session(session.token, session.expires_us - 1) == session
    assert people.of_session(session.token, session.expires_us) is None
    with served.client() as client:
        sign_in(client, "operator")
        people.remove_user("operator")
        assert client.get("/api/v1/stores").status_code == 401


def test_another_site_cannot_sign_a_browser_in(client: httpx.Client) -> None:
    login = {"name": "operator", "password": PASSWORD}
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert client.post("/api/v1/session", json=login, headers=foreign).status_code == 403


def test_a_refused_login_does_not_repeat_the_password(client: httpx.Client) -> None:
    answer = client.post("/api/v1/session", json={"name": "", "password": "secret-word"})
    assert answer.status_code == 422
    assert "secret-word" not in answer.text
