"""When something was in alarm: from the alarm journal's events, corrections included."""

from dataclasses import replace
from typing import Any

import httpx
from http_double import Served, sign_in

S = 1_000_000


def test_intervals_are_what_the_journal_tells(served: Served, client: httpx.Client) -> None:
    sign_in(client, "viewer")

    def tell(gateway: Any) -> str:
        gateway.raise_fire()
        raised = gateway.journal[-1]
        fields = {"t_from_us": 100 * S, "t_to_us": 200 * S, "from_history": True}
        gateway.journal += [
            replace(raised, edge="was_in_alarm", t_us=100 * S, **fields),
            replace(raised, edge="was_not_in_alarm", **{**fields, "t_from_us": 150 * S}),
        ]
        return str(raised.alarm_id)

    alarm_id = served.do(tell)
    path = f"/api/v1/alarms/{alarm_id}/intervals"
    past, standing = client.get(path).json()
    assert past == {"from_utc": "1970-01-01T00:01:40.000Z", "to_utc": "1970-01-01T00:02:30.000Z"}
    assert standing["to_utc"] is None
    later = client.get(path, params={"from": "1970-01-01T00:02:30Z"}).json()
    assert later == [standing]
    assert client.get("/api/v1/alarms/nothing:at.all/intervals").json() == []
