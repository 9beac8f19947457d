"""Response cards, as the API tells them."""

from dataclasses import dataclass
from typing import Annotated

from gateway.http.moments import Moment, named


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a response card; `done_by` is None until somebody has ticked it."""

    step: int
    text: str
    done_by: str | None
    done_us: Annotated[Moment | None, named("done_utc")]


@dataclass(frozen=True, slots=True)
class CardView:
    """What an alarm means, what follows if nobody acts, and what to do, in order."""

    alarm_id: str
    title: str
    meaning: str
    consequence: str
    steps: tuple[StepView, ...]
