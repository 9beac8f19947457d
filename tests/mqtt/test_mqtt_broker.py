import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from gateway.mqtt import broker_config
from gateway.mqtt.broker import find_mosquitto, main

DEPLOY = Path(__file__).parents[2] / "gateway" / "deploy"
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


class Peer:
    """A client under a name, as a certificate would give it."""

    def __init__(self, port: int, name: str) -> None:
        self.heard: list[str] = []
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name)
        self.client.username_pw_set(name)
        self.client.on_message = lambda _c, _d, message: self.heard.append(message.topic)
        self.ready = False
        self.client.on_subscribe = self._granted
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        self.client.subscribe("hinoban/#", 1)

    def _granted(self, *_: object) -> None:
        self.ready = True

    def publish(self, topic: str) -> None:
        self.client.publish(topic, b"{}", qos=1).wait_for_publish(10)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@needs_mosquitto
@pytest.mark.debian
def test_the_shipped_access_list_lets_only_the_gateway_free_a_ring(
    free_port: Callable[[], int], tmp_path: Path, until: Callable[..., None]
) -> None:
    port = free_port()
    text = broker_config.mosquitto(port, tmp_path, "root")
    acl = (DEPLOY / "mosquitto-acl.conf").read_text()
    (tmp_path / "acl").write_text(acl)
    (tmp_path / "conf").write_text(f"{text}acl_file {tmp_path / 'acl'}\n")
    program = find_mosquitto()
    assert program is not None
    process = subprocess.Popen([program, "-c", tmp_path / "conf"], stderr=subprocess.DEVNULL)
    peers = []
    try:
        until(lambda: listening_addresses(port))
        peers = [Peer(port, name) for name in ("gateway", "b1", "b2")]
        gateway, b1, b2 = peers
        until(lambda: all(peer.ready for peer in peers))
        for part in ("samples", "alarm", "state", "state/sensors/1", "ack", "cmd"):
            b2.publish(f"hinoban/1/example/b1/{part}")
            b1.publish(f"hinoban/1/example/b1/{part}")
        gateway.publish("hinoban/1/example/b1/ack")
        gateway.publish("hinoban/1/example/b1/cmd")
        gateway.publish("hinoban/1/example/b1/samples")
        b1.publish("hinoban/1/example/b1/samples")
        own = [f"hinoban/1/example/b1/{part}" for part in ("samples", "alarm", "state")]
        own += ["hinoban/1/example/b1/state/sensors/1", "hinoban/1/example/b1/samples"]
        until(lambda: len(gateway.heard) >= len(own))
        until(lambda: len(b1.heard) >= 2)
        assert gateway.heard == own
        assert b1.heard == ["hinoban/1/example/b1/ack", "hinoban/1/example/b1/cmd"]
        assert b2.heard == []
    finally:
        for peer in peers:
            peer.close()
        process.terminate()
        process.wait(10)


@needs_mosquitto
@pytest.mark.debian
def test_the_shipped_configuration_is_one_mosquitto_understands(tmp_path: Path) -> None:
    """Every option is known; it stops only at the certificates, which each site makes."""
    text = (DEPLOY / "mosquitto.conf").read_text()
    text = text.replace("/etc/hinoban", str(tmp_path)).replace("/var/lib/mosquitto", str(tmp_path))
    (tmp_path / "mosquitto-acl.conf").write_text((DEPLOY / "mosquitto-acl.conf").read_text())
    (tmp_path / "conf").write_text(f"{text}user root\n")  # reads the test's own directory
    program = find_mosquitto()
    assert program is not None
    done = subprocess.run(
        [program, "-c", tmp_path / "conf"], capture_output=True, text=True, timeout=10, check=False
    )
    words = done.stdout + done.stderr
    assert done.returncode != 0
    assert "ca.crt" in words
    assert "Unknown configuration variable" not in words
