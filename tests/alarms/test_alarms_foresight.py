"""What early warning derives: beyond the model, beyond the store's own week, ahead of the limit."""

import math

import pytest
from early_yard import CONSTANTS, CONTAINER, EarlyYard

from agent.alarms.baseline import FULL_HOURS, Baseline, Hour
from agent.alarms.common_mode import CommonMode
from agent.alarms.emission import Emission
from agent.alarms.time_to_limit import Ahead, ahead
from agent.alarms.trail import HOURS, Trail


def quiet(_hour):
    return 400.0


def cool(_hour):
    return 20.0


def after(begin_h, before, rate_per_h):
    """A straight rise from some hour on."""
    return lambda hour: before + max(0.0, hour - begin_h) * rate_per_h


class Fuel:
    """CO of healthy fuel in a leaky container, by sums of its own."""

    def __init__(self, source_ppm_per_day: float, leak_per_day: float, temp) -> None:
        self._source, self._leak, self._temp = source_ppm_per_day, leak_per_day, temp
        self._hour, self._ppm = 0.0, source_ppm_per_day / leak_per_day

    def co(self, hour: float) -> float:
        while self._hour < hour:
            kelvin = self._temp(self._hour) + 273.15
            warmth = math.exp(-80_000.0 / 8.314 * (1.0 / kelvin - 1.0 / 293.15))
            self._ppm += (self._source * warmth - self._leak * self._ppm) / 96.0
            self._hour += 0.25
        return round(self._ppm)


def test_the_emission_model_says_what_is_known_of_fresh_pellets():
    """65 to 600 ppm a day in a sealed container at 25 °C, and five times that at 40 °C."""
    least = CONTAINER.most_ppm_per_day * 100.0 / 885.0
    assert (round(least), round(CONTAINER.most_ppm_per_day)) == (67, 593)
    assert CONTAINER.relative(24.85, 0.0) == pytest.approx(1.0)
    assert CONTAINER.relative(40.0, 0.0) / CONTAINER.relative(25.0, 0.0) == pytest.approx(4.7, 0.01)
    assert CONTAINER.relative(24.85, 42.0 * 24.0) == pytest.approx(0.5)
    assert CONTAINER.ceiling_ppm(1.0, 1000.0) == pytest.approx(593.2 - 20.0, abs=0.1)
    assert CONTAINER.settling_days == pytest.approx(12.9, abs=0.1)


def test_a_silo_follows_the_air_over_years_and_has_less_gas_over_its_fuel():
    silo = Emission.of_silo(CONSTANTS)
    assert silo.settling_days > 1000.0
    assert silo.most_ppm_per_day == pytest.approx(CONTAINER.most_ppm_per_day * 26.0 / 13.7)


def test_each_constant_has_unit_source_and_mark():
    for name, entry in CONSTANTS.items():
        assert set(entry) == {"value", "unit", "source", "mark", "valid_from"}, name
        assert entry["mark"] in {"S", "V", "D", "M"}, name
        assert entry["source"].strip(), name


def test_a_change_needs_both_its_ends():
    trail = Trail()
    for hour in range(HOURS):
        trail.add(float(hour))
    assert (trail.change(24), trail.change(12), trail.day_mean()) == (24.0, 12.0, 14.5)
    trail.add(None)
    trail.add(28.0)
    assert trail.change(24) == pytest.approx(27.0 - 3.0)
    trail.add(30.0, after=2)
    assert trail.change(24) is None


def test_ahead_is_a_line_with_its_doubt():
    line = ahead([1000.0 + 50.0 * hour for hour in range(24)])
    assert line == Ahead(2150.0, 50.0, 0.0)
    assert line.hours_to(3000.0) == (17.0, 17.0, 17.0)
    assert line.hours_to(2000.0) == (0.0, 0.0, 0.0)
    assert ahead([1000.0] * 17 + [None] * 7) is None
    assert ahead([3000.0 - hour for hour in range(24)]).hours_to(3500.0) is None
    doubtful = Ahead(2000.0, 10.0, 10.0)
    best, earliest, latest = doubtful.hours_to(3000.0)
    assert best == 100.0
    assert earliest == pytest.approx(1000.0 / 29.6)
    assert latest is None
    assert doubtful.at_least(24.0) == pytest.approx(2000.0 - 9.6 * 24.0)


def test_noise_makes_a_line_less_sure():
    rough = ahead([1000.0 + 50.0 * hour + 40.0 * (-1) ** hour for hour in range(24)])
    assert rough.per_h == pytest.approx(50.0, abs=1.0)
    assert 0.5 < rough.per_h_error < 2.0


def hours_of(count, begin=0, gain=0.0, slope=0.0):
    return [Hour.of(begin + n, gain, 0.5, 400.0, slope) for n in range(count)]


def test_the_baseline_is_learning_until_seven_days_are_full():
    baseline = Baseline(CONTAINER)
    for hour in hours_of(FULL_HOURS - 1):
        baseline.add(hour, alarm=False)
    assert baseline.learning
    assert baseline.fit(500) is None
    baseline.add(Hour.of(500, 0.0, 0.5, 400.0, 0.0), alarm=False)
    assert not baseline.learning
    assert baseline.fit(501).expected_gain_ppm(Hour.of(501, 9.0, 0.5, 400.0, 0.0)) == 0.0


