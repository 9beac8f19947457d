"""Security: whom a TLS connection trusts, and what to do where it does not."""

import os
import ssl
from typing import Final

from gateway import config
from gateway.modbus.errors import LinkError

_EXPIRED: Final = 10
_NOT_YET: Final = 9
_OTHER_NAME: Final = (62, 64)
_ALERTS: Final = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "it asks for a certificate: set tls_certificate and"
    " tls_key",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "it refuses the handshake: it may ask for a certificate"
    " (tls_certificate and tls_key), or know old versions of TLS only",
    "TLSV1_ALERT_UNKNOWN_CA": "it does not know who signed tls_certificate: let its authority"
    " sign it",
    "SSLV3_ALERT_BAD_CERTIFICATE": "it refuses tls_certificate: let its authority sign it",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "tls_certificate has expired: renew it",
    "WRONG_VERSION_NUMBER": 'it does not speak TLS there: check the port, or use transport "tcp"',
    "TLSV1_ALERT_PROTOCOL_VERSION": "it knows old versions of TLS only: renew its firmware",
}

STRANGERS: Final = (
    "some do so where they do not trust the gateway: check tls_certificate and tls_key, and port"
)
"""What a device that hangs up without a word may mean."""


def context(line: config.Line) -> ssl.SSLContext:
    """What a TLS connection trusts and shows.

    Raises:
        LinkError: A file cannot be used.
    """
    try:
        found = ssl.create_default_context(cafile=line.tls_ca)
    except OSError as error:  # an SSLError is one
        raise LinkError(
            f"tls_ca = {str(line.tls_ca)!r} cannot be used: {reason_of(error)};"
            " name a readable PEM file"
        ) from error
    # Devices come with certificates of their own make: one that is named itself is trusted, and
    # none is refused for lacking what only recent rules ask for.
    found.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    found.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if line.tls_certificate is not None:
        try:
            found.load_cert_chain(line.tls_certificate, line.tls_key)
        except OSError as error:
            raise LinkError(
                f"tls_certificate = {str(line.tls_certificate)!r} with tls_key ="
                f" {str(line.tls_key)!r} cannot be used: {reason_of(error)};"
                " name a readable PEM certificate and its key"
            ) from error
    return found


def remedy(error: ssl.SSLError, line: config.Line) -> str:
    """What a failed handshake means, and what to do."""
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _OTHER_NAME:
            return (
                f"its certificate is for another name than {line.tls_name or line.host!r}:"
                " set tls_name to the name in it, or check host"
            )
        if error.verify_code == _EXPIRED:
            return "its certificate has expired: renew it on the device, or set the clocks right"
        if error.verify_code == _NOT_YET:
            return "its certificate is not valid yet: set the clocks right"
        return (
            f"its certificate is not trusted ({error.verify_message}): set tls_ca to the authority"
            " that signed it"
        )
    reason = reason_of(error)
    return _ALERTS.get(reason, f"the TLS handshake failed: {reason}")


def goodbye(error: Exception | None, line: config.Line, *, answered: bool) -> str:
    """Why the other end closed a connection, where it says so or is known for it."""
    words = "the device closed the connection"
    if isinstance(error, ssl.SSLError):
        reason = reason_of(error)
        return f"{words}: {_ALERTS.get(reason, reason)}"
    return words if answered or line.transport != "tls" else f"{words}; {STRANGERS}"


def reason_of(error: Exception) -> str:
    """The system's own words."""
    if isinstance(error, ssl.SSLError):
        return str(error.reason or error)
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return getattr(error, "strerror", None) or str(error)
