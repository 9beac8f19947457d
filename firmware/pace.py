"""How often to report: faster while an alarm stands or a value rises, without flapping."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alarm import LocalAlarm

CALM_MS = 600000  # how long all is calm before reports slow down again
_JUDGE_MS = 5000


class Pace:
    """Whether reports are to be fast.

    Args:
        temp_k_per_min: A temperature that rises or falls so fast makes reports fast [K/min].
        co_ppm_per_min: The same for CO [ppm/min]. Calm is below half of either.
    """

    def __init__(self, temp_k_per_min: float, co_ppm_per_min: float) -> None:
        self.temp_k_per_min = temp_k_per_min
        self.co_ppm_per_min = co_ppm_per_min
        self.fast = False
        self._judged_ms = -_JUDGE_MS
        self._moved_ms = 0

    def judge(self, local: "LocalAlarm", now_ms: int) -> bool:
        """Look at the alarm and at every slope; returns whether reports are to be fast."""
        alarm = local.active()
        if alarm or now_ms - self._judged_ms >= _JUDGE_MS:
            self._judged_ms = now_ms
            steepest = self._steepest(local, now_ms)
            if alarm or steepest >= 1.0:
                self.fast = True
            if alarm or steepest >= 0.5:
                self._moved_ms = now_ms
            elif self.fast and now_ms - self._moved_ms >= CALM_MS:
                self.fast = False
        return self.fast

    def _steepest(self, local: "LocalAlarm", now_ms: int) -> float:
        """The steepest slope in shares of its threshold."""
        steepest = 0.0
        for point in local.trend.points():
            if point.endswith("_degc"):
                threshold = self.temp_k_per_min
            elif point.endswith("co_ppm"):
                threshold = self.co_ppm_per_min
            else:
                continue
            slope = local.trend.per_min(point, now_ms)
            if slope is not None:
                steepest = max(steepest, abs(slope) / threshold)
        return steepest
