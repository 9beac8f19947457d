"""Names that move, name servers that say nothing, and a broker that forgets."""

import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.debian

NAME = "broker.example.hinoban"
_STOP = b"stop"


class NameServer:
    """Knows one address for every name, or says nothing."""

    def __init__(self) -> None:
        self.address: str | None = "127.0.0.1"
        self.asked = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.at = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            query, peer = self._socket.recvfrom(512)
            if query == _STOP:
                return
            self.asked += 1
            if self.address is not None:
                head = query[:2] + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"
                record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 3600, 4)
                answer = head + query[12:] + record + socket.inet_aton(self.address)
                self._socket.sendto(answer, peer)

    def close(self) -> None:
        self._socket.sendto(_STOP, self._socket.getsockname())
        self._thread.join(5)
        self._socket.close()


@pytest.fixture
def name_server() -> Iterator[NameServer]:
    server = NameServer()
    yield server
    server.close()


@pytest.fixture
def named_board(new_board: Callable[..., Any], name_server: NameServer, mosquitto: Any) -> Any:
    return new_board(
        mosquitto.port, broker_host=NAME, net={"dns": [name_server.at]}, time={"ntp": []}
    )


def test_a_broker_is_found_by_name_and_again_where_it_has_moved(
    mosquitto: Any,
    listener: Any,
    named_board: Any,
    name_server: NameServer,
    tmp_path: Path,
    until: Callable[..., Any],
) -> None:
    named_board.start()
    until(lambda: listener.said("samples"))
    mosquitto.kill()
    config = tmp_path / "moved.conf"
    config.write_text(f"listener {mosquitto.port} 127.0.0.2\nallow_anonymous true\n")
    moved = subprocess.Popen([mosquitto.program, "-v", "-c", config], stderr=subprocess.PIPE)
    try:
        name_server.address = "127.0.0.2"
        assert moved.stderr is not None
        while b"New client connected" not in moved.stderr.readline():
            assert moved.poll() is None
    finally:
        moved.kill()
        moved.communicate(timeout=10)


def test_a_silent_name_server_stops_nothing_and_the_last_good_address_serves(
    listener: Any,
    named_board: Any,
    name_server: NameServer,
    until: Callable[..., Any],
) -> None:
    named_board.start()
    until(lambda: listener.said("samples"))
    named_board.kill()
    name_server.address = None
    asked = name_server.asked
    named_board.start()
    until(lambda: name_server.asked > asked)
    named_board.values["temp_1_degc"] = 61.5
    until(lambda: named_board.output().get("horn") == 1)
    until(lambda: [m for m in listener.said("alarm") if m["edge"] == "raised"])

    states = [state for state in listener.said("state") if state["online"]]
    assert until(lambda: states[-1]["net"]["dns_failures"]) == 1


def test_without_any_answer_there_is_no_connection_and_the_alarm_sounds(
    named_board: Any, name_server: NameServer, until: Callable[..., Any]
) -> None:
    name_server.address = None
    named_board.start()
    until(lambda: name_server.asked)
    named_board.values["temp_1_degc"] = 61.5
    until(lambda: named_board.output().get("horn") == 1)
    until(lambda: f"no name server knows {NAME}" in named_board.console())


def test_a_broker_that_forgot_is_told_everything_again(
    mosquitto: Any, listener: Any, new_board: Callable[..., Any], until: Callable[..., Any]
) -> None:
    new_board(mosquitto.port, time={"ntp": []}, resend_s=2).start()
    until(lambda: len(listener.said("samples")) > 2)
    first = listener.said("samples")[0]
    listener.ack(first["stream"], first["seq"])
    until(lambda: listener.said("samples")[-1]["oldest"] > first["seq"])
    told = {message["seq"] for message in listener.said("samples")}
    mosquitto.kill()
    listener.heard.clear()
    mosquitto.start()
    again = {seq for seq in told if seq > first["seq"]}
    until(lambda: again <= {message["seq"] for message in listener.said("samples")})
    until(lambda: [s for s in listener.said("state") if s["online"] and s["net"]["lost_sessions"]])

    newest = max(message["seq"] for message in listener.said("samples"))
    listener.ack(first["stream"], newest)
    until(lambda: listener.said("samples")[-1]["oldest"] > newest)
