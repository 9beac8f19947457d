"""Other limits: what appears, vanishes and moves, counted on twelve recorded hours."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from recorded_yard import BEGIN_US, HOUR_US, HOURS, MINUTE_US, RecordedYard

from gateway.historian.reader import Reader
from gateway.replay.comparison import Change
from gateway.replay.limits import LimitsError, changed, read_limits, read_setting
from gateway.replay.trial import ReplayError, Trial, try_limits

END_US = BEGIN_US + HOURS * HOUR_US
GAS_25 = "co_high:yard.c0025.co_ppm"
PRE_75 = "temp_pre:yard.c0075.temp_1_degc"


def trial(
    yard: RecordedYard,
    changes: dict[str, dict[str, Any]] | None = None,
    *without: str,
    from_us: int = BEGIN_US,
    to_us: int = END_US,
) -> Trial:
    other = changed(yard.site, changes or {}, without)
    with closing(Reader(yard.journal)) as reader:
        return try_limits(reader, yard.archive, yard.site, other, from_us, to_us, lambda _: None)


def minutes(found: Trial) -> list[tuple[str, str, Any, Any]]:
    """What changes, by minutes of the day."""

    def ends(span: Any) -> Any:
        return span and tuple((end - BEGIN_US) // MINUTE_US for end in span)

    return [
        (stay.alarm_id, str(stay.change), ends(stay.was), ends(stay.would_be))
        for stay in found.comparison.stays
        if stay.change is not Change.SAME
    ]


def test_a_lower_limit_shows_the_excursion_nobody_was_told_of(yard: RecordedYard) -> None:
    # 300 + 2500 · sin(π (m − 60) / 90), and a wave of 40 ppm on top: beyond 2500 ppm from minute
    # 90 on, told after 60 s; below 2200 ppm from minute 126 on, and returned 10 minutes later.
    found = trial(yard, {"co_high": {"limit": 2500.0}})
    gas = [one for one in minutes(found) if one[0] == GAS_25]
    assert [one[1] for one in gas] == ["appears", "moved"]
    assert gas[0][2] is None
    assert 90 <= gas[0][3][0] <= 92
    assert 135 <= gas[0][3][1] <= 137
    (_, _, was, would_be) = gas[1]
    assert would_be[0] < was[0] <= was[1] < would_be[1]
    tally = found.comparison.conditions["co_high"]
    assert (tally.was, tally.would_be, tally.changes[Change.APPEARS]) == (2, 3, 1)
    assert tally.would_be_us > tally.was_us
    assert found.comparison.stores["c0025"].changes[Change.APPEARS] == 1
    assert found.would_be.alarms == (found.was.alarms or 0) + 1


def test_a_higher_limit_makes_alarms_vanish_but_never_what_is_over_range(
    yard: RecordedYard,
) -> None:
    found = trial(yard, {"co_high": {"limit": 100_000.0}})
    assert [one[:2] for one in minutes(found) if one[0] == GAS_25] == [(GAS_25, "vanishes")]
    other = [stay for stay in found.comparison.stays if stay.alarm_id.endswith("c0125.co_ppm")]
    assert [stay.would_be is not None for stay in other] == [True]


def test_a_longer_delay_moves_the_beginning_only(yard: RecordedYard) -> None:
    found = trial(yard, {"co_high": {"on_delay_s": 600}})
    (move,) = [one for one in minutes(found) if one[0] == GAS_25]
    assert move[1] == "moved"
    assert 8 <= move[3][0] - move[2][0] <= 10
    assert move[3][1] == move[2][1]


def test_a_shorter_silence_is_judged_on_recorded_arrivals(yard: RecordedYard) -> None:
    found = trial(yard, {"board_silent": {"report_intervals": 30}})
    silent = [stay for stay in found.comparison.stays if stay.condition == "board_silent"]
    assert {stay.change for stay in silent} == {Change.VANISHES, Change.MOVED}
    (long,) = [stay for stay in silent if stay.would_be is not None]
    assert long.alarm_id == "board_silent:b0075"
    assert long.would_be is not None
    assert 129 <= (long.would_be[0] - BEGIN_US) // MINUTE_US <= 131


def test_a_condition_may_be_left_out_and_a_new_one_tried(yard: RecordedYard) -> None:
    found = trial(yard, {}, "temp_pre")
    assert {one[:2] for one in minutes(found) if one[0] == PRE_75} == {(PRE_75, "vanishes")}
    new = {
        "kind": "high", "points": "yard.*.co_ppm", "limit": 2000.0, "unit": "ppm",
        "class": "advisory", "priority": "low",
    }  # fmt: skip
    found = trial(yard, {"co_pre": new})
    tally = found.comparison.conditions["co_pre"]
    assert (tally.was, tally.would_be) == (0, 3)


def test_figures_are_those_of_the_alarms_that_would_have_been(yard: RecordedYard) -> None:
    found = trial(yard, {}, "board_silent")
    assert (found.was.alarms or 0) > (found.would_be.alarms or 0)
    was, would_be = (side.figure("average_per_day").value for side in (found.was, found.would_be))
    assert was is not None
    assert would_be is not None
    assert was > would_be


def test_a_period_without_records_is_refused(yard: RecordedYard) -> None:
    for from_us in (BEGIN_US - 90 * HOUR_US, END_US + 48 * HOUR_US):
        with pytest.raises(ReplayError, match="no samples of that period"):
            trial(yard, from_us=from_us, to_us=from_us + HOUR_US)


# ── What a person may write ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("co_high.limit=2500", ("co_high", "limit", 2500)),
        (" co_high.limit = 2500.5 ", ("co_high", "limit", 2500.5)),
        ("temp_pre.class=fire", ("temp_pre", "class", "fire")),
        ('co_high.fire_with=["temp_high"]', ("co_high", "fire_with", ["temp_high"])),
    ],
)
def test_a_change_as_typed(text: str, read: tuple[str, str, Any]) -> None:
    assert read_setting(text) == read


@pytest.mark.parametrize("text", ["", "limit=3", "co_high.limit", "co_high.=3", ".limit=3"])
def test_what_is_no_change_is_refused(text: str) -> None:
    with pytest.raises(LimitsError, match="no change of a limit"):
        read_setting(text)


def test_a_file_of_changes(tmp_path: Path) -> None:
    path = tmp_path / "changed.toml"
    path.write_text('[[alarm]]\nid = "co_high"\nlimit = 2500\n[[alarm]]\nid = "x"\nunit = "ppm"\n')
    assert read_limits(path) == {"co_high": {"limit": 2500}, "x": {"unit": "ppm"}}
    for text in ("", "[[alarm]]\nlimit = 3", "[site]\nid = 'x'", "not toml"):
        path.write_text(text)
        with pytest.raises(LimitsError, match=r"\[\[alarm\]\]"):
            read_limits(path)
    with pytest.raises(LimitsError, match="No such file"):
        read_limits(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("changes", "without", "words"),
    [
        ({"co_hihg": {"limit": 1}}, (), "Did you mean 'co_high'"),
        ({"co_high": {"limit": "much"}}, (), "limit: Input should be a valid number"),
        ({"co_high": {"limmit": 3}}, (), "limmit"),
        ({}, ("co_hihg",), "there is no condition 'co_hihg'"),
    ],
)
def test_limits_that_cannot_be_are_refused(
    yard: RecordedYard, changes: dict[str, Any], without: tuple[str, ...], words: str
) -> None:
    with pytest.raises(LimitsError, match=words):
        changed(yard.site, changes, without)
