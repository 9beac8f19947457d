"""Boards are made: authority, papers, settings; what is refused and why."""

import asyncio
import json
import shutil
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from gateway.boards import certificates, identity
from gateway.boards.errors import BoardError
from gateway.boards.expiry import Expiry
from gateway.boards.keyring import BOARDS, Keyring
from gateway.clock import Clock, Now, SystemTime
from gateway.self_watch import SelfWatch

BOARD = "b0150"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def words(result: Any) -> str:
    return " ".join(result.output.split())


def papers(bench: Any, board: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(
        (bench.keys / "boards" / board / "certificate.crt").read_bytes()
    )


def test_the_authority_is_made_once_with_a_clear_word(bench: Any) -> None:
    said = bench.done("new", BOARD)
    assert "Made the authority of example" in said
    assert "Keep a copy of ca.key" in said
    assert "Made" not in bench.done("new", "b0025")
    again = bench.board("ca")
    assert again.exit_code == 2
    assert "every board trusts that one" in words(again)


def test_a_board_is_named_by_its_certificate_which_is_no_servers(bench: Any) -> None:
    bench.done("new", BOARD)
    certificate = papers(bench, BOARD)
    authority = x509.load_pem_x509_certificate((bench.keys / "ca.crt").read_bytes())
    certificate.verify_directly_issued_by(authority)
    assert certificates.common_name(certificate) == BOARD
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH]
    assert certificate.not_valid_before_utc == certificates.NOT_BEFORE
    assert 3600 < certificates.days_left(certificate, datetime.now(UTC)) <= 3650


def test_papers_are_kept_from_others_and_made_once(bench: Any) -> None:
    bench.done("new", BOARD)
    folder = bench.keys / "boards" / BOARD
    before = (folder / "certificate.key").read_bytes()
    assert {oct(path.stat().st_mode)[-3:] for path in folder.iterdir()} == {"600"}
    assert oct(bench.keys.stat().st_mode)[-3:] == "700"
    again = bench.board("new", BOARD)
    assert again.exit_code == 2
    assert "hinoban board renew" in words(again)
    assert (folder / "certificate.key").read_bytes() == before


def test_a_renewed_board_has_another_key_and_the_same_command_key(bench: Any) -> None:
    bench.done("new", BOARD)
    folder = bench.keys / "boards" / BOARD
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    asked = bench.board("renew", BOARD, typed="n\n")
    assert asked.exit_code == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert "goes on with its old ones" in bench.done("renew", BOARD, "--yes")
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"certificate.key", "certificate.crt"}


def test_without_its_authority_key_nothing_is_made(bench: Any, tmp_path: Path) -> None:
    bench.done("new", BOARD)
    (bench.keys / "ca.key").rename(tmp_path / "elsewhere.key")
    refused = bench.board("new", "b0025")
    assert refused.exit_code == 2
    assert "bring the authority's key here" in words(refused)
    (bench.keys / "ca.key").write_bytes(certificates.key_pem(certificates.new_key()))
    (bench.keys / "ca.key").chmod(0o600)
    assert "is not the key of" in words(bench.board("new", "b0025"))
    (bench.keys / "ca.key").chmod(0o644)
    assert "chmod 0600" in words(bench.board("new", "b0025"))


def test_keys_are_not_made_in_a_git_working_tree(bench: Any, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / ".git").mkdir(parents=True)
    refused = bench.board("new", BOARD, "--keys", tree / "below" / "keys")
    assert refused.exit_code == 2
    assert "keys must not" in words(refused)
    assert not (tree / "below").exists()


def test_keys_that_others_can_look_into_are_not_used(bench: Any, tmp_path: Path) -> None:
    open_folder = tmp_path / "open"
    open_folder.mkdir(mode=0o755)
    refused = bench.board("ca", "--keys", open_folder)
    assert "chmod 0700" in words(refused)
    assert list(open_folder.iterdir()) == []


def test_a_machine_that_does_not_know_the_year_makes_nothing(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "keys")
    with pytest.raises(BoardError, match="clock says 1970-01-01"):
        identity.make_authority(ring, "example", datetime(1970, 1, 1, tzinfo=UTC))


