"""Schedule: which fault strikes when, by script or by seeded chance."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from simulators.fieldbus.faults import FAULTS, REFUSED

_WORDS: Final = re.compile(
    r"(?P<fault>[a-z_]+)(:(?P<probability>[0-9.]+))?(@(?P<from_s>[0-9.]+)-(?P<to_s>[0-9.]*))?"
    r"(/(?P<unit>[0-9]+))?"
)


@dataclass(frozen=True, slots=True)
class Episode:
    """A time during which something is wrong.

    Args:
        fault: A key of `FAULTS`, or `REFUSED`.
        from_s: Start [s].
        to_s: End [s].
        unit: Whom it strikes; everyone where None.
        probability: Part of the requests that it strikes, 0 to 1.
        options: Settings of the fault, such as ``delay_s``.
    """

    fault: str
    from_s: float = 0.0
    to_s: float = float("inf")
    unit: int | None = None
    probability: float = 1.0
    options: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises ValueError where there is no such fault."""
        if self.fault not in FAULTS and self.fault != REFUSED:
            known = ", ".join((*FAULTS, REFUSED))
            raise ValueError(f"fault {self.fault!r} is unknown: use one of {known}")

    def active(self, t_s: float, unit: int | None) -> bool:
        """Whether it may strike a unit's request at an instant."""
        return self.from_s <= t_s < self.to_s and self.unit in {None, unit}


def episode_of(text: str) -> Episode:
    """An episode as it is written on the command line.

    Args:
        text: ``fault[:probability][@from-to][/unit]``, such as ``late:0.1@60-120/3``.

    Raises:
        ValueError: It is written otherwise, or the fault is unknown.
    """
    found = _WORDS.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r}: write fault[:probability][@from-to][/unit], as late:0.1@60-90")
    return Episode(
        found["fault"],
        float(found["from_s"] or 0),
        float(found["to_s"] or "inf"),
        None if found["unit"] is None else int(found["unit"]),
        float(found["probability"] or 1),
    )


class Schedule:
    """All episodes of a line.

    Args:
        episodes: What is wrong when.
        seed: Decides which requests are struck, and how.
    """

    def __init__(self, episodes: Sequence[Episode] = (), seed: int = 1) -> None:
        self.episodes = tuple(episodes)
        self.dice = random.Random(f"{seed}/faults")

    def strikes(self, t_s: float, unit: int) -> Episode | None:
        """The episode that strikes a request; the first one that does."""
        for episode in self.episodes:
            if (
                episode.fault != REFUSED
                and episode.active(t_s, unit)
                and self.dice.random() < episode.probability
            ):
                return episode
        return None

    def refusals(self) -> list[tuple[float, float]]:
        """When connections are refused: from, to [s], in order."""
        spans = sorted((e.from_s, e.to_s) for e in self.episodes if e.fault == REFUSED)
        return list(spans)


def drawn(
    seed: int,
    units: Sequence[int],
    faults: Sequence[str],
    from_s: float,
    to_s: float,
    **options: float,
) -> list[Episode]:
    """Episodes by chance: for each unit in turn well and not well, a fault at a time.

    Args:
        seed: Same seed, same episodes.
        units: Whom they strike.
        faults: What may strike; each unit meets all of them in an order of its own.
        from_s: The first begins some seconds after [s].
        to_s: The last ends before [s].
        options: Settings of every fault.
    """
    episodes = []
    for unit in units:
        dice = random.Random(f"{seed}/{unit}/episodes")
        t_s = from_s + dice.uniform(5.0, 15.0)
        waiting: list[str] = []
        while True:
            waiting = waiting or dice.sample(list(faults), len(faults))
            end_s = t_s + dice.choice((2.0, 5.0, 10.0, 20.0)) * dice.uniform(0.5, 1.5)
            if end_s >= to_s:
                break
            probability = dice.choice((0.2, 0.5, 1.0))
            episodes.append(Episode(waiting.pop(), t_s, end_s, unit, probability, dict(options)))
            t_s = end_s + dice.uniform(5.0, 30.0)
    return episodes
