"""Bulkhead: a fault of one part of the engine, kept from the others."""

from collections.abc import Callable
from types import TracebackType


class Bulkhead:
    """What runs inside it may fail without keeping the rest from being judged.

    Where nobody is to be told of faults, none is held back.
    """

    def __init__(self) -> None:
        self._tell: Callable[[Exception], None] | None = None

    def contain(self, tell: Callable[[Exception], None]) -> None:
        """From now on faults go no further than to whoever is told of them.

        Args:
            tell: Called with each.
        """
        self._tell = tell

    def __enter__(self) -> None:
        """Whatever happens in here stays here."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Tell of a fault, and go on; a cancellation is none."""
        if self._tell is None or not isinstance(fault, Exception):
            return False
        self._tell(fault)
        return True
