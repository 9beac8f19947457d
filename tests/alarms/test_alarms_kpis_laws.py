"""Laws of the KPIs: order, splitting, and windows against a count second by second."""

import tomllib
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agent.alarms.events import AlarmEvent
from agent.alarms.kpis import alarm_kpis
from agent.alarms.kpis_figures import AlarmKpis
from agent.alarms.kpis_table import read_kpi_table
from agent.alarms.kpis_windows import Stretch, crowded, floods, most_at_once, overlap, peak

S = 1_000_000
END_S = 4 * 86_400
TABLE = read_kpi_table(
    tomllib.loads(
        (Path(__file__).parents[2] / "agent/tables/alarm_kpis.toml").read_text(encoding="utf-8")
    )
)
EDGES = ("raised", "raised", "realarmed", "cleared", "acknowledged", "reset", "shelved")
SIGHTS = ("shown", "shown", "shown", "shelved", "suppressed")
COUNTS = ("alarms", "flood_s")
SUMS = ("unauthorised_suppressions",)
GREATEST = ("peak_per_10_min", "stale")

# Most within an hour, so that there are floods; some days later, so that alarms get stale.
seconds = st.one_of(st.integers(0, 3600), st.integers(0, END_S - 1))


@st.composite
def journals(draw: st.DrawFn) -> list[AlarmEvent]:
    times = draw(st.lists(seconds, unique=True, max_size=80))
    return [
        AlarmEvent(
            alarm_id=(name := f"temp_high:p{draw(st.integers(0, 3))}"),
            edge=draw(st.sampled_from(EDGES)),
            condition="temp_high",
            source=name,
            klass="fire",
            priority=draw(st.sampled_from(["critical", "high", "medium", "low"])),
            t_us=at_s * S,
            at_us=at_s * S,
            state="unacknowledged",
            visibility=draw(st.sampled_from(SIGHTS)),
            person=draw(st.sampled_from([None, "aoki"])),
        )
        for at_s in sorted(times)
    ]


@st.composite
def runs(draw: st.DrawFn) -> list[Stretch]:
    edges = sorted(draw(st.lists(seconds, unique=True, min_size=2, max_size=8)))
    return [Stretch(a * S, b * S) for a, b in pairwise(edges[: len(edges) // 2 * 2])][::2]


def kpis_of(events: list[AlarmEvent], covered: list[Stretch], from_s: int, to_s: int) -> AlarmKpis:
    return alarm_kpis(events, covered, from_s * S, to_s * S, TABLE)


@given(journals(), runs(), st.data())
def test_only_the_order_of_each_alarm_matters(
    events: list[AlarmEvent], covered: list[Stretch], data: st.DataObject
) -> None:
    turns = data.draw(st.permutations([event.alarm_id for event in events]))
    own = {name: [e for e in events if e.alarm_id == name] for name in turns}
    shuffled = [own[name].pop(0) for name in turns]
    assert kpis_of(shuffled, covered, 0, END_S) == kpis_of(events, covered, 0, END_S)


@given(journals(), st.integers(1, END_S - 1))
def test_the_parts_of_a_period_add_up(events: list[AlarmEvent], cut_s: int) -> None:
    covered = [Stretch(0, END_S * S)]
    whole = kpis_of(events, covered, 0, END_S)
    parts = [kpis_of(events, covered, 0, cut_s), kpis_of(events, covered, cut_s, END_S)]
    for name in COUNTS:
        assert getattr(whole, name) == sum(getattr(part, name) for part in parts), name
    for name in SUMS:
        assert whole.figure(name).value == sum(part.figure(name).value for part in parts), name
    for name in GREATEST:
        assert whole.figure(name).value == max(part.figure(name).value for part in parts), name
    assert whole.answers.count == sum(part.answers.count for part in parts)
    assert whole.answers.waiting == parts[1].answers.waiting
    assert whole.hidings == parts[0].hidings + parts[1].hidings
    for name, count in whole.hidden.items():
        assert count == sum(part.hidden[name] for part in parts)
    assert set(whole.chattering) == set(parts[0].chattering) | set(parts[1].chattering)
    for n, priority in enumerate(whole.priorities):
        assert priority.count == sum(part.priorities[n].count for part in parts)


@given(journals(), runs(), st.integers(1, END_S - 1))
def test_covered_time_adds_up(events: list[AlarmEvent], covered: list[Stretch], cut_s: int) -> None:
    whole = kpis_of(events, covered, 0, END_S)
    first, second = kpis_of(events, covered, 0, cut_s), kpis_of(events, covered, cut_s, END_S)
    seconds_of = [round(k.coverage * (k.to_us - k.from_us) / S) for k in (whole, first, second)]
    assert seconds_of[0] == seconds_of[1] + seconds_of[2]
    assert (whole.flood_s or 0) == (first.flood_s or 0) + (second.flood_s or 0)


@given(journals())
def test_what_happens_later_moves_nothing_before(events: list[AlarmEvent]) -> None:
    covered = [Stretch(0, END_S * S)]
    before = [event for event in events if event.at_us < END_S // 2 * S]
    assert kpis_of(events, covered, 0, END_S // 2) == kpis_of(before, covered, 0, END_S // 2)


@given(journals(), runs())
def test_every_alarm_has_one_place(events: list[AlarmEvent], covered: list[Stretch]) -> None:
    kpis = kpis_of(events, covered, 0, END_S)
    if kpis.alarms is None:
        return
    assert sum(p.count or 0 for p in kpis.priorities) == kpis.alarms
    assert sum(a.count for a in kpis.bad_actors) == kpis.alarms  # four alarms, ten places


@given(st.lists(st.integers(0, 120)), st.integers(1, 20), st.integers(0, 100))
def test_the_peak_is_that_of_a_count_second_by_second(
    instants: list[int], width: int, begin: int
) -> None:
    instants.sort()
    counts = [sum(t - width < a <= t for a in instants) for t in range(begin, 150)]
    assert peak(instants, width, [Stretch(begin, 150)]) == max(counts)


@given(st.lists(st.integers(0, 120)), st.integers(1, 30), st.integers(2, 6), st.integers(1, 2))
def test_floods_are_those_of_a_count_second_by_second(
    instants: list[int], width: int, above: int, below: int
) -> None:
    instants.sort()
    found, since = [], None
    for t in range(200):
        inside = sum(t - width < a <= t for a in instants)
        if since is None and inside > above:
            since = t
        elif since is not None and inside < below:
            found.append((since, t))
            since = None
    assert floods(instants, width, above, below) == found


@given(st.lists(st.integers(0, 120)), st.integers(1, 20), st.integers(1, 4))
def test_crowded_is_that_of_a_count_at_every_instant(
    instants: list[int], width: int, count: int
) -> None:
    instants.sort()
    by_hand = {t for t in instants if sum(t - width < a <= t for a in instants) >= count}
    assert set(crowded(instants, width, count)) == by_hand


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50))))
def test_most_at_once_is_that_of_a_count_second_by_second(pairs: list[tuple[int, int]]) -> None:
    spans = [Stretch(*pair) for pair in pairs]
    counts = [sum(s.from_us <= t < s.to_us for s in spans) for t in range(51)]
    assert most_at_once(spans) == max(counts)
    assert overlap(spans, 51, 60) == []
