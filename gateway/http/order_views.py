"""Orders to boards and their answers, as the API tells them."""

from dataclasses import dataclass
from typing import Annotated

from gateway.http.moments import Moment, named


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What a board said to an order, in its own words where it refused."""

    t_us: Annotated[Moment, named("t_utc")]
    ok: bool
    why: str | None = None


@dataclass(frozen=True, slots=True)
class OrderView:
    """A command that was sent to a board.

    Args:
        n: Its number; the board obeys each once.
        answers: In the order of their coming; an update is answered when it begins and when it
            is fetched.
    """

    n: int
    board: str
    op: str
    args: tuple[int | str | None, ...]
    person: str
    sent_us: Annotated[Moment, named("sent_utc")]
    comment: str | None = None
    answers: tuple[AnswerView, ...] = ()
