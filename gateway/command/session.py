"""A person's session with the running gateway, over its own API."""

import http.client
import json
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import typer

from agent.errors import HinobanError
from gateway.config import Http

_TIMEOUT_S: Final = 20.0
_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- where to ask, not to listen


class GatewayError(HinobanError):
    """The running gateway cannot be asked, or says no."""


class GatewaySession:
    """Requests to the gateway in a person's name.

    Args:
        settings: Where it listens.
    """

    def __init__(self, settings: Http) -> None:
        host = _ANYWHERE.get(settings.host, settings.host)
        self._place = f"{host}:{settings.port}"
        if settings.tls_certificate is None:
            self._connection = http.client.HTTPConnection(host, settings.port, timeout=_TIMEOUT_S)
        else:
            self._connection = http.client.HTTPSConnection(
                host, settings.port, timeout=_TIMEOUT_S, context=_trusting(settings)
            )
        self._headers: dict[str, str] = {}

    def sign_in(self, name: str, password: str) -> None:
        """Sign in; the session lasts until `close`.

        Raises:
            GatewayError: It does not answer, or name or password is wrong.
        """
        headers, me = self._send("POST", "session", {"name": name, "password": password})
        cookie = headers.get("Set-Cookie", "").partition(";")[0]
        self._headers = {"Cookie": cookie, "X-CSRF-Token": str(me["csrf"])}

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Send a request.

        Args:
            method: Such as "GET".
            path: Below ``/api/v1/``.
            body: Sent as JSON.

        Returns:
            The answer's JSON.

        Raises:
            GatewayError: It does not answer, or says no, in its words.
        """
        return self._send(method, path, body)[1]

    def close(self) -> None:
        """Sign out."""
        if self._headers:
            with suppress(GatewayError):
                self._send("DELETE", "session", None)
        self._connection.close()

    def _send(self, method: str, path: str, body: object) -> tuple[http.client.HTTPMessage, Any]:
        try:
            self._connection.request(
                method,
                f"/api/v1/{path}",
                body=None if body is None else json.dumps(body),
                # Each request on a connection of its own: the gateway closes one that rests, and
                # a person who is asked something in between, or a busy machine, lets it rest.
                headers=self._headers | {"Content-Type": "application/json", "Connection": "close"},
            )
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as err:
            raise GatewayError(
                f"the gateway does not answer at {self._place} ({err}): is it running with this "
                "site's file?"
            ) from err
        try:
            known = json.loads(text or b"null")
        except ValueError:
            known = None
        if answer.status >= 400:
            detail = known.get("detail") if isinstance(known, dict) else None
            raise GatewayError(str(detail or f"{self._place} answers {answer.status}"))
        return answer.headers, known


@contextmanager
def signed_in(settings: Http, name: str | None) -> Iterator[GatewaySession]:
    """A session of the person who types, or whose name and password come through a pipe.

    Args:
        settings: Where the gateway listens.
        name: The person's; asked for where None.
    """
    session = GatewaySession(settings)
    try:
        session.sign_in(*_credentials(name))
        yield session
    finally:
        session.close()


def _credentials(name: str | None) -> tuple[str, str]:
    if sys.stdin.isatty():
        known = name or str(typer.prompt("Your name"))
        return known, str(typer.prompt("Password", hide_input=True))
    return name or sys.stdin.readline().rstrip("\n"), sys.stdin.readline().rstrip("\n")


def _trusting(settings: Http) -> ssl.SSLContext:
    """Trusts the gateway's own certificate and no other, whatever name stands in it."""
    try:
        context = ssl.create_default_context(cafile=settings.tls_certificate)
    except (OSError, ssl.SSLError) as err:
        raise GatewayError(
            f"[http] tls_certificate {settings.tls_certificate}: {err}; name a file this user may "
            "read"
        ) from err
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
