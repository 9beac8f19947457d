"""The application: one router per noun, everything behind a login but the page itself."""

import asyncio
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Depends, FastAPI

from gateway.http import (
    alarm_cards,
    alarm_handling,
    alarm_records,
    alarms,
    assets,
    boards,
    cofiring,
    crowd,
    factors,
    health,
    lots,
    meters,
    notifications,
    orders,
    plans,
    points,
    problems,
    rounds,
    schemes,
    session,
    stores,
    stream,
)
from gateway.http.auth import signed_in
from gateway.http.border import Border
from gateway.http.context import Context

PREFIX: Final = "/api/v1"


def build_app(context: Context, page: Path | None = None) -> FastAPI:
    """The API and the page.

    Args:
        context: The gateway.
        page: Folder of the built page; where None, the wheel's or the checkout's.
    """
    app = FastAPI(
        title="Hinoban",
        version=_version(),
        description="Storage alarms, co-firing shares and live emission factors of one site.",
        # The documentation pages would load their scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        redirect_slashes=False,
    )
    app.state.context = context
    problems.install(app)
    app.add_middleware(Border)

    behind_login = APIRouter(prefix=PREFIX, dependencies=[Depends(signed_in)])
    for noun in (
        alarm_cards, alarm_handling, alarm_records, alarms, boards, cofiring, crowd, factors,
        health, lots, meters, notifications, orders, plans, points, rounds, schemes, stores,
        stream,
    ):  # fmt: skip
        behind_login.include_router(noun.routes())
    app.include_router(health.open_routes(), prefix=PREFIX)
    app.include_router(session.routes(), prefix=PREFIX)
    app.include_router(behind_login)
    assets.install(app, page or assets.find_page())
    return app


def made_ready(context: Context, page: Path | None = None) -> FastAPI:
    """The same, asked once for what it does not have; for a thread of its own.

    FastAPI works out all its routes at its first request: seconds of a small computer, in which
    the loop would read no meter.
    """
    app = build_app(context, page)
    asyncio.run(_ask(app, f"{PREFIX}/nothing"))
    return app


async def _ask(app: FastAPI, path: str) -> None:
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": b"", "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 0), "server": ("127.0.0.1", 0),
    }  # fmt: skip

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: object) -> None:
        return

    await app(scope, receive, send)


def _version() -> str:
    try:
        return version("hinoban")
    except PackageNotFoundError:
        return "0"
