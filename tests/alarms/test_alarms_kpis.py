"""KPIs of a journal counted by hand, to the last digit."""

import tomllib
from fractions import Fraction
from pathlib import Path

import pytest
from alarm_journals import FROM_US as FROM
from alarm_journals import HOUR_US as H
from alarm_journals import RUNS as JOURNAL_RUNS
from alarm_journals import TO_US as TO
from alarm_journals import S, two_days, us

from agent.alarms.events import AlarmEvent
from agent.alarms.kpis import alarm_kpis
from agent.alarms.kpis_figures import AlarmKpis
from agent.alarms.kpis_history import FOREVER_US
from agent.alarms.kpis_table import KpiTable, read_kpi_table
from agent.alarms.kpis_windows import Stretch
from agent.errors import BadKpiTableError

ROOT = Path(__file__).parents[2]
TABLE_FILE = ROOT / "agent/tables/alarm_kpis.toml"
FEEDER = "feeder_stopped:unit1.coal.mass_rate_kg_per_s"
DRIFT = "meter_drift:unit1.coal.mass_total_kg"
PRE = "temp_pre:yard.c0150.temp_1_degc"


RUNS = [Stretch(*run) for run in JOURNAL_RUNS]


def event(at_s: float, edge: str = "raised", name: str = "temp_high:p", **more) -> AlarmEvent:
    condition, _, source = name.partition(":")
    at_us = round(at_s * S)
    kept = {"klass": "fire", "priority": "low", "state": "unacknowledged"} | more
    return AlarmEvent(name, edge, condition, source, t_us=at_us, at_us=at_us, **kept)


@pytest.fixture(scope="module")
def table() -> KpiTable:
    return read_kpi_table(tomllib.loads(TABLE_FILE.read_text()))


@pytest.fixture(scope="module")
def counted(table: KpiTable) -> AlarmKpis:
    return alarm_kpis(two_days(), RUNS, FROM, TO, table)


@pytest.mark.parametrize(
    ("name", "value", "met"),
    [
        ("average_per_day", Fraction(500, 39), True),
        ("average_per_10_min", Fraction(125, 1404), True),
        ("peak_per_10_min", Fraction(12), False),
        ("flood_share", Fraction(25, 8424), True),
        ("chattering", Fraction(1), False),
        ("stale", Fraction(2), True),
        ("unauthorised_suppressions", Fraction(2), False),
    ],
)
def test_a_figure_counted_by_hand(
    counted: AlarmKpis, name: str, value: Fraction, met: bool
) -> None:
    figure = counted.figure(name)
    assert (figure.value, figure.met) == (value.numerator / value.denominator, met)


def test_coverage_and_alarms_counted_by_hand(counted: AlarmKpis) -> None:
    assert (counted.coverage, counted.alarms) == (0.975, 25)


def test_the_flood_counted_by_hand(counted: AlarmKpis) -> None:
    begin, end = us("2026-11-16T08:07:30"), us("2026-11-16T08:15:50")
    assert (counted.floods, counted.flood_s) == (((begin, end),), 500.0)


def test_chattering_and_stale_alarms_are_named(counted: AlarmKpis) -> None:
    assert counted.chattering == (FEEDER,)
    assert [(s.alarm_id, s.span) for s in counted.stale] == [
        ("sensor_fault:yard.c0600.co_ppm", (us("2026-11-15T01:00:00"), us("2026-11-16T21:00:00"))),
        ("sensor_fault:yard.c0100.co_ppm", (us("2026-11-15T06:00:00"), us("2026-11-17T06:00:00"))),
        ("sensor_fault:yard.c0200.co_ppm", (us("2026-11-15T20:00:00"), FOREVER_US)),
    ]


def test_priorities_counted_by_hand(counted: AlarmKpis) -> None:
    assert [(p.priority, p.count, p.share, p.met) for p in counted.priorities] == [
        ("low", 15, 15 / 25, False),
        ("medium", 7, 7 / 25, False),
        ("high", 3, 3 / 25, False),
    ]


def test_bad_actors_counted_by_hand(counted: AlarmKpis) -> None:
    silent = [(f"board_silent:b0{n}", 1, 1 / 25) for n in range(151, 158)]
    assert [(a.alarm_id, a.count, a.share) for a in counted.bad_actors] == [
        (FEEDER, 4, 4 / 25),
        (DRIFT, 3, 3 / 25),
        (PRE, 2, 2 / 25),
        *silent,
    ]


def test_acknowledgements_counted_by_hand(counted: AlarmKpis) -> None:
    answers = counted.answers
    assert (answers.count, answers.median_s, answers.p90_s) == (9, 600.0, 18_000.0)
    assert (answers.longest_s, answers.waiting) == (18_000.0, 13)


def test_what_was_hidden_counted_by_hand(counted: AlarmKpis) -> None:
    assert counted.hidden == {"out_of_service": 1, "suppressed": 2, "shelved": 1}
    assert [(h.alarm_id, h.kind, h.person) for h in counted.hidings] == [
        ("temp_pre:yard.c0400.temp_1_degc", "shelved", "aoki"),
        ("sensor_fault:yard.c0600.co_ppm", "shelved", "aoki"),
        ("sensor_fault:yard.c0500.co_ppm", "out_of_service", "mori"),
        ("temp_pre:yard.c0700.temp_1_degc", "shelved", None),
    ]
    assert counted.hidings[0].until_us == us("2026-11-16T16:00:00")


