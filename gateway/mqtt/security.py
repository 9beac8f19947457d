"""Security: how the gateway trusts its broker and shows who it is, and what to do where not."""

import ssl
from typing import Any, Final

from agent.errors import HinobanError
from gateway.config import Mqtt

_EXPIRED: Final = 10
_NOT_YET: Final = 9
_OTHER_NAME: Final = (62, 64)

UNTRUSTED: Final = (
    "the broker hangs up without an answer, as it does where it does not trust who comes: check "
    "tls_certificate and tls_key, and that its clock is right"
)


class BrokerError(HinobanError):
    """What [mqtt] says cannot be used, in words that say what to do."""


class _Closing(ssl.SSLSocket):
    """Closes where the handshake fails: paho forgets it, with its descriptor."""

    def do_handshake(self, block: bool = False) -> None:
        """Agree with the broker."""
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


class _Named(ssl.SSLContext):
    """Asks for one name in the broker's certificate, whatever host was connected to."""

    name: str
    sslsocket_class = _Closing

    def wrap_socket(self, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        """A socket that checks the name."""
        return super().wrap_socket(*arguments, **{**options, "server_hostname": self.name})


def context(settings: Mqtt) -> ssl.SSLContext:
    """What a connection to the broker trusts and shows.

    Raises:
        BrokerError: A file cannot be used.
    """
    found = _Named(ssl.PROTOCOL_TLS_CLIENT)
    found.minimum_version = ssl.TLSVersion.TLSv1_2
    found.name = settings.tls_name or settings.host
    try:
        found.load_verify_locations(settings.tls_ca)
    except OSError as error:  # an SSLError is one
        raise BrokerError(
            f"[mqtt] tls_ca {settings.tls_ca}: {_reason(error)}; name a readable PEM file"
        ) from error
    if settings.tls_certificate is not None and settings.tls_key is not None:
        try:
            found.load_cert_chain(settings.tls_certificate, settings.tls_key)
        except OSError as error:
            raise BrokerError(
                f"[mqtt] tls_certificate {settings.tls_certificate} with tls_key "
                f"{settings.tls_key}: {_reason(error)}; name a readable PEM certificate and its key"
            ) from error
    return found


def password(settings: Mqtt) -> str | None:
    """What the gateway shows beside its user name.

    Raises:
        BrokerError: Its file cannot be read.
    """
    if settings.password_file is None:
        return None
    try:
        return settings.password_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BrokerError(
            f"[mqtt] password_file {settings.password_file}: {_reason(error)}; name a file this "
            "user may read"
        ) from error


def words(error: BaseException | None, settings: Mqtt) -> str:
    """Why no connection came about, and what to do."""
    where = f"{settings.host}:{settings.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _OTHER_NAME:
            return (
                f"the broker at {where} has no certificate for "
                f"{settings.tls_name or settings.host!r}: set tls_name to the name in it"
            )
        if error.verify_code == _EXPIRED:
            return f"the certificate of the broker at {where} has expired: renew it there"
        if error.verify_code == _NOT_YET:
            return f"the certificate of the broker at {where} is not valid yet: set clocks"
        return (
            f"the broker at {where} is not trusted ({error.verify_message}): set tls_ca to the "
            "authority that signed its certificate"
        )
    if isinstance(error, ssl.SSLError | ConnectionResetError) and settings.tls_ca is not None:
        return f"no TLS with {where} ({_reason(error)}): check port, tls_certificate and tls_key"
    return f"no broker at {where}; start it or correct [mqtt]"


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