def test_hours_in_alarm_stay_out_of_the_baseline_and_freeze_it():
    baseline = Baseline(CONTAINER)
    for hour in hours_of(FULL_HOURS):
        baseline.add(hour, alarm=False)
    before = baseline.dump()[0]
    for hour in hours_of(20, begin=FULL_HOURS, gain=300.0, slope=12.0):
        baseline.add(hour, alarm=False)
    assert baseline.dump()[0] == before  # what began today is not usual yet
    for hour in hours_of(100, begin=FULL_HOURS + 20, gain=900.0, slope=40.0):
        baseline.add(hour, alarm=True)
        assert baseline.frozen
    assert baseline.dump()[0] == before
    for hour in hours_of(26, begin=FULL_HOURS + 120):
        baseline.add(hour, alarm=False)
    assert not baseline.frozen
    assert set(baseline.dump()[0][1::5]) == {0.0}
    assert baseline.dump()[0] != before  # it goes on with hours without an alarm


def test_what_half_the_yard_does_is_common_but_not_with_two_stores():
    common = CommonMode()
    common.post("c1", 9, 30.0)
    common.post("c2", 9, 34.0)
    assert common.common(10) == 0.0
    common.post("c3", 10, 300.0)
    assert common.common(11) == 34.0
    common.post("c4", 11, -5.0)
    assert common.common(11) == 34.0  # found once an hour
    assert common.common(12) == 30.0
    assert common.common(99) == 0.0


def test_a_quiet_store_stays_below_everything():
    yard = EarlyYard()
    yard.goes(9 * 24, {"co_ppm": quiet, "temp_1_degc": cool, "yard.air_degc": cool})
    names = {s.point.split(".")[2]: s for s in yard.derived}
    assert len(names) == 7
    assert all(s.quality == "good" for s in names.values())
    assert -15.0 < names["co_residual_ppm"].value < -14.0  # its fuel grows older
    assert -1.0 < names["co_slope_ppm_per_h"].value < 0.0
    assert names["temp_rate_degc_per_day"].value == 0.0
    assert names["co_ahead_ppm"].value == 400.0


def warmer(hour):
    """Wavy days, and from the ninth on 6 K more within a day."""
    return wavy(hour) + min(max(hour - 9 * 24, 0.0) / 24.0, 1.0) * 6.0


def wavy(hour):
    return 20.0 + math.sin(hour / 30.0)


def test_gas_that_warmth_explains_is_no_residual_and_gas_that_it_does_not_is():
    assert Fuel(80.0, 0.2, warmer).co(10.2 * 24) - Fuel(80.0, 0.2, warmer).co(9 * 24) > 40
    explained, unexplained = EarlyYard(), EarlyYard()
    co = Fuel(80.0, 0.2, warmer).co
    explained.goes(10.2 * 24, {"co_ppm": co, "temp_1_degc": warmer})
    co = Fuel(80.0, 0.2, warmer).co
    unexplained.goes(10.2 * 24, {"co_ppm": co, "temp_1_degc": wavy})
    assert explained.last("co_residual_ppm") < 0.0
    assert unexplained.last("co_residual_ppm") > explained.last("co_residual_ppm") + 20.0


def test_a_slope_is_held_against_the_usual_one_of_the_same_hour_of_the_day():
    def daily(hour):
        return 400.0 + 40.0 * math.sin(hour / 24.0 * math.tau)

    yard = EarlyYard()
    yard.goes(9 * 24, {"co_ppm": daily, "temp_1_degc": cool})
    assert max(s.value for s in yard.values("co_slope_ppm_per_h")[-24:]) < 0.5
    yard.goes(24, {"co_ppm": lambda h: daily(h) + (h - 216) * 8.0, "temp_1_degc": cool})
    assert yard.last("co_slope_ppm_per_h") == pytest.approx(7.4, abs=0.7)


def test_a_rise_that_the_air_explains_is_corrected():
    def air(hour):
        return 32.9 if hour > 7.5 * 24 else 20.0

    warm = after(8 * 24, 20.0, 1.0 / 24.0)
    courses = {"co_ppm": quiet, "temp_1_degc": warm}
    corrected, plain = EarlyYard(), EarlyYard(air=False)
    corrected.goes(10 * 24, {**courses, "yard.air_degc": air})
    plain.goes(10 * 24, courses)
    assert plain.last("temp_rate_degc_per_day") == pytest.approx(1.0, abs=0.01)
    assert corrected.last("temp_rate_degc_per_day") == pytest.approx(0.15, abs=0.1)


def test_a_probe_that_dies_or_comes_back_explains_no_gas_and_hides_none():
    def hot_probe(hour):
        return 32.0 + math.sin(hour / 24.0) if not 9 * 24 < hour < 12 * 24 else None

    def cool_probe(hour):
        return 20.0 + math.sin(hour / 24.0)

    def mean(hour):
        return 26.0 + math.sin(hour / 24.0)

    fuel = Fuel(80.0, 0.2, mean)
    yard = EarlyYard()
    yard.goes(14 * 24, {"co_ppm": fuel.co, "temp_1_degc": cool_probe, "temp_2_degc": hot_probe})
    judged = [s.value for s in yard.values("co_residual_ppm") if s.reason is None]
    assert len(judged) > 5 * 24
    assert max(judged) < 0.0
    assert min(judged) > -60.0


def test_air_that_nobody_measured_for_hours_is_not_taken_for_that_of_the_last_day():
    def air(hour):
        return 20.0 if not 9 * 24 < hour < 9 * 24 + 12 else None

    yard = EarlyYard()
    warm = after(0.0, 20.0, 0.3 / 24.0)
    yard.goes(10 * 24, {"co_ppm": quiet, "temp_1_degc": warm, "yard.air_degc": air})
    rates = [s.value for s in yard.values("temp_rate_degc_per_day")]
    assert rates[8 * 24] > 0.4  # the air is cooler than the fuel, which warms all the same
    assert rates[-13] == pytest.approx(0.3, abs=0.01)
