"""Who may call what: every route of the published API, every role, and nobody."""

import re

import httpx
import pytest
from http_double import ROLES, Served, sign_in

OPEN = {("GET", "/api/v1/health"), ("GET", "/api/v1/site"), ("POST", "/api/v1/session")}
MAY_HANDLE_ALARMS = {"operator", "engineer", "administrator"}
FIRE = "temp_high:yard.c0150.temp_1_degc"


def routes(client: httpx.Client) -> list[tuple[str, str]]:
    paths = client.get("/openapi.json").json()["paths"]
    return [(method.upper(), path) for path, item in paths.items() for method in item]


def filled(path: str) -> str:
    return re.sub(r"{\w+}", "x", path)


def test_nobody_gets_past_the_open_routes(client: httpx.Client) -> None:
    closed = [route for route in routes(client) if route not in OPEN]
    assert len(closed) >= 18
    for method, path in closed:
        answer = client.request(method, filled(path))
        assert answer.status_code == 401, (method, path)
        assert answer.headers["content-type"] == "application/problem+json"


def test_health_tells_strangers_one_word(client: httpx.Client) -> None:
    assert client.get("/api/v1/health").json() == {"status": "ok"}
    sign_in(client, "viewer")
    assert client.get("/api/v1/health").json()["clock_synchronised"] is True


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", ["ack", "reset"])
def test_only_some_roles_touch_alarms(served: Served, role: str, act: str) -> None:
    served.do(lambda gateway: gateway.raise_fire())
    if act == "reset":
        served.do(lambda g: g.engine.acknowledge(FIRE, "somebody", None, g.instant()))
        served.do(lambda gateway: gateway.cool())
    with served.client() as client:
        sign_in(client, role)
        answer = client.post(f"/api/v1/alarms/{FIRE}/{act}", json={"comment": "seen"})
    if role in MAY_HANDLE_ALARMS:
        assert answer.status_code == 200
        assert answer.json()["person"] == role
        assert answer.json()["comment"] == "seen"
    else:
        assert answer.status_code == 403
        assert role in answer.json()["detail"]
        assert "person" not in {e.edge for e in served.double.journal}


def test_every_unsafe_route_wants_the_csrf_token(served: Served) -> None:
    with served.client() as client:
        sign_in(client, "administrator")
        del client.headers["X-CSRF-Token"]
        unsafe = [r for r in routes(client) if r[0] not in {"GET", "HEAD"} and r not in OPEN]
        assert {path for _, path in unsafe} >= {"/api/v1/alarms/{alarm_id}/ack", "/api/v1/session"}
        for method, path in unsafe:
            for token in ({}, {"X-CSRF-Token": "0" * 64}, {"X-CSRF-Token": "é".encode().hex()}):
                answer = client.request(method, filled(path), headers=token)
                assert answer.status_code == 403, (method, path)
                assert "X-CSRF-Token" in answer.json()["detail"]


def test_a_token_reads_but_answers_for_no_alarm(served: Served) -> None:
    served.do(lambda gateway: gateway.raise_fire())
    token = served.double.people.add_token("historian", "operator")
    with served.client() as client:
        client.headers["Authorization"] = f"Bearer {token}"
        assert client.get("/api/v1/stores").status_code == 200
        assert client.get("/api/v1/session").json()["machine"] is True
        refused = client.post(f"/api/v1/alarms/{FIRE}/ack")
        assert refused.status_code == 403
        assert "Only a person" in refused.json()["detail"]
        served.double.people.remove_token("historian")
        assert client.get("/api/v1/stores").status_code == 401


def test_a_wrong_token_is_not_rescued_by_a_cookie(served: Served) -> None:
    with served.client() as client:
        sign_in(client, "operator")
        assert client.get("/api/v1/stores", headers={"Authorization": "Bearer no"}).is_client_error
