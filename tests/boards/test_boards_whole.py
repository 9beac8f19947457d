"""From a site's file to a board that reports, obeys and is brought up to date."""

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from whole_plant import BoardProcess, Gateway

from gateway.boards import certificates, identity
from gateway.boards.keyring import Keyring
from gateway.command.session import GatewaySession
from gateway.config_file import load_config
from gateway.historian.reader import Reader
from gateway.people import People

pytestmark = pytest.mark.debian

PASSWORD = "a long enough word"
BOARD = "b0150"
_PAIR = (identity.KEY, identity.CERTIFICATE)


def typed(name: str = "ada") -> str:
    return f"{name}\n{PASSWORD}\n"


@pytest.fixture(scope="module")
def whole(
    make_bench: Callable[[Path], Any],
    mosquitto_of: Callable[[Any], Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Any]:
    """Broker, gateway and one board, each made with the commands of this room."""
    bench = make_bench(tmp_path_factory.mktemp("plant"))
    bench.raw["board"] = [one for one in bench.raw["board"] if one["id"] == BOARD]
    board = bench.raw["board"][0] | {"report_s": 1}
    board["config"] = {
        "feed": "feed", "out": "out", "scan_s": 0.2, "keepalive_s": 5, "resend_s": 2, "off_s": 1,
        "update": {"healthy_s": 2},
    }  # fmt: skip
    bench.raw["board"] = [board]
    bench.raw["meter"] = [one | {"poll_s": 60} for one in bench.raw["meter"]]
    password = bench.keys / "gateway" / "mqtt-password.key"
    bench.raw["mqtt"] = {"port": bench.loopback_port, "gateway": "gw1",
                         "username": "gateway-gw1", "password_file": str(password)}  # fmt: skip
    bench.raw["http"] = {"host": "127.0.0.1", "port": bench.page_port}
    bench.save()
    bench.done("broker-config", "--out", bench.folder / "broker", "--loopback-port",
               bench.loopback_port)  # fmt: skip
    bench.done("new", BOARD)
    bench.release("1.0.0", 1, mpy=True)
    bench.done("flash", BOARD, "--to", bench.folder / BOARD)
    with contextlib.closing(People(bench.folder / "data" / "people.sqlite")) as people:
        people.add_user("ada", "engineer", PASSWORD)
        people.add_user("olga", "operator", PASSWORD)
        people.add_user("vera", "viewer", PASSWORD)
    with mosquitto_of(bench):
        bench.gateway = Gateway(bench.config)
        bench.running = BoardProcess(bench.folder / BOARD)
        try:
            yield bench
        finally:
            bench.running.close()
            bench.gateway.stop()


def listed(whole: Any) -> dict[str, Any]:
    said = whole.board("list", "--json", typed=typed())
    assert said.exit_code == 0, said.output
    return {row["id"]: row for row in json.loads(said.stdout)}


def asked(whole: Any, path: str) -> Any:
    session = GatewaySession(load_config(whole.config).http)
    try:
        session.sign_in("ada", PASSWORD)
        return session.ask("GET", path)
    finally:
        session.close()


def command(whole: Any, *words: object, name: str = "ada") -> Any:
    return whole.board("command", BOARD, *words, typed=typed(name))


def deeds(whole: Any) -> list[Any]:
    with contextlib.closing(Reader(whole.folder / "data" / "journal.sqlite")) as reader:
        return [deed for row in reader.rows(0, 10**9) for deed in row.deeds]


def test_a_board_is_made_reports_obeys_and_is_brought_up_to_date(
    whole: Any, until: Callable[..., Any]
) -> None:
    row = until(lambda: (found := listed(whole)[BOARD])["online"] and found, limit_s=60)
    assert (row["release"], row["slot"], row["trial"]) == ("1.0.0", "a", False)
    assert row["certificate_days_left"] > 3600

    # A command reaches the horn, in a person's name.
    whole.running.values["co_ppm"] = 4000.0
    until(lambda: whole.running.output().get("horn") == 1)
    refused = command(whole, "silence", 5, name="vera")
    assert "may not silence, test and reset boards" in refused.output
    refused = command(whole, "interval", 2, name="olga")
    assert "may not set, restart and update boards" in refused.output
    silenced = command(whole, "silence", 5, "--comment", "on site", name="olga")
    assert silenced.exit_code == 0, silenced.output
    assert f"{BOARD}: done" in silenced.output
    until(lambda: whole.running.output().get("horn") == 0)
    beyond = command(whole, "silence", 200)
    assert beyond.exit_code == 1
    assert "refused: bounds" in beyond.output
    cannot = command(whole, "limits", "60", "-")
    assert cannot.exit_code == 1, cannot.output
    assert [(deed.kind, deed.source, deed.person, deed.comment) for deed in deeds(whole)] == [
        ("command", BOARD, "olga", "on site"),
        ("command", BOARD, "ada", None),
        ("command", BOARD, "ada", None),
    ]
    assert deeds(whole)[0].details == ("n 1", "silence 5")

    # An alarm goes before an update: the board waits until its own is over and let go.
    whole.running.values["co_ppm"] = 5.0
    until(
        lambda: (
            command(whole, "reset", name="olga").exit_code == 0
            and whole.running.output().get("condition") is None
        ),
    )

    newer = whole.release("1.1.0", 2, mpy=True)
    updated = whole.board("update", BOARD, newer, "--yes", "--wait", 120, typed=typed())
    assert updated.exit_code == 0, updated.output
    assert f"{BOARD} runs 1.1.0 and is healthy" in updated.output
    assert "1 of 1 boards are up to date and healthy" in updated.output
    again = whole.board("update", BOARD, "1.1.0", "--yes", typed=typed())
    assert again.exit_code == 0, again.output
    assert f"{BOARD} has 1.1.0 already" in again.output
    row = listed(whole)[BOARD]
    assert (row["release"], row["slot"], row["trial"]) == ("1.1.0", "b", False)
    older = whole.board("update", "--all", "1.0.0", "--yes", typed=typed())
    assert older.exit_code == 1
    assert "refuses: bounds: number 1 is not above 2" in older.output


def test_after_a_restart_numbers_go_on_and_no_secret_stands_anywhere(
    whole: Any, until: Callable[..., Any]
) -> None:
    until(lambda: listed(whole)[BOARD]["online"], limit_s=60)
    before = json.loads(command(whole, "test", "--json").stdout)["n"]
    whole.gateway.stop()
    with contextlib.closing(sqlite3.connect(whole.folder / "data" / "journal.sqlite")) as journal:
        rows = journal.execute("select * from state where kind = 'command'").fetchall()
    assert [json.loads(row[-1])[0] for row in rows] == [before]
    whole.gateway = Gateway(whole.config)
    until(lambda: listed(whole)[BOARD]["online"], limit_s=60)
    again = command(whole, "test", "--json")
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout)["n"] == before + 1
    verified = whole.type("verify", "journal", "--config", whole.config)
    assert verified.exit_code == 0, verified.output
    secrets = [
        path.read_bytes().strip()
        for path in (*whole.keys.rglob("*.key"), whole.folder / "signer" / "release.key")
    ]
    secrets = [line for text in secrets for line in (text, text.hex().encode(), *text.split(b"\n"))]
    secrets = [one for one in secrets if len(one) > 20 and not one.startswith(b"-----")]
    told = [whole.folder / "gateway.log", whole.folder / "mosquitto/log", whole.config]
    told += [whole.folder / BOARD / name for name in ("log", "config.json")]
    for path in told:
        assert not [one for one in secrets if one in path.read_bytes()], path
    folder: Path = whole.keys
    assert oct(folder.stat().st_mode)[-3:] == "700"
    assert {oct(path.stat().st_mode)[-3:] for path in folder.rglob("*.key")} == {"600"}


