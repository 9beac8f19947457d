"""What to burn first: the order of stores by risk and age, and which are not to be touched.

A store in which an alarm of fire or gas stands is not burnt first: it is handled first, as its
response card says, and listed apart. A store that nothing watches is no safer than one that is
watched: among those without a warning age alone decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Risk = Literal["handle", "warning", "unwatched", "watched"]


@dataclass(frozen=True, slots=True)
class Stored:
    """A store with fuel in it.

    Args:
        store: Its id.
        fuel: Id of the fuel.
        lot: What it was loaded with; "" where nobody told.
        loaded_us: When, UTC [µs]; None where nobody told.
        risk: "handle" where a fire or gas alarm stands, "warning" where anything else does,
            "unwatched" where no value of it is known, else "watched".
        why: What the risk is, in a word of the alarms.
    """

    store: str
    fuel: str
    lot: str
    loaded_us: int | None
    risk: Risk
    why: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A store and its place in the order.

    Args:
        place: From 1; None for one that is to be handled before anything is moved.
        age_us: Since it was loaded [µs]; None where nobody told.
    """

    place: int | None
    stored: Stored
    age_us: int | None


def burn_first(stores: Iterable[Stored], now_us: int) -> list[Turn]:
    """The order in which stores are to be burnt; those to be handled first stand at its head.

    Stores with a warning come before all others. Of equal risk the oldest comes first; one whose
    age nobody knows counts as older than any.

    Args:
        stores: In any order.
        now_us: The instant, UTC [µs].
    """
    ordered = sorted(stores, key=_urgency)
    turns, place = [], 0
    for one in ordered:
        place += one.risk != "handle"
        age_us = None if one.loaded_us is None else now_us - one.loaded_us
        turns.append(Turn(None if one.risk == "handle" else place, one, age_us))
    return turns


def _urgency(one: Stored) -> tuple[int, bool, int, str]:
    rank = {"handle": 0, "warning": 1}.get(one.risk, 2)
    return rank, one.loaded_us is not None, one.loaded_us or 0, one.store
