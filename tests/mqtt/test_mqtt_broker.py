import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.mqtt import broker_config
from gateway.mqtt.broker import find_mosquitto, main

needs_mosquitto = pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto not installed")


def listening_addresses(port: int) -> set[str]:
    rows = [
        line.split()
        for file in ("tcp", "tcp6")
        for line in Path("/proc/net", file).read_text().splitlines()[1:]
    ]
    return {row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")}


def children_of(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_it_listens_on_loopback_only_and_ends_cleanly(
    broker: Any, until: Callable[..., None]
) -> None:
    assert listening_addresses(broker.port) == {f"0100007F:{broker.port:04X}"}
    children = children_of(broker.process.pid)
    assert len(children) == (1 if broker.kind == "mosquitto" else 0)
    assert broker.stop() == 0
    assert listening_addresses(broker.port) == set()
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def test_it_takes_mosquitto_with_it_when_it_is_killed(
    broker: Any, until: Callable[..., None]
) -> None:
    children = children_of(broker.process.pid)
    broker.process.kill()
    broker.process.wait(10)
    broker.process.stdout.close()
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))


def test_a_taken_port_is_said_in_words(
    broker: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--port", str(broker.port), "--directory", str(tmp_path / "second")]) == 1
    assert f"port {broker.port} on 127.0.0.1 is taken" in capsys.readouterr().err


@needs_mosquitto
@pytest.mark.debian
def test_the_end_of_mosquitto_is_the_end_of_the_broker(
    free_port: Callable[[], int], tmp_path: Path
) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway.mqtt.broker", "--port", str(port), "--directory", tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == f"ready mosquitto {port}\n"
    (child,) = children_of(process.pid)
    subprocess.run(["kill", "-9", str(child)], check=True)
    _, words = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "mosquitto ended by itself with status -9" in words


def test_queues_are_bounded_and_nothing_listens_beyond_loopback() -> None:
    text = broker_config.mosquitto(1883, Path("/x"), None)
    assert "listener 1883 127.0.0.1\n" in text
    assert "max_queued_messages 100000\n" in text
    assert 'listen = "127.0.0.1:1883"' in broker_config.rumqttd(1883)
