"""Rows of the journal as Influx line protocol, times in microseconds. Pure.

``hinoban,place=yard.c0150,point=yard.c0150.co_ppm,quantity=co_ppm value=210.0 1800000000000000``;
what was sent long after its capture also has the field ``history=1i``.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from agent.alarms.events import AlarmEvent
from agent.samples import Quality, Sample
from gateway.historian.rows import Batch

HISTORY_US: Final = 300_000_000
"""A sample that arrived longer than this after its capture is history [µs]."""

_ESCAPES: Final = str.maketrans({" ": r"\ ", ",": r"\,", "=": r"\=", "\n": " "})
_ACTIVE: Final = {"raised": 1, "cleared": 0}


def sample_lines(batches: Iterable[Batch], *, history: bool) -> Iterator[str]:
    """The good samples of some batches; `history` marks them all as sent late."""
    for batch in batches:
        for sample in batch.samples:
            if sample.quality is Quality.GOOD:
                late = history or batch.arrival_us - sample.t_us > HISTORY_US
                yield _sample_line(sample, late=late)


def alarm_lines(event: AlarmEvent) -> Iterator[str]:
    """An alarm event, and the alarm's process state where the event changed it."""
    tags = ",".join(
        f"{name}={_tag(text)}"
        for name, text in (
            ("alarm", event.alarm_id),
            ("class", event.klass),
            ("condition", event.condition),
            ("priority", event.priority),
            ("source", event.source),
        )
    )
    fields = ["count=1i"]
    if event.value is not None:
        fields.append(f"value={event.value!r}")
    if event.limit is not None:
        fields.append(f"limit={event.limit!r}")
    if event.from_history:
        fields.append("history=1i")
    edge = _tag(event.edge)
    yield f"hinoban_alarm_event,{tags},edge={edge} {','.join(fields)} {event.t_us}"
    if event.edge in _ACTIVE:
        yield f"hinoban_alarm,{tags} active={_ACTIVE[event.edge]}i {event.t_us}"


def _sample_line(sample: Sample, *, late: bool) -> str:
    place, _, quantity = sample.point.rpartition(".")
    mark = ",history=1i" if late else ""
    return (
        f"hinoban,place={_tag(place or sample.point)},point={_tag(sample.point)},"
        f"quantity={_tag(quantity)} value={sample.value!r}{mark} {sample.t_us}"
    )


def _tag(text: str) -> str:
    return text.translate(_ESCAPES)
