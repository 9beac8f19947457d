"""Broken: a rule of the site's file that does not hold."""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.problems import did_you_mean
from gateway.toml_lines import Path


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that does not hold: where, what stands there, why not, what to do."""

    path: Path
    value: str
    reason: str
    remedy: str


def unknown(path: Path, value: str, what: str, known: Iterable[str]) -> Broken:
    """A name that stands for nothing, with the nearest ones that do."""
    return Broken(path, repr(value), f"there is no {what} of this name", did_you_mean(value, known))