def test_a_certificate_that_ends_soon_is_a_word_of_health(
    whole: Any, until: Callable[..., Any]
) -> None:
    ring = Keyring(whole.keys)
    real = identity.open_authority(ring)
    ends = datetime.now(UTC) + timedelta(days=30)
    builder = x509.CertificateBuilder(
        real.certificate.issuer, real.certificate.subject, real.key.public_key(), 1,
        certificates.NOT_BEFORE, ends,
    )  # fmt: skip
    short = certificates.Authority(builder.sign(real.key, hashes.SHA256()), real.key)
    key = certificates.new_key()
    name = Path("boards") / BOARD
    old = certificates.issue(short, BOARD, key, certificates.Purpose.CLIENT, datetime.now(UTC))
    kept = {part: (whole.keys / name / part).read_bytes() for part in _PAIR}
    ring.write(name / identity.KEY, certificates.key_pem(key))
    ring.write(name / identity.CERTIFICATE, certificates.pem(old))
    whole.gateway.stop()
    whole.gateway = Gateway(whole.config)
    try:
        words = until(lambda: [w for w in asked(whole, "health")["problems"] if "certificate" in w])
        (word,) = words
        assert word.startswith(f"the certificate of {BOARD} ends in 2")
        assert word.endswith(f"days: hinoban board renew {BOARD}")
    finally:
        for part, content in kept.items():
            ring.write(name / part, content)