def test_what_ends_soon_is_told_with_what_renews_it(bench: Any) -> None:
    bench.done("new", BOARD)
    bench.done("broker-config", "--out", bench.folder / "broker")
    ring = Keyring(bench.keys)
    ends = {paper.owner: paper.ends_utc for paper in identity.papers(ring, NOW)}
    assert set(ends) == {"authority", "broker", "gateway", BOARD}
    soon = ends[BOARD] - timedelta(days=179)
    due = {paper.owner: paper.renewal for paper in identity.papers(ring, soon) if paper.ends_soon}
    assert due[BOARD] == f"hinoban board renew {BOARD}"
    assert due["broker"] == "hinoban board broker-config --renew"
    assert "authority" not in due
    listed = json.loads(bench.done("list", "--papers", "--json"))
    rows = {row["id"]: row["certificate_ends_utc"] for row in listed}
    assert rows[BOARD] == ends[BOARD].isoformat()
    assert rows["b0025"] is None


def test_a_board_that_ends_soon_is_shown_where_boards_are_listed(bench: Any) -> None:
    bench.done("new", BOARD)
    ring = Keyring(bench.keys)
    authority = identity.open_authority(ring)
    key = certificates.new_key()
    short = certificates.Authority(_ending(authority), authority.key)
    old = certificates.issue(short, BOARD, key, certificates.Purpose.CLIENT, datetime.now(UTC))
    ring.write(BOARDS / BOARD / identity.KEY, certificates.key_pem(key))
    ring.write(BOARDS / BOARD / identity.CERTIFICATE, certificates.pem(old))
    said = bench.done("list", "--papers")
    assert f"The certificate of {BOARD} ends in 2" in said
    assert f"hinoban board renew {BOARD}" in said


def _ending(authority: certificates.Authority) -> x509.Certificate:
    """The authority as if it ended in a month, so that all it signs does."""
    builder = x509.CertificateBuilder(
        authority.certificate.issuer,
        authority.certificate.subject,
        authority.key.public_key(),
        1,
        certificates.NOT_BEFORE,
        datetime.now(UTC) + timedelta(days=30),
    )
    return builder.sign(authority.key, hashes.SHA256())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"broker_host": None}, "broker_host is missing"),
        ({"board": {"wlan_key": "word"}}, "secrets lie in files"),
        ({"board": {"report_z": 5}}, "report_z is no setting; take it out"),
        ({"board": {"limits": {"temp_degc": 500}}}, "temp_degc is 500; give a number"),
        ({"board": {"update": {"healthy_s": 0}}}, "update: healthy_s is 0"),
    ],
)
def test_settings_a_board_would_refuse_are_refused_before_its_papers_are_made(
    bench: Any, change: dict[str, Any], said: str
) -> None:
    told = {**bench.raw["provisioning"], **change}
    bench.raw["provisioning"] = {key: value for key, value in told.items() if value is not None}
    bench.save()
    refused = bench.board("new", BOARD)
    assert refused.exit_code == 2
    assert said in words(refused)
    assert not bench.keys.exists()


def test_settings_are_the_sites_and_the_boards_own(bench: Any) -> None:
    bench.raw["provisioning"] |= {"ntp_host": "192.0.2.1", "board": {"wlan_ssid": "yard"}}
    board = next(one for one in bench.raw["board"] if one["id"] == BOARD)
    board["config"] = {"bounds": {"silence_min": 15}, "scan_s": 2}
    alarm = next(one for one in bench.raw["alarm"] if one["id"] == "temp_high")
    alarm["limit"] = 47.5
    bench.save()
    bench.done("new", BOARD)
    bench.release("1.0.0", 1)
    bench.done("flash", BOARD, "--to", bench.folder / BOARD)
    made = json.loads((bench.folder / BOARD / "config.json").read_text())
    assert made["limits"] == {"temp_degc": 47.5, "co_ppm": 3000}
    assert made["bounds"] == {"temp_degc": 47.5, "co_ppm": 3000, "silence_min": 15}
    assert (made["wlan_ssid"], made["scan_s"]) == ("yard", 2)
    assert made["time"]["ntp"] == ["192.0.2.1"]
    assert made["tls"]["name"] == "broker.example"
    assert made["values"] == board["values"]


