"""How the gateway fares, as the API tells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from gateway.http.moments import Moment, named


@dataclass(frozen=True, slots=True)
class Health:
    """How the gateway fares.

    Args:
        status: "degraded" works, but something is missing.
        problems: In plain words, the worst first.
        clock_synchronised: Whether the gateway's clock can be believed; no factor until then.
        parts: One word or number per part, such as the queue.
    """

    status: Literal["ok", "degraded", "failing"]
    problems: tuple[str, ...]
    site: str
    version: str
    clock_synchronised: bool
    started_us: Annotated[Moment, named("started_utc")]
    now_us: Annotated[Moment, named("now_utc")]
    parts: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
