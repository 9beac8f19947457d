"""Whom the board trusts and who it is: the site's CA, its own certificate and key, as DER files."""

import binascii
import os
import ssl
import sys

import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_COMMON_NAME = b"\x06\x03\x55\x04\x03"
_KEYS = ("ca", "cert", "key", "name")


class CredentialsError(OSError):
    """A file with a certificate or the key is missing or damaged."""


def context(section: "Mapping[str, object]", board: str) -> "ssl.SSLContext":
    """A client's context that insists on the server's certificate, its name and its dates.

    Args:
        section: The config's ``tls``: paths of ``ca``, ``cert`` and ``key``.
        board: Whom the certificate must name; the broker takes us for whom it names.

    Raises:
        CredentialsError: A file is missing, none of what it should be, or another board's.
    """
    ca, cert, key = (_file(section, name) for name in ("ca", "cert", "key"))
    if common_name(cert) != board:
        why = "%s is the certificate of %r, not of %s; provision the board"
        raise CredentialsError(why % (section["cert"], common_name(cert), board))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # MicroPython's default trusts everyone; its stubs do not know the attribute.
    made.verify_mode = ssl.CERT_REQUIRED  # type: ignore[attr-defined]
    try:
        made.load_verify_locations(cadata=ca)
        if sys.implementation.name == "micropython":
            made.load_cert_chain(cert, key)  # type: ignore[arg-type]  # bytes, where CPython has paths
        else:
            _load_pem(made, cert, key, str(section["key"]))
    except (ValueError, OSError) as error:
        why = "the certificates cannot be used: %s; write them again" % error
        raise CredentialsError(why) from error
    return made


def common_name(certificate: bytes) -> "str | None":
    """Whom a certificate names; None when it names nobody.

    The subject's common name is the last one of a certificate, the issuer's comes before it.
    """
    at = certificate.rfind(_COMMON_NAME) + len(_COMMON_NAME)
    if at < len(_COMMON_NAME) or len(certificate) < at + 2:
        return None
    try:
        return str(certificate[at + 2 : at + 2 + certificate[at + 1]], "utf-8")
    except ValueError:
        return None


def wrong(section: "dict[str, object]") -> "list[str]":
    """What is wrong with the config's section ``tls``, in words."""
    found = ["%s is no setting; take it out" % key for key in section if key not in _KEYS]
    for key in _KEYS:
        if not isinstance(section.get(key), str) or not section[key]:
            what = "the name in the broker's certificate" if key == "name" else "a DER file"
            found.append("%s is missing; name %s" % (key, what))
    return found


def _file(section: "Mapping[str, object]", name: str) -> bytes:
    """The bytes of one of the files."""
    data = files.read(str(section[name]))
    if not data:
        raise CredentialsError("%s, tls.%s, is missing; provision it" % (section[name], name))
    if data[:1] != b"\x30":
        raise CredentialsError("%s, tls.%s, is no DER; convert it" % (section[name], name))
    return data


def _load_pem(made: "ssl.SSLContext", cert: bytes, key: bytes, path: str) -> None:
    """CPython takes certificate and key from one PEM file only: written, read, removed."""
    # A key as SEC1 begins with version 1, as PKCS8 with version 0.
    at = 2 + (key[1] & 0x7F if key[1] & 0x80 else 0)
    kind = "EC PRIVATE KEY" if key[at + 2] == 1 else "PRIVATE KEY"
    text = b""
    for label, data in (("CERTIFICATE", cert), (kind, key)):
        body = binascii.b2a_base64(data).decode()
        text += ("-----BEGIN %s-----\n%s-----END %s-----\n" % (label, body, label)).encode()
    pem = "%s.%d.pem" % (path, os.getpid())  # type: ignore[attr-defined,unused-ignore]
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC  # type: ignore[attr-defined]
    descriptor = os.open(pem, flags, 0o600)  # type: ignore[attr-defined]
    try:
        os.write(descriptor, text)  # type: ignore[attr-defined]
        os.close(descriptor)  # type: ignore[attr-defined]
        made.load_cert_chain(pem)  # type: ignore[call-arg]
    finally:
        os.remove(pem)
