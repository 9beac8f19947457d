"""Killed: the real gateway dies between an attempt and its result, and while its horn is quiet."""

import os
import pty
import select
import time
import tty
from collections.abc import Callable
from typing import Any

import pytest
from listener import Listener
from rig import Rig

pytestmark = pytest.mark.debian

PULSE_S = 0.05
SILENT_S = 1.0


def every(rig: Rig, progress: str) -> bool:
    """Whether every message has come so far."""
    return all(one["progress"] == progress for one in rig.get("notifications"))


def told_to(hook: Listener, **more: Any) -> Callable[[dict[str, Any]], None]:
    """The site tells one recipient of everything."""

    def change(raw: dict[str, Any]) -> None:
        raw["notify"] = {"timeout_s": 60}
        raw["recipient"] = [{"id": "shift", "url_env": "HINOBAN_SHIFT", "test_at": "23:59"}]
        raw["route"] = [{"id": "all", "recipients": ["shift"]}]
        raw.update(more)
        for alarm in raw["alarm"]:
            if alarm["id"] == "meter_fault":
                alarm["on_delay_s"] = 1

    os.environ["HINOBAN_SHIFT"] = hook.url() + "?rto=60"
    return change


def test_a_killed_gateway_sounds_its_horn_and_repeats_what_was_being_sent(
    make_rig: Callable[..., Rig], hook: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HINOBAN_SHIFT", "")
    relay, port = pty.openpty()
    tty.setraw(relay)
    tty.setraw(port)
    horn = {"output": "serial", "device": os.ttyname(port), "pulse_s": PULSE_S}
    rig = make_rig(change=told_to(hook, horn=horn))
    rig.start_broker()
    hook.holding.clear()
    rig.start_gateway()  # without a plant: the meters' faults are paged
    assert pulses(relay, 20) == b"\x55" * 20
    hook.wait()
    first = hook.got[0]["title"]
    assert first.startswith("#1 ")
    (trying,) = (one for one in rig.get("notifications?limit=1000") if one["number"] == 1)
    assert trying["progress"] == "trying"
    rig.kill("gateway")
    while select.select([relay], [], [], 0)[0]:
        os.read(relay, 100_000)  # what had been sent before
    assert select.select([relay], [], [], SILENT_S)[0] == []
    hook.holding.set()
    rig.start_gateway()
    rig.wait("everything to be sent", lambda: every(rig, "sent"))
    titles = [said["title"] for said in hook.got]
    assert f"REPEAT {first}" in titles
    sent = rig.get("notifications?limit=1000")
    assert [one["doubted"] for one in sent if one["number"] == 1] == [True]
    assert rig.get("notifications/recipients")[0]["waiting"] == 0
    assert pulses(relay, 5) == b"\x55" * 5
    os.close(relay)
    os.close(port)


def pulses(relay: int, count: int, within_s: float = 30.0) -> bytes:
    """So many bytes as a watchdog relay would get them."""
    got = b""
    deadline = time.monotonic() + within_s
    while len(got) < count and time.monotonic() < deadline:
        if select.select([relay], [], [], 1)[0]:
            got += os.read(relay, count - len(got))
    return got
