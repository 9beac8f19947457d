"""The live stream: batched per tick, resumed where a client left off."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
from http_double import Served, sign_in

from agent.samples import Sample
from gateway.http.hub import Hub

POINT = "yard.c0025.co_ppm"


def events(answer: httpx.Response) -> Iterator[tuple[str, str | None, Any]]:
    kind, number = "message", None
    for line in answer.iter_lines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("id: "):
            number = line.removeprefix("id: ")
        elif line.startswith("data: "):
            yield kind, number, json.loads(line.removeprefix("data: "))
            kind, number = "message", None


def feed(served: Served, value: float) -> None:
    def tell(gateway: Any) -> None:
        gateway.take(Sample(POINT, gateway.now().utc_us, value))
        gateway.hub.flush()

    served.do(tell)


def values(batch: dict[str, Any]) -> list[float]:
    return [s["value"] for s in batch.get("sample", []) if s["point"] == POINT]


def test_a_client_that_comes_back_gets_what_it_missed(served: Served, client: httpx.Client) -> None:
    sign_in(client, "viewer")
    with client.stream("GET", "/api/v1/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        heard = events(answer)
        assert next(heard)[0] == "hello"
        feed(served, 1.0)
        kind, last_seen, batch = next(heard)
        assert (kind, values(batch)) == ("batch", [1.0])
    feed(served, 2.0)
    feed(served, 3.0)
    assert last_seen is not None
    with client.stream("GET", "/api/v1/stream", headers={"Last-Event-ID": last_seen}) as answer:
        heard = events(answer)
        assert [values(next(heard)[2])[0] for _ in range(2)] == [2.0, 3.0]


def test_a_client_that_missed_too_much_is_told_to_reload(
    served: Served, client: httpx.Client
) -> None:
    sign_in(client, "viewer")
    for n in range(12):
        feed(served, float(n))
    for seen in ("test-1", "another-run-5", "test-99999", "rubbish"):
        with client.stream("GET", "/api/v1/stream", headers={"Last-Event-ID": seen}) as answer:
            assert next(events(answer))[0] == "reload", seen


def test_an_alarm_reaches_the_stream(served: Served, client: httpx.Client) -> None:
    sign_in(client, "viewer")
    with client.stream("GET", "/api/v1/stream") as answer:
        heard = events(answer)
        next(heard)
        served.do(lambda gateway: gateway.raise_fire())
        edges = [e for _, _, b in (next(heard),) for e in b["alarm_event"]]
    assert any(e["class"] == "fire" and e["edge"] == "raised" and e["n"] for e in edges)


def test_signing_out_ends_the_stream(served: Served, client: httpx.Client) -> None:
    sign_in(client, "viewer")
    with client.stream("GET", "/api/v1/stream") as answer:
        heard = events(answer)
        next(heard)
        served.double.people.remove_user("viewer")
        assert [kind for kind, _, _ in heard] == []


def test_a_tick_holds_the_newest_value_of_each_point() -> None:
    async def story() -> None:
        hub = Hub("run", keep=2)
        with hub.listening():
            hub.samples(
                [Sample(POINT, 1000, 1.0), Sample(POINT, 3000, 3.0), Sample(POINT, 2000, 2.0)]
            )
            hub.flush()
        found = hub.after(0)
        assert found is not None
        assert found[1].count(b'"value"') == 1
        assert b'"value":3.0' in found[1]
        assert found[1].startswith(b"id: run-1\nevent: batch\ndata: {")

    asyncio.run(story())


def test_nothing_new_makes_no_frame() -> None:
    async def story() -> None:
        hub = Hub("run")
        hub.flush()
        assert hub.number == 0
        assert hub.after(0) == (0, b"")

    asyncio.run(story())


def test_the_buffer_says_when_it_has_forgotten() -> None:
    async def story() -> None:
        hub = Hub("run", keep=2)
        with hub.listening():
            for n in range(5):
                hub.samples([Sample(POINT, n, float(n))])
                hub.flush()
        assert hub.after(2) is None
        found = hub.after(3)
        assert found is not None
        assert found[0] == 5

    asyncio.run(story())


def test_nothing_is_encoded_for_nobody_and_who_comes_back_reloads() -> None:
    async def story() -> None:
        hub = Hub("run", keep=2)
        with hub.listening():
            hub.samples([Sample(POINT, 1, 1.0)])
            hub.flush()
        seen = hub.number
        for n in range(2, 9):
            hub.samples([Sample(POINT, n, float(n))])
            hub.flush()
        assert hub.number == seen + 3  # two while it might still come back, then a gap
        assert hub.after(seen) is None
        with hub.listening():
            now = hub.position(None)
            assert now is not None
            hub.samples([Sample(POINT, 9, 9.0)])
            hub.flush()
            found = hub.after(now)
            assert found is not None
            assert b'"value":9.0' in found[1]

    asyncio.run(story())
