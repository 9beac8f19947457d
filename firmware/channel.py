"""One value and its sensor: calibration, warm-up, standing still, and what is told of it."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from loop import Loop

_DAY_US = 86400000000
_NEIGHBOUR_K = 2.0  # how far another sensor moves before standing still is suspicious

# After how many hours without any movement a sensor is stuck; 0 is never. The noise of the
# converters moves the last bit of all but the DS18B20, which may stand still in a calm pile: it
# counts as stuck only when another of the board has moved meanwhile.
STUCK_H = {"ds18b20": 72, "max31865": 1, "loop": 24, "adc": 1}
WARM_S = 300  # how long a CO cell needs after power-on


class Channel:
    """What one value's sensor said last, and what to think of it.

    Args:
        entry: The sensor's settings, as checked.
        moves: How often DS18B20 of this board have moved; a list of one number they share.
    """

    def __init__(self, entry: "dict[str, object]", moves: "list[int]") -> None:
        self.entry = entry
        self.name = str(entry["value"])
        self.kind = str(entry["kind"])
        self.loop: "Loop | None" = None
        self.rom: "bytes | None" = None
        self.value: "float | None" = None
        self.reason: "str | None" = "comm_fail"
        self.note = ""
        self.fresh = False
        self.told: "str | None" = None
        self._moves = moves
        self._raw: "int | None" = None
        self._since_ms = 0
        self._mark = 0
        self._anchor: "float | None" = None

    def take(
        self, value: "float | None", reason: "str | None", raw: int, now_ms: int, note: str = ""
    ) -> None:
        """Take over what the sensor says.

        Args:
            value: The value before its calibration, or None.
            reason: Why there is none.
            raw: The converter's number, to see whether it moves.
            now_ms: Monotonic time [ms].
            note: Words for the technician.
        """
        self.value, self.reason, self.note, self.fresh = value, reason, note, True
        if value is None:
            self._raw = None
            return
        gain, offset = number(self.entry, "gain", 1.0), number(self.entry, "offset", 0.0)
        self.value = round(value * gain + offset, 4)
        if self.kind == "ds18b20" and (
            self._anchor is None or abs(value - self._anchor) >= _NEIGHBOUR_K
        ):
            self._moves[0] += 0 if self._anchor is None else 1
            self._anchor = value
        if raw != self._raw:
            self._raw, self._since_ms, self._mark = raw, now_ms, self._moves[0]
        elif self._stands_still(now_ms):
            self.value, self.reason = None, "stuck"
            self.note = "unmoved for %d h" % ((now_ms - self._since_ms) // 3600000)

    def doubt(self, now_ms: int, today: "int | None", powered_on: bool) -> "str | None":
        """Why a known value is not good, or None.

        Args:
            now_ms: Monotonic time since the start [ms].
            today: Days since 1970, or None without a clock: no calibration is judged then.
            powered_on: Whether the sensor lost its power at the start.
        """
        cell = self.kind in ("loop", "adc") and self.name.endswith("co_ppm")
        if powered_on and now_ms < number(self.entry, "warm_s", WARM_S if cell else 0) * 1000:
            return "learning"
        for key in ("due", "bump_due") if today is not None else ():
            due = day(self.entry.get(key))
            if due is not None and today is not None and today > due:
                return "expired_calibration"
        return None

    def _stands_still(self, now_ms: int) -> bool:
        """Whether the sensor has not moved for too long."""
        stuck_h = number(self.entry, "stuck_h", STUCK_H[self.kind])
        if not stuck_h or now_ms - self._since_ms < stuck_h * 3600000:
            return False
        return self.kind != "ds18b20" or self._moves[0] != self._mark


def number(entry: "dict[str, object]", key: str, default: float) -> float:
    """A number of a sensor's settings."""
    value = entry.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("%s is %r; give a number" % (key, value))
    return value


def whole(entry: "dict[str, object]", key: str, default: int) -> int:
    """A whole number of a sensor's settings."""
    return int(number(entry, key, default))


def day(text: object) -> "int | None":
    """Days since 1970 of a date such as 2027-05-01; None for anything else."""
    if not isinstance(text, str) or len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None
    try:
        year, month, date = int(text[:4]), int(text[5:7]), int(text[8:])
    except ValueError:
        return None
    if not (1970 <= year < 2200 and 1 <= month <= 12 and 1 <= date <= _days(year, month)):
        return None
    # The year is counted from March, so that the leap day is its last.
    years = year - (month < 3)
    since_march = (month + 9) % 12
    return (
        years * 365
        + years // 4
        - years // 100
        + years // 400
        + (153 * since_march + 2) // 5
        + date
        - 1
        - 719468
    )


def today(utc_us: "int | None") -> "int | None":
    """Days since 1970 of a UTC [µs], or None where it is not known."""
    return None if utc_us is None else utc_us // _DAY_US


def _days(year: int, month: int) -> int:
    """How many days a month has."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31
