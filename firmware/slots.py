"""Which of two slots runs. With `boot` it is never updated, so that nothing can break it.

Slots are the folders ``a`` and ``b``, each with a whole program. Which one runs stands in a record
kept twice, written in turn: a torn copy leaves the other. A new slot runs on trial; each start of
it is counted before it runs, and whatever it does, the last healthy slot is back at the latest
after `TRIAL_STARTS` starts. It imports nothing of a slot, for the same reason.
"""

import binascii
import json
import os
import sys

TYPE_CHECKING = False
ON_BOARD = sys.platform in ("esp32", "rp2")
if TYPE_CHECKING or ON_BOARD:
    import machine  # a trial that hangs on import must be ended from here

TRIAL_STARTS = 3
_COPIES = ("record.0", "record.1")
_WATCHDOG_MS = 8000
_FIRST = {
    "serial": 0,
    "slot": "a",  # the last healthy one
    "trial": None,  # the one on trial
    "left": 0,  # how many starts it has left
    "net": False,  # whether the gateway was within reach when the trial was ordered
    "dirty": False,  # the other slot may be incomplete or unhealthy
    "highest": 0,  # the highest number of a release that was ever healthy
    "tried": None,  # number of the last release on trial, unless it became healthy
    "why": None,  # it was rolled back
}


class Slots:
    """The record of the two slots.

    Args:
        root: Path before every name, empty or ending in a slash.
    """

    def __init__(self, root: str = "") -> None:
        self.root = root
        self.record: "dict[str, object]" = dict(_FIRST)
        for name in _COPIES:
            found = _unsealed(root + name)
            if found is not None and _number(found, "serial") > _number(self.record, "serial"):
                self.record.update(found)
        self.running = str(self.record["slot"])

    @property
    def on_trial(self) -> bool:
        """Whether the slot that runs has to prove itself."""
        return self.record["trial"] == self.running

    @property
    def highest(self) -> int:
        """The highest number of a release that was ever healthy here, as far as written down."""
        return _number(self.record, "highest")

    def other(self) -> str:
        """The slot that is not the last healthy one; updates are written there."""
        return "b" if self.record["slot"] == "a" else "a"

    def choose(self) -> str:
        """The slot to start now; a start on trial is counted first, or does not happen."""
        if self.record["trial"] is not None:
            left = _number(self.record, "left")
            try:
                if left > 0:
                    self._save(left=left - 1)
                    return str(self.record["trial"])
                self.roll_back("started %d times and never healthy" % TRIAL_STARTS)
            except OSError:
                pass  # flash is broken: what was healthy runs
        return str(self.record["slot"])

    def begin(self) -> str:
        """The slot to write an update into; from now on nothing in it is started.

        It is never the one that runs: where the healthy one no longer loads, its spare takes over.

        Raises:
            OSError: The record cannot be written; leave the slot alone.
        """
        spare = self.running != self.record["slot"]
        if spare or self.record["trial"] is not None or not self.record["dirty"]:
            self._save(slot=self.running, trial=None, left=0, dirty=True)
        return self.other()

    def forget_failure(self) -> None:
        """A release is ordered anew, also one that failed before.

        Raises:
            OSError: The record cannot be written.
        """
        if self.record["tried"] is not None:
            self._save(tried=None, why=None)

    def try_out(self, number: int, net: bool) -> None:
        """Let the next starts be of the other slot, which is complete and checked.

        Args:
            number: The number of its release.
            net: Whether the gateway is within reach; then the new program must reach it too.

        Raises:
            OSError: The record cannot be written; nothing has changed.
        """
        trial = {"trial": self.other(), "left": TRIAL_STARTS, "net": net}
        self._save(dirty=True, tried=number, why=None, **trial)

    def confirm(self, number: int) -> None:
        """Keep the slot that runs: it is healthy.

        Raises:
            OSError: The record cannot be written; the trial goes on.
        """
        highest = max(number, _number(self.record, "highest"))
        keep = {"slot": self.running, "trial": None, "left": 0, "dirty": False}
        self._save(highest=highest, tried=None, why=None, **keep)

    def roll_back(self, why: str) -> None:
        """End a trial; the next start is of the last healthy slot.

        Raises:
            OSError: The record cannot be written; the starts it has left bound the trial.
        """
        self._save(trial=None, left=0, dirty=True, why=why)

    def failed(self, error: Exception) -> None:
        """Say why a program ended; one on trial is rolled back."""
        why = "%s: %s" % (type(error).__name__, str(error)[:60])
        sys.stderr.write("slot %s: %s\n" % (self.running, why))
        if self.on_trial:
            try:
                self.roll_back(why)
            except OSError:
                pass  # flash is broken: the count of starts ends the trial

    def _save(self, **changes: object) -> None:
        """Write the record over the older copy, and only then believe it."""
        record = dict(self.record)
        record.update(changes)
        record["serial"] = _number(record, "serial") + 1
        text = json.dumps(record).encode()
        file = open(self.root + _COPIES[_number(record, "serial") % 2], "wb")
        try:
            file.write(b"%08x" % binascii.crc32(text) + text)
            file.flush()  # MicroPython: this is the sync
            if hasattr(os, "fsync"):
                os.fsync(file.fileno())
        finally:
            file.close()
        self.record = record


def order(root: str = "") -> "list[str] | None":
    """The slots to try now, the first that loads; from here on the watchdog runs.

    A trial comes first, then the last healthy slot, then its like in the other one. None where a
    file ``hold`` keeps a technician's board at its prompt, once and without a watchdog.

    Args:
        root: Path before every name, empty or ending in a slash.
    """
    try:
        os.remove(root + "hold")
        return None
    except OSError:
        pass
    if ON_BOARD:
        machine.WDT(timeout=_WATCHDOG_MS)
    book = Slots(root)
    chosen, healthy = book.choose(), str(book.record["slot"])
    if chosen != healthy:
        return [chosen, healthy]
    return [chosen] if book.record["dirty"] else [chosen, book.other()]


def opened(path: "str | None" = None) -> "Slots | None":
    """The record of a program that runs from a slot; None when it was started otherwise.

    Args:
        path: Where its modules come from, ``sys.path[0]`` by default.
    """
    path = sys.path[0] if path is None else path
    if path[-1:] not in ("a", "b") or path[-2:-1] not in ("", "/"):
        return None
    book = Slots(path[:-1])
    book.running = path[-1]
    return book


def _number(record: "dict[str, object]", key: str) -> int:
    """A whole number of a record; 0 when it is none."""
    value = record.get(key)
    return value if isinstance(value, int) else 0


def _unsealed(path: str) -> "dict[str, object] | None":
    """A record, or None when it is missing or damaged."""
    try:
        with open(path, "rb") as file:
            data = bytes(file.read())
        if data[:8] != b"%08x" % binascii.crc32(data[8:]):
            return None
        found = json.loads(data[8:])
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
