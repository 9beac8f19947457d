"""Platinum resistors: from a ratio or a fault status to a temperature or a reason; pure."""

import math

# IEC 60751, platinum: R(t) = R0·(1 + A·t + B·t² + C·(t − 100)·t³), the last term below 0 °C only.
_A = 3.9083e-3
_B = -5.775e-7
_C = -4.183e-12
_RTD_FULL = 0x7FFF

# Bits of the MAX31865's fault status, the most telling first.
RTD_FAULTS = (
    (0x20, "sensor_open", "D5: REFIN- above 0.85 of the bias, an open wire or element"),
    (0x80, "sensor_open", "D7: resistance above the range, an open element"),
    (0x40, "sensor_short", "D6: resistance below the range, a shorted element"),
    (0x10, "sensor_short", "D4: REFIN- below 0.85 of the bias, RTDIN- or FORCE- to ground"),
    (0x08, "sensor_short", "D3: RTDIN- below 0.85 of the bias, an input to ground"),
    (0x04, "out_of_range", "D2: an input above the supply or below ground"),
)


def fault(status: int) -> "tuple[str, str] | None":
    """Reason and words for a MAX31865's fault status register; None without a fault bit."""
    for bit, reason, words in RTD_FAULTS:
        if status & bit:
            return reason, words
    return None


def degc(code: int, reference_ohm: float, nominal_ohm: float) -> "tuple[float | None, str | None]":
    """Temperature [°C] of a platinum resistor, or the reason why there is none.

    Args:
        code: The MAX31865's 15-bit ratio of the resistor to its reference.
        reference_ohm: The reference resistor [Ω].
        nominal_ohm: The platinum resistor at 0 °C, 100 or 1000 [Ω].

    Source: IEC 60751, Callendar–Van Dusen; below 0 °C solved by Newton's method.
    """
    if code <= 0:
        return None, "sensor_short"
    if code >= _RTD_FULL:
        return None, "sensor_open"
    above = code * reference_ohm / 32768 / nominal_ohm - 1
    under_root = _A * _A + 4 * _B * above
    if under_root < 0:
        return None, "out_of_range"
    # In this form nothing cancels near 0 °C, where boards have single precision.
    t_degc = 2 * above / (_A + math.sqrt(under_root))
    if t_degc < 0:
        for _ in range(4):
            cubed = t_degc * t_degc * t_degc
            error = t_degc * (_A + _B * t_degc) + _C * (t_degc - 100) * cubed - above
            slope = _A + 2 * _B * t_degc + _C * (4 * cubed - 300 * t_degc * t_degc)
            t_degc -= error / slope
    if not -200 <= t_degc <= 850:
        return None, "out_of_range"
    return round(t_degc, 3), None
