import asyncio
import json
import time
from pathlib import Path

import pytest

from gateway.sinks.influx import InfluxSink

GRAFANA = Path(__file__).parents[2] / "dashboards" / "grafana"
DASHBOARD = json.loads((GRAFANA / "dashboards" / "hinoban.json").read_text())


def queries():
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            expr = target["expr"].replace("$store", DASHBOARD["templating"]["list"][0]["allValue"])
            yield pytest.param(expr, id=panel["title"])
    for annotation in DASHBOARD["annotations"]["list"]:
        yield pytest.param(annotation["expr"], id=f"annotation {annotation['name']}")


def fill(plant):
    plant.start_us = time.time_ns() // 1000 - 600_000_000
    for s in range(0, 600, 5):
        samples = [
            plant.sample(f"unit1.{fuel}.mass_total_kg", s, rate * s)
            for fuel, rate in (("coal", 12.0), ("pellets", 4.0), ("rpf", 1.0))
        ]
        samples += [
            plant.sample(f"unit1.{fuel}.mass_rate_kg_per_s", s, rate)
            for fuel, rate in (("coal", 12.0), ("pellets", 4.0), ("rpf", 1.0))
        ]
        samples += [plant.sample(f"unit1.{kind}_kw", s, 9e4) for kind in ("gross", "aux", "sold")]
        samples.append(plant.sample("yard.c0150.temp_1_degc", s, 20 + s / 20))
        samples.append(plant.sample("yard.c0150.co_ppm", s, 200.0 + s))
        alarms = (plant.alarm(s, "raised"),) if s == 580 else ()
        if s == 500:
            alarms = (plant.alarm(s, "cleared"),)
        plant.commit(s, *samples, alarm_events=alarms)


@pytest.mark.debian
def test_every_query_of_the_dashboard_returns_data(plant, victoria_metrics, sink_to):
    fill(plant)
    settings = sink_to(victoria_metrics.url)
    sink = InfluxSink(settings, plant.path, plant.cursors, poll_s=0.05)

    async def send():
        work = asyncio.create_task(sink.run())
        async with asyncio.timeout(30):
            while sink.status().sent_n < plant.journal.last_n():  # noqa: ASYNC110 (a thread's)
                await asyncio.sleep(0.02)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

    asyncio.run(send())
    victoria_metrics.get("/internal/force_flush")
    end = plant.at(598) / 1e6
    for query in queries():
        (expr,) = query.values
        answer = victoria_metrics.get(
            "/api/v1/query_range", query=expr, start=f"{end - 120}", end=f"{end}", step="15s",
            nocache="1",
        )  # fmt: skip
        result = json.loads(answer)["data"]["result"]
        assert any(series["values"] for series in result), f"{query.id}: no data for {expr}"
        if query.id == "Mix by mass":
            shares = {s["metric"]["place"]: float(s["values"][-1][1]) for s in result}
            assert shares == pytest.approx(
                {"unit1.coal": 12 / 17, "unit1.pellets": 4 / 17, "unit1.rpf": 1 / 17}, rel=1e-3
            )


def test_the_dashboard_is_whole():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids)) >= 6
    datasource = (GRAFANA / "provisioning" / "datasources" / "hinoban.yaml").read_text()
    assert f"uid: {DASHBOARD['panels'][0]['datasource']['uid']}" in datasource
    for panel in DASHBOARD["panels"]:
        assert panel["description"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "hinoban"}
    limits = {
        panel["title"]: [
            step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        ]
        for panel in DASHBOARD["panels"]
        if panel["type"] == "timeseries"
    }
    assert limits["Fuel yard: temperatures"] == [None, 45, 50]
    assert limits["Fuel yard: carbon monoxide"] == [None, 3000]
