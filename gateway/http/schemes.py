"""Schemes: what each asks for, and what it would be told of closed periods."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query

from agent.cofiring.scheme_figures import printed, printed_life_cycles
from gateway.http.auth import Gateway, Reader
from gateway.http.context import Context
from gateway.http.moments import Moment
from gateway.http.points import period
from gateway.http.problems import Problem
from gateway.people.roles import Action

_MONTHS_US: Final = 400 * 86_400_000_000
_RECIPE: Final = ("share_heat", "zero_rated", "life_cycle", "reasons")


def routes() -> APIRouter:
    """The schemes' routes."""
    router = APIRouter(prefix="/schemes", tags=["schemes"])

    @router.get("")
    async def schemes(context: Gateway) -> list[dict[str, Any]]:
        """Every scheme with its vintages, and whether the site reports under it."""
        ours = {scheme.id for scheme in context.config.cofiring.scheme}
        return [
            {
                "id": scheme,
                "declared": scheme in ours,
                "vintages": [asdict(pack) for pack in vintages],
            }
            for scheme, vintages in context.packs.vintages.items()
        ]

    @router.get("/{scheme}")
    async def told(
        scheme: str,
        context: Gateway,
        person: Reader,
        since: Annotated[Moment | None, Query(alias="from")] = None,
        until: Annotated[Moment | None, Query(alias="to")] = None,
        period_: Annotated[
            Literal["settlement", "day", "month", "fiscal_year"], Query(alias="period")
        ] = "month",
    ) -> list[dict[str, Any]]:
        """What it would be told of each period that begins in the range, and how it is printed.

        The range is the last 400 days where it is left out.
        """
        _declared(scheme, context)
        from_us, to_us = period(since, until, context.now().utc_us, _MONTHS_US)
        site = context.config
        records = await context.factors(
            series=f"{site.site.id}.{site.unit.id}.electricity.{period_}",
            period=period_,
            from_us=from_us,
            to_us=to_us,
            as_of_us=None,
            limit=10_000,
        )
        hidden = () if person.may(Action.READ_RECIPE) else _RECIPE
        told_of = [record for record in records if scheme in record.get("schemes", {})]
        return [_shown(record, scheme, context, hidden) for record in told_of]

    return router


def _declared(scheme: str, context: Context) -> None:
    declared = [each.id for each in context.config.cofiring.scheme]
    if scheme not in declared:
        listed = ", ".join(declared) or "none"
        raise Problem(404, f"The site reports under {listed}; {scheme!r} is not among them.")


def _shown(record: Any, scheme: str, context: Context, hidden: tuple[str, ...]) -> dict[str, Any]:
    figures = record["schemes"][scheme]
    pack = context.packs.at(scheme, date.fromisoformat(figures["vintage"]))
    lots = {} if hidden else {"printed_life_cycle": printed_life_cycles(figures, pack)}
    return {
        "record_id": record["record_id"],
        "valid_from_utc": record["valid_from_utc"],
        "valid_to_utc": record["valid_to_utc"],
        "status": record["status"],
        "figures": {name: value for name, value in figures.items() if name not in hidden},
        "printed": printed(figures, pack),
    } | lots
