"""With TLS: cookies stay on encrypted lines and on this host."""

import shutil
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest
from http_double import Double, Served, sign_in

from gateway.config import Http


@pytest.mark.debian
def test_cookies_are_for_encrypted_lines_only(tmp_path: Path) -> None:
    assert shutil.which("openssl"), "needs Debian's package openssl: sudo apt-get install openssl"
    certificate, key = tmp_path / "tls.pem", tmp_path / "tls.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )  # fmt: skip
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
