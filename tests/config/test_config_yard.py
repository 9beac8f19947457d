"""The yard and the conditions of a site's file: what holds, and what is refused with a remedy."""

from pathlib import Path

import pytest

from agent.alarms.conditions import While
from gateway.people_limits import people_limits
from gateway.problems import ConfigError
from gateway.reload import ReloadError, changes
from gateway.site import Site, load_site, rules_of

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "tests/golden/configs"
EXAMPLE = ROOT / "gateway/deploy/example-plant.toml"
HALL = """
[[workplace]]
id = "hall"

[[board]]
id = "b9"
workplace = "hall"
report_s = 60
values = ["co_ppm", "o2_percent"]
"""


def site(folder: Path, more: str = "", change: tuple[str, str] = ("", "")) -> Site:
    text = (CONFIGS / "good.toml").read_text().replace(*change) + more
    (folder / "site.toml").write_text(text)
    (folder / "lots.toml").write_text((CONFIGS / "lots.toml").read_text())
    return load_site(folder / "site.toml")


def alarm(**parts: str) -> str:
    known = {
        "id": '"a1"', "kind": '"high"', "points": '"yard.*.co_ppm"', "limit": "3000",
        "unit": '"ppm"', "class": '"gas"', "priority": '"critical"',
    } | parts  # fmt: skip
    rows = (f"{name} = {value}" for name, value in known.items() if value)
    return "\n[[alarm]]\n" + "\n".join(rows) + "\n"


def row(**parts: str) -> str:
    known = {"row": '"A"', "first": "1", "count": "3", "fuel": '"coal"'} | parts
    return "\n[[store_row]]\n" + "\n".join(f"{n} = {v}" for n, v in known.items()) + "\n"


def store(**parts: str) -> str:
    known = {"id": '"c0002"', "kind": '"container"', "fuel": '"coal"'} | parts
    return "\n[[store]]\n" + "\n".join(f"{n} = {v}" for n, v in known.items()) + "\n"


# ── What holds ────────────────────────────────────────────────────────────────────────────


def test_a_container_of_a_row_is_named_again_where_it_stands_now(tmp_path: Path) -> None:
    moved = store(
        row='"B"', position="9", tier="2", lot='"P-114"', loaded="2026-10-02", load_degc="24"
    )
    config = site(tmp_path, row(lot='"P-100"') + moved).config
    stores = {one.id: one for one in config.stores()}
    assert list(stores) == ["c0001", "c0002", "c0003", "s1"]
    assert (stores["c0001"].lot, stores["c0001"].row) == ("P-100", "A")
    here = stores["c0002"]
    assert (here.row, here.position, here.tier, here.lot) == ("B", 9, 2, "P-114")
    assert str(here.loaded) == "2026-10-02"


def test_stacks_are_numbered_upwards_and_rows_touch_where_the_site_says_so(tmp_path: Path) -> None:
    rows = row(tiers="2", count="4", beside='["B"]')
    rows += row(row='"B"', first="11", count="4", tiers="2")
    yard = rules_of(site(tmp_path, rows)).engine().yard
    assert yard.neighbours("c0001") == ("c0002", "c0003", "c0011")
    assert yard.neighbours("c0014") == ("c0004", "c0012", "c0013")


def test_a_silo_may_speak_for_a_row(tmp_path: Path) -> None:
    covers = ('fuel = "coal"\n\n[[board]]', 'fuel = "coal"\ncovers = ["A"]\n\n[[board]]')
    yard = rules_of(site(tmp_path, row(), covers)).engine().yard
    assert yard.coverage("s1") == "c0001–c0003"


def test_people_are_watched_where_they_work_by_the_reviewed_figures(tmp_path: Path) -> None:
    people = alarm(
        points='"work.*.co_ppm"', limit="", limit_from='"co_ceiling_niosh"',
        **{"class": '"people"'},
    )  # fmt: skip
    found = site(tmp_path, HALL + people)
    assert set(found.points()) >= {"work.hall.co_ppm", "work.hall.o2_percent"}
    condition = rules_of(found).conditions[-1]
    assert (condition.limit, condition.covers("work.hall.co_ppm")) == (200.0, True)


def test_every_limit_for_people_has_its_origin_and_stands_in_the_example() -> None:
    limits = people_limits()
    values = sorted((one.unit, one.value) for one in limits.values())
    assert values == [
        ("percent", 18.0), ("percent", 19.5), ("ppm", 25.0), ("ppm", 35.0), ("ppm", 50.0),
        ("ppm", 200.0), ("ppm", 1200.0),
    ]  # fmt: skip
    for one in limits.values():
        assert one.source
        assert one.basis
        assert one.mark in {"V", "M", "D"}
    named = [alarm.limit_from for alarm in load_site(EXAMPLE).config.alarm if alarm.limit_from]
    assert sorted(named) == sorted(limits)


def test_the_example_has_every_condition_with_its_data() -> None:
    conditions = {c.id: c for c in rules_of(load_site(EXAMPLE)).conditions}
    assert conditions["co_high"].fire_with is not None
    assert conditions["co_high"].fire_with >= {"temp_high", "co_residual", "co_slope"}
    assert conditions["feeder_stopped"].during == While("unit1.gross_kw", 5000.0)
    assert conditions["coal_count_still"].kind == "still"
    assert conditions["board_gone"].about_boards
    expired = conditions["calibration_expired"]
    assert (expired.reasons, expired.priority, expired.guidance) == (
        {"expired_calibration"}, "low", "calibration",
    )  # fmt: skip
    assert conditions["co_low_o2"].guidance == "low_o2"


