"""One 4–20 mA loop by NAMUR NE 43: what its current means, and when it is a fault."""

import channel
import conversion

FAULT_LOW_MA = 3.6
FAULT_HIGH_MA = 21.0
FAULT_MS = 4000  # how long a current stays beyond before it is a fault
SATURATED_LOW_MA = 3.8
SATURATED_HIGH_MA = 20.5
_FULL_MA = 20.0


class Loop:
    """The state of one loop.

    A CO cell at or above 20 mA is at the end of its range: no number, and above every limit. That
    holds above 21 mA too, where the wiring may be at fault: a fire fills the cell first.

    Args:
        low: What 4 mA means, in the value's unit.
        high: What 20 mA means, in the value's unit.
        gas: Whether it is a cell whose full range counts as above every limit.
    """

    def __init__(self, low: float, high: float, *, gas: bool) -> None:
        self.low = low
        self.high = high
        self.gas = gas
        self.fault = ""
        self.below = False  # under the least that can be measured, and no fault
        self._beyond_ms: "int | None" = None

    def judge(self, current_ma: float, now_ms: int) -> "tuple[float | None, str | None]":
        """The value of a loop's current [mA], or the reason why there is none."""
        self.below = FAULT_LOW_MA <= current_ma < SATURATED_LOW_MA
        if FAULT_LOW_MA <= current_ma <= FAULT_HIGH_MA:
            self._beyond_ms = None
            self.fault = ""
            if current_ma < SATURATED_LOW_MA:
                return None, "out_of_range"
            if current_ma >= _FULL_MA if self.gas else current_ma > SATURATED_HIGH_MA:
                return None, "over_range"
            share = (current_ma - 4.0) / 16.0
            return self.low + share * (self.high - self.low), None
        if self._beyond_ms is None:
            self._beyond_ms = now_ms
        if now_ms - self._beyond_ms >= FAULT_MS:
            self.fault = "loop below 3.6 mA" if current_ma < FAULT_LOW_MA else "loop above 21 mA"
        if current_ma > FAULT_HIGH_MA and self.gas:
            return None, "over_range"
        if not self.fault:
            return None, "out_of_range"
        return None, "sensor_open" if current_ma < FAULT_LOW_MA else "sensor_short"


def take(value: "channel.Channel", microvolts: float, raw: int, now_ms: int) -> None:
    """Hand on what the voltage over a loop's shunt [µV] means."""
    entry = value.entry
    if value.loop is None:
        low, high = channel.number(entry, "low", 0), channel.number(entry, "high", 0)
        value.loop = Loop(low, high, gas=value.name.endswith("co_ppm"))
    current_ma = conversion.loop_ma(microvolts, channel.number(entry, "shunt_ohm", 100))
    number, reason = value.loop.judge(current_ma, now_ms)
    value.take(number, reason, raw, now_ms, value.loop.fault)
