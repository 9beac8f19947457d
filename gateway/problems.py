"""What is wrong with a configuration: every problem with its line, value, reason and remedy."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from agent.errors import HinobanError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend.

    Args:
        file: Name of the file it stands in.
        line: Line number from 1, or None where no line can be named.
        where: The key, such as ``meter.belt_coal.port``.
        value: What stands there, as written.
        reason: Why that cannot be.
        remedy: What to write instead.
    """

    file: str
    line: int | None
    where: str
    value: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line is not None else self.file
        value = f" = {self.value}" if self.value else ""
        return f"{place}: {self.where}{value}: {self.reason}. {self.remedy}"


class UnavailableError(HinobanError):
    """What was asked for cannot be read now; it may be soon, and the message says why."""


class ConfigError(HinobanError):
    """A configuration that nothing may start with; `problems` holds all that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: p.line or 0))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A remedy for a word that is not known: the nearest ones, else all."""
    choices = sorted(known)
    near = difflib.get_close_matches(word, choices, n=3, cutoff=0.5)
    if near:
        return f"Did you mean {' or '.join(repr(n) for n in near)}?"
    return f"Use one of: {', '.join(choices)}" if choices else "There is nothing to choose from"
