"""The alarm journal as a whole: KPIs, the weekly report, and exports."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, StreamingResponse

from gateway.http.auth import Gateway
from gateway.http.moments import Moment
from gateway.http.problems import Problem

_POLICY: Final = "Content-Security-Policy"

Language = Literal["en", "ja", "zh-Hant"]

_MEDIA: Final = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "html": "text/html; charset=utf-8",
}


def routes() -> APIRouter:
    """The records' routes."""
    router = APIRouter(prefix="/alarms", tags=["alarms"])

    @router.get("/kpi")
    async def kpi(
        context: Gateway,
        week: str | None = None,
        month: str | None = None,
        since: Annotated[Moment | None, Query(alias="from")] = None,
        until: Annotated[Moment | None, Query(alias="to")] = None,
    ) -> dict[str, Any]:
        """Figures of a week, a month or a range; of the last whole week where none is named."""
        return dict(await context.records.kpi(week=week, month=month, from_us=since, to_us=until))

    @router.get("/report", response_class=HTMLResponse)
    async def report(
        context: Gateway,
        week: str | None = None,
        month: str | None = None,
        since: Annotated[Moment | None, Query(alias="from")] = None,
        until: Annotated[Moment | None, Query(alias="to")] = None,
        language: Language | None = None,
    ) -> HTMLResponse:
        """The same as a page for the printer."""
        text = await context.records.report(
            week=week, month=month, from_us=since, to_us=until, language=language
        )
        return HTMLResponse(text, headers={_POLICY: context.records.policy})

    @router.get("/export")
    async def export(
        context: Gateway,
        kind: Annotated[Literal["csv", "jsonl", "html"], Query(alias="format")],
        since: Annotated[Moment | None, Query(alias="from")] = None,
        until: Annotated[Moment | None, Query(alias="to")] = None,
        language: Language | None = None,
        alarm: str | None = None,
    ) -> StreamingResponse:
        """The journal, or one alarm's part of it; every event with its link of the chain."""
        if since is not None and until is not None and since >= until:
            raise Problem(422, "`from` must lie before `to`.")
        pieces = context.records.export(
            kind, alarm=alarm, from_us=since, to_us=until, language=language
        )
        if kind == "html":
            headers = {_POLICY: context.records.policy}
        else:
            headers = {"Content-Disposition": f'attachment; filename="alarms.{kind}"'}
        return StreamingResponse(pieces, media_type=_MEDIA[kind], headers=headers)

    return router
