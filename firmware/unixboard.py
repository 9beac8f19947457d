"""A board of the simulated yard: readings come from a feed file, outputs go to another."""

import _thread
import gc
import json
import os
import sys
import time

import files
import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from outputs import Outputs
    from wallclock import WallClock

_SLEEP = 0xFFFD  # a note of our own; lower numbers belong to the supervisor
TICKS_MASK = 0x3FFFFFFF  # boards' counters wrap at 2^30 ms


class UnixBoard:
    """A board of the simulated yard.

    Args:
        settings: The board's config: ``feed``, ``out``, ``ring`` and ``clock``.

    Raises:
        ValueError: ``feed`` or ``out`` is missing.
    """

    def __init__(self, settings: "dict[str, object]") -> None:
        self._feed = str(settings["feed"])
        self._out = str(settings["out"])
        self._noted = str(settings["ring"]) + "/last_words"
        self._threads = settings["guard"] == "thread"
        self._host_clock = settings["clock"] == "host"
        import folders  # once in a start

        self._first_start = not folders.names(str(settings["ring"]))
        note = files.read_sealed(self._noted)
        files.remove(self._noted)
        self._note = note if isinstance(note, int) else 0
        self._last_n: object = None
        self._writes = 0
        self.wallclock: "WallClock | None" = None
        if not (self._feed and self._out):
            raise ValueError("feed and out are missing; name both files")

    def read(self, values: "list[str]") -> "tuple[dict[str, float], dict[str, str]] | None":
        """The yard's newest reading, or None when there is none since the last call."""
        try:
            feed = json.loads(files.read(self._feed) or b"")
            n, given, faults = feed["n"], feed.get("v", {}), feed.get("bad", {})
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        if n == self._last_n or not isinstance(given, dict) or not isinstance(faults, dict):
            return None
        self._last_n = n
        v = {name: given[name] for name in values if isinstance(given.get(name), (int, float))}
        bad = {name: faults.get(name) for name in values if name not in v}
        return v, {key: why if why in record.REASONS else "comm_fail" for key, why in bad.items()}

    def show(self, outputs: "Outputs") -> bool:
        """Write the outputs as they shall be; returns whether they took it."""
        self._writes += 1
        levels: "dict[str, object]" = outputs.levels()
        levels["n"] = self._writes
        try:
            files.replace(self._out, json.dumps(levels).encode())
        except OSError:
            return False
        return True

    def input_pressed(self) -> bool:
        """Whether the button is pressed: a file beside ``out`` named ``….press`` is there."""
        try:
            os.stat(self._out + ".press")
        except OSError:
            return False
        return True

    def ticks_ms(self) -> int:
        """Tick counter [ms], wrapping at 2^30 as on boards."""
        if hasattr(time, "ticks_ms"):
            return time.ticks_ms() & TICKS_MASK  # type: ignore[return-value,operator]
        return int(time.monotonic() * 1000) & TICKS_MASK  # type: ignore[attr-defined]

    def start_guard(self, step: "Callable[[], None]", period_ms: int) -> bool:
        """Run a function for ever beside the loop; returns False when the loop must call it."""
        if not self._threads:
            return False
        repeat = _repeat
        if sys.implementation.name == "micropython":
            import gate

            repeat = gate.Gate().repeat
        _thread.start_new_thread(repeat, (step, period_ms))
        return True

    def utc_us(self) -> "int | None":
        """UTC [µs since 1970], or None while nothing has set the clock."""
        if self._host_clock:
            return time.time_ns() // 1000
        return None if self.wallclock is None else self.wallclock.utc_us()

    def rtc_s(self) -> "int | None":
        """The clock that certificates are judged by [s since 1970]."""
        return int(time.time())

    def reset_cause(self) -> str:
        """Why the board started."""
        if self._note == _SLEEP:
            return "deep_sleep"
        return "power_on" if self._first_start else "restart"

    def free_heap(self) -> "int | None":
        """Free heap [bytes]; None where Python does not say."""
        return gc.mem_free() if hasattr(gc, "mem_free") else None

    def dns_servers(self) -> "list[str]":
        """Name servers the network told of; the host tells none."""
        return []

    def _nothing(self, *_: object) -> None:
        """What a host need not do: its network, clock and watchdog are not ours."""

    poll = light = set_rtc_s = join_network = restart_network = feed_watchdog = _nothing

    def note(self, code: int) -> None:
        """Keep a small number where a reset leaves it."""
        try:
            files.write_sealed(self._noted, code)
        except OSError:
            pass  # it only helps a technician

    def noted(self) -> int:
        """The supervisor's number kept before the last reset; 0 for none."""
        return 0 if self._note == _SLEEP else self._note

    def deep_sleep(self, ms: int) -> None:
        """Sleep as a board does: nothing runs, and afterwards the program starts anew."""
        self.note(_SLEEP)
        time.sleep(ms / 1000)
        self.reset()

    def reset(self) -> None:
        """End the process; its runner starts it again."""
        sys.exit(1)


def _repeat(step: "Callable[[], None]", period_ms: int) -> None:
    """A thread's whole life."""
    while True:
        step()
        time.sleep(period_ms / 1000)
