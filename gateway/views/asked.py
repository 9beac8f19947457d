"""Asked: questions to the footprint database, which may be a server that hangs."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

from gateway.notify.limited import HangingError, limited
from gateway.problems import UnavailableError

ANSWER_S: Final = 60.0
"""Whoever asks is told that there is no answer after this [s]."""

_Answer = TypeVar("_Answer")


async def asked(question: Callable[..., _Answer], *arguments: Any, **options: Any) -> _Answer:
    """Ask in a thread of its own: neither the journal nor alarms wait behind a slow answer.

    Raises:
        UnavailableError: There is no answer in time.
    """
    try:
        return await limited(partial(question, *arguments, **options), ANSWER_S)
    except HangingError as err:
        raise UnavailableError(f"the footprint database gives {err}; see health") from err
