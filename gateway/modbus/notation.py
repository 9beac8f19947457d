"""Notation: how manuals and people write addresses, and what they mean by it (pure)."""

from typing import Final

from gateway.modbus.field import Kind

_FIRST: Final[tuple[tuple[int, int, Kind], ...]] = (
    (400_001, 65_536, "holding"),
    (300_001, 65_536, "input"),
    (40_001, 9_999, "holding"),
    (30_001, 9_999, "input"),
)


def meant(number: int) -> tuple[Kind, int] | None:
    """Kind and address, from 0, that a manual's number mostly stands for; None for plain ones."""
    for first, count, kind in _FIRST:
        if first <= number < first + count:
            return kind, number - first
    return None


def split_port(host: str) -> tuple[str, int] | None:
    """Host and port of what was written as one, such as ``meter:502``; None where it was not."""
    name, colon, port = host.partition(":")
    return (name, int(port)) if name and colon and port.isdecimal() else None
