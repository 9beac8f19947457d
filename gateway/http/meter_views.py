"""Meters and the exchange of their totalisers, as the API tells them."""

from dataclasses import dataclass
from typing import Annotated, Literal

from gateway.http.moments import Moment, named


@dataclass(frozen=True, slots=True)
class SwapView:
    """How a totaliser stands with regard to an exchange of its meter; amounts in its unit.

    Args:
        shown: What its register showed last, at `shown_utc`.
        total: Everything booked so far.
        pending: Whether an exchange is announced and not seen yet.
        final: What was told of the old device.
        initial: What was told of the new one.
        lost_kind: Kind of the newest interval of unknown amount: "reset", "gap" or "swap".
        lost_least: Least that was counted in it.
        lost_most: Most that was.
    """

    point: str
    unit: str
    shown: float
    shown_us: Annotated[Moment, named("shown_utc")]
    total: float
    pending: bool
    final: float | None
    initial: float | None
    announced_by: str | None
    announced_us: Annotated[Moment | None, named("announced_utc")]
    comment: str | None
    lost_kind: str | None
    lost_from_us: Annotated[Moment | None, named("lost_from_utc")]
    lost_to_us: Annotated[Moment | None, named("lost_to_utc")]
    lost_least: float | None
    lost_most: float | None


@dataclass(frozen=True, slots=True)
class MeterView:
    """A Modbus device: does it answer, and is it asked on time.

    Args:
        polls_due: Polls its intervals called for since the gateway started.
        polls_on_time: Those that left within 50 ms and were answered before the next was due.
        polls_late: Those that left later.
        overruns: Those left out because the one before was not over.
        strays: Replies that answered no request and were thrown away.
    """

    id: str
    name: str
    state: Literal["ok", "failing", "never"]
    last_good_us: Annotated[Moment | None, named("last_good_utc")]
    requests: int
    failures: int
    last_error: str | None = None
    polls_due: int = 0
    polls_on_time: int = 0
    polls_late: int = 0
    overruns: int = 0
    strays: int = 0
