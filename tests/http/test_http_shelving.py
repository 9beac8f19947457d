"""Shelves and times out of service over the API: reasons, two people, roles."""

import httpx
import pytest
from http_double import Served, sign_in

from agent.samples import Quality, Sample

FIRE = "temp_high:yard.c0150.temp_1_degc"
FAULT = "sensor_fault:yard.c0150.temp_2_degc"


def a_fault(gateway) -> None:
    now_us = gateway.now().utc_us
    gateway.take(Sample("yard.c0150.temp_2_degc", now_us, None, Quality.BAD, "sensor_open"))


def asked(client: httpx.Client, alarm: str, act: str, **body) -> httpx.Response:
    return client.post(f"/api/v1/alarms/{alarm}/{act}", json=body)


def shown(client: httpx.Client, alarm: str) -> dict:
    return next(a for a in client.get("/api/v1/alarms").json() if a["id"] == alarm)


def test_an_operator_shelves_a_fault_and_ends_it(served: Served) -> None:
    served.do(a_fault)
    with served.client() as client:
        sign_in(client, "operator")
        told = asked(client, FAULT, "shelve", comment="new probe on order", for_s=3600).json()
        assert (told["edge"], told["visibility"], told["state"]) == (
            "shelved", "shelved", "unacknowledged",
        )  # fmt: skip
        alarm = shown(client, FAULT)
        assert (alarm["visibility"], alarm["hidden_by"], alarm["hidden_why"]) == (
            "shelved", "operator", "new probe on order",
        )  # fmt: skip
        assert alarm["hidden_until_utc"] == told["until_utc"]
        assert not alarm["can_acknowledge"]
        refused = asked(client, FAULT, "ack")
        assert refused.status_code == 409
        assert "unshelve it first" in refused.json()["detail"]
        (hidden,) = client.get("/api/v1/alarms/hidden").json()
        assert (hidden["target"], hidden["what"], hidden["for_s"]) == (FAULT, "shelved", 3600)
        assert asked(client, FAULT, "unshelve").json()["edge"] == "unshelved"
        assert shown(client, FAULT)["can_acknowledge"]
        assert asked(client, FAULT, "unshelve").status_code == 409


@pytest.mark.parametrize(
    "body", [{}, {"comment": "why"}, {"for_s": 60}, {"comment": " ", "for_s": 60},
             {"comment": "why", "for_s": 0}, {"agree": False},
             {"comment": "why", "for_s": 60, "agree": True}],
)  # fmt: skip
def test_a_shelf_needs_a_reason_and_a_time(served: Served, body: dict) -> None:
    served.do(a_fault)
    with served.client() as client:
        sign_in(client, "operator")
        assert asked(client, FAULT, "shelve", **body).status_code == 422
        assert shown(client, FAULT)["visibility"] == "shown"


def test_a_fire_alarm_is_shelved_by_two(served: Served) -> None:
    served.do(lambda gateway: gateway.raise_fire())
    with served.client() as first, served.client() as second:
        sign_in(first, "operator")
        sign_in(second, "engineer")
        assert asked(second, FIRE, "shelve", agree=True).status_code == 409
        told = asked(first, FIRE, "shelve", comment="hot work, watched", for_s=1800).json()
        assert told["edge"] == "shelved_requested"
        assert shown(first, FIRE)["visibility"] == "shown"
        refused = asked(first, FIRE, "shelve", agree=True)
        assert refused.status_code == 409
        assert "a second person" in refused.json()["detail"]
        (waits,) = second.get("/api/v1/alarms/hidden").json()
        assert (waits["what"], waits["by"], waits["for_s"]) == (
            "shelved_requested",
            "operator",
            1800,
        )
        told = asked(second, FIRE, "shelve", agree=True).json()
        assert (told["edge"], told["person"], told["second"]) == ("shelved", "operator", "engineer")
        assert shown(first, FIRE)["visibility"] == "shelved"


def test_operators_return_to_service_what_engineers_took_out(served: Served) -> None:
    served.do(a_fault)
    with served.client() as operator, served.client() as engineer:
        sign_in(operator, "operator")
        sign_in(engineer, "engineer")
        body = {"comment": "board is being moved", "for_s": 7200}
        assert asked(operator, "c0150", "out-of-service", **body).status_code == 403
        told = asked(engineer, "c0150", "out-of-service", **body).json()
        assert (told["edge"], told["source"]) == ("out_of_service", "c0150")
        assert shown(operator, FAULT)["visibility"] == "out_of_service"
        assert asked(operator, "c0150", "return").json()["edge"] == "returned_to_service"
        assert shown(operator, FAULT)["visibility"] == "shown"


def test_what_nobody_knows_is_not_hidden(served: Served) -> None:
    with served.client() as client:
        sign_in(client, "engineer")
        for act in ("shelve", "out-of-service"):
            answer = asked(client, "temp_high:elsewhere", act, comment="why", for_s=60)
            assert answer.status_code == 404
        assert asked(client, "elsewhere", "return").status_code == 404


def test_what_is_allowed_is_told_to_whoever_reads(served: Served) -> None:
    with served.client() as client:
        assert client.get("/api/v1/alarms/handling").status_code == 401
        sign_in(client, "viewer")
        told = client.get("/api/v1/alarms/handling").json()
    assert told == {
        "longest_shelf_s": 28800,
        "agree_within_s": 600,
        "second_person": ["fire", "gas", "people"],
    }


@pytest.mark.parametrize(("role", "may"), [("operator", False), ("engineer", True)])
def test_the_page_is_told_who_takes_out_of_service(served: Served, role: str, may: bool) -> None:
    with served.client() as client:
        assert sign_in(client, role).json()["may_take_out_of_service"] is may
        assert client.get("/api/v1/session").json()["may_take_out_of_service"] is may
