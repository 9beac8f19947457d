"""What the alarm must know after a restart: its state, and what commands have set.

Each file is written only when it has changed; new alarms at once, anything else at most once in a
minute, so that a value which flutters about its limit does not wear flash.
"""

import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alarm import LocalAlarm

_QUIET_MS = 60000


class Memory:
    """Two small sealed files in the board's directory.

    Args:
        directory: Where they are.
    """

    def __init__(self, directory: str) -> None:
        self._alarms = directory + "/alarms"
        self._set = directory + "/set"
        self.writes = 0
        self._kept: object = None
        self._written_ms = -_QUIET_MS

    def alarms(self) -> object:
        """The alarms as they were; None when there were none ever."""
        self._kept = files.read_sealed(self._alarms)
        return self._kept

    def keep_alarms(self, local: "LocalAlarm", now_ms: int) -> bool:
        """Keep the alarms when they have changed; returns whether flash was written."""
        rows = local.saved
        kept = self._kept if isinstance(self._kept, list) else []
        if rows == kept:
            return False
        if len(rows) <= len(kept) and now_ms - self._written_ms < _QUIET_MS:
            return False
        self._kept, self._written_ms = rows, now_ms
        return self._write(self._alarms, rows)

    def orders(self) -> "dict[str, float]":
        """What commands have set: ``temp_degc``, ``co_ppm``, ``report_s``, as far as known."""
        kept = files.read_sealed(self._set)
        given = kept if isinstance(kept, dict) else {}
        return {key: value for key, value in given.items() if isinstance(value, (int, float))}

    def keep_orders(self, changes: "dict[str, float]") -> bool:
        """Keep what a command has set; returns whether flash took it."""
        orders = self.orders()
        orders.update(changes)
        return self._write(self._set, orders)

    def _write(self, path: str, value: object) -> bool:
        """Write one file; a failing flash stops nothing."""
        try:
            files.write_sealed(path, value)
        except OSError:
            return False
        self.writes += 1
        return True
