"""Sizes: is a column called "length" or "size" in registers or in bytes? Its types tell."""

from collections.abc import Iterable
from typing import Literal

from gateway.modbus.tables.number_types import Told

Measure = Literal["words", "bytes"]


def measure(sizes: Iterable[tuple[Told, int]]) -> Measure | None:
    """What a column of sizes is measured in; None where its types do not tell, or disagree.

    Args:
        sizes: The type of each row and the number that stands there.
    """
    pairs = [(told, size) for told, size in sizes if told.bits and told.family != "string"]
    # A float without a size has 32 bits far more often than 64: good enough where nothing is sure.
    for known in (
        [pair for pair in pairs if pair[0].is_sure],
        [pair for pair in pairs if pair[0].family == "float"],
    ):
        found: set[Measure] = set()
        for told, size in known:
            found |= {"words"} if 16 * size == told.bits else set()
            found |= {"bytes"} if 8 * size == told.bits else set()
        if found:
            return found.pop() if len(found) == 1 else None
    return None
