"""Who may do what to a real gateway, where its processes listen, and what they ask of the plant."""

import json
import os
import subprocess
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

import httpx
import pytest
from rig import ROOT, Rig

from gateway.people import People

PASSWORD = "correct-horse-battery"
LISTEN = "0A"


def hot(raw: dict[str, Any]) -> None:
    """Every container is an alarm, of the class that latches."""
    for alarm in raw["alarm"]:
        if alarm["id"] == "temp_high":
            alarm |= {"limit": 1.0, "deadband": 0.1, "on_delay_s": 0}


def first_alarm(rig: Rig) -> dict[str, Any]:
    return next((a for a in rig.get("alarms") if a["condition"] == "temp_high"), {})


def asked(rig: Rig, path: str, **request: Any) -> httpx.Response:
    return httpx.post(f"http://127.0.0.1:{rig.site.page_port}/api/v1/{path}", **request)


def signed_in(rig: Rig, name: str) -> tuple[dict[str, str], str]:
    """The cookies and the CSRF token of a new session."""
    answer = asked(rig, "session", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return dict(answer.cookies), answer.json()["csrf"]


def journal_of(rig: Rig, alarm: str) -> list[dict[str, Any]]:
    return [e for e in rig.get("alarms/journal?limit=1000") if e["alarm_id"] == alarm]


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    """A rig with an alarm that stands and three people."""
    rig: Rig = make_rig(change=hot)
    people = People(rig.data / "people.sqlite")
    for role in ("viewer", "operator", "verifier"):
        people.add_user(f"rig-{role}-person", role, PASSWORD)
    people.close()
    rig.start_broker()
    rig.start_plant("--requests", str(rig.directory / "requests.json"))
    rig.start_yard()
    rig.start_gateway()
    rig.start_boards()
    rig.wait("an alarm", lambda: first_alarm(rig), within_s=60)
    return rig


@pytest.mark.debian
def test_only_a_person_who_may_acknowledges_and_meters_are_only_read(rig: Rig) -> None:
    alarm = first_alarm(rig)["id"]
    viewer, viewer_csrf = signed_in(rig, "rig-viewer-person")
    verifier, verifier_csrf = signed_in(rig, "rig-verifier-person")
    operator, operator_csrf = signed_in(rig, "rig-operator-person")
    refusals: list[tuple[int, dict[str, Any]]] = [
        (401, {}),
        (401, {"headers": {"Authorization": "Bearer no-such-token"}}),
        (401, {"cookies": {"hinoban": "no-such-session"}}),
        (403, {"headers": {"Authorization": f"Bearer {rig.viewer_token}"}}),
        (403, {"headers": {"Authorization": f"Bearer {rig.operator_token}"}}),
        (403, {"cookies": viewer, "headers": {"X-CSRF-Token": viewer_csrf}}),
        (403, {"cookies": verifier, "headers": {"X-CSRF-Token": verifier_csrf}}),
        (403, {"cookies": operator}),
        (403, {"cookies": operator, "headers": {"X-CSRF-Token": viewer_csrf}}),
    ]
    before = first_alarm(rig), journal_of(rig, alarm)
    for action in ("ack", "reset"):
        for status, request in refusals:
            answer = asked(rig, f"alarms/{alarm}/{action}", **request)
            assert answer.status_code == status, (action, request, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
    after = first_alarm(rig)
    for key in ("state", "present", "latched", "can_acknowledge", "raised_utc"):
        assert after[key] == before[0][key]
    assert after["can_acknowledge"]
    assert journal_of(rig, alarm) == before[1]

    answer = asked(
        rig, f"alarms/{alarm}/ack", cookies=operator,
        headers={"X-CSRF-Token": operator_csrf}, json={"comment": "on my way"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert answer.json()["person"] == "rig-operator-person"
    assert not next(a for a in rig.get("alarms") if a["id"] == alarm)["can_acknowledge"]
    (event,) = [e for e in journal_of(rig, alarm) if e["edge"] == "acknowledged"]
    assert (event["person"], event["comment"]) == ("rig-operator-person", "on my way")

    rig.stop("plant")
    requests = json.loads((rig.directory / "requests.json").read_text())
    assert requests["writes_seen"] == 0
    assert requests["functions"]
    assert set(requests["functions"]) <= {"1", "2", "3", "4"}


# ── Where they listen ─────────────────────────────────────────────────────────────────────


def family(roots: Iterable[int]) -> set[int]:
    """Processes and all that descend from them."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:
            continue
        parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    found = set(roots)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def sockets(pids: Iterable[int]) -> set[str]:
    """Inodes of the sockets that processes hold."""
    found = set()
    for pid in pids:
        for descriptor in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                target = str(descriptor.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                found.add(target[8:-1])
    return found


def address(text: str) -> IPv4Address | IPv6Address:
    """An address as the kernel's tables write it: words in the machine's order."""
    raw = bytes.fromhex(text)
    whole = b"".join(raw[n : n + 4][::-1] for n in range(0, len(raw), 4))
    return IPv4Address(whole) if len(whole) == 4 else IPv6Address(whole)


def reachable(pids: Iterable[int]) -> set[tuple[IPv4Address | IPv6Address, int]]:
    """(address, port) of every socket of theirs that others can send to unasked."""
    mine = sockets(pids)
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            listens = fields[3] == LISTEN if table.startswith("tcp") else True
            if listens and fields[9] in mine:
                host, _, port = fields[1].partition(":")
                found.add((address(host), int(port, 16)))
    return found


def assert_on_loopback(pids: set[int], ports: set[int]) -> None:
    open_to = reachable(pids)
    assert ports <= {port for _, port in open_to}, "the walk sees all that is known to listen"
    assert [str(host) for host, _ in open_to if not host.is_loopback] == []


@pytest.mark.debian
@pytest.mark.parametrize("kind", ["mosquitto", "iotcore"])
def test_nothing_of_the_rig_listens_beyond_loopback(
    make_rig: Callable[..., Rig], kind: str
) -> None:
    rig = make_rig()
    site = rig.site
    rig.start("broker", rig.module("gateway.mqtt.broker", "--kind", kind, "--port",
              str(site.broker_port), "--directory", str(rig.directory / "broker")))  # fmt: skip
    rig.start_plant()
    rig.start_yard()
    rig.start_gateway()
    rig.start_boards()
    rig.wait("boards to be heard", lambda: all(b["watermark"] for b in rig.get("boards")))
    everything = family(process.pid for process in rig.processes.values())
    assert_on_loopback(everything, {site.broker_port, site.page_port, *site.meter_ports})


@pytest.mark.debian
def test_nothing_of_the_demo_listens_beyond_loopback(tmp_path: Path, make_rig: Any) -> None:
    port = make_rig().site.page_port
    command = Rig.module("gateway.cli", "demo", "--port", str(port), "--directory",
                         str(tmp_path / "demo"))  # fmt: skip
    demo = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        assert demo.stdout is not None
        said = []
        for line in demo.stdout:
            said.append(line)
            if line.startswith("ready"):
                break
        assert said[-1].startswith("ready"), said
        assert any("metrics: VictoriaMetrics" in line for line in said), said
        ports = {
            int(word)
            for line in said
            for part in line.replace("=", " ").replace(":", " ").split()
            if (word := part.strip()).isdigit() and int(word) > 1023
        }
        assert len(ports) >= 9, said
        assert_on_loopback(family([demo.pid]), ports)
    finally:
        demo.terminate()
        demo.wait(timeout=15)
        if demo.stdout is not None:
            demo.stdout.close()
