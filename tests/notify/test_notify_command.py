"""`hinoban notify`: a person tries a recipient through the running gateway, and sees what went."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from listener import Listener
from rig import ROOT, Rig

from gateway.people import People

pytestmark = pytest.mark.debian

PASSWORD = "correct horse battery"


@pytest.fixture
def rig(make_rig: Callable[..., Rig], hook: Listener) -> Rig:
    def change(raw: dict[str, Any]) -> None:
        raw["notify"] = {}
        raw["recipient"] = [{"id": "shift", "url_file": "shift", "test_at": "23:59"}]
        # Whatever else there is to tell is not what this is about.
        raw["route"] = [{"id": "fire", "classes": ["fire"], "recipients": ["shift"]}]

    rig = make_rig(change=change)
    (rig.directory / "shift").write_text(hook.url())
    people = People(rig.data / "people.sqlite")
    people.add_user("hana", "operator", PASSWORD)
    people.close()
    rig.start_broker()
    rig.start_gateway()
    return rig


def hinoban(rig: Rig, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        rig.module("gateway.cli", "notify", *arguments, "--config", str(rig.site.config)),
        cwd=ROOT,
        input=f"hana\n{PASSWORD}\n",
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_test_message_goes_and_its_result_is_told(rig: Rig, hook: Listener) -> None:
    done = hinoban(rig, "test", "shift")
    assert (done.returncode, done.stdout) == (0, "#1 to shift: sent\n")
    assert hook.got[0]["title"].startswith("#1 Test message of")
    assert "Asked for by hana." in hook.got[0]["message"]
    hook.status = 403
    refused = hinoban(rig, "test", "shift")
    assert refused.returncode == 1
    assert "#2 to shift: refused, tried again: the service answers 403" in refused.stdout
    hook.status = 200
    listed = json.loads(hinoban(rig, "list", "--json").stdout)
    assert [(one["number"], one["kind"], one["person"]) for one in listed] == [
        (2, "test", "hana"),
        (1, "test", "hana"),
    ]
    unknown = hinoban(rig, "test", "shfit")
    assert unknown.returncode == 2
    assert "Did you mean 'shift'?" in unknown.stderr
    checked = rig.hinoban("check", "--config", str(rig.site.config))
    assert checked.returncode == 0
    (rig.directory / "shift").unlink()
    refused_check = rig.hinoban("check", "--config", str(rig.site.config))
    assert refused_check.returncode == 2
    assert "make it readable for the gateway's user" in refused_check.stderr.lower()
