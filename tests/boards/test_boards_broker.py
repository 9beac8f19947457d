"""Who may say what at the plant's own Mosquitto: certificates, access list, one gateway."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from gateway.boards import certificates, identity
from gateway.boards.certificates import Authority, Purpose
from gateway.boards.keyring import Keyring

pytestmark = pytest.mark.debian

ROOT = "hinoban/1/example"
SAID = ("samples", "alarm", "state", "state/sensors/1", "update/want", "cmd/result")
HEARD = ("ack", "cmd", "update")


def gateway(plant: Any, peer: Callable[..., Any]) -> Any:
    password = (plant.keys / "gateway/mqtt-password.key").read_text()
    return peer().password("gateway-gw1", password).ready()


def test_a_board_speaks_under_its_own_name_and_hears_what_is_its_own(
    plant: Any, peer: Callable[..., Any], until: Callable[..., Any]
) -> None:
    for name in ("b0025", "b0075"):
        plant.done("new", name)
    keeper = gateway(plant, peer)
    b25 = peer().certificate(plant.keys / "boards/b0025").ready()
    b75 = peer().certificate(plant.keys / "boards/b0075").ready()
    for part in (*SAID, *HEARD):
        b75.say(f"{ROOT}/b0025/{part}", b"forged")
        b75.say(f"hinoban/1/other/b0075/{part}", b"forged")
        b75.say(f"{ROOT}/gateway-gw1/{part}", b"forged")
    for part in (*SAID, *HEARD):
        b25.say(f"{ROOT}/b0025/{part}", b"own")
    b75.say(f"{ROOT}/b0075/samples", b"last")
    for part in HEARD:
        keeper.say(f"{ROOT}/b0025/{part}", b"gateway")
        keeper.say(f"{ROOT}/b0075/{part}", b"gateway")
    keeper.say(f"{ROOT}/b0025/samples", b"forged")
    until(lambda: (f"{ROOT}/b0075/samples", b"last") in keeper.heard)
    until(lambda: len(b25.heard) >= len(HEARD) and len(b75.heard) >= len(HEARD))
    own = {(f"{ROOT}/b0025/{part}", b"own") for part in SAID}
    assert set(keeper.heard) == own | {(f"{ROOT}/b0075/samples", b"last")}
    assert set(b25.heard) == {(f"{ROOT}/b0025/{part}", b"gateway") for part in HEARD}
    assert set(b75.heard) == {(f"{ROOT}/b0075/{part}", b"gateway") for part in HEARD}


def ended_authority(ring: Keyring) -> Authority:
    """The site's authority as if it had ended: what it signs ends no later."""
    real = identity.open_authority(ring)
    builder = x509.CertificateBuilder(
        real.certificate.issuer, real.certificate.subject, real.key.public_key(), 1,
        certificates.NOT_BEFORE, datetime.now(UTC) - timedelta(days=1),
    )  # fmt: skip
    return Authority(builder.sign(real.key, hashes.SHA256()), real.key)


def test_nobody_but_the_one_gateway_frees_a_record(
    plant: Any, peer: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """Another gateway of the site, with a certificate of its authority, is not believed."""
    plant.done("new", "b0025")
    first = plant.keys / "gateway"
    shutil.copytree(first, plant.folder / "gw1")
    plant.raw["mqtt"]["gateway"] = "gw2"
    plant.save()
    plant.done("broker-config", "--out", plant.folder / "unused", "--renew")
    b25 = peer().certificate(plant.keys / "boards/b0025").ready()
    second = peer().certificate(first).ready()
    rightful = peer().certificate(plant.folder / "gw1").ready()
    for part in HEARD:
        second.say(f"{ROOT}/b0025/{part}", b"second", retain=True)
        b25.say(f"{ROOT}/b0025/{part}", b"itself", retain=True)
    b25.say(f"{ROOT}/b0025/samples", b"private")
    for part in HEARD:
        rightful.say(f"{ROOT}/b0025/{part}", b"first")
    until(lambda: len(b25.heard) >= len(HEARD))
    until(lambda: rightful.heard)
    assert {payload for _, payload in b25.heard} == {b"first"}
    assert second.heard == []


def test_who_is_not_of_this_site_does_not_come_in(
    plant: Any, peer: Callable[..., Any], tmp_path: Path, until: Callable[..., Any]
) -> None:
    plant.done("new", "b0025")
    strange = tmp_path / "strange"
    made = plant.type("board", "new", "b0025", "--keys", strange, "--config", plant.config)
    assert made.exit_code == 0, made.output
    ended = certificates.new_key()
    old = certificates.issue(
        ended_authority(Keyring(plant.keys)), "b0025", ended, Purpose.CLIENT, datetime.now(UTC)
    )
    (tmp_path / "certificate.crt").write_bytes(certificates.pem(old))
    (tmp_path / "certificate.key").write_bytes(certificates.key_pem(ended))
    strangers = {
        "one that has ended": peer().certificate(tmp_path),
        "another authority": peer().certificate(strange / "boards/b0025"),
        "the broker's own": peer().certificate(plant.keys / "broker"),
        "none": peer().certificate(None),
    }
    until(lambda: all(one.ended for one in strangers.values()))
    assert {why: one.connected for why, one in strangers.items()} == dict.fromkeys(strangers, False)
    nobody = peer().password("b0025", "")
    anybody = peer().password("gateway-gw1", "guessed")
    until(lambda: nobody.reason and anybody.reason)
    assert {nobody.reason, anybody.reason} == {"Not authorized"}


def test_taking_its_client_id_does_not_push_a_board_off(
    plant: Any, peer: Callable[..., Any], until: Callable[..., Any]
) -> None:
    for name in ("b0025", "b0075"):
        plant.done("new", name)
    keeper = gateway(plant, peer)
    b25 = peer("b0025").certificate(plant.keys / "boards/b0025").ready()
    thief = peer("b0025").certificate(plant.keys / "boards/b0075").ready()
    thief.say(f"{ROOT}/b0075/samples", b"thief")
    b25.say(f"{ROOT}/b0025/samples", b"still here")
    until(lambda: len(keeper.heard) >= 2)
    log = (plant.folder / "mosquitto/log").read_text()
    assert "already connected" not in log
