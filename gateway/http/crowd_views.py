"""The answers about many alarms at once."""

from dataclasses import dataclass
from typing import Annotated

from gateway.http.moments import Moment, named


@dataclass(frozen=True, slots=True)
class GroupView:
    """Alarms that belong together.

    Args:
        group: The alarm they are grouped under.
        kind: "cause" or "store".
        source: The path or store.
        place: What people call it.
        first_out: The alarm that came first on sample time.
        alarms: Those that are not normal: the head, then the others in the order of the list.
        klass: The worst class among them.
        priority: The worst priority among them.
        boards: Boards behind the path that are not heard.
        stores: The stores they watch, of which nothing is known.
    """

    group: str
    kind: str
    source: str
    place: str
    first_out: str
    first_us: Annotated[Moment, named("first_utc")]
    alarms: tuple[str, ...]
    klass: Annotated[str, named("class")]
    priority: str
    boards: tuple[str, ...]
    stores: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FloodView:
    """How many alarms people are told of.

    Args:
        stands: Whether there is a flood: the list of alarms then has people, fire and gas first,
            and what belongs together side by side.
        count: Alarms told in the last `window_s`.
        window_s: Over which alarms are counted [s].
        starts_above: With more than so many it begins.
        ends_below: With fewer than so many it ends.
    """

    stands: bool
    since_us: Annotated[Moment | None, named("since_utc")]
    count: int
    window_s: float
    starts_above: int
    ends_below: int
