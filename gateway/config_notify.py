"""Who is told of alarms, when and how often; the horn; who misses a gateway that died."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from gateway.config_base import Identifier, Table

LocalTime = str
"""Hours and minutes in the site's time zone, such as "22:00"."""

Minutes = Annotated[float, Field(gt=0, le=10_080)]
Klass = Literal["fire", "gas", "people", "fault", "process", "advisory", "system"]
Priority = Literal["critical", "high", "medium", "low"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Notify(Table):
    """What holds for every message.

    Args:
        page_url: Where people reach the operator page; stands at the end of each message.
        test_at: When every recipient gets the daily test message, local time.
        timeout_s: After this a service counts as hanging, and what was sent as doubtful [s].
        nobody: The site says that it wants no notification; else a site without recipients has a
            word of health.
    """

    page_url: str | None = None
    test_at: LocalTime = "09:00"
    timeout_s: Annotated[float, Field(ge=1, le=300)] = 30.0
    nobody: bool = False


class Recipient(Table):
    """Somebody who is told, by one Apprise address.

    Args:
        url_file: Holds the Apprise address; it never stands in a config.
        url_env: Or the environment variable that holds it.
        language: Of the messages; the site's where None.
        most_per_hour: Messages in any hour; what is more goes out as a digest. Pages of fire, gas
            and people are neither counted nor held back.
        digest_minutes: Least time between two digests [min].
        quiet_from: From this local time on only fire, gas and people are told …
        quiet_to: … until this; the rest follows as a digest.
        test_at: Of the daily test message; [notify] test_at where None.
    """

    id: Identifier
    url_file: Path | None = None
    url_env: str | None = None
    language: Literal["en", "ja", "zh-Hant"] | None = None
    most_per_hour: Annotated[int, Field(ge=1, le=1000)] = 20
    digest_minutes: Minutes = 15.0
    quiet_from: LocalTime | None = None
    quiet_to: LocalTime | None = None
    test_at: LocalTime | None = None


class Step(Table):
    """Who else is told when nobody has acknowledged for so long [min]."""

    after_minutes: Minutes
    recipients: tuple[Identifier, ...]


class Route(Table):
    """Which alarms go to whom; what is left out does not restrict.

    Args:
        stores: Patterns of store ids, such as ``c01*``.
        rows: Rows of stores.
        weekdays: On which days, by local date.
        begins: From this local time …
        ends: … until this; past midnight where it is the earlier one.
        recipients: Told at once.
        step: Escalation while nobody acknowledges.
        repeat_minutes: All who were told are told again after this, while nobody acknowledges
            [min]; 15 for fire, gas and people where None, and never for others.
        tell: Other edges that are told once as information, such as "cleared".
    """

    id: Identifier
    classes: tuple[Klass, ...] = ()
    priorities: tuple[Priority, ...] = ()
    stores: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    weekdays: tuple[Weekday, ...] = ()
    begins: Annotated[str | None, Field(alias="from")] = None
    ends: Annotated[str | None, Field(alias="to")] = None
    recipients: tuple[Identifier, ...]
    step: tuple[Step, ...] = ()
    repeat_minutes: Minutes | None = None
    tell: tuple[str, ...] = ()


class Heartbeat(Table):
    """A service that raises its own alarm when this gateway's beat stays away.

    Args:
        url_file: Holds the address that is asked (HTTP GET); it never stands in a config.
        url_env: Or the environment variable that holds it.
        every_s: How often [s].
    """

    url_file: Path | None = None
    url_env: str | None = None
    every_s: Annotated[float, Field(ge=5, le=86_400)] = 60.0


class Horn(Table):
    """The gateway's own horn: a watchdog relay that is kept quiet by pulses.

    Args:
        output: "gpio", a line of the kernel's character device; "serial", the transmit line.
        device: Such as ``/dev/gpiochip0`` or a serial port.
        line: Number of the GPIO line.
        pulse_s: Time between two pulses [s]; the relay's own time must be several times that.
        classes: Alarms that sound.
        priorities: Alarms that sound whatever their class.
    """

    output: Literal["gpio", "serial"]
    device: Path
    line: Annotated[int, Field(ge=0, le=1023)] | None = None
    pulse_s: Annotated[float, Field(ge=0.05, le=5)] = 0.5
    classes: tuple[Klass, ...] = ("fire", "gas", "people")
    priorities: tuple[Priority, ...] = ()
