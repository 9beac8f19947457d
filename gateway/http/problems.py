"""Problem details (RFC 9457) for every error, in plain words."""

import logging
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from agent.errors import (
    HinobanError,
    NotAllowedError,
    UnknownAlarmError,
    UnknownRoundError,
)
from gateway.historian.errors import JournalError
from gateway.http.moments import BadMomentError
from gateway.problems import UnavailableError

_LOG: Final = logging.getLogger(__name__)

_STATUS: Final[tuple[tuple[type[HinobanError], int], ...]] = (
    (UnknownAlarmError, 404),
    (UnknownRoundError, 404),
    (NotAllowedError, 409),
    (BadMomentError, 422),
    (JournalError, 503),
    (UnavailableError, 503),
)
_PLAIN: Final = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
}


class Problem(HTTPException):
    """An error with words for people; raise it wherever a request cannot be served.

    Args:
        status: HTTP status.
        detail: What is wrong and what to do about it.
        headers: Headers the status asks for, such as Retry-After.
        members: Further members of the problem.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        headers: dict[str, str] | None = None,
        members: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.members = members or {}


def problem_response(
    request: Request,
    status: int,
    detail: str,
    headers: dict[str, str] | None = None,
    members: dict[str, Any] | None = None,
) -> JSONResponse:
    """The answer that tells of a problem."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        **(members or {}),
    }
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Make every error of the application a problem."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HinobanError, _domain)
    app.add_exception_handler(Exception, _unexpected)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - the router keeps this promise
    phrase = HTTPStatus(error.status_code).phrase
    detail = error.detail if error.detail != phrase else _PLAIN.get(error.status_code, phrase)
    members = error.members if isinstance(error, Problem) else None
    headers = dict(error.headers) if error.headers else None
    return problem_response(request, error.status_code, detail, headers, members)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - the router keeps this promise
    # The input itself is not repeated: it may be a password.
    errors = [
        {"where": ".".join(str(part) for part in e["loc"]), "message": e["msg"]}
        for e in error.errors()
    ]
    detail = "; ".join(f"{e['where']}: {e['message']}" for e in errors)
    return problem_response(request, 422, detail, members={"errors": errors})


async def _domain(request: Request, error: Exception) -> JSONResponse:
    status = next((s for kind, s in _STATUS if isinstance(error, kind)), 400)
    return problem_response(request, status, str(error))


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    detail = "The gateway failed to answer; its log says why. Alarms and recording go on."
    return problem_response(request, 500, detail)
