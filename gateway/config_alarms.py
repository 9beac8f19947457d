"""One alarm condition as the site's file has it."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.config_base import Identifier, Table

Seconds = Annotated[float, Field(ge=0, le=31_536_000)]
PointName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$", max_length=100)]


class During(Table):
    """When a condition counts: while a point is at or above a value, in the point's unit."""

    point: PointName
    at_least: float


class Alarm(Table):
    """One condition over many points or boards.

    Args:
        kind: "high" or "low" limit, "silence" or "last_gasp" of a board, "bad" quality, "still" for
            a count that does not rise.
        limit: A value at it is in alarm [unit].
        limit_from: Instead of `limit`: an entry of agent/tables/people.toml.
        deadband: How far inside it a value must be to return [unit]; for "still" the rise that
            counts as one.
        on_delay_s: How long it must stand, on sample time; for "last_gasp" elapsed time [s].
        on_samples: That many samples in a row raise it before the delay is over.
        off_delay_s: How long it must be back [s].
        report_intervals: For "silence": how many report intervals without a word.
        reasons: For "bad": only these reasons; every one that is a fault where none is named.
        during: When it counts (in the file: ``while``).
        fire_with: For class gas: alarms of the same store that make it fire; every one on
            temperature, residual or slope where it is left out, none with an empty list.
        guide: Which response card, where not that of its kind or class.
    """

    id: Identifier
    kind: Literal["high", "low", "silence", "bad", "still", "last_gasp"]
    points: str | None = None
    boards: str | None = None
    limit: float | None = None
    limit_from: str | None = None
    unit: str | None = None
    deadband: Annotated[float, Field(ge=0)] = 0.0
    on_delay_s: Seconds = 0.0
    on_samples: Annotated[int, Field(ge=1)] | None = None
    off_delay_s: Seconds = 0.0
    report_intervals: Annotated[float, Field(gt=1)] = 3.0
    reasons: tuple[str, ...] | None = None
    during: Annotated[During | None, Field(alias="while")] = None
    fire_with: tuple[str, ...] | None = None
    guide: str | None = None
    klass: Annotated[
        Literal["fire", "gas", "people", "fault", "process", "advisory", "system"],
        Field(alias="class"),
    ]
    priority: Literal["critical", "high", "medium", "low"]


class SelfWatching(Table):
    """When the gateway alarms about itself.

    Args:
        disk_free_percent: With less of the data directory's disk free [%].
        cursor_lag_commits: When a reader of the journal (the account, a sink) is behind by so many
            commits; there are up to one in a second.
    """

    disk_free_percent: Annotated[float, Field(ge=0, lt=100)] = 10.0
    cursor_lag_commits: Annotated[int, Field(ge=100)] = 3600


class EarlyWarning(Table):
    """What early warning rests on, beside CO and temperature of the stores.

    Args:
        air_degc: Point with the temperature of the air in the shade; without one, rates of rise
            are not corrected for it.
    """

    air_degc: PointName | None = None
