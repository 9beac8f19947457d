"""Every error is a problem in plain words."""

from typing import Any

import httpx
import pytest
from http_double import Served, sign_in

from gateway.historian.errors import JournalError
from gateway.http.border import BODY_LIMIT

FIRE = "temp_high:yard.c0150.temp_1_degc"


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert set(body) >= {"type", "title", "detail", "instance"}
    return body


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        pytest.param("GET", "/api/v1/nothing", 404, "nothing at this address", id="no address"),
        pytest.param("PUT", "/api/v1/stores", 405, "does not take that method", id="no method"),
        pytest.param("GET", f"/api/v1/alarms/{FIRE}/ack", 405, "method", id="ack by reading"),
        pytest.param("GET", "/api/v1/stores/c9999", 404, "c9999", id="no store"),
        pytest.param("GET", "/api/v1/boards/b9", 404, "b9", id="no board"),
        pytest.param("GET", "/api/v1/points/yard.x/samples", 404, "yard.x", id="no point"),
        pytest.param("GET", "/api/v1/factors/r9", 404, "r9", id="no record"),
        pytest.param("GET", "/api/v1/factors?as_of=soon", 422, "soon", id="no time"),
        pytest.param(
            "GET", "/api/v1/factors?as_of=2026-03-01T00:00", 422, "time zone", id="no zone"
        ),
        pytest.param(
            "GET",
            "/api/v1/cofiring?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z",
            422,
            "before",
            id="backwards",
        ),
        pytest.param("GET", "/api/v1/alarms/journal?limit=0", 422, "limit", id="no lines"),
        pytest.param("POST", "/api/v1/alarms/nope:x/ack", 404, "nope", id="no alarm"),
    ],
)
def test_a_mistake_is_answered_in_words(
    client: httpx.Client, method: str, path: str, status: int, words: str
) -> None:
    sign_in(client, "operator")
    assert words in problem(client.request(method, path), status)["detail"]


def test_what_the_state_does_not_allow_is_a_conflict(served: Served) -> None:
    served.do(lambda gateway: gateway.raise_fire())
    with served.client() as client:
        sign_in(client, "operator")
        told = problem(client.post(f"/api/v1/alarms/{FIRE}/reset"), 409)
    assert "still in alarm" in told["detail"]


def test_an_unknown_field_is_named(client: httpx.Client) -> None:
    sign_in(client, "operator")
    answer = client.post(f"/api/v1/alarms/{FIRE}/ack", json={"coment": "typo"})
    assert problem(answer, 422)["errors"][0]["where"] == "body.coment"


def test_a_failed_journal_is_told_and_nothing_pretended(served: Served) -> None:
    served.do(lambda gateway: gateway.raise_fire())
    served.double.failure = JournalError("journal.sqlite cannot be written: disk full")
    with served.client() as client:
        sign_in(client, "operator")
        told = problem(client.post(f"/api/v1/alarms/{FIRE}/ack"), 503)
    assert "disk full" in told["detail"]


def test_an_unexpected_failure_hides_its_inside(served: Served) -> None:
    served.double.failure = RuntimeError("the inside of the gateway")
    with served.client() as client:
        sign_in(client, "operator")
        told = problem(client.post(f"/api/v1/alarms/{FIRE}/ack"), 500)
    assert "inside of the gateway" not in str(told)


def test_large_and_endless_bodies_are_refused(client: httpx.Client) -> None:
    large = client.post("/api/v1/session", content=b"x" * (BODY_LIMIT + 1))
    problem(large, 413)
    endless = client.post("/api/v1/session", content=iter([b"{", b"}"]))
    problem(endless, 411)


def test_every_answer_carries_the_security_headers(client: httpx.Client) -> None:
    for path in ("/", "/api/v1/health", "/api/v1/nothing", "/openapi.json"):
        headers = client.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_no_documentation_page_loads_scripts_from_elsewhere(client: httpx.Client) -> None:
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404
    assert client.get("/openapi.json").json()["info"]["title"] == "Hinoban"
