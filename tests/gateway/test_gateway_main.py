"""The wired gateway: it stops when told, ends when a part fails, and says what is wrong with it."""

import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from rig import Rig

from gateway.historian.reader import Reader

pytestmark = pytest.mark.debian
STOP_S = 3.0

FAILING_ACCOUNT = """
import gateway.footprint.accountant as a
def step(self, limit=500):
    raise ZeroDivisionError("a carbon bug")
a.Accountant.step = step
"""
FAILING_HUB = """
import gateway.garbage as g
import gateway.http.hub as h
told, lasting, ready = h.Hub.samples, g.lasting, []
def when_ready():
    lasting()
    ready.append(True)
def samples(self, samples):
    if ready:
        raise ZeroDivisionError("a part crashed")
    told(self, samples)
g.lasting, h.Hub.samples = when_ready, samples
"""
QUICK = """
import gateway.main as m
watch = m.SelfWatch
m.SelfWatch = lambda *given: watch(*given, grace_s=1.0)
"""
RUN = """
import sys
from gateway.cli import app
app(["run", "--config", sys.argv[1]])
"""


def changed(rig: Rig, *changes: str) -> list[str]:
    """The command of a gateway whose program was changed."""
    return [sys.executable, "-c", "\n".join((*changes, RUN)), str(rig.site.config)]


def alarms(rig: Rig) -> set[str]:
    return {alarm["id"] for alarm in rig.get("alarms") if alarm["present"]}


@pytest.fixture
def live(make_rig: Callable[..., Rig]) -> Callable[..., Rig]:
    """A rig with everything but the gateway running."""

    def make(**options: Any) -> Rig:
        rig = make_rig(**options)
        rig.start_broker()
        rig.start_plant()
        rig.start_yard()
        return rig

    return make


def test_a_stop_is_quick_and_keeps_what_was_judged(live: Callable[..., Rig]) -> None:
    rig = live()
    rig.start_gateway()
    rig.start_boards()
    rig.wait("samples on disk", lambda: rig.get("health")["parts"]["journal_commits"] > 3)
    gateway = rig.processes["gateway"]
    began = time.monotonic()
    gateway.send_signal(signal.SIGTERM)
    gateway.send_signal(signal.SIGTERM)
    assert gateway.wait(timeout=20) == 0
    assert time.monotonic() - began < 2 * STOP_S
    assert rig.verify_journal()["problems"] == []
    assert (rig.directory / "gateway.log").read_text() == ""


def test_a_crash_of_a_part_ends_the_process(live: Callable[..., Rig]) -> None:
    rig = live()
    rig.start_gateway(command=changed(rig, FAILING_HUB))
    assert rig.processes["gateway"].wait(timeout=20) not in {0, None}
    assert "a part crashed" in (rig.directory / "gateway.log").read_text()


def test_a_carbon_bug_stops_no_alarm_and_can_be_seen(live: Callable[..., Rig]) -> None:
    rig = live()
    rig.start_gateway(command=changed(rig, FAILING_ACCOUNT, QUICK))
    rig.start_boards()
    rig.wait("the alarm about the account", lambda: "account_failed:gateway" in alarms(rig))
    health = rig.get("health")
    assert health["status"] == "degraded"
    assert any("a carbon bug" in problem for problem in health["problems"])
    commits = health["parts"]["journal_commits"]
    rig.wait("recording to go on",
             lambda: rig.get("health")["parts"]["journal_commits"] > commits + 2)  # fmt: skip
    rig.kill("boards")
    rig.wait("an alarm of the yard all the same", lambda: len(alarms(rig)) > 1)


def test_a_damaged_footprint_database_stops_no_alarm(live: Callable[..., Rig]) -> None:
    rig = live()
    (rig.data / "footprint.sqlite").write_bytes(b"this is no database" * 100)
    rig.start_gateway(command=changed(rig, QUICK))
    rig.wait("the alarm about the account", lambda: "account_failed:gateway" in alarms(rig))
    assert rig.get("meters")


def test_a_lost_broker_is_an_alarm_that_clears(live: Callable[..., Rig]) -> None:
    rig = live()
    rig.start_gateway(command=changed(rig, QUICK))
    rig.wait("the broker", lambda: rig.get("health")["status"] == "ok")
    rig.kill("broker")
    rig.wait("the alarm", lambda: "broker_lost:gateway" in alarms(rig))
    assert any("no broker" in problem for problem in rig.get("health")["problems"])
    rig.start_broker()
    rig.wait("its end", lambda: "broker_lost:gateway" not in alarms(rig))


def test_a_system_alarm_does_not_outlive_the_run_it_was_about(live: Callable[..., Rig]) -> None:
    rig = live()
    rig.kill("broker")
    rig.start_gateway(command=changed(rig, QUICK))
    rig.wait("the alarm", lambda: "broker_lost:gateway" in alarms(rig))
    rig.wait("its commit", lambda: len(told(rig)) == 1)
    rig.kill("gateway")
    rig.start_broker()
    rig.start_gateway()
    rig.wait("its end", lambda: "broker_lost:gateway" not in alarms(rig))


def told(rig: Rig) -> list[str]:
    reader = Reader(rig.data / "journal.sqlite")
    events = [one.event.edge for one in reader.alarm_events()
              if one.event.condition == "broker_lost"]  # fmt: skip
    reader.close()
    return events


def test_nothing_written_about_the_run_holds_a_secret(live: Callable[..., Rig]) -> None:
    rig = live()
    secret = "correct-horse-battery"
    rig.raw["mqtt"] |= {"username": "gw", "password_file": str(rig.directory / "secret")}
    (rig.directory / "secret").write_text(f"{secret}\n")
    rig.write_config()
    command = rig.module("gateway.cli", "run", "--config", str(rig.site.config),
                         "--log-level", "debug")  # fmt: skip
    rig.start_gateway(command=command)
    rig.wait("an answer", lambda: rig.get("health"))
    rig.stop("gateway")
    log = (rig.directory / "gateway.log").read_text()
    assert len(log) > 0
    assert secret not in log
    assert rig.operator_token not in log
    connection = sqlite3.connect(rig.data / "people.sqlite")
    assert rig.operator_token not in "".join(connection.iterdump())
    connection.close()


def test_a_password_file_that_cannot_be_read(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    rig.raw["mqtt"] |= {"username": "gw", "password_file": str(rig.directory / "none")}
    rig.write_config()
    rig.make_lots()
    done = rig.hinoban("run", "--config", str(rig.site.config))
    assert done.returncode == 2
    assert "password_file" in done.stderr
    assert "Traceback" not in done.stderr