# ── What changes while the gateway runs ───────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("count = 3", "count = 4", ("store added: c0004", "row changed: A")),
        ("count = 3", 'count = 3\nbeside = ["B"]', ("row changed: A",)),
        ("count = 3", 'count = 3\nlot = "P-9"',
         ("store changed: c0001, c0002, c0003", "row changed: A")),
        ("[clock]", "[rounds]\nwithin_minutes = 30\n\n[clock]", ("section changed: rounds",)),
    ],
    ids=["longer", "beside another", "loaded anew", "walked faster"],
)  # fmt: skip
def test_a_yard_changes_while_the_gateway_runs(
    tmp_path: Path, old: str, new: str, words: tuple[str, ...]
) -> None:
    rows = row() + row(row='"B"', first="11") + '\n[clock]\nsynchronised_by = "assume"\n'
    before = site(tmp_path, rows)
    assert changes(before, site(tmp_path, rows.replace(old, new, 1))) == words


def test_another_board_needs_a_restart(tmp_path: Path) -> None:
    with pytest.raises(ReloadError, match=r"\[board\] changed.*restart the service"):
        changes(site(tmp_path), site(tmp_path, HALL))


# ── What is refused ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("more", "words", "remedy"),
    [
        pytest.param(row() + store(kind='"silo"'), "another store has this id", "its own id",
                     id="a silo with a container's id"),
        pytest.param(row() + store() + store(), "another store has this id", "its own id",
                     id="named twice"),
        pytest.param(row() + store(row='"A"', position="3"), "stand in row A at one place",
                     "its own position or tier", id="two in one place"),
        pytest.param(row(beside='["Z"]'), "no row of this name", "", id="beside nothing"),
        pytest.param(row() + store(neighbours='["c9"]'), "no store of this name", "c0001",
                     id="a neighbour nobody has"),
        pytest.param(row() + store(covers='["A"]'), "no board watches it", "remove 'covers'",
                     id="covers without a board"),
        pytest.param('\n[[workplace]]\nid = "hall"\n', "nothing measures there",
                     "work.hall.co_ppm", id="a workplace without a sensor"),
        pytest.param(HALL.replace('workplace = "hall"', 'workplace = "hal"'),
                     "no workplace of this name", "hall", id="a board nowhere"),
        pytest.param(HALL.replace('workplace = "hall"', 'workplace = "hall"\nstore = "s1"'),
                     "either a store or a workplace", "Give one of", id="a board in two places"),
        pytest.param(HALL.replace('"o2_percent"', '"co_8h_ppm"'), "makes a value of this name",
                     "another name", id="a value that is derived"),
        pytest.param(alarm(**{"class": '"people"'}), "judged where they work", "'work.'",
                     id="people among the fuel"),
        pytest.param(HALL + alarm(points='"work.*.co_ppm"'), "limits are for fuel",
                     "Use class people", id="fuel limits where people work"),
        pytest.param(alarm(limit="", limit_from='"co_idlh"'), "the table is for people",
                     "class = 'people'", id="a limit for people on fuel"),
        pytest.param(HALL + alarm(points='"work.*.co_ppm"', limit_from='"co_idlh"',
                                  **{"class": '"people"'}),
                     "gives 1200 ppm already", "one of the two", id="two limits"),
        pytest.param(alarm(limit="", limit_from='"co_idhl"', **{"class": '"people"'}),
                     "no limit for people of this name", "co_idlh", id="a limit nobody set"),
        pytest.param(alarm(fire_with='["temp_hi"]'), "no alarm of this name", "temp_high",
                     id="fire with nothing"),
        pytest.param(alarm(fire_with='["temp_high"]', **{"class": '"fire"'}),
                     "fire_with is for class gas", "Remove it", id="fire with fire"),
        pytest.param(alarm(**{"while": '{ point = "unit1.gross_kw", at_least = 1 }'}),
                     "no point of a meter or board", "unit1.", id="while a point nobody feeds"),
        pytest.param(alarm(**{"while": '{ point = "unit1.gross_total_kwh", at_least = 1 }'}),
                     "would hold back a gas alarm", "Remove it", id="a guard on gas"),
        pytest.param(alarm(kind='"bad"', limit="", unit="", reasons='["borken"]'),
                     "no reason of this name", "", id="a reason nobody gives"),
        pytest.param(alarm(reasons='["crc"]'), "high takes no reasons", "Remove them",
                     id="reasons of a limit"),
        pytest.param(alarm(kind='"still"', limit=""), "still for a time", "Give on_delay_s",
                     id="still at once"),
        pytest.param(alarm(kind='"last_gasp"', limit="", unit="", points=""),
                     "needs 'boards'", "boards =", id="a last gasp of points"),
        pytest.param(alarm(guide='"poem"'), "guide 'poem' is unknown", "balance", id="a poem"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_told_with_its_remedy(
    tmp_path: Path, more: str, words: str, remedy: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        site(tmp_path, more)
    problem = next(p for p in caught.value.problems if words in str(p))
    assert problem.line is not None
    assert remedy in problem.remedy


def test_a_meters_point_at_a_workplace_nobody_declared(tmp_path: Path) -> None:
    change = ('aux_total_kwh = "unit1.aux_total_kwh"', 'aux_total_kwh = "work.hall.aux_total_kwh"')
    with pytest.raises(ConfigError, match="no workplace of this name"):
        site(tmp_path, "", change)
