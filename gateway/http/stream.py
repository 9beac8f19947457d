"""The live stream: server-sent events that resume where a client left off."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse

from gateway.http.auth import Gateway, session_of, signed_in
from gateway.http.context import Context
from gateway.http.hub import RELOAD, Hub
from gateway.http.moments import to_iso
from gateway.http.problems import Problem

HEARTBEAT_S: Final = 5.0
"""An event this often, so that a dead line shows and a session that ended is noticed [s]."""

_HEARTBEAT_US: Final = int(HEARTBEAT_S * 1_000_000)
_CLIENTS: Final = 200
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def routes() -> APIRouter:
    """The stream's route."""
    router = APIRouter(prefix="/stream", tags=["stream"])
    clients: set[object] = set()

    @router.get("", response_class=StreamingResponse)
    async def stream(
        request: Request,
        context: Gateway,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> StreamingResponse:
        """Events `hello`, `batch`, `reload` and `alive`; a batch holds lists by kind.

        Kinds: `sample`, `alarm_event`, `store`, `cofiring`, `factor`, `health`. After `reload`
        events were missed: read the lists again.
        """
        if len(clients) >= _CLIENTS:
            raise Problem(503, f"There are {_CLIENTS} listeners already.", {"Retry-After": "30"})

        async def guarded() -> AsyncIterator[bytes]:
            me = object()
            clients.add(me)
            try:
                with context.hub.listening():
                    async for chunk in frames(request, context, last_event_id):
                        yield chunk
            finally:
                clients.discard(me)

        return StreamingResponse(guarded(), media_type="text/event-stream", headers=_HEADERS)

    return router


async def frames(
    request: Request, context: Context, last_event_id: str | None
) -> AsyncIterator[bytes]:
    """What one client gets, until it leaves, its session ends or the gateway stops."""
    hub: Hub = context.hub
    position = hub.position(last_event_id)
    if position is None:
        yield RELOAD
        position = hub.number
    if position == hub.number:
        yield hub.greeting()
    beat_us = context.now().mono_us + _HEARTBEAT_US
    while not hub.closed:
        missed = hub.after(position)
        if missed is None:
            position = hub.number
            yield RELOAD
        elif missed[1]:
            position = missed[0]
            yield missed[1]
        else:
            await hub.wait(HEARTBEAT_S)
        if context.now().mono_us >= beat_us:
            beat_us += _HEARTBEAT_US
            if not _still_signed_in(request, context):
                return
            # An event, not a comment: a browser's EventSource does not show comments to the page.
            now = to_iso(context.now().utc_us)
            yield f'event: alive\ndata: {{"now_utc":"{now}"}}\n\n'.encode()


def _still_signed_in(request: Request, context: Context) -> bool:
    try:
        signed_in(request, context, session_of(request, context))
    except Problem:
        return False
    return True
