"""Battery mode: wake, sample, judge, send, announce the next report, sleep.

While a board sleeps nothing is measured and no horn can sound: the alarm comes up to `sleep_s`
late, and a sensor that rises and dies between two wakes is seen by the gateway only. A board whose
alarm stands stays awake.
"""

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from board import Board
    from guard import Guard
    from sampler import Sampler
    from session import Session

POLL_S = 0.25
_LEAVE_S = 5


class Power:
    """Decides when the board sleeps.

    Args:
        section: The config's ``power``.
        face: The board.
        guard: For the alarm: while it stands nothing sleeps.
        sampler: For what is not stored yet, and to announce the next report.
        talk: To say good-bye; None without a network.
        busy: Whether something is under way that no sleep may cut off.
    """

    def __init__(
        self,
        section: "dict[str, object]",
        face: "Board",
        guard: "Guard",
        sampler: "Sampler",
        talk: "Session | None",
        busy: "Callable[[], bool]",
    ) -> None:
        self.sleep_ms = int(float(str(section["sleep_s"])) * 1000)
        self.awake_ms = int(float(str(section["awake_s"])) * 1000)
        self._talk = talk
        self._busy = busy
        self._face = face
        self._guard = guard
        self._sampler = sampler
        sampler.set_interval(self.sleep_ms)

    def state(self) -> "dict[str, object]":
        """Keys of the state message: how long this board does not look."""
        return {"power": "battery", "sleep_s": self.sleep_ms // 1000}

    def may_sleep(self, now_ms: int) -> bool:
        """Whether nothing keeps the board awake: all is told, or it was awake for long enough."""
        guard, ring = self._guard, self._sampler.ring
        if guard.outputs.condition is not None or guard.outputs.test or guard.local.unsettled():
            return False
        if self._busy() or self._face.input_pressed() or not self._sampler.kept:
            return False
        return now_ms >= self.awake_ms or (ring is not None and ring.held() == 0)

    async def run(self) -> None:
        """Stay awake as long as needed, then announce the next report and sleep."""
        clock = self._guard.uptime
        while True:
            await asyncio.sleep(POLL_S)
            if not self.may_sleep(clock.ms()):
                continue
            self._sampler.next_report_ms = clock.ms() + self.sleep_ms
            if self._talk is not None and self._talk.connected:
                await self._talk.leave(_LEAVE_S)
            if self.may_sleep(clock.ms()):
                self._guard.stopped = True
                self._face.deep_sleep(self.sleep_ms)
