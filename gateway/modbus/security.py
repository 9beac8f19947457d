"""Security: whom a TLS connection trusts, and what to do where it does not."""

import errno
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


def context(line: config.Line) -> ssl.SSLContext:
    """What a TLS connection trusts and shows.

    Raises:
        LinkError: A file cannot be used.
    """
    try:
        found = ssl.create_default_context(cafile=line.tls_ca)
    except OSError as error:  # an SSLError is one
        raise LinkError(
            f"tls_ca = {str(line.tls_ca)!r} cannot be used: {_reason(error)};"
            " name a readable PEM file"
        ) from error
    if line.tls_certificate is not None:
        try:
            found.load_cert_chain(line.tls_certificate, line.tls_key)
        except OSError as error:
            raise LinkError(
                f"tls_certificate = {str(line.tls_certificate)!r} with tls_key ="
                f" {str(line.tls_key)!r} cannot be used: {_reason(error)};"
                " name a readable PEM certificate and its key"
            ) from error
    return found


def unreachable(error: Exception, line: config.Line, timeout_s: float) -> str:
    """What to say where a line cannot be opened."""
    if line.transport == "rtu":
        return f"cannot open {line.device}: {_serial_remedy(error, line)}"
    place = f"cannot reach {line.host}:{line.port}: "
    if isinstance(error, ssl.SSLError):
        return place + _tls_remedy(error, line)
    if isinstance(error, TimeoutError) and error.errno is None:
        reason = f"no connection within {timeout_s:g} s"
    else:
        reason = _reason(error) or "the device closed the connection"
    return f"{place}{reason}; check cable, address and port"


def _serial_remedy(error: Exception, line: config.Line) -> str:
    if not isinstance(error, OSError):  # what termios and pyserial think of the settings
        return (
            f"the adapter refuses its settings: check baud = {line.baud}, parity ="
            f" {line.parity!r}, stop_bits = {line.stop_bits}"
        )
    match error.errno:
        case errno.EACCES:
            return "no permission: add the gateway's user to the group dialout"
        case errno.EAGAIN:
            return "another program uses it: end that one"
        case errno.ENOENT:
            return "there is no such device: check adapter and name"
        case _:
            return f"{_reason(error)}: check adapter and name"


def _tls_remedy(error: ssl.SSLError, line: config.Line) -> str:
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
    reason = _reason(error)
    return _ALERTS.get(reason, f"the TLS handshake failed: {reason}")


def goodbye(error: Exception | None) -> str:
    """Why a connection ended, where the other end says so."""
    if isinstance(error, ssl.SSLError):
        reason = _reason(error)
        return f"the device closed the connection: {_ALERTS.get(reason, reason)}"
    return "the device closed the connection"


def _reason(error: Exception) -> str:
    """The system's own words."""
    if isinstance(error, ssl.SSLError):
        return str(error.reason or error)
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return getattr(error, "strerror", None) or str(error)
