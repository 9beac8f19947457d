"""The horn, the relay and the lamp: what each shall do, by the state of the alarm.

The relay is fail-safe by default: it is held while all is well and falls on an alarm, so that a
dead board or a cut wire shows at the panel. Silencing stops the horn, never relay or lamp.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alarm import LocalAlarm
    from board import Board

# The lamp.
DARK = 0
STEADY = 1
FLASHING = 2
BLINKS = 3  # a sensor is faulty


class Outputs:
    """Levels of horn, relay and lamp, shown on the board when they change.

    Args:
        face: The board.
        fail_safe: Whether the relay is held while all is well, and falls on an alarm.
    """

    def __init__(self, face: "Board", fail_safe: bool = True) -> None:
        self.horn = 0
        self.relay = 0
        self.lamp = DARK
        self.condition: "str | None" = None
        self.silenced = False
        self.test = 0
        self._face = face
        self._fail_safe = fail_safe
        self._test_until_ms: "int | None" = None
        self._taken = False
        self._lit: "bool | None" = None

    def levels(self) -> "dict[str, object]":
        """The outputs by name, for a file or a state message."""
        return {
            "horn": self.horn,
            "condition": self.condition,
            "relay": self.relay,
            "led": self.lamp,
            "silenced": self.silenced,
            "test": self.test,
        }

    def start_test(self, now_ms: int, ms: int) -> None:
        """Let horn and lamp work for a moment [ms]; an alarm is never hidden by it."""
        self._test_until_ms = now_ms + ms

    def update(self, local: "LocalAlarm", now_ms: int) -> bool:
        """Bring the outputs to the state of the alarm; a refused output is tried again.

        Returns:
            Whether the board shows what it shall.
        """
        if self._test_until_ms is not None and now_ms >= self._test_until_ms:
            self._test_until_ms = None
        condition = local.shown()
        sounding = local.sounding()
        horn = 0 if sounding is None else 1
        relay = 1 if (condition is None) == self._fail_safe else 0
        lamp = STEADY if condition is not None else BLINKS if local.faults else DARK
        if horn:
            lamp = FLASHING
        silenced = condition is not None and not horn
        test = 0 if self._test_until_ms is None else 1
        if (
            not self._taken
            or horn != self.horn
            or relay != self.relay
            or lamp != self.lamp
            or condition != self.condition
            or silenced != self.silenced
            or test != self.test
        ):
            self.horn, self.relay, self.lamp = horn, relay, lamp
            self.condition, self.silenced, self.test = condition, silenced, test
            self._taken = self._face.show(self)
        self._light(now_ms)
        return self._taken

    def _light(self, now_ms: int) -> None:
        """Let the lamp flash: twice a second on an alarm, a short blink in 2 s on a fault."""
        lit = self.lamp == STEADY or self.test == 1
        if self.lamp == FLASHING:
            lit = now_ms % 500 < 250
        elif self.lamp == BLINKS:
            lit = lit or now_ms % 2000 < 100
        if lit != self._lit:
            self._lit = lit
            self._face.light(lit)
