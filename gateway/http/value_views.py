"""Values as the API tells them: with capture time and how far they may be trusted."""

from dataclasses import dataclass
from typing import Annotated

from agent.samples import Quality, Sample
from gateway.http.moments import Moment, named


@dataclass(frozen=True, slots=True)
class Value:
    """A value with its capture time and how far it may be trusted."""

    t_us: Annotated[Moment, named("t_utc")]
    value: float | None
    quality: Quality
    reason: str | None = None

    @staticmethod
    def of(sample: Sample) -> "Value":
        """The value of a sample."""
        return Value(sample.t_us, sample.value, sample.quality, sample.reason)


@dataclass(frozen=True, slots=True)
class PointValue:
    """A value of a named point, as streamed."""

    point: str
    t_us: Annotated[Moment, named("t_utc")]
    value: float | None
    quality: Quality
    reason: str | None = None

    @staticmethod
    def of(sample: Sample) -> "PointValue":
        """The value of a sample."""
        return PointValue(sample.point, sample.t_us, sample.value, sample.quality, sample.reason)


@dataclass(frozen=True, slots=True)
class PointView:
    """A measured series: its unit, who measures it, its newest sample if there ever was one."""

    point: str
    unit: str
    origin: str
    latest: Value | None = None
