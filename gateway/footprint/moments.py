"""Instants between records (ISO 8601 text) and columns (µs)."""

from datetime import UTC, datetime, timedelta
from typing import Final

from agent.cofiring.factor import utc_text

__all__ = ["compact", "us_of", "utc_text"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def us_of(text: str) -> int:
    """An instant as records write it, in µs since 1970."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)


def compact(text: str) -> str:
    """An instant without punctuation, for record ids: ``20261001T031500Z``."""
    return text.replace("-", "").replace(":", "")
