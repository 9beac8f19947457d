"""Rules of paths: each leads to boards, none is behind itself, and each can be found lost."""

from collections.abc import Iterator

from agent.alarms.conditions import Priority
from agent.alarms.inhibit_paths import Path, PathKind, Paths, Patterns, broken_behind
from agent.alarms.silence import BoardDuty
from gateway.config import Config
from gateway.config_broken import Broken
from gateway.config_paths import BoardPath
from gateway.problems import did_you_mean


def broken_paths(config: Config) -> Iterator[Broken]:
    """Paths that contradict themselves or the boards of the site."""
    tables = config.path
    boards = [board.id for board in config.board]
    for n, table in enumerate(tables):
        for pattern in table.boards:
            if not any(board in Patterns([pattern]) for board in boards):
                remedy = did_you_mean(pattern, boards)
                yield Broken(("path", n, "boards"), repr(pattern), "no board has this name", remedy)
    numbers = {table.id: n for n, table in enumerate(tables)}
    broken = list(broken_behind({table.id: table.behind for table in tables}))
    for name, reason in broken:
        behind = tables[numbers[name]].behind or ""
        remedy = did_you_mean(behind, numbers.keys() - {name})
        yield Broken(("path", numbers[name], "behind"), repr(behind), reason, remedy)
    if broken or len(numbers) < len(tables):
        return
    duties = [BoardDuty(board, 0) for board in boards]
    for reach in Paths([path_of(table) for table in tables], duties):
        key, least, found = ("path", numbers[reach.path.id]), reach.path.least_boards, reach.boards
        if not found and not reach.path.boards:
            remedy = 'Add boards = ["…"], or let another path be behind it'
            yield Broken(key, repr(reach.path.id), "no board is behind it", remedy)
        elif 0 < len(found) < least and not reach.path.known_by:
            yield Broken(
                (*key, "least_boards"),
                str(least),
                f"{len(found)} boards are behind it, so that it is never found lost",
                "Lower it, or name in known_by the alarm that tells of it",
            )


def path_of(table: BoardPath) -> Path:
    """A path as the engine takes it."""
    return Path(
        id=table.id,
        kind=PathKind(table.kind),
        boards=table.boards,
        behind=table.behind,
        known_by=table.known_by,
        brings=table.brings,
        least_boards=table.least_boards,
        least_share=table.least_share,
        within_s=table.within_s,
        priority=Priority(table.priority),
    )
