"""Totals that lots are traced by, corrected by what calibrations found."""

import pytest

from agent.cofiring.accuracy import Accuracy
from agent.cofiring.corrected_totals import CorrectedTotals

DAY_US = 86_400_000_000
KG_PER_DAY = 1000.0
FIRST, SWAP, LAST = 10 * DAY_US, 25 * DAY_US + DAY_US // 3, 40 * DAY_US
CALIBRATIONS = ((FIRST, 0.01, 0.004), (SWAP, 0.012, -0.007), (LAST, -0.002, 0.0))


def error(t_us):
    """What it shows too much: in a straight line from one calibration to the next."""
    if t_us < FIRST:
        return 0.01
    if t_us < SWAP:
        return 0.004 + 0.008 * (t_us - FIRST) / (SWAP - FIRST)
    return -0.007 + 0.005 * (t_us - SWAP) / (LAST - SWAP) if t_us < LAST else 0.0


class Outlet:
    """Totals of a thousand true kilograms a day, counted hour by hour with the error."""

    def __init__(self, days):
        self.days, self.moved = days, 0
        self._hours = [0.0]
        for hour in range(days * 24):
            middle = hour * DAY_US // 24 + DAY_US // 48
            self._hours.append(self._hours[-1] + KG_PER_DAY / 24 * (1 + error(middle)))

    def total(self, point, t_us):
        hours = min(max(t_us, 0) * 24 / DAY_US, self.days * 24 - 1e-9)
        whole = int(hours)
        step = self._hours[whole + 1] - self._hours[whole]
        return self._hours[whole] + (hours - whole) * step + self.moved

    def gauge(self, point, slot_us):
        return 12.5

    def edition(self):
        return int(self.moved)

    def until_us(self):
        return self.days * DAY_US


@pytest.mark.parametrize("order", [1, -1])
def test_corrected_totals_rise_by_what_really_passed(order):
    totals = CorrectedTotals(Outlet(60), {"out": Accuracy(0.01, 1.0, 0.1, 0.0, CALIBRATIONS)})
    instants = [0, FIRST, 17 * DAY_US + 5, SWAP - 1, SWAP, 30 * DAY_US + 7, LAST, 59 * DAY_US]
    found = {t: totals.total("out", t) for t in instants[::order]}
    for t_us in instants:
        really = (t_us - FIRST) / DAY_US * KG_PER_DAY
        assert found[t_us] - found[FIRST] == pytest.approx(really, rel=2e-5, abs=0.5), t_us
    assert found[FIRST] == Outlet(60).total("out", FIRST)


def test_a_meter_without_calibrations_is_taken_as_it_is():
    outlet = Outlet(60)
    totals = CorrectedTotals(outlet, {"out": Accuracy(0.01, 1.0, 0.1)})
    assert totals.total("out", SWAP) == outlet.total("out", SWAP)
    assert (totals.gauge("out", 0), totals.until_us()) == (12.5, 60 * DAY_US)


def test_totals_of_the_past_that_moved_are_asked_anew():
    outlet = Outlet(60)
    totals = CorrectedTotals(outlet, {"out": Accuracy(0.01, 1.0, 0.1, 0.0, CALIBRATIONS)})
    before = totals.total("out", LAST)
    outlet.moved = 100
    assert totals.edition() == 100
    assert totals.total("out", LAST) == pytest.approx(before + 100.0)