def test_sensors_in_the_sites_file_are_judged_by_the_boards_own_code(bench: Any) -> None:
    board = next(one for one in bench.raw["board"] if one["id"] == BOARD)
    cable = {"value": "temp_1_degc", "kind": "ds18b20", "due": "2027-10-01"}
    board["config"] = {"sensors": [cable | {"kind": "ds18b21"}], "outputs": {"latch": True}}
    bench.save()
    refused = bench.board("new", BOARD)
    assert "sensors" in words(refused)
    assert "ds18b21" in words(refused)
    board["config"]["sensors"] = [cable]
    bench.save()
    refused = bench.board("new", BOARD)
    assert "co_ppm, which no sensor measures" in words(refused)
    board["values"] = ["temp_1_degc"]
    bench.save()
    bench.done("new", BOARD)
    bench.release("1.0.0", 1)
    bench.done("flash", BOARD, "--to", bench.folder / BOARD)
    made = json.loads((bench.folder / BOARD / "config.json").read_text())
    assert made["sensors"] == [cable]


def test_a_limit_above_the_sites_does_not_reach_a_board(bench: Any) -> None:
    """A warning of 60 °C on the page is no reason for a horn to wait so long."""
    for alarm in bench.raw["alarm"]:
        if alarm["id"] == "temp_high":
            alarm["limit"] = 60.0
    bench.save()
    bench.done("new", BOARD)
    bench.release("1.0.0", 1)
    bench.done("flash", BOARD, "--to", bench.folder / BOARD)
    made = json.loads((bench.folder / BOARD / "config.json").read_text())
    assert made["limits"]["temp_degc"] == 50


def test_a_new_board_is_added_to_the_sites_file_once(bench: Any) -> None:
    before = bench.config.read_text()
    bench.done("new", "b0180", "--store", "c0180", "--report-s", 30)
    after = bench.config.read_text()
    assert after.startswith(before.rstrip("\n"))
    assert 'id = "b0180"' in after[len(before.rstrip("\n")) :]
    bench.done("renew", "b0180", "--yes")
    assert bench.board("new", "b0180", "--store", "c0180").exit_code == 2
    assert bench.config.read_text() == after
    cases = {
        ("b0180", "c0181"): "has b0180 at store c0180, not c0181",
        ("b0190", "c0180"): "board 'b0180' watches this store already",
        ("b0190", "c0999"): "there is no store of this name",
        ("gateway-b", "c0190"): "lets them command boards",
    }
    for (board, store), said in cases.items():
        refused = bench.board("new", board, "--store", store)
        assert refused.exit_code == 2
        assert said in words(refused)
    assert bench.config.read_text() == after
    assert "Did you mean 'b0180'" in words(bench.board("new", "b018"))


def test_what_goes_into_a_folder_is_whole_and_another_boards_records_do_not_stay(
    bench: Any,
) -> None:
    for board in (BOARD, "b0025"):
        bench.done("new", board)
    bench.release("1.0.0", 1)
    folder = bench.folder / "out"
    bench.done("flash", BOARD, "--to", folder)
    (folder / "ring").mkdir()
    (folder / "ring" / "records").write_text("of b0150")
    (folder / "record.0").write_text("slot b")
    (folder / "b").mkdir()
    assert bench.board("flash", BOARD, "--to", folder, typed="n\n").exit_code == 1
    assert (folder / "record.0").exists()
    bench.done("flash", BOARD, "--to", folder, "--yes")
    assert (folder / "ring" / "records").exists()
    assert not (folder / "record.0").exists()
    assert not (folder / "b").exists()
    said = bench.done("flash", "b0025", "--to", folder, typed="y\n")
    assert "the gateway would take them for b0025's" in said
    assert not (folder / "ring").exists()
    assert json.loads((folder / "config.json").read_text())["board"] == "b0025"
    (bench.folder / "full").mkdir()
    (bench.folder / "full" / "file").touch()
    assert "holds something else" in words(
        bench.board("flash", BOARD, "--to", bench.folder / "full")
    )
    assert "name where to write" in words(bench.board("flash", BOARD))


@pytest.mark.parametrize(("port", "ring_bytes"), [("esp32", 1_700_000), ("rp2", 700_000)])
def test_a_real_boards_records_outlive_its_files_so_its_flash_is_erased_whole(
    bench: Any, port: str, ring_bytes: int
) -> None:
    for board in (BOARD, "b0025"):
        bench.done("new", board)
    bench.release("1.0.0", 1, port=port)
    folder = bench.folder / "out"
    bench.done("flash", BOARD, "--to", folder, "--for", port)
    assert json.loads((folder / "config.json").read_text())["ring_bytes"] == ring_bytes
    (folder / "ring").mkdir()
    (folder / "ring" / "records").touch()
    for asked in ((BOARD, "--erase-ring"), ("b0025",)):
        refused = bench.board("flash", *asked, "--to", folder, "--for", port, "--yes")
        assert refused.exit_code == 2
        assert "erase the whole flash" in words(refused)
    assert json.loads((folder / "config.json").read_text())["board"] == BOARD
    bench.done("flash", BOARD, "--to", folder, "--for", port, "--yes")
    assert (folder / "ring" / "records").exists()


