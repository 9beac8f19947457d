"""Reads the sensors, judges them and drives the outputs, whatever the loop is doing.

On a board it runs beside the asyncio loop: a thread on the ESP32 and the host, the second core on
the RP2. A loop that hangs in a name query or a TLS handshake delays nothing here. It owns the
sensors, the alarm's state and the outputs; the rest of the program asks for changes with `ask` and
takes what happened with `take`.
"""

import _thread

import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from alarm import Edge, LocalAlarm
    from board import Board
    from outputs import Outputs
    from uptime import Uptime

TICK_MS = 50  # how often button and lamp are served
CALM_MS = 600000  # how long all is calm before reports slow down again
_STALE_MS = 5000
_MOST_PENDING = 64
_MOST_ASKED = 8
_DEBOUNCE_TICKS = 2  # the button has to rest so long to count
_LONG_MS = 3000


class Guard:
    """The local alarm at work.

    Args:
        face: Where values come from and where the outputs are.
        values: Names of the values to read.
        local: The alarm's state.
        outputs: What horn, relay and lamp do.
        uptime: Monotonic time.
        scan_ms: How often the sensors are read [ms].
        stale_ms: Without a new reading for so long, every value is missing [ms].
    """

    def __init__(
        self,
        face: "Board",
        values: "list[str]",
        local: "LocalAlarm",
        outputs: "Outputs",
        uptime: "Uptime",
        *,
        scan_ms: int = 1000,
        stale_ms: int = _STALE_MS,
    ) -> None:
        self.face = face
        self.values = values
        self.local = local
        self.outputs = outputs
        self.uptime = uptime
        self.scan_ms = scan_ms
        self.stale_ms = max(_STALE_MS, stale_ms)
        self.threaded = False
        self.stopped = False  # before a deep sleep: a chip that sleeps does nothing
        self.scanned_ms = 0  # end of the newest scan that went well
        self.scans = 0
        self.failures = 0
        self.failure = ""  # the newest, in words
        self.ignored = 0  # edges nobody took in time
        self.silence_ms = 600000  # what a press of the button silences
        self.test_ms = 2000
        # A rise [K] and [ppm] in the last five to ten minutes that makes reports fast.
        self.rises: "tuple[float, float] | None" = None
        self.fast = False
        self._moved_ms = 0
        self.on_tick: "Callable[[int], None] | None" = None
        self._lock = _thread.allocate_lock()
        self._reading: "record.Record | None" = None
        self._edges: "list[record.Record]" = []
        self._asked: "list[tuple[str, tuple[float, ...]]]" = []
        self._next_scan_ms = 0
        self._read_ms = 0
        self._button = Button(face)

    def start(self) -> bool:
        """Start beside the loop where the board can; returns whether it did."""
        self.threaded = self.face.start_guard(self.step, TICK_MS)
        return self.threaded

    def step(self) -> None:
        """One tick: button, requests, a scan when it is due, outputs. Never raises."""
        if self.stopped or self._lock.locked() or self.uptime.lock.locked():
            return  # the next tick will do; a timer's call must not wait for whom it interrupts
        now_ms = self.uptime.ms()
        if now_ms >= self._next_scan_ms:
            missed = (now_ms - self._next_scan_ms) // self.scan_ms
            self._next_scan_ms += (missed + 1) * self.scan_ms
            self._try(self._scan, now_ms)
        else:
            self.face.poll()
        self._try(self._serve, now_ms)
        if self.on_tick is not None:
            self.on_tick(now_ms)

    def ask(self, what: str, *numbers: float) -> bool:
        """Ask for ``silence`` (ms), ``reset``, ``test`` (ms) or ``limits`` (°C, ppm).

        Returns:
            Whether it will be done at the next tick; False when too much waits already.
        """
        with self._lock:
            if len(self._asked) >= _MOST_ASKED:
                return False
            self._asked.append((what, numbers))
        return True

    def take(self) -> "tuple[record.Record | None, list[record.Record]]":
        """The newest reading that nobody took yet, if any, and all edges since the last call."""
        with self._lock:
            reading, self._reading = self._reading, None
            edges, self._edges = self._edges, []
        return reading, edges

    def tell(self, edges: "list[Edge]", now_ms: int, t_us: "int | None") -> None:
        """Keep edges until they are taken; where there are too many, the oldest go."""
        if not edges:
            return
        with self._lock:
            for edge in edges:
                self._edges.append(record.Record(now_ms, t_us, alarm=edge))
            self.ignored += max(0, len(self._edges) - _MOST_PENDING)
            del self._edges[:-_MOST_PENDING]

    def state(self) -> "dict[str, object]":
        """Keys of the state message about the local alarm."""
        panel = self.outputs
        told: "dict[str, object]" = {
            "alarm": panel.condition,
            "horn": panel.horn,
            "silenced": panel.silenced,
        }
        died = [row[1] for row in self.local.saved if row[3]]
        if died:
            told["died"] = died  # alarms raised because their sensors died
        if self.failures:
            told["guard_failures"] = self.failures
            told["guard_failure"] = self.failure[:60]
        return told

    def _try(self, part: "Callable[[int], None]", now_ms: int) -> None:
        """Do one part of a tick; what fails in one leaves the others alone."""
        try:
            part(now_ms)
        except Exception as error:
            self.failures += 1
            self.failure = repr(error)

    def _scan(self, now_ms: int) -> None:
        """Read the sensors once and judge them; time between readings never clears anything."""
        t_us = self.face.utc_us()
        reading = self.face.read(self.values)
        if reading is not None:
            self._read_ms = now_ms
            edges = self.local.evaluate(reading[0], reading[1], now_ms)
            with self._lock:
                self._reading = record.Record(now_ms, t_us, reading[0], reading[1])
        elif now_ms - self._read_ms > self.stale_ms:
            silent = dict.fromkeys(self.values, "comm_fail")
            edges = self.local.evaluate({}, silent, now_ms)
        else:
            edges = []
        self.outputs.update(self.local, now_ms)  # the horn first
        self.tell(edges, now_ms, t_us)
        if self.rises is not None and reading is not None:
            self._judge_pace(self.rises, now_ms)
        self.scans += 1
        self.scanned_ms = now_ms

    def _judge_pace(self, rises: "tuple[float, float]", now_ms: int) -> None:
        """Reports are fast while an alarm stands or a value rises, until all was calm for long."""
        steepest = 2.0 if self.local.active() else 0.0  # in shares of its threshold
        for name in self.values:
            most = rises[0] if name.endswith("_degc") else rises[1]
            steepest = max(steepest, self.local.gasp.rise(name) / most)
        if steepest >= 1.0:
            self.fast = True
        if steepest >= 0.5:
            self._moved_ms = now_ms
        elif now_ms - self._moved_ms >= CALM_MS:
            self.fast = False

    def _serve(self, now_ms: int) -> None:
        """Do what the button and the rest of the program ask for."""
        press = self._button.tick(now_ms)
        if press == "long":
            self.outputs.start_test(now_ms, self.test_ms)
        elif press == "short":
            if self.local.sounding() is None:
                self.local.reset_latch()
            else:
                self._silence(now_ms, self.silence_ms)
        while self._asked:
            with self._lock:
                what, numbers = self._asked.pop(0)
            if what == "silence":
                self._silence(now_ms, int(numbers[0]))
            elif what == "reset":
                self.local.reset_latch()
            elif what == "test":
                self.outputs.start_test(now_ms, int(numbers[0]))
            elif what == "limits":
                self.local.limits = {"temp_degc": numbers[0], "co_ppm": numbers[1]}
        self.local.tick(now_ms)
        self.outputs.update(self.local, now_ms)

    def _silence(self, now_ms: int, ms: int) -> None:
        """Silence the horn and tell of it."""
        self.tell(self.local.silence(now_ms, ms), now_ms, self.face.utc_us())


class Button:
    """The board's one button: short and long presses, without its bounces.

    A short press counts when it is let go, a long one while it is held, once. A button that hangs
    or a shorted wire is one long press.

    Args:
        face: Whose button.
    """

    def __init__(self, face: "Board") -> None:
        self._face = face
        self._down = False
        self._changing = 0
        self._since_ms = 0
        self._told = True

    def tick(self, now_ms: int) -> "str | None":
        """Look at the button; returns ``short``, ``long`` or None."""
        if self._face.input_pressed() == self._down:
            self._changing = 0
        else:
            self._changing += 1
        if self._changing >= _DEBOUNCE_TICKS:
            self._changing = 0
            self._down = not self._down
            if self._down:
                self._since_ms, self._told = now_ms, False
            elif not self._told:
                self._told = True
                return "short"
        if self._down and not self._told and now_ms - self._since_ms >= _LONG_MS:
            self._told = True
            return "long"
        return None
