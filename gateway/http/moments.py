"""Instants at the border: µs inside, ISO 8601 UTC with Z outside."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from agent.errors import HinobanError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_US: Final = 253_402_300_799_999_999


class BadMomentError(HinobanError):
    """A time that cannot be read."""


def to_iso(t_us: int) -> str:
    """UTC [µs since 1970] as ``2026-03-01T04:05:06.789Z``; microseconds only where needed."""
    second, us = divmod(t_us, 1_000_000)
    ms, us = divmod(us, 1000)
    return f"{_second(second)}.{ms:03}{us:03}Z" if us else f"{_second(second)}.{ms:03}Z"


@lru_cache(maxsize=64)  # what streams by is of the same few seconds
def _second(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S")


def from_iso(text: str) -> int:
    """An ISO 8601 time with Z or an offset as UTC [µs since 1970].

    Raises:
        BadMomentError: It is no such time, names no zone, or lies before 1970.
    """
    remedy = "write it like 2026-03-01T04:05:06Z"
    try:
        # A "+" typed into an address arrives as a space.
        moment = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError:
        raise BadMomentError(f"{text!r} is no time; {remedy}") from None
    if moment.tzinfo is None:
        raise BadMomentError(f"{text!r} names no time zone; {remedy}")
    t_us = (moment - _EPOCH) // timedelta(microseconds=1)
    if not 0 <= t_us <= _LATEST_US:
        raise BadMomentError(f"{text!r} is not between 1970 and 9999; {remedy}")
    return t_us


def _read(value: object) -> object:
    if isinstance(value, str):
        try:
            return from_iso(value)
        except BadMomentError as error:
            raise ValueError(str(error)) from None
    return value


Moment = Annotated[
    int,
    BeforeValidator(_read),
    PlainSerializer(to_iso, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An instant, UTC [µs since 1970] in Python, ISO 8601 in JSON and in addresses."""


def named(name: str) -> Any:
    """The field's name in JSON, where instants end ``_utc`` and not ``_us``."""
    return Field(serialization_alias=name)
