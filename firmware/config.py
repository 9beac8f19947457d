"""The board's config: one JSON file, with defaults for everything the alarm needs."""

import sys

import wire

LIMITS = ("temp_degc", "co_ppm")
_VALUE_BYTES = 64  # what a value may take beside its name, twice: a number, and a reason


def load(text: "bytes | None") -> "tuple[dict[str, object], list[str]]":
    """Read a config; whatever is wrong keeps its default.

    Args:
        text: The JSON text, or None when there is no file.

    Returns:
        The settings, and what is wrong with them in words. With anything wrong the board stays
        off the network and only the local alarm and the store work.
    """
    import configcheck

    loaded = configcheck.load(text)
    del sys.modules["configcheck"]
    return loaded


def section(settings: "dict[str, object]", name: str) -> "dict[str, object]":
    """One of the sections that are objects; empty when the config has none."""
    given = settings.get(name)
    return given if isinstance(given, dict) else {}


def number(settings: "dict[str, object]", key: str) -> float:
    """A number of the settings, in the unit its name ends in."""
    return float(str(settings[key]))


def limits(settings: "dict[str, object]") -> "dict[str, float]":
    """The limits of the local alarm, ``temp_degc`` [°C] and ``co_ppm`` [ppm]."""
    given = section(settings, "limits")
    return {key: number(given, key) for key in LIMITS}


def values(settings: "dict[str, object]") -> "list[str]":
    """The names of the board's values."""
    given = settings["values"]
    return [str(name) for name in given] if isinstance(given, list) else []


def large(values: "list[str]") -> bool:
    """Whether a sample of these values may be too long for one message."""
    return wire.HEAD_BYTES + sum(2 * len(name) + _VALUE_BYTES for name in values) > wire.MAX_BYTES
