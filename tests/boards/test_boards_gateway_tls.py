"""The gateway's own way to a broker elsewhere: known by its certificate, or told why not."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import Clock, SystemTime
from gateway.config import Mqtt
from gateway.mqtt.security import BrokerError
from gateway.mqtt.subscriber import Subscriber

pytestmark = pytest.mark.debian


def settings(plant: Any, server_name: Callable[[str], str], **changed: Any) -> Mqtt:
    own = plant.keys / "gateway"
    told = {
        "port": plant.boards_port,
        "tls_ca": plant.keys / "ca.crt",
        "tls_certificate": own / "certificate.crt",
        "tls_key": own / "certificate.key",
        "tls_name": server_name("example"),
    }
    return Mqtt(**(told | changed))


def last_error(mqtt: Mqtt) -> str | None:
    """What the gateway says once it is connected (None) or knows why not."""

    async def trying() -> str | None:
        subscriber = Subscriber(mqtt, "example", Clock(SystemTime("assume")).now)
        subscriber.start(asyncio.get_running_loop())
        try:
            async with asyncio.timeout(20):
                while True:
                    status = subscriber.status()
                    if status.connected:
                        return None
                    if status.last_error not in {"not started", None}:
                        return status.last_error
                    await asyncio.sleep(0.01)
        finally:
            await asyncio.to_thread(subscriber.stop)

    return asyncio.run(trying())


def test_it_is_known_by_its_certificate_and_asks_for_the_brokers_name(
    plant: Any, server_name: Callable[[str], str]
) -> None:
    assert last_error(settings(plant, server_name)) is None
    assert last_error(settings(plant, server_name, host="localhost", tls_name=None)) is None


def test_why_not_is_said_in_words(
    plant: Any, server_name: Callable[[str], str], tmp_path: Path
) -> None:
    strange = tmp_path / "strange"
    for words in (["ca"], ["new", "b0025"]):
        made = plant.board(*words, "--keys", strange)
        assert made.exit_code == 0, made.output
    cases = {
        "for 'elsewhere': set tls_name": {"tls_name": "elsewhere"},
        "is not trusted (": {"tls_ca": strange / "ca.crt"},
        "check tls_certificate and tls_key": {
            "tls_certificate": strange / "boards/b0025/certificate.crt",
            "tls_key": strange / "boards/b0025/certificate.key",
        },
        "check port, tls_certificate": {"port": plant.loopback_port},
    }
    for words, changed in cases.items():
        assert words in str(last_error(settings(plant, server_name, **changed)))


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("tls_ca", "[mqtt] tls_ca"),
        ("tls_certificate", "[mqtt] tls_certificate"),
        ("password_file", "[mqtt] password_file"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    plant: Any, server_name: Callable[[str], str], tmp_path: Path, key: str, words: str
) -> None:
    mqtt = settings(plant, server_name, username="gateway-gw1", **{key: tmp_path / "none"})
    with pytest.raises(BrokerError) as refused:
        last_error(mqtt)
    assert words in str(refused.value)
    assert "No such file or directory; name a" in str(refused.value)