def test_what_no_journal_covers_is_unknown_and_never_zero(table: KpiTable) -> None:
    kpis = alarm_kpis([], [Stretch(0, FROM)], FROM, TO, table)
    assert (kpis.coverage, kpis.alarms, kpis.flood_s) == (0.0, None, None)
    assert {(f.value, f.met) for f in kpis.figures} == {(None, None)}
    assert {(p.count, p.share, p.met) for p in kpis.priorities} == {(None, None, None)}
    assert kpis.hidden is None
    assert kpis.answers.count is kpis.answers.median_s is kpis.answers.waiting is None


def test_a_quiet_week_has_no_alarms_and_no_shares(table: KpiTable) -> None:
    kpis = alarm_kpis([], RUNS[:1], FROM - H, FROM, table)
    assert (kpis.alarms, kpis.figure("average_per_day").value) == (0, 0.0)
    assert all(figure.met for figure in kpis.figures)
    assert {(p.count, p.share, p.met) for p in kpis.priorities} == {(0, None, None)}
    assert (kpis.answers.count, kpis.answers.median_s) == (0, None)


def test_half_a_journal_meets_no_target_but_can_miss_one(table: KpiTable) -> None:
    half = [Stretch(FROM, (FROM + TO) // 2)]
    kpis = alarm_kpis(two_days(), half, FROM, TO, table)
    assert kpis.coverage == 0.5
    assert {f.name: f.met for f in kpis.figures} == {
        "average_per_day": None,
        "average_per_10_min": None,
        "peak_per_10_min": False,
        "flood_share": None,
        "chattering": False,
        "stale": None,
        "unauthorised_suppressions": False,
    }


def test_a_flood_that_goes_on_counts_up_to_the_end_of_the_period(table: KpiTable) -> None:
    rush = [event(n, name=f"silent:b{n}") for n in range(11)]
    kpis = alarm_kpis(rush, [Stretch(0, 100 * S)], 0, 100 * S, table)
    assert (kpis.floods, kpis.flood_s) == (((10 * S, 100 * S),), 90.0)


def test_a_flood_counts_only_while_there_is_a_journal(table: KpiTable) -> None:
    rush = [event(n, name=f"silent:b{n}") for n in range(11)]
    runs = [Stretch(0, 50 * S), Stretch(600 * S, 700 * S)]
    kpis = alarm_kpis(rush, runs, 0, 1000 * S, table)
    # It ends when the seventh of the eleven leaves: 6 s + 600 s.
    assert (kpis.floods, kpis.flood_s) == (((10 * S, 606 * S),), 46.0)


def test_a_repeat_is_no_alarm_and_renews_no_waiting(table: KpiTable) -> None:
    told = [event(10), event(20), event(30, "announced"), event(70, "acknowledged", person="aoki")]
    kpis = alarm_kpis(told, [Stretch(0, 100 * S)], 0, 100 * S, table)
    assert (kpis.alarms, kpis.answers.median_s) == (1, 60.0)


def test_hiding_without_a_name_is_unauthorised(table: KpiTable) -> None:
    told = [event(10), event(20, "shelved", person="aoki"), event(30, "shelved"),
            event(40, "out_of_service")]  # fmt: skip
    kpis = alarm_kpis(told, [Stretch(0, 100 * S)], 0, 100 * S, table)
    figure = kpis.figure("unauthorised_suppressions")
    assert (figure.value, figure.met, kpis.alarms) == (2, False, 1)


def test_a_clock_put_back_does_not_turn_the_journal_around(table: KpiTable) -> None:
    told = [event(90_000), event(80_000, "cleared"), event(80_010, "acknowledged", person="aoki")]
    kpis = alarm_kpis(told, [Stretch(0, 300_000 * S)], 0, 300_000 * S, table)
    assert (kpis.alarms, kpis.stale, kpis.answers.median_s, kpis.answers.waiting) == (1, (), 0, 0)


def test_an_alarm_that_rose_hidden_and_was_shown_later_is_stale_only_then(table: KpiTable) -> None:
    told = [
        event(0, visibility="shelved"),
        event(100_000, "unshelved", visibility="shown", person="aoki"),
        event(110_000, "shelved", visibility="shelved", person="aoki"),
    ]
    stale = [
        alarm_kpis(told, [Stretch(0, 300_000 * S)], a * S, b * S, table).figure("stale").value
        for a, b in ((80_000, 100_000), (100_000, 110_000), (110_000, 200_000))
    ]
    assert stale == [0, 1, 0]


def test_critical_is_counted_with_high(table: KpiTable) -> None:
    told = [event(n, name=f"a:{n}", priority=p) for n, p in enumerate(["critical", "high", "low"])]
    kpis = alarm_kpis(told, [Stretch(0, 100 * S)], 0, 100 * S, table)
    assert {p.priority: p.count for p in kpis.priorities} == {"low": 1, "medium": 0, "high": 2}


def test_an_empty_period_is_refused(table: KpiTable) -> None:
    with pytest.raises(ValueError, match="empty"):
        alarm_kpis([], RUNS, TO, TO, table)


@pytest.mark.parametrize(
    ("section", "key", "change", "words"),
    [
        ("target", "stale", None, r"\[target\] needs exactly"),
        ("target", "stale", {"source": ""}, "stale has no source"),
        ("target", "stale", {"most": 5}, "either most or below"),
        ("definition", "rate_window", {"value": "long"}, "give a number"),
        ("definition", "rate_window", {"value": 0}, "above 0"),
        ("definition", "flood_ends_below", {"value": 12}, "cannot end below 12"),
    ],
)
def test_a_table_that_cannot_be_is_refused(
    section: str, key: str, change: dict[str, object] | None, words: str
) -> None:
    raw = tomllib.loads(TABLE_FILE.read_text())
    if change is None:
        del raw[section][key]
    else:
        raw[section][key] |= change
    with pytest.raises(BadKpiTableError, match=words):
        read_kpi_table(raw)
