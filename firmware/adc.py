"""A 4–20 mA loop on a pin of the chip's own converter."""

import loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from channel import Channel
    from pinbuses import PinBuses

_READS = 16  # a mean of so many; under 2 ms


class AdcPin:
    """One pin.

    Args:
        buses: The board's buses.
        value: Its value; the entry names ``pin`` and ``shunt_ohm``.
    """

    def __init__(self, buses: "PinBuses", value: "Channel") -> None:
        pin = value.entry.get("pin")
        self._adc = buses.adc(pin if isinstance(pin, int) else None)
        self.channels = [value]

    def start(self, now_ms: int) -> None:
        """Nothing to start: the converter answers at once."""

    def step(self, now_ms: int) -> int:
        """Read the pin."""
        total_uv = 0
        for _ in range(_READS):
            total_uv += self._adc.read_uv()
        loop.take(self.channels[0], total_uv / _READS, total_uv, now_ms)
        return 0

    def abort(self, now_ms: int) -> None:
        """Nothing runs that could be given up."""
