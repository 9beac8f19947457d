"""How often to report: faster while an alarm stands or a value rises, without flapping."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alarm import LocalAlarm

CALM_MS = 600000  # how long all is calm before reports slow down again
_JUDGE_MS = 5000


class Pace:
    """Whether reports are to be fast.

    Args:
        temp_k: A temperature that rose so much in the last five to ten minutes makes them fast [K].
        co_ppm: The same for CO [ppm]. Calm is below half of either.
    """

    def __init__(self, temp_k: float, co_ppm: float) -> None:
        self.temp_k = temp_k
        self.co_ppm = co_ppm
        self.fast = False
        self._judged_ms = -_JUDGE_MS
        self._moved_ms = 0

    def judge(self, local: "LocalAlarm", now_ms: int) -> None:
        """Look at the alarm and at every rise."""
        alarm = local.active()
        if not alarm and now_ms - self._judged_ms < _JUDGE_MS:
            return
        self._judged_ms = now_ms
        steepest = 2.0 if alarm else 0.0  # in shares of its threshold
        for name in local.gasp.names():
            most = self.temp_k if name.endswith("_degc") else self.co_ppm
            steepest = max(steepest, local.gasp.rise(name) / most)
        if steepest >= 1.0:
            self.fast = True
        if steepest >= 0.5:
            self._moved_ms = now_ms
        elif now_ms - self._moved_ms >= CALM_MS:
            self.fast = False
