"""Stores: containers and silos, instrumented or not."""

from fastapi import APIRouter

from agent.alarms.prospects import EarlyWarning
from gateway.http.auth import Gateway
from gateway.http.context import Context
from gateway.http.problems import Problem
from gateway.http.store_views import StoreView


def routes() -> APIRouter:
    """The stores' routes."""
    router = APIRouter(prefix="/stores", tags=["stores"])

    @router.get("")
    async def stores(context: Gateway) -> list[StoreView]:
        """Every store. One without a board says so; its status is never "ok"."""
        return list(context.stores())

    @router.get("/{store}")
    async def store(store: str, context: Gateway) -> StoreView:
        """One store."""
        return _known(store, context)

    @router.get("/{store}/early-warning")
    async def early_warning(store: str, context: Gateway) -> EarlyWarning:
        """When its values reach their limits, and how much early warning has learnt of it."""
        return context.early_warning(_known(store, context).id)

    return router


def _known(store: str, context: Context) -> StoreView:
    for known in context.stores():
        if known.id == store:
            return known
    raise Problem(404, f"There is no store {store!r}; /api/v1/stores lists them.")
