"""A changed site's file in the gateway that runs: all of it or nothing, and no poll is lost."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from counting_meter import CountingMeter
from rig import Rig

from gateway import presence
from gateway.historian.reader import Reader
from gateway.paths import JOURNAL
from gateway.presence import ANSWER, PRESENCE

MAP = """
[device]
name = "Bench meter"
source = "none, for tests"
[fields]
power_kw   = { register = "holding", address = 0, type = "uint16", unit = "kw" }
energy_kwh = { register = "holding", address = 1, type = "uint32", unit = "kwh", \
kind = "counter", max_rate_per_s = 10.0 }
"""


def section(name: str, port: int, **more: Any) -> dict[str, Any]:
    points = {"power_kw": f"{name}.power_kw", "energy_kwh": f"{name}.energy_kwh"}
    settings = {"id": name, "profile": "bench", "host": "127.0.0.1", "port": port}
    return settings | {"poll_s": 0.2, "timeout_s": 1.0, "points": points} | more


class Plant:
    """A gateway with three meters of its own beside those of the example plant."""

    def __init__(self, rig: Rig, meters: dict[str, CountingMeter]) -> None:
        self.rig = rig
        self.meters = meters
        folder = rig.directory / "profiles"
        folder.mkdir()
        (folder / "bench.toml").write_text(MAP)
        rig.raw["site"]["profiles"] = "profiles"
        rig.raw["meter"] += [section(name, meters[name].port) for name in ("kept", "left", "moved")]
        rig.raw["alarm"].append(
            {
                "id": "power_high",
                "kind": "high",
                "points": "*.power_kw",
                "limit": 40.0,
                "unit": "kw",
                "class": "process",
                "priority": "high",
            }
        )
        rig.write_config()

    def meter(self, name: str) -> dict[str, Any]:
        (found,) = [each for each in self.rig.get("meters") if each["id"] == name]
        return dict(found)

    def raw(self, name: str) -> dict[str, Any]:
        (found,) = [each for each in self.rig.raw["meter"] if each["id"] == name]
        return dict(found)

    def latest(self, point: str) -> dict[str, Any] | None:
        (found,) = [each for each in self.rig.get("points") if each["point"] == point]
        return found["latest"]  # type: ignore[no-any-return]

    def alarms(self) -> set[str]:
        return {alarm["id"] for alarm in self.rig.get("alarms") if alarm["present"]}

    def reload(self) -> tuple[int, list[str]]:
        done = self.rig.hinoban("reload", "--config", str(self.rig.site.config), "--json")
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)["words"]

    def health(self) -> list[str]:
        return list(self.rig.get("health")["problems"])


@pytest.fixture
def plant(make_rig: Callable[..., Rig]) -> Iterator[Plant]:
    with ExitStack() as stack:
        meters = {
            name: stack.enter_context(CountingMeter({0: 50, 1: 0, 2: 1000}))
            for name in ("kept", "left", "moved", "new")
        }
        plant = Plant(make_rig(), meters)
        plant.rig.start_gateway()
        yield plant


def test_what_changed_changes_and_what_did_not_loses_no_poll(plant: Plant) -> None:
    rig, meters = plant.rig, plant.meters
    standing = {f"power_high:{name}.power_kw" for name in ("kept", "left", "moved")}
    rig.wait("the alarms", lambda: standing <= plant.alarms())
    meters["moved"].registers[2] = 1005
    rig.wait("a step", lambda: (plant.latest("moved.energy_kwh") or {}).get("value") == 5.0)
    before = plant.meter("kept")

    moved = plant.raw("moved") | {"poll_s": 0.5}
    rig.raw["meter"] = [m for m in rig.raw["meter"] if m["id"] not in {"left", "moved"}]
    rig.raw["meter"] += [moved, section("new", meters["new"].port)]
    rig.raw["alarm"][-1]["limit"] = 45.0
    rig.write_config()
    code, words = plant.reload()
    assert (code, set(words)) == (
        0,
        {"meter added: new", "meter removed: left", "meter changed: moved",
         "alarm changed: power_high"},
    )  # fmt: skip

    asked_left = len(meters["left"].asked)
    rig.wait("the new meter", lambda: plant.latest("new.energy_kwh"))
    assert [m["id"] for m in rig.get("meters")][-3:] == ["kept", "moved", "new"]
    # The totaliser of the meter that changed goes on from where it was.
    meters["moved"].registers[2] = 1009
    rig.wait("the next step", lambda: plant.latest("moved.energy_kwh")["value"] == 9.0)
    assert len(meters["left"].asked) == asked_left
    # No alarm went away, and the new meter's stands as well.
    rig.wait(
        "the new meter's alarm", lambda: standing | {"power_high:new.power_kw"} <= plant.alarms()
    )
    events = rig.get("alarms/journal?limit=200")
    assert not [e for e in events if e["condition"] == "power_high" and e["edge"] == "cleared"]

    # The meter that did not change kept its connection, and no tick of it was lost.
    rig.wait("more polls", lambda: plant.meter("kept")["requests"] > before["requests"] + 10)
    after = plant.meter("kept")
    rig.stop("gateway")
    kept = meters["kept"]
    assert kept.connections == 1
    assert {asked.place for asked in kept.asked} == {(3, 0, 3)}
    ticks = [t_us // 200_000 for t_us in _captured_us(rig, "kept.power_kw")]
    lost = ticks[-1] - ticks[0] + 1 - len(ticks)
    # None, unless this machine itself was held up; then the meter's own account says so.
    assert lost <= after["overruns"] + after["polls_late"]
    assert rig.verify_journal()["problems"] == []


def _captured_us(rig: Rig, point: str) -> list[int]:
    reader = Reader(rig.data / JOURNAL)
    found = [
        sample.t_us
        for row in reader.rows(0, 10_000)
        for batch in row.batches
        for sample in batch.samples
        if sample.point == point
    ]
    reader.close()
    return found


def test_a_wrong_file_changes_nothing_and_is_seen(plant: Plant) -> None:
    rig = plant.rig
    rig.wait("readings", lambda: plant.latest("kept.power_kw"))
    good = plant.raw("kept")
    rig.raw["meter"][-3] = good | {"points": {"power": "kept.power_kw"}}
    rig.write_config()
    code, words = plant.reload()
    assert code == 1
    assert "profile 'bench' has no field 'power'" in words[0]
    assert "'power_kw'" in words[0]
    rig.wait("the word in health", lambda: any("has no field" in p for p in plant.health()))
    assert plant.meter("kept")["state"] == "ok"
    log = (rig.directory / "gateway.log").read_text()
    assert "the site's file is not applied: site.toml:" in log

    # A file that is no TOML is told by the command alone; by a signal, the gateway tells it.
    rig.site.config.write_text("[site\n")
    done = rig.hinoban("reload", "--config", str(rig.site.config))
    assert done.returncode == 2
    assert "site.toml:1" in done.stderr
    os.kill(presence.read(rig.data).pid, signal.SIGHUP)  # type: ignore[union-attr]
    rig.wait("the other word", lambda: any("site.toml:1" in p for p in plant.health()))

    rig.raw["meter"][-3] = good
    rig.write_config()
    assert plant.reload() == (0, ["nothing changed"])
    rig.wait("no word", lambda: not any("not in force" in p for p in plant.health()))


def test_other_sections_need_a_restart(plant: Plant) -> None:
    rig = plant.rig
    rig.raw["board"][0]["report_s"] = 77.0
    rig.raw["alarm"][-1]["limit"] = 45.0
    rig.write_config()
    code, words = plant.reload()
    assert code == 1
    assert "[board] changed" in words[0]
    assert "restart the service" in words[0]
    # Nothing of it: the alarm neither.
    rig.raw["board"][0]["report_s"] = rig.report_s
    rig.raw["meter"][0]["poll_s"] = 30.0
    rig.write_config()
    code, words = plant.reload()
    assert code == 1
    assert "unit1.coal.mass_total_kg at another interval" in words[0]
    rig.raw["meter"][0]["poll_s"] = 1.0
    rig.write_config()
    assert plant.reload() == (0, ["alarm changed: power_high"])


def test_nobody_to_tell(plant: Plant, tmp_path: Path) -> None:
    rig = plant.rig
    other = tmp_path / "other.toml"
    other.write_text(rig.site.config.read_text().replace('"data"', f'"{rig.data}"'))
    done = rig.hinoban("reload", "--config", str(other))
    assert done.returncode == 2
    assert f"reads {rig.site.config}" in done.stderr

    rig.kill("gateway")
    assert (rig.data / PRESENCE).exists()
    done = rig.hinoban("reload", "--config", str(rig.site.config))
    assert done.returncode == 2
    assert "no gateway runs" in done.stderr
    # Its process id now belongs to somebody else.
    told = json.loads((rig.data / PRESENCE).read_text())
    (rig.data / PRESENCE).write_text(json.dumps(told | {"pid": os.getpid()}))
    assert presence.read(rig.data) is None

    rig.start_gateway()
    rig.wait("its presence", lambda: presence.read(rig.data))
    rig.stop("gateway")
    assert not (rig.data / PRESENCE).exists()


def test_a_gateway_that_does_not_answer(plant: Plant) -> None:
    rig = plant.rig
    rig.wait("its presence", lambda: presence.read(rig.data))
    process = rig.processes["gateway"]
    process.send_signal(signal.SIGSTOP)
    try:
        done = rig.hinoban("reload", "--config", str(rig.site.config), "--wait", "0.3")
    finally:
        process.send_signal(signal.SIGCONT)
    assert done.returncode == 2
    assert "did not answer within 0.3 s" in done.stderr
    # It does as soon as it can.
    rig.wait("its answer", (rig.data / ANSWER).exists)
