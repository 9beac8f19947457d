"""A site as a technician finds it: its file, its folder of keys, and the commands to type."""

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
import tomli_w
from click.testing import Result
from paho.mqtt.enums import CallbackAPIVersion
from ports import free_port
from typer.testing import CliRunner

from gateway.boards.identity import broker_name
from gateway.cli import app

EXAMPLE = Path(__file__).parents[2] / "gateway" / "deploy" / "example-plant.toml"
LIMIT_S = 30.0


def wait_until(condition: Callable[[], Any], limit_s: float = LIMIT_S) -> Any:
    deadline = time.monotonic() + limit_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
    return found


class Bench:
    """A site's folder, and the commands typed there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "site.toml"
        self.keys = folder / "data" / "boards"
        self.boards_port, self.loopback_port, self.page_port = (free_port() for _ in range(3))
        self.raw: dict[str, Any] = tomllib.loads(EXAMPLE.read_text("utf-8"))
        self.raw.pop("path", None)  # a bench has too few boards behind an access point
        self.raw["clock"] = {"synchronised_by": "assume"}
        self.raw["provisioning"] = {"broker_host": "127.0.0.1", "broker_port": self.boards_port}
        self.raw["cofiring"]["lots_file"] = str(EXAMPLE.with_name("example-lots.toml"))
        self.save()

    def save(self) -> None:
        self.config.write_text(tomli_w.dumps(self.raw), "utf-8")

    def type(self, *words: object, typed: str | None = None) -> Result:
        runner = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"})
        return runner.invoke(app, [str(word) for word in words], input=typed)

    def board(self, *words: object, typed: str | None = None) -> Result:
        return self.type("board", *words, "--config", self.config, typed=typed)

    def done(self, *words: object, typed: str | None = None) -> str:
        """A command that must succeed; what it says."""
        result = self.board(*words, typed=typed)
        assert result.exit_code == 0, result.output
        return result.output

    def release_key(self) -> Path:
        """The key that signs, made elsewhere; its public half lies in the folder of keys."""
        signer = self.folder / "signer"
        if not signer.exists():
            made = self.type("release", "key", "--out", signer)
            assert made.exit_code == 0, made.output
            self.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copy(signer / "release.pub", self.keys)
        return signer / "release.key"

    def release(
        self, version: str, number: int, *options: object, port: str = "unix", mpy: bool = False
    ) -> Path:
        """A signed release in the folder of keys: sources where nothing runs it, as is quicker."""
        out = self.keys / "releases"
        options += () if mpy or port != "unix" else ("--sources",)
        built = self.type("release", "build", "--version", version, "--number", number, "--port",
                          port, "--out", out, "--key", self.release_key(), *options)  # fmt: skip
        assert built.exit_code == 0, built.output
        return out / f"{version}-{port}.hbr"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@contextlib.contextmanager
def running_mosquitto(bench: Bench) -> Iterator[None]:
    """Mosquitto as Debian starts it, with the files that were made for the plant."""
    program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program is not None, "install Debian's mosquitto"
    folder = bench.folder / "mosquitto"
    folder.mkdir(exist_ok=True)
    user = "user root\n" if os.getuid() == 0 else ""
    main = folder / "mosquitto.conf"
    main.write_text(
        f"{user}persistence true\npersistence_location {folder}/\nlog_dest stderr\n"
        f"include_dir {bench.folder / 'broker'}\n"
    )
    log = (folder / "log").open("a")
    process = subprocess.Popen([program, "-c", main], stdout=log, stderr=log)
    log.close()

    def answers() -> bool:
        assert process.poll() is None, (folder / "log").read_text()
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", bench.loopback_port), timeout=0.5),
        ):
            return True
        return False

    try:
        wait_until(answers)
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def plant(bench: Bench) -> Iterator[Bench]:
    """The bench with its broker running."""
    bench.done("broker-config", "--out", bench.folder / "broker", "--loopback-port",
               bench.loopback_port)  # fmt: skip
    with running_mosquitto(bench):
        yield bench


class Peer:
    """A client of the plant's broker, by certificate or by password."""

    def __init__(self, bench: Bench, client_id: str = "") -> None:
        self.bench = bench
        self.heard: list[tuple[str, bytes]] = []
        self.reason = ""
        self.connected = self.subscribed = self.ended = False
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        self.client.on_connect = self._connected
        self.client.on_subscribe = self._granted
        self.client.on_message = self._hear
        self.client.on_disconnect = self._ended
        self.failure = ""

    def certificate(self, folder: Path | None) -> "Peer":
        """Come to the port of the boards, with a certificate or with none."""
        context = ssl.create_default_context(cafile=self.bench.keys / "ca.crt")
        context.check_hostname = False
        if folder is not None:
            context.load_cert_chain(folder / "certificate.crt", folder / "certificate.key")
        self.client.tls_set_context(context)
        return self._go(self.bench.boards_port)

    def password(self, name: str, password: str) -> "Peer":
        """Come with a password, to the port of the gateway."""
        self.client.username_pw_set(name, password)
        return self._go(self.bench.loopback_port)

    def _go(self, port: int) -> "Peer":
        try:
            self.client.connect("127.0.0.1", port)
        except OSError as err:
            self.failure, self.ended = str(err), True
            return self
        self.client.loop_start()
        return self

    def _connected(self, client: paho.Client, _d: Any, _f: Any, reason: Any, _p: Any) -> None:
        self.reason = str(reason)
        self.connected = not reason.is_failure
        if self.connected:
            client.subscribe("hinoban/#", 1)

    def _ended(self, *_: object) -> None:
        self.ended = True

    def _granted(self, *_: object) -> None:
        self.subscribed = True

    def _hear(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        self.heard.append((message.topic, message.payload))

    def ready(self) -> "Peer":
        assert not self.failure, self.failure
        wait_until(lambda: self.subscribed)
        return self

    def say(self, topic: str, payload: bytes = b"{}", *, retain: bool = False) -> None:
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(10)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def peer(plant: Bench) -> Iterator[Callable[..., Peer]]:
    made: list[Peer] = []

    def build(client_id: str = "") -> Peer:
        made.append(Peer(plant, client_id))
        return made[-1]

    yield build
    for one in made:
        one.close()


@pytest.fixture
def server_name() -> Callable[[str], str]:
    return broker_name


@pytest.fixture
def until() -> Callable[..., Any]:
    return wait_until


@pytest.fixture(scope="session")
def make_bench() -> type[Bench]:
    return Bench


@pytest.fixture(scope="session")
def mosquitto_of() -> Callable[[Bench], Any]:
    return running_mosquitto
