"""What a person may ask of a board from afar, within the site's bounds; loaded when one does."""

import memory

LEAST = {"temp_degc": 30, "co_ppm": 50, "report_s": 1}  # below, it would never be silent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from guard import Guard
    from sampler import Sampler


class Controls:
    """Does what signed commands say, or refuses in words.

    Args:
        settings: The board's config, for the site's bounds and where orders are kept.
        guard: The local alarm at work.
        sampler: For the interval of reports.
    """

    def __init__(
        self,
        settings: "dict[str, object]",
        guard: "Guard",
        sampler: "Sampler",
    ) -> None:
        given = settings["bounds"]
        self.bounds: "dict[str, float]" = given if isinstance(given, dict) else {}
        self.directory = str(settings["ring"])
        self.guard = guard
        self.sampler = sampler

    def silence(self, minutes: float) -> "str | None":
        """Silence the horn for a while [min]; returns why not, or None."""
        most = self.bounds["silence_min"]
        if not 0 < minutes <= most:
            return "silence is %s min; give more than 0 and at most %s" % (minutes, most)
        return self._ask("silence", minutes * 60000)

    def reset_latch(self) -> "str | None":
        """Let go of alarms whose condition is over; returns why not, or None."""
        return self._ask("reset")

    def test(self) -> "str | None":
        """Let horn and lamp work for a moment; returns why not, or None."""
        return self._ask("test", self.guard.test_ms)

    def limits(self, temp_degc: float, co_ppm: float) -> "str | None":
        """Judge by other limits [°C, ppm], over restarts; returns why not, or None."""
        for key, value in (("temp_degc", temp_degc), ("co_ppm", co_ppm)):
            low = LEAST[key]
            if not low <= value <= self.bounds[key]:
                return "%s is %s; give a number from %s to the site's bound %s" % (
                    key,
                    value,
                    low,
                    self.bounds[key],
                )
        refused = self._ask("limits", temp_degc, co_ppm)
        if refused is None:
            memory.keep_orders(self.directory, {"temp_degc": temp_degc, "co_ppm": co_ppm})
        return refused

    def interval(self, report_s: float) -> "str | None":
        """Report at another interval [s], over restarts; returns why not, or None."""
        low, most = LEAST["report_s"], self.bounds["report_s_max"]
        if not low <= report_s <= most:
            return "report_s is %s; give a number from %s to %s" % (report_s, low, most)
        self.sampler.set_interval(int(report_s * 1000))
        memory.keep_orders(self.directory, {"report_s": report_s})
        return None

    def restore(self) -> None:
        """After a restart: what commands have set, as far as the bounds still allow it."""
        orders = memory.orders(self.directory)
        if "temp_degc" in orders and "co_ppm" in orders:
            limits = (orders["temp_degc"], orders["co_ppm"])
            if limits[0] <= self.bounds["temp_degc"] and limits[1] <= self.bounds["co_ppm"]:
                self.guard.ask("limits", limits[0], limits[1])
        if orders.get("report_s", self.bounds["report_s_max"] + 1) <= self.bounds["report_s_max"]:
            self.sampler.set_interval(int(orders["report_s"] * 1000))

    def _ask(self, what: str, *numbers: float) -> "str | None":
        """Hand a wish to the guard."""
        if self.guard.ask(what, *numbers):
            return None
        return "the guard has too much to do; send it again"
