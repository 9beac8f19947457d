"""What boards are reached and fed by, and how long alarms wait for such a cause."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.config_base import Identifier, Table

BoardPattern = Annotated[str, Field(pattern=r"^[a-z0-9_*-]+$", max_length=40)]
AlarmPattern = Annotated[str, Field(pattern=r"^[a-z0-9_*-]+:[a-z0-9_.*-]+$", max_length=140)]


class BoardPath(Table):
    """An access point, a supply or a link: when it fails, all boards behind it fall silent.

    Args:
        boards: The boards behind it; ``*`` stands for anything.
        behind: The path that this one needs itself.
        known_by: Alarms that tell of the failure, such as ``broker_lost:gateway``; else it is
            inferred from boards that fall silent together.
        brings: Other alarms that follow from it; of class advisory, fault or system only.
        least_boards: At least so many must fall silent together.
        least_share: And at least this share of those that were heard.
        within_s: What falls silent within this belongs together [s].
        priority: Of the one alarm that tells of it.
    """

    id: Identifier
    name: str = ""
    kind: Literal["access_point", "power", "link"]
    boards: tuple[BoardPattern, ...] = ()
    behind: Identifier | None = None
    known_by: tuple[AlarmPattern, ...] = ()
    brings: tuple[AlarmPattern, ...] = ()
    least_boards: Annotated[int, Field(ge=2)] = 3
    least_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    within_s: Annotated[float, Field(gt=0, le=86_400)] = 600.0
    priority: Literal["critical", "high", "medium", "low"] = "high"


class Inhibition(Table):
    """How long alarms wait for a cause and its end, and what belongs together.

    Args:
        hold_intervals: For so many of its board's report intervals a silence alarm waits for the
            cause, where a path leads to the board.
        return_s: For so long boards must be heard again before a cause is over [s].
        group_s: Alarms of one store no further apart than this belong together [s].
    """

    hold_intervals: Annotated[float, Field(ge=0, le=10)] = 1.0
    return_s: Annotated[float, Field(ge=0, le=3600)] = 300.0
    group_s: Annotated[float, Field(ge=0, le=86_400)] = 600.0