@pytest.mark.parametrize("damage", ["key", "certificate"])
def test_papers_that_do_not_belong_together_are_not_written(bench: Any, damage: str) -> None:
    for board in (BOARD, "b0025"):
        bench.done("new", board)
    bench.release("1.0.0", 1)
    suffix = {"key": "key", "certificate": "crt"}[damage]
    shutil.copy(bench.keys / f"boards/b0025/certificate.{suffix}",
                bench.keys / f"boards/{BOARD}/certificate.{suffix}")  # fmt: skip
    refused = bench.board("flash", BOARD, "--to", bench.folder / "out")
    assert refused.exit_code == 2
    assert "do not belong together" in words(refused)
    assert not (bench.folder / "out").exists()


def test_a_boards_papers_are_ones_its_own_tls_reads(bench: Any, tmp_path: Path) -> None:
    """DER, as MicroPython wants it; and OpenSSL agrees with what is in it."""
    bench.done("new", BOARD)
    bench.release("1.0.0", 1)
    folder = bench.folder / BOARD
    bench.done("flash", BOARD, "--to", folder)
    certificate = x509.load_der_x509_certificate((folder / "board.der").read_bytes())
    key = serialization.load_der_private_key((folder / "board.key").read_bytes(), None)
    assert key.public_key() == certificate.public_key()
    assert len((folder / "command.key").read_bytes()) == 32
    context = ssl.create_default_context(cadata=(folder / "ca.der").read_bytes())
    assert len(context.get_ca_certs()) == 1
    beside = Path(sys.executable).with_name("micropython")
    if beside.exists():
        code = (
            "import ssl; c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT); "
            "c.load_cert_chain(open('board.der', 'rb').read(), open('board.key', 'rb').read()); "
            "c.load_verify_locations(cadata=open('ca.der', 'rb').read()); print('read')"
        )
        done = subprocess.run([beside, "-c", code], cwd=folder, capture_output=True, text=True,
                              check=False)  # fmt: skip
        assert done.stdout == "read\n", done.stderr


def test_the_gateway_tells_of_what_ends_soon_once_it_knows_the_time(bench: Any) -> None:
    for board in (BOARD, "b0025"):
        bench.done("new", board)
    ring = Keyring(bench.keys)
    ends = identity.open_identity(ring, BOARD).certificate.not_valid_after_utc
    at = {"days": 179, "synchronised": False}

    def now() -> Now:
        instant = ends - timedelta(days=at["days"])
        return Now(int(instant.timestamp() * 1e6), 0, bool(at["synchronised"]))

    expiry = Expiry(ring, [BOARD], now)
    asyncio.run(expiry.look())
    assert expiry.words == ()
    at["synchronised"] = True
    asyncio.run(expiry.look())
    assert expiry.words == (
        f"the certificate of {BOARD} ends in 179 days: hinoban board renew {BOARD}",
    )
    at["days"] = -3
    asyncio.run(expiry.look())
    assert "ended 3 days ago" in expiry.words[0]
    at["days"] = 181
    asyncio.run(expiry.look())
    assert expiry.words == ()
    empty = Expiry(Keyring(bench.folder / "none"), [BOARD], now)
    asyncio.run(empty.look())
    assert empty.words == ()
    unreadable = Expiry(Keyring(bench.folder / ("x" * 300)), [BOARD], now)
    asyncio.run(unreadable.look())
    assert "run this as the user who owns the keys" in unreadable.words[0]


def test_what_ends_soon_is_an_alarm_for_the_next_visit() -> None:
    told: list[Any] = []

    async def put(item: Any) -> None:
        told.append(item)

    clock = Clock(SystemTime("assume"))
    asyncio.run(SelfWatch({"certificate_ends": lambda: True}, clock, put, grace_s=0).look())
    assert [(one.condition, one.active, one.priority) for one in told] == [
        ("certificate_ends", True, "low")
    ]
