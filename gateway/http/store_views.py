"""Containers and silos, as the API tells them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from gateway.http.value_views import Value

StoreStatus = Literal["alarm", "warning", "fault", "silent", "no_data", "no_sensor", "ok"]


@dataclass(frozen=True, slots=True)
class StoreView:
    """A container or silo.

    Args:
        represented_by: Without a board of its own: the store whose board stands for it.
        represents: With a board: how many stores it stands for, itself included.
        values: By the name of the board's value, such as ``co_ppm``; empty without a board.
        status: The worst of its alarms and sensors. "no_sensor" is never "ok".
        tier: How high it stands, from 1.
        neighbours: Stores beside it.
        coverage: The stores its board speaks for, in words.
        lot: What it was loaded with.
        loaded: When, as year-month-day.
        load_degc: The fuel's temperature then [°C].
        rounds: Open handheld rounds that are about it.
        by_hand: What people measured at it last, by name, with its time; never its present state.
    """

    id: str
    kind: Literal["container", "silo"]
    name: str
    row: str
    position: int
    fuel: str
    status: StoreStatus
    board: str | None = None
    represented_by: str | None = None
    represents: int = 0
    values: Mapping[str, Value] = field(default_factory=dict)
    tier: int = 1
    neighbours: tuple[str, ...] = ()
    coverage: str | None = None
    lot: str | None = None
    loaded: str | None = None
    load_degc: float | None = None
    rounds: tuple[str, ...] = ()
    by_hand: Mapping[str, Value] = field(default_factory=dict)
