"""Listening: where, with what, and what must hold first."""

import asyncio
import inspect
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
from http_double import Double, Served

from gateway.config import Http
from gateway.http import assets
from gateway.http.app import made_ready
from gateway.http.server import ListeningError, check_listening, is_loopback, serve
from gateway.people import People


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.3.2.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - the very thing that is refused
        ("::", False),
        ("192.168.1.7", False),
        ("plant.example", False),
    ],
)
def test_what_is_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_beyond_loopback_needs_tls_and_a_user(tmp_path: Path) -> None:
    people = People(tmp_path / "people.sqlite")
    beyond = Http(host="192.168.1.7")
    problems = check_listening(beyond, people)
    assert len(problems) == 2
    assert "tls_certificate" in problems[0]
    assert "hinoban user add" in problems[1]
    people.add_user("sato", "operator", "ten letters or more")
    assert len(check_listening(beyond, people)) == 1
    pem = tmp_path / "tls.pem"
    pem.write_text("")
    assert check_listening(Http(host="::", tls_certificate=pem, tls_key=pem), people) == []
    missing = Http(host="::", tls_certificate=pem, tls_key=tmp_path / "no.pem")
    assert "no.pem" in check_listening(missing, people)[0]
    assert "together" in check_listening(Http(tls_certificate=pem), people)[0]
    assert check_listening(Http(), people) == []
    people.close()


def test_refusals_are_said_before_listening(tmp_path: Path) -> None:
    double = Double(tmp_path)
    with pytest.raises(ListeningError, match="can be reached from other machines"):
        asyncio.run(serve(double, Http(host="0.0.0.0")))  # noqa: S104 - the very thing refused
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListeningError, match="choose another port"):
            asyncio.run(serve(double, Http(port=port)))
    double.people.close()


def test_stopping_lets_open_streams_go(tmp_path: Path) -> None:
    double = Double(tmp_path)
    token = double.people.add_token("watcher", "viewer")
    client = httpx.Client(trust_env=False, timeout=20)
    with client, Served(double, None) as served:
        headers = {"Authorization": f"Bearer {token}"}
        request = client.build_request("GET", f"{served.url}/api/v1/stream", headers=headers)
        answer = client.send(request, stream=True)
        lines = answer.iter_lines()
        assert next(lines).startswith("id: ")
        served.do(lambda gateway: gateway.hub.close())
        assert list(lines)[-1] == ""
    double.people.close()


def test_an_unbuilt_page_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "find_page", lambda: None)
    double = Double(tmp_path)
    with Served(double, None) as served, served.client() as client:
        answer = client.get("/")
        assert answer.status_code == 503
        assert "not built" in answer.text
    double.people.close()


def test_the_page_and_its_files_are_served(tmp_path: Path) -> None:
    page = tmp_path / "page"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text("<title>page</title>")
    (page / "assets" / "main-abc.js").write_text("1")
    (page / "secret.pem").write_text("no")
    double = Double(tmp_path)
    with Served(double, page) as served, served.client() as client:
        assert client.get("/").headers["cache-control"] == "no-cache"
        script = client.get("/assets/main-abc.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert "immutable" in script.headers["cache-control"]
        for hidden in ("/secret.pem", "/assets/../secret.pem", "/%2e%2e/people.sqlite"):
            assert client.get(hidden).status_code == 404
    double.people.close()


def test_the_first_request_finds_all_routes_worked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []
    signature = inspect.signature
    app = made_ready(Double(tmp_path))

    def counted(*of: Any, **how: Any) -> inspect.Signature:
        looked.append(of)
        return signature(*of, **how)

    monkeypatch.setattr(inspect, "signature", counted)

    async def first() -> int:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.get("/api/v1/factors/latest")).status_code

    assert asyncio.run(first()) == 401
    assert looked == []
