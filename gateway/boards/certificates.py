"""Certificates of the site's own authority: for boards, for the broker, for the gateway.

All keys are ECDSA P-256, which a board's TLS does in a second where RSA takes ten.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.boards.errors import BoardError

Key = ec.EllipticCurvePrivateKey

NOT_BEFORE: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""From when certificates hold: before the build time of any firmware (decision 0001)."""

EARLIEST_NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""A machine whose clock is before this is not asked for certificates."""

AUTHORITY_DAYS: Final = 30 * 365
LEAF_DAYS: Final = 10 * 365
WARN_DAYS: Final = 180
"""How long before its end a certificate is told of: a yard is visited twice a year."""


class Purpose(Enum):
    """What a certificate is good for."""

    CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
    SERVER = ExtendedKeyUsageOID.SERVER_AUTH


@dataclass(frozen=True, slots=True)
class Authority:
    """The site's authority: who it signs for belongs to the site."""

    certificate: x509.Certificate
    key: Key


def new_key() -> Key:
    """A fresh P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def new_authority(site: str, now: datetime) -> Authority:
    """A site's own authority, for thirty years.

    Raises:
        BoardError: The machine's clock cannot be right.
    """
    key = new_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Hinoban CA of {site}")])
    usage = _usage(key_cert_sign=True, crl_sign=True)
    certificate = (
        _builder(name, key, now, AUTHORITY_DAYS)
        .issuer_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def issue(
    authority: Authority,
    common_name: str,
    key: Key,
    purpose: Purpose,
    now: datetime,
    hosts: Sequence[str] = (),
) -> x509.Certificate:
    """A certificate of the site's authority, for ten years or for as long as the authority has.

    Args:
        authority: Who signs.
        common_name: Whom it names; the broker's access list knows a client by it.
        key: The key it speaks for.
        purpose: A client's certificate is no server's, and the other way round.
        now: The present.
        hosts: Names and addresses of a server.

    Raises:
        BoardError: The machine's clock cannot be right.
    """
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    left = authority.certificate.not_valid_after_utc - now
    builder = (
        _builder(name, key, now, min(LEAF_DAYS, left.days))
        .issuer_name(authority.certificate.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose.value]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
    )
    if hosts:
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(authority.key, hashes.SHA256())


def days_left(certificate: x509.Certificate, now: datetime) -> int:
    """Whole days until a certificate ends; negative once it has ended."""
    return (certificate.not_valid_after_utc - now) // timedelta(days=1)


def common_name(certificate: x509.Certificate) -> str:
    """Whom a certificate names."""
    (attribute,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(attribute.value)


def pem(certificate: x509.Certificate) -> bytes:
    """A certificate as PEM, for Mosquitto and the gateway."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def der(certificate: x509.Certificate) -> bytes:
    """A certificate as DER, which is all that MicroPython reads."""
    return certificate.public_bytes(serialization.Encoding.DER)


def key_pem(key: Key) -> bytes:
    """A private key as PEM, not encrypted: a service must read it at its start."""
    return _private_bytes(key, serialization.Encoding.PEM)


def key_der(key: Key) -> bytes:
    """A private key as DER."""
    return _private_bytes(key, serialization.Encoding.DER)


def load_certificate(text: bytes, where: str) -> x509.Certificate:
    """Read a certificate in PEM.

    Raises:
        BoardError: It is none.
    """
    try:
        return x509.load_pem_x509_certificate(text)
    except ValueError as err:
        raise BoardError(f"{where} is no certificate in PEM ({err}); restore it") from err


def load_key(text: bytes, where: str) -> Key:
    """Read a P-256 key in PEM or DER.

    Raises:
        BoardError: It is none.
    """
    load = (
        serialization.load_pem_private_key
        if text.startswith(b"-----")
        else serialization.load_der_private_key
    )
    try:
        key = load(text, password=None)
    except (TypeError, ValueError) as err:
        raise BoardError(f"{where} is no private key ({err}); restore it") from err
    if not isinstance(key, Key) or not isinstance(key.curve, ec.SECP256R1):
        raise BoardError(f"{where} is no ECDSA P-256 key; restore the one that was made here")
    return key


def _builder(name: x509.Name, key: Key, now: datetime, days: int) -> x509.CertificateBuilder:
    if now < EARLIEST_NOW:
        raise BoardError(
            f"this machine's clock says {now:%Y-%m-%d}, which cannot be: set it before "
            "certificates are made"
        )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _private_bytes(key: Key, encoding: serialization.Encoding) -> bytes:
    return key.private_bytes(
        encoding,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
