"""Signing in and out."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.http.auth import Gateway, Reader, cookie_name, session_of
from gateway.http.moments import Moment
from gateway.http.problems import Problem
from gateway.people import Role, passwords
from gateway.people.backoff import Backoff
from gateway.people.roles import Action
from gateway.people.store import SESSION_US, Session


class Login(BaseModel):
    """A name and a password."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=40)]
    password: Annotated[str, Field(min_length=1, max_length=256)]


class Me(BaseModel):
    """Who is signed in, and what the page needs to know of it."""

    name: str
    role: Role
    machine: bool
    may_handle_alarms: bool
    may_take_out_of_service: bool
    csrf: str | None
    expires_utc: Moment | None


def routes() -> APIRouter:
    """The session's routes; the failures counted are this application's own."""
    router = APIRouter(prefix="/session", tags=["session"])
    backoff = Backoff()
    # One hash at a time: each takes 19 MiB and a core for some milliseconds.
    one_hash = asyncio.Semaphore(1)

    @router.post("")
    async def sign_in(login: Login, request: Request, response: Response, context: Gateway) -> Me:
        """Sign in: sets the session cookie and returns the token for X-CSRF-Token."""
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise Problem(403, "Signing in works from the gateway's own page only.")
        address = request.client.host if request.client else "unknown"
        keys = (f"user {login.name.casefold()}", f"address {address}")
        async with one_hash:
            now = context.now()
            if wait_us := backoff.wait_us(keys, now.mono_us):
                wait_s = -(-wait_us // 1_000_000)
                raise Problem(
                    429,
                    f"Too many attempts; try again in {wait_s} s.",
                    {"Retry-After": str(wait_s)},
                    {"retry_after_s": wait_s},
                )
            person = await asyncio.to_thread(context.people.verify, login.name, login.password)
            if person is None:
                backoff.failed(keys, now.mono_us)
                raise Problem(401, "Name or password is wrong.")
            backoff.succeeded(keys)
        session = await asyncio.to_thread(context.people.open_session, person, now.utc_us)
        response.set_cookie(
            cookie_name(request),
            session.token,
            max_age=SESSION_US // 1_000_000,
            path="/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return _me(session)

    @router.get("")
    async def me(person: Reader, session: Annotated[Session | None, Depends(session_of)]) -> Me:
        """Who is signed in."""
        if session is not None and not person.machine:
            return _me(session)
        return Me(
            name=person.name,
            role=person.role,
            machine=person.machine,
            may_handle_alarms=person.may(Action.HANDLE_ALARMS),
            may_take_out_of_service=person.may(Action.TAKE_OUT_OF_SERVICE),
            csrf=None,
            expires_utc=None,
        )

    @router.delete("", status_code=204)
    async def sign_out(
        person: Reader,
        request: Request,
        response: Response,
        context: Gateway,
        session: Annotated[Session | None, Depends(session_of)],
    ) -> None:
        """Sign out: the session ends at once, its streams within seconds."""
        if session is None or person.machine:
            raise Problem(409, "A token has no session; revoke it with `hinoban user`.")
        await asyncio.to_thread(context.people.end_session, session.token)
        response.delete_cookie(
            cookie_name(request),
            path="/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )

    return router


def _me(session: Session) -> Me:
    person = session.person
    return Me(
        name=person.name,
        role=person.role,
        machine=False,
        may_handle_alarms=person.may(Action.HANDLE_ALARMS),
        may_take_out_of_service=person.may(Action.TAKE_OUT_OF_SERVICE),
        csrf=passwords.csrf_of(session.token),
        expires_utc=session.expires_us,
    )
