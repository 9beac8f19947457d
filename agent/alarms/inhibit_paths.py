"""Paths: what boards are reached or fed by, as data, and which path lies behind which."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from agent.alarms.conditions import Priority
from agent.alarms.silence import BoardDuty
from agent.errors import BadConditionError


class PathKind(StrEnum):
    """What a path is made of."""

    ACCESS_POINT = "access_point"
    POWER = "power"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Settling:
    """How long alarms wait for their cause, and for its end.

    Args:
        hold_intervals: For so many of its board's report intervals a new silence alarm waits for
            a cause before it is shown; 0 for not at all.
        return_s: For so long boards must be heard again before a cause is over [s].
    """

    hold_intervals: float = 1.0
    return_s: float = 300.0

    def __post_init__(self) -> None:
        for name in ("hold_intervals", "return_s"):
            if getattr(self, name) < 0:
                raise BadConditionError(f"inhibition: {name} is below 0; use 0 or more")


@dataclass(frozen=True, slots=True)
class Path:
    """Something that boards need to be heard; when it fails, all behind it fall silent at once.

    Args:
        id: Name in the site's configuration.
        kind: "access_point", "power" or "link".
        boards: Patterns over boards; ``*`` stands for anything.
        behind: The path that this one needs itself, if any.
        known_by: Patterns over ids of alarms that tell of the failure, such as
            ``broker_lost:gateway``.
        brings: Patterns over ids of other alarms that follow from it, such as ``cursor_lag:*``.
        least_boards: At least so many boards must fall silent together.
        least_share: And at least this share of those that were heard, 0–1; the cause is over when
            less than half of it is left.
        within_s: What falls silent within this belongs together [s].
        priority: Of the alarm that tells of it.
    """

    id: str
    kind: PathKind
    boards: tuple[str, ...] = ()
    behind: str | None = None
    known_by: tuple[str, ...] = ()
    brings: tuple[str, ...] = ()
    least_boards: int = 3
    least_share: float = 0.5
    within_s: float = 600.0
    priority: Priority = Priority.HIGH

    def __post_init__(self) -> None:
        if self.least_boards < 2:
            raise BadConditionError(
                f"path {self.id!r}: least_boards is {self.least_boards}; one silent board tells "
                "nothing of its path: use 2 or more"
            )
        if not 0 < self.least_share <= 1:
            raise BadConditionError(
                f"path {self.id!r}: least_share is {self.least_share:g}; use a share above 0, "
                "up to 1"
            )
        if self.within_s <= 0:
            raise BadConditionError(f"path {self.id!r}: within_s is not above 0 s")


class Patterns:
    """Names, of which one pattern can stand for many: ``*`` stands for anything.

    Args:
        patterns: Names and patterns.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        parts = [".*".join(map(re.escape, one.split("*"))) for one in patterns]
        self._regex = re.compile("|".join(parts)) if parts else None

    def __contains__(self, name: str) -> bool:
        return self._regex is not None and self._regex.fullmatch(name) is not None


@dataclass(slots=True, eq=False)
class Reach:
    """A path with its place among the others.

    Args:
        path: As configured.
        outer: The paths it needs, the nearest first.
        inner: The paths right behind it.
        boards: All boards behind it.
        own: Those of them that are behind no inner path.
        tells: Alarms that tell of the failure.
        follows: Alarms that follow from it.
    """

    path: Path
    outer: "list[Reach]" = field(default_factory=list)
    inner: "list[Reach]" = field(default_factory=list)
    boards: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    tells: "Patterns" = field(init=False)
    follows: "Patterns" = field(init=False)

    def __post_init__(self) -> None:
        self.tells = Patterns(self.path.known_by)
        self.follows = Patterns(self.path.brings)


class Paths:
    """All paths of a site.

    Args:
        paths: As configured.
        duties: The boards.

    Raises:
        BadConditionError: Two paths share an id, or one is behind an unknown one or itself.
    """

    def __init__(self, paths: Sequence[Path], duties: Iterable[BoardDuty]) -> None:
        self.by_id = {path.id: Reach(path) for path in paths}
        if len(self.by_id) < len(paths):
            raise BadConditionError("two paths share an id; give each its own")
        broken = next(iter(broken_behind({path.id: path.behind for path in paths})), None)
        if broken is not None:
            raise BadConditionError(f"path {broken[0]!r}: {broken[1]}")
        self.of_board: dict[str, list[Reach]] = {}
        for reach in self:
            behind = reach.path.behind
            if behind is not None:
                self.by_id[behind].inner.append(reach)
            while behind is not None:
                reach.outer.append(self.by_id[behind])
                behind = self.by_id[behind].path.behind
        self._place([duty.board for duty in duties])

    def __iter__(self) -> Iterator[Reach]:
        return iter(self.by_id.values())

    def _place(self, boards: Sequence[str]) -> None:
        for reach in sorted(self, key=lambda r: -len(r.outer)):  # innermost first
            patterns = Patterns(reach.path.boards)
            inner = frozenset(b for one in reach.inner for b in one.boards)
            reach.boards = inner | {board for board in boards if board in patterns}
            reach.own = reach.boards - inner
            for board in reach.boards:
                self.of_board.setdefault(board, []).append(reach)


def broken_behind(behind: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    """Paths that are behind none there is, or behind themselves, each with the reason.

    Args:
        behind: Path -> the path it is behind, if any.
    """
    for name, first in behind.items():
        outer, passed = first, {name}
        while outer is not None and outer in behind and outer not in passed:
            passed.add(outer)
            outer = behind[outer]
        if outer == name:
            yield name, "it is behind itself"
        elif first is not None and first not in behind:
            yield name, f"there is no path {first!r} for it to be behind"
