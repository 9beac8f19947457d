"""Who asks, and whether they may: sessions by cookie with CSRF protection, machines by token."""

from collections.abc import Callable
from typing import Annotated, Final, cast

from fastapi import Depends, Request

from gateway.http.context import Context
from gateway.http.problems import Problem
from gateway.people import Person, passwords
from gateway.people.roles import BY_PERSONS, Action
from gateway.people.store import Session

_SAFE: Final = {"GET", "HEAD", "OPTIONS"}


def context_of(request: Request) -> Context:
    """The gateway behind this application."""
    return cast("Context", request.app.state.context)


Gateway = Annotated[Context, Depends(context_of)]


def cookie_name(request: Request) -> str:
    """The session cookie's name: bound to this host where the connection is encrypted."""
    return "__Host-hinoban" if request.url.scheme == "https" else "hinoban"


def session_of(request: Request, context: Gateway) -> Session | None:
    """The session of the request's cookie, if it is a living one."""
    token = request.cookies.get(cookie_name(request))
    return context.people.of_session(token, context.now().utc_us) if token else None


def signed_in(
    request: Request,
    context: Gateway,
    session: Annotated[Session | None, Depends(session_of)],
) -> Person:
    """The person or machine that asks.

    Raises:
        Problem: 401 where nobody is signed in, 403 where the CSRF token is missing or wrong.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        machine = context.people.of_token(token.strip())
        if machine is None:
            raise _unauthorised("This token is unknown or was revoked.")
        return machine
    if session is None:
        raise _unauthorised("Sign in first; the session may have ended.")
    if request.method not in _SAFE:
        sent = request.headers.get("x-csrf-token", "")
        if not passwords.same(sent, passwords.csrf_of(session.token)):
            raise Problem(403, "The X-CSRF-Token header is missing or wrong; reload the page.")
    return session.person


Reader = Annotated[Person, Depends(signed_in)]


def who_may(action: Action) -> Callable[[Person], Person]:
    """A dependency that lets through whoever may do `action`, and answers 403 to others."""

    def check(person: Reader) -> Person:
        if person.may(action):
            return person
        if person.machine and action in BY_PERSONS:
            raise Problem(403, f"Only a person may {action}; {person.name} is a machine's token.")
        raise Problem(403, f"Your role, {person.role}, may not {action}.")

    return check


Operator = Annotated[Person, Depends(who_may(Action.HANDLE_ALARMS))]
Maintainer = Annotated[Person, Depends(who_may(Action.TAKE_OUT_OF_SERVICE))]
Engineer = Annotated[Person, Depends(who_may(Action.SWAP_METERS))]


def _unauthorised(detail: str) -> Problem:
    return Problem(401, detail, {"WWW-Authenticate": 'Bearer realm="hinoban"'})
