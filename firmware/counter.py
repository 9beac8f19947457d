"""A number that only rises, kept twice so that a power cut cannot lower it."""

import files


class Counter:
    """The number, and its two copies on flash, written in turn.

    Args:
        path: Where the copies are; ``.0`` and ``.1`` are added.
    """

    def __init__(self, path: str) -> None:
        self.value = 0
        self._path = path
        self._next = 0
        for copy in (0, 1):
            kept = files.read_sealed("%s.%d" % (path, copy))
            if isinstance(kept, int) and kept > self.value:
                self.value = kept
                self._next = 1 - copy

    def rise(self, value: int) -> None:
        """Keep a higher number, over the older copy.

        Raises:
            OSError: Flash refuses; the number has not changed.
        """
        files.write_sealed("%s.%d" % (self._path, self._next), value)
        self.value = value
        self._next = 1 - self._next
