"""How people handle this site's alarms, where it is not as in the reviewed table."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.config_base import Table

Span = Annotated[float, Field(gt=0, le=31_536_000)]
AlarmClass = Literal["fire", "gas", "people", "fault", "process", "advisory", "system"]


class AlarmHandling(Table):
    """What is left out is as in agent/tables/alarm_handling.toml.

    Args:
        longest_shelf_s: The longest time an alarm may be shelved [s].
        agree_within_s: How long a second person has to agree [s].
        second_person: Classes that two people have to shelve or take out of service.
        realarm_after_s: Class -> after so long an acknowledged alarm that stands has to be seen
            again [s]; 0 for never.
    """

    longest_shelf_s: Span | None = None
    agree_within_s: Span | None = None
    second_person: tuple[AlarmClass, ...] | None = None
    realarm_after_s: dict[AlarmClass, Annotated[float, Field(ge=0, le=31_536_000)]] = Field(
        default_factory=dict
    )
