"""Who may come in, on either Python and against real Mosquitto with the plant's own access list."""

import dataclasses
import json
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from paho.mqtt.enums import CallbackAPIVersion

from gateway.boards.certificates import Key, der, key_der, key_pem, new_key, pem
from gateway.mqtt.plant_broker import PlantBroker

pytestmark = pytest.mark.debian

SITE, BOARD, NAME = "example", "b0150", "broker.example.hinoban"
TOPIC = f"hinoban/1/{SITE}/{BOARD}"
DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)
NTP_EPOCH_S = 2_208_988_800
_STOP = b"stop"


@dataclasses.dataclass
class Holder:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Key


def certify(name: str, by: Holder | None = None, host: str = "", span: Any = None) -> Holder:
    """A certificate from a day before to a year after now, unless a span says otherwise."""
    key = new_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins, ends = span or (NOW - DAY, NOW + 365 * DAY)
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if host else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
    )
    if by is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    if host:
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        builder = builder.add_extension(names, critical=False)
    return Holder(builder.sign(by.key if by else key, hashes.SHA256()), key)


class Site:
    """A plant's broker with certificates, and its gateway's ears."""

    def __init__(self, folder: Path, boards_port: int, port: int, program: str | None) -> None:
        self.folder, self.port, self.loopback = folder, boards_port, port
        self.program = program
        self.authority = certify("CA of the site", span=(NOW - 400 * DAY, NOW + 4000 * DAY))
        self.stranger = certify("CA of the site")
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.process: subprocess.Popen[bytes] | None = None
        self.serve(certify(NAME, self.authority, NAME))

    def serve(self, broker: Holder) -> None:
        """Write the broker's files, as `hinoban board broker-config` does."""
        plant = PlantBroker(SITE, "gw1", self.folder, self.port, self.loopback)
        ca, certificate = pem(self.authority.certificate), pem(broker.certificate)
        for name, content in (
            ("ca.crt", ca),
            ("broker.crt", certificate),
            ("broker.key", key_pem(broker.key)),
            ("access", plant.access().encode()),
            ("passwords", plant.passwords("secret", b"twelve bytes").encode()),
            ("hinoban.conf", b"user root\n" + plant.config().encode()),
        ):
            (self.folder / name).write_bytes(content)

    def start(self, until: Callable[..., Any]) -> None:
        assert self.program is not None, "install Debian's mosquitto"
        log = (self.folder / "log").open("ab")
        command = [self.program, "-c", str(self.folder / "hinoban.conf")]
        self.process = subprocess.Popen(command, stderr=log, stdout=log)
        log.close()
        self.client = paho.Client(CallbackAPIVersion.VERSION2)
        self.client.username_pw_set("gateway-gw1", "secret")
        self.client.on_connect = lambda client, *_: client.subscribe("hinoban/#", qos=1)
        self.client.on_message = self._hear
        until(self._comes_in)
        self.client.loop_start()

    def _comes_in(self) -> bool:
        try:
            self.client.connect("127.0.0.1", self.loopback)
        except OSError:
            return False
        return True

    def _hear(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        self.heard.append((message.topic, json.loads(message.payload)))

    def said(self, topic: str) -> list[dict[str, Any]]:
        return [payload for place, payload in list(self.heard) if place == topic]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def site(tmp_path: Path, mosquitto_program: str | None) -> Iterator[Site]:
    folder = tmp_path / "broker"
    folder.mkdir()
    made = Site(folder, free_port(), free_port(), mosquitto_program)
    yield made
    if made.process is not None:
        made.close()


@pytest.fixture
def new_tls_board(new_board: Callable[..., Any], site: Site, tmp_path: Path) -> Callable[..., Any]:
    """A board of the site; what a test gives replaces what it would have."""

    def build(
        holder: Holder | None = None, ca: Holder | None = None, name: str = NAME, **more: Any
    ) -> Any:
        holder = holder or certify(BOARD, site.authority)
        keys = tmp_path / "keys"
        keys.mkdir()
        (keys / "ca.der").write_bytes(der((ca or site.authority).certificate))
        (keys / "board.der").write_bytes(der(holder.certificate))
        (keys / "board.key").write_bytes(key_der(holder.key))
        files = {"ca": "keys/ca.der", "cert": "keys/board.der", "key": "keys/board.key"}
        return new_board(site.port, tls=files | {"name": name}, **({"time": {"ntp": []}} | more))

    return build


def test_the_right_certificate_comes_in_and_only_the_gateway_frees_records(
    site: Site, new_tls_board: Callable[..., Any], until: Callable[..., Any], tmp_path: Path
) -> None:
    site.start(until)
    board = new_tls_board()
    board.start()
    until(lambda: len(site.said(f"{TOPIC}/samples")) > 3)

    state = site.said(f"{TOPIC}/state")[-1]
    assert (state["online"], state["acked"]) == (True, 0)
    newest = site.said(f"{TOPIC}/samples")[-1]
    acked = {"gateway": "gw1", "stream": newest["stream"], "seq": newest["seq"]}
    site.client.publish(f"{TOPIC}/ack", json.dumps(acked), qos=1, retain=True)
    until(lambda: site.said(f"{TOPIC}/samples")[-1]["oldest"] > newest["seq"])
    assert not list((tmp_path / "keys").glob("*.pem"))


CASES = {
    "a broker of another authority": "CA|self-signed|unable to get local issuer",
    "another name": "expected CN|Hostname mismatch",
    "a broker whose certificate has ended": "expired",
    "a broker whose certificate has not begun": "future|not yet valid",
}


@pytest.mark.parametrize("case", CASES)
def test_a_board_does_not_trust(
    case: str, site: Site, new_tls_board: Callable[..., Any], until: Callable[..., Any]
) -> None:
    board = new_tls_board(
        ca=site.stranger if case == "a broker of another authority" else None,
        name="other.site" if case == "another name" else NAME,
    )
    spans = {
        "a broker whose certificate has ended": (NOW - 20 * DAY, NOW - DAY),
        "a broker whose certificate has not begun": (NOW + DAY, NOW + 20 * DAY),
    }
    site.serve(certify(NAME, site.authority, NAME, spans.get(case)))
    site.start(until)
    board.start()

    words = CASES[case].split("|")
    until(lambda: sum(board.console().count(word) for word in words) > 1)
    assert not [topic for topic, _ in site.heard if BOARD in topic]
    assert board.process.poll() is None


@pytest.mark.parametrize("case", ["ended", "of another authority"])
def test_a_broker_does_not_take_a_certificate(
    case: str, site: Site, new_tls_board: Callable[..., Any], until: Callable[..., Any]
) -> None:
    span = (NOW - 20 * DAY, NOW - DAY) if case == "ended" else None
    by = site.authority if case == "ended" else site.stranger
    site.start(until)
    board = new_tls_board(certify(BOARD, by, span=span))
    board.start()

    until(lambda: (site.folder / "log").read_text().count("disconnected: Protocol error") > 1)
    until(lambda: board.console().count("onnection") > 1)
    assert not [topic for topic, _ in site.heard if BOARD in topic]


def test_a_board_with_anothers_certificate_stays_away_and_says_why(
    site: Site, new_tls_board: Callable[..., Any], until: Callable[..., Any]
) -> None:
    site.start(until)
    board = new_tls_board(certify("b0151", site.authority))
    board.start()
    until(lambda: board.console().count("is the certificate of 'b0151', not of b0150") > 1)

    assert "New connection" not in (site.folder / "log").read_text().partition(str(site.port))[2]
    assert not [topic for topic, _ in site.heard if topic.startswith("hinoban/")]


def preload() -> str:
    """The library that moves the time of a process."""
    # Not asked of `faketime`: what a killed one left behind refuses the next of its number.
    (found,) = Path("/usr/lib").glob("*/faketime/libfaketime.so.1")
    return str(found)


@pytest.fixture
def with_own_clock(node_directory: Path, firmware_directory: Path) -> Callable[..., None]:
    """Gives a board a real-time clock that begins where a Pico W's does at power-on."""

    def give(board: Any) -> None:
        settings = json.loads(board.config.read_text())
        settings["guard"] = "loop"  # a thread's sleep fails under faketime
        board.config.write_text(json.dumps(settings))
        clock = board.directory / "rtc"
        clock.write_text("@2021-01-01 00:00:00")
        board.program = node_directory / "rtc_board.py"
        board.environment = {
            "LD_PRELOAD": preload(),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FIRMWARE": str(firmware_directory),
            "TZ": "UTC",
        }

    return give


def test_a_board_at_power_on_without_any_time_server_delivers_and_says_so(
    site: Site,
    new_tls_board: Callable[..., Any],
    with_own_clock: Callable[..., None],
    until: Callable[..., Any],
) -> None:
    site.start(until)
    known_s = int(NOW.timestamp()) - 60
    board = new_tls_board(time={"ntp": [], "known_s": known_s})
    with_own_clock(board)
    board.start()
    until(lambda: len(site.said(f"{TOPIC}/samples")) > 3)

    assert all(message["t_us"] is None for message in site.said(f"{TOPIC}/samples"))
    assert site.said(f"{TOPIC}/state")[-1]["clock_synchronised"] is False


def test_a_board_that_knows_of_no_late_enough_time_refuses_a_certificate_of_its_future(
    site: Site,
    new_tls_board: Callable[..., Any],
    with_own_clock: Callable[..., None],
    until: Callable[..., Any],
) -> None:
    site.start(until)
    board = new_tls_board()
    with_own_clock(board)
    board.start()
    until(lambda: board.console().count("future") + board.console().count("not yet valid") > 1)
    assert not [topic for topic, _ in site.heard if BOARD in topic]


class TimeServer:
    """Answers each request with a time of its own."""

    def __init__(self, shift_s: int) -> None:
        self.shift_s = shift_s
        self.answers = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            request, peer = self._socket.recvfrom(64)
            if request == _STOP:
                return
            now = time.time() + self.shift_s
            stamp = struct.pack(">II", int(now) + NTP_EPOCH_S & 0xFFFFFFFF, int(now % 1 * 2**32))
            head = b"\x24\x02\x06\xec" + b"\x00" * 20
            self._socket.sendto(head + request[40:48] + stamp + stamp, peer)
            self.answers += 1

    def close(self) -> None:
        if self._thread.is_alive():
            self._socket.sendto(_STOP, self._socket.getsockname())
            self._thread.join(5)
            self._socket.close()


@pytest.fixture
def new_time_server() -> Iterator[Callable[[int], TimeServer]]:
    servers: list[TimeServer] = []

    def build(shift_s: int) -> TimeServer:
        servers.append(TimeServer(shift_s))
        return servers[-1]

    yield build
    for server in servers:
        server.close()


def test_a_time_server_sets_the_clock_and_the_time_is_kept_for_the_next_start(
    site: Site,
    new_tls_board: Callable[..., Any],
    with_own_clock: Callable[..., None],
    new_time_server: Callable[[int], TimeServer],
    until: Callable[..., Any],
) -> None:
    site.start(until)
    server = new_time_server(0)
    board = new_tls_board(time={"ntp": [server.address]})
    with_own_clock(board)
    board.start()
    stamped = until(lambda: [m for m in site.said(f"{TOPIC}/samples") if m["t_us"] is not None])

    assert all(abs(message["t_us"] / 1e6 - time.time()) < 60 for message in stamped)
    site.close()  # the next handshake confirms what the time server said
    site.start(until)
    until((board.directory / "ring" / "time").exists)
    board.kill()
    server.close()
    (board.directory / "rtc").write_text("@2021-01-01 00:00:00")
    heard = len(site.heard)
    board.start()
    until(lambda: len(site.heard) > heard + 5)


def test_a_lying_time_server_does_not_keep_a_board_away(
    site: Site,
    new_tls_board: Callable[..., Any],
    with_own_clock: Callable[..., None],
    new_time_server: Callable[[int], TimeServer],
    until: Callable[..., Any],
) -> None:
    site.start(until)
    server = new_time_server(3 * 365 * 86400)
    known_s = int(NOW.timestamp()) - 60
    board = new_tls_board(time={"ntp": [server.address], "known_s": known_s})
    with_own_clock(board)
    board.start()
    until(lambda: server.answers)
    until(lambda: len(site.said(f"{TOPIC}/samples")) > 3)
