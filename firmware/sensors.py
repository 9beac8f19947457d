"""The board's sensors: started together, collected when they are ready, never waited for.

A reading is one round: every sensor converts, each on its own; what fails has a reason and touches
no other. A number that is known but not good has both the number and a reason; it may raise an
alarm and must not clear one.
"""

import sys

import channel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from fitting import Source
    from pinbuses import PinBuses

O2_LEAST_PERCENT = 10.0  # below it an electrochemical CO cell, which needs oxygen, reads too low
# A round that takes longer, and so many calls, is given up: one sensor must not hold up the others.
_LATE_MS = 6000
_LATE_POLLS = 12
_FORGOTTEN_MS = 6000  # after such a pause what was converted is old, and starts anew


class Sensors:
    """All sensors of a board.

    Args:
        section: The config's list of sensors, checked; None is a board nobody has configured: a
            value in °C is a DS18B20 in the order of ROM codes, ``co_ppm`` a loop on the ADC pin.
        buses: Where the sensors are.
        values: Names of the board's values.
        utc_us: UTC [µs since 1970], or None while nothing has set the clock; without it no
            calibration is judged expired here.
        powered_on: Whether the sensors lost their power at the start, so that cells warm up.
        full_scale_ppm: What 20 mA of an unconfigured CO cell means [ppm].
        roms: File of the ROM codes by value's name, for values whose entry names none.
    """

    def __init__(
        self,
        section: "list[dict[str, object]] | None",
        buses: "PinBuses",
        values: "list[str]",
        utc_us: "Callable[[], int | None] | None" = None,
        *,
        powered_on: bool = True,
        full_scale_ppm: float = 5000.0,
        roms: str = "roms.json",
    ) -> None:
        self.values = values
        self._utc_us = utc_us
        self._powered_on = powered_on
        self._started_ms: "int | None" = None
        self._polled_ms = 0
        self._polls = 0
        import fitting

        del sys.modules["fitting"]  # it leaves the heap again
        entries = fitting.defaults(values, full_scale_ppm) if section is None else section
        # What takes its time, and what answers at once.
        self._channels, self.sources, self.quick = fitting.fit(entries, buses, roms)
        self._by_value: "list[channel.Channel | None]" = [None] * len(values)
        for one in self._channels:
            if one.name in values:
                self._by_value[values.index(one.name)] = one

    def read(self, now_ms: int) -> "tuple[dict[str, float], dict[str, str]] | None":
        """The newest reading, or None while conversions run.

        Args:
            now_ms: Monotonic time since the start [ms].

        Returns:
            Values by name, and reasons by name; a name in both is a number that is not good.
        """
        if self.poll(now_ms):
            return None
        for source in self.quick:
            self._step(source, now_ms)
        v: "dict[str, float]" = {}
        bad: "dict[str, str]" = {}
        today = channel.today(None if self._utc_us is None else self._utc_us())
        for index, name in enumerate(self.values):
            known = self._by_value[index]
            if known is None or not known.fresh:
                bad[name] = "comm_fail"
            elif known.value is None:
                bad[name] = known.reason or "comm_fail"
            else:
                v[name] = known.value
                doubt = known.doubt(now_ms, today, self._powered_on)
                if doubt is not None:
                    bad[name] = doubt
        self._doubt_co(v, bad)
        self._begin(now_ms)
        return v, bad

    def poll(self, now_ms: int) -> int:
        """Move conversions on; returns when it is useful to come back [ms], 0 for a reading.

        Between two scans this makes readings quicker; `read` does the same.
        """
        if self._started_ms is None or now_ms - self._polled_ms > _FORGOTTEN_MS:
            self._begin(now_ms)
        self._polled_ms = now_ms
        self._polls += 1
        late = now_ms - (self._started_ms or 0) > _LATE_MS and self._polls > _LATE_POLLS
        wait_ms = 0
        for source in self.sources:
            wait_ms = max(wait_ms, self._step(source, now_ms))
        return 0 if late else wait_ms

    def describe(self, index: int) -> "dict[str, object] | None":
        """What ``state/sensors/<index>`` says of the sensor of one value; None beyond the last."""
        if not 0 <= index < len(self.values):
            return None
        name = self.values[index]
        told: "dict[str, object]" = {"value": name, "kind": None, "status": "comm_fail"}
        known = self._by_value[index]
        if known is None:
            told["note"] = "no sensor in the config"
            return told
        told["kind"] = known.kind
        for key in ("pin", "cs", "address", "channel", "bump_due"):
            if key in known.entry:
                told[key] = known.entry[key]
        if known.rom is not None:
            told["rom"] = known.rom.hex()
        told["calibrated"] = known.entry.get("calibrated")
        told["due"] = known.entry.get("due")
        told["judged"] = self._utc_us is not None and self._utc_us() is not None
        told["status"] = known.told
        if known.note:
            told["note"] = known.note
        return told

    def _begin(self, now_ms: int) -> None:
        """Start a round."""
        self._started_ms = now_ms
        self._polls = 0
        for one in self._channels:
            one.fresh = False
        for source in self.sources:
            try:
                source.start(now_ms)
            except Exception as error:
                self._failed(source, error, now_ms)

    def _step(self, source: "Source", now_ms: int) -> int:
        """Move one source on; what goes wrong stays with it, a driver's own slip too."""
        try:
            return source.step(now_ms)
        except Exception as error:
            self._failed(source, error, now_ms)
        return 0

    def _failed(self, source: "Source", error: Exception, now_ms: int) -> None:
        """What a source has not given this round it does not give any more."""
        for one in source.channels:
            if not one.fresh:
                one.take(None, "comm_fail", 0, now_ms, "%r" % error)
        try:
            source.abort(now_ms)
        except Exception:
            pass  # it is told as comm_fail already

    def _doubt_co(self, v: "dict[str, float]", bad: "dict[str, str]") -> None:
        """Mark CO as unreliable where oxygen is low, and keep what each sensor is told as."""
        o2 = [v[name] for name in v if name.endswith("o2_percent")]
        for one in self._channels:
            below = one.loop is not None and one.loop.below and one.reason == "out_of_range"
            if below and one.name.endswith("o2_percent"):
                o2 = [0.0]  # less than no oxygen, says the cell
        for one in self._channels:
            name = one.name
            least = channel.number(one.entry, "o2_least_percent", O2_LEAST_PERCENT)
            if name.endswith("co_ppm") and name in v and o2 and min(o2) < least:
                bad[name] = "low_o2"
            one.told = bad.get(name, "good")


def wrong(section: object, values: "list[str] | None" = None) -> "list[str]":
    """What is wrong with the config's list of sensors, in words.

    Args:
        section: The list as it was read.
        values: Names of the board's values, to find sensors and values without each other.
    """
    import sensorcheck

    del sys.modules["sensorcheck"]
    return sensorcheck.wrong(section, values)


def usable(section: object) -> "list[dict[str, object]] | None":
    """The entries that nothing is wrong with, so that one slip silences no other sensor.

    Returns:
        The entries, or None when there is none: the board then reads as nobody has configured it.
    """
    import sensorcheck

    del sys.modules["sensorcheck"]
    return sensorcheck.usable(section) or None
