"""600 boards lose their access point: broker, gateway and every connection are real."""

import asyncio
from typing import Any

import pytest
from mqtt_boards import MqttBoard, all_at_once, report_for_ever
from rig import Rig

pytestmark = pytest.mark.debian

LOST = "path_lost:ap_north"
REPORT_S = 2.0
BEHIND = [f"b{n:04d}" for n in range(1, 601)]
APART = "b0601"
PLACE = "w01"
UNKNOWN = {"silent", "no_data"}


def flooded(raw: dict[str, Any]) -> None:
    """601 containers, 600 of them behind one access point, and a place where people work."""
    fuel = raw["store_row"][0]["fuel"]
    raw["store_row"] = [{"row": "A", "first": 1, "count": 601, "fuel": fuel}]
    raw["store"] = []
    raw["board"] = [
        {"id": name, "store": f"c{name[1:]}", "report_s": REPORT_S, "values": ["temp_1_degc"]}
        for name in (*BEHIND, APART)
    ]
    raw["workplace"] = [{"id": "loading"}]
    raw["board"].append(
        {"id": PLACE, "workplace": "loading", "report_s": REPORT_S, "values": ["co_ppm"]}
    )
    raw["path"] = [
        {"id": "ap_north", "kind": "access_point", "boards": ["b00*", "b01*", "b02*", "b03*",
         "b04*", "b05*", "b0600"], "name": "Access point north"},
    ]  # fmt: skip
    raw["inhibition"] = {"hold_intervals": 2.0, "return_s": 4.0}
    for meter in raw["meter"]:
        meter["poll_s"] = 60.0  # there is no plant
    raw["alarm"] = [
        {"id": "temp_high", "kind": "high", "points": "yard.*.temp_*_degc", "limit": 50.0,
         "unit": "degc", "deadband": 2.0, "on_delay_s": 60, "on_samples": 2, "class": "fire",
         "priority": "critical"},
        {"id": "co_people", "kind": "high", "points": "work.*.co_ppm", "limit": 50.0,
         "unit": "ppm", "class": "people", "priority": "critical"},
        {"id": "board_silent", "kind": "silence", "boards": "*", "class": "fault",
         "priority": "high"},
    ]  # fmt: skip


def told(rig: Rig) -> list[dict[str, Any]]:
    """What people were told to act on, oldest first."""
    events: list[dict[str, Any]] = []
    while page := rig.get(f"alarms/journal?limit=1000&after={events[-1]['n'] if events else 0}"):
        events += page
    return [
        event
        for event in events
        if event["edge"] in {"raised", "realarmed"} and event["visibility"] == "shown"
    ]


def test_600_boards_that_lose_their_access_point_are_one_alarm(make_rig):
    rig = make_rig(change=flooded)
    rig.start_broker()
    rig.start_gateway()
    asyncio.run(_lived(rig))


async def _lived(rig: Rig) -> None:
    def boards(*names: str) -> list[MqttBoard]:
        return [MqttBoard(name, rig.site.site_id, rig.site.broker_port) for name in names]

    async def wait(what: str, condition, within_s: float = 60.0) -> Any:
        return await asyncio.to_thread(rig.wait, what, condition, within_s=within_s)

    def standings() -> set[str]:
        return {store["status"] for store in rig.get("stores") if store["id"] != "c0601"}

    behind, (apart, place) = boards(*BEHIND), boards(APART, PLACE)
    await all_at_once([*behind, apart, place], cut=False)
    reports = {
        board.name: asyncio.create_task(report_for_ever([board], REPORT_S, **values))
        for board, values in ((apart, {"temp_1_degc": 20.0}), (place, {"co_ppm": 3.0}))
    }
    reports["behind"] = asyncio.create_task(report_for_ever(behind, REPORT_S, temp_1_degc=20.0))
    await wait("every store to be normal", lambda: standings() == {"ok"})
    assert told(rig) == []

    await all_at_once(behind, cut=True)
    await wait("the path to be found lost", lambda: [e["alarm_id"] for e in told(rig)] == [LOST])
    await wait("every store behind it to be unknown", lambda: standings() <= UNKNOWN)
    for board, values in ((apart, {"temp_1_degc": 61.0}), (place, {"co_ppm": 60.0})):
        reports[board.name].cancel()
        reports[board.name] = asyncio.create_task(report_for_ever([board], REPORT_S, **values))
    await wait("fire and people to be told", lambda: len(told(rig)) == 3)
    assert {event["alarm_id"] for event in told(rig)[1:]} == {
        "temp_high:yard.c0601.temp_1_degc",
        "co_people:work.loading.co_ppm",
    }

    def silent() -> int:
        return sum(alarm["condition"] == "board_silent" for alarm in rig.get("alarms"))

    await wait("all of them to be silent", lambda: silent() == 600)
    (group,) = [one for one in rig.get("alarms/groups") if one["kind"] == "cause"]
    assert (group["group"], group["place"]) == (LOST, "Access point north")
    assert len(group["boards"]) == len(group["stores"]) == 600
    assert not rig.get("alarms/flood")["stands"]

    await all_at_once(behind, cut=False)
    await wait("every store to be normal again", lambda: standings() == {"ok"})
    await wait(
        "the path to work again",
        lambda: next(a for a in rig.get("alarms") if a["id"] == LOST)["present"] is False,
    )
    assert len(told(rig)) == 3
    assert silent() == 0
    for report in reports.values():
        report.cancel()
    await all_at_once([*behind, apart, place], cut=True)
