"""With TLS: cookies stay on encrypted lines and on this host."""

import shutil
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest
from http_double import PASSWORD, Double, Served, sign_in

from gateway.command.session import GatewayError, GatewaySession
from gateway.config import Http


def made(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    assert shutil.which("openssl"), "needs Debian's package openssl: sudo apt-get install openssl"
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return certificate, key


@pytest.mark.debian
def test_cookies_are_for_encrypted_lines_only(tmp_path: Path) -> None:
    certificate, key = made(tmp_path, "tls")
    double = Double(tmp_path)
    double.people.add_user("operator", "operator", "correct horse battery")
    http = Http(tls_certificate=certificate, tls_key=key)
    trust = ssl.create_default_context(cafile=certificate)
    with (
        Served(double, None, http) as served,
        httpx.Client(
            base_url=f"https://127.0.0.1:{served.port}", verify=trust, trust_env=False, timeout=20
        ) as client,
    ):
        answer = sign_in(client, "operator")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-hinoban=")
        assert "Secure" in cookie
        assert "max-age" in answer.headers["strict-transport-security"]
        assert client.get("/api/v1/stores").status_code == 200
        assert client.delete("/api/v1/session").status_code == 204
        assert client.get("/api/v1/stores").status_code == 401
    double.people.close()


@pytest.mark.debian
def test_the_command_trusts_the_gateways_own_certificate_and_no_other(tmp_path: Path) -> None:
    (certificate, key), (another, _) = made(tmp_path, "tls"), made(tmp_path, "another")
    double = Double(tmp_path)
    double.people.add_user("ada", "engineer", PASSWORD)
    http = Http(tls_certificate=certificate, tls_key=key)
    with Served(double, None, http) as served:
        settings = http.model_copy(update={"port": served.port})
        session = GatewaySession(settings)
        session.sign_in("ada", PASSWORD)
        views = session.ask("POST", "meters/generator/swap", {"comment": "burnt"})
        session.close()
        stranger = GatewaySession(settings.model_copy(update={"tls_certificate": another}))
        with pytest.raises(GatewayError, match="does not answer"):
            stranger.sign_in("ada", PASSWORD)
        stranger.close()
    assert [view["pending"] for view in views] == [True, True]
    assert [told[3] for told in double.told] == ["ada"]
    double.people.close()
