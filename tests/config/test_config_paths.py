"""Paths of a site's file hold, or are refused with line, value, reason and remedy."""

from pathlib import Path

import pytest

from agent.alarms.inhibit_paths import PathKind
from gateway.problems import ConfigError
from gateway.reload import changes
from gateway.site import Site, load_site, rules_of

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "gateway/deploy/example-plant.toml"
MARK = "# ── Where else"


def site_with(tmp_path: Path, text: str) -> Site:
    """The example with another text."""
    (tmp_path / "site.toml").write_text(text)
    (tmp_path / "example-lots.toml").write_text((EXAMPLE.parent / "example-lots.toml").read_text())
    return load_site(tmp_path / "site.toml")


def problems_of(tmp_path: Path, *tables: str) -> list[str]:
    """What is wrong with the example once more paths stand in it."""
    more = "\n".join(f"[[path]]\n{table}\n" for table in tables)
    with pytest.raises(ConfigError) as caught:
        site_with(tmp_path, EXAMPLE.read_text().replace(MARK, more + MARK, 1))
    return [str(problem) for problem in caught.value.problems]


def test_the_example_has_a_path_behind_a_path() -> None:
    crowd = rules_of(load_site(EXAMPLE)).crowd
    outer, inner = crowd.paths
    assert (outer.kind, outer.known_by) == (PathKind.LINK, ("broker_lost:gateway",))
    assert (inner.behind, inner.least_boards, inner.least_share) == ("broker", 3, 0.5)
    assert (crowd.flood.starts_above, crowd.flood.ends_below) == (10, 5)
    assert crowd.flood.window_us == 600_000_000


BROKEN = {
    'id = "p"\nkind = "power"\nboards = ["x*"]': ["'x*': no board has this name"],
    'id = "p"\nkind = "power"': ["'p': no board is behind it", "Add boards"],
    'id = "p"\nkind = "power"\nboards = ["bs*"]\nleast_boards = 4': [
        "least_boards = 4",
        "2 boards are behind it",
        "name in known_by the alarm",
    ],
    'id = "p"\nkind = "power"\nboards = ["*"]\nbehind = "brokr"': [
        "'brokr': there is no path 'brokr'",
        "Did you mean 'broker'?",
    ],
    'id = "p"\nkind = "power"\nboards = ["*"]\nbehind = "p"': ["it is behind itself"],
    'id = "broker"\nkind = "power"\nboards = ["*"]': ["another path has this id already"],
    'id = "p"\nkind = "radio"\nboards = ["*"]': ["'radio'", "access_point"],
    'id = "p"\nkind = "link"\nboards = ["*"]\nknown_by = ["broker_lost"]': ["'broker_lost'"],
    'id = "p"\nkind = "link"\nboards = ["*"]\nleast_share = 1.5': ["least_share = 1.5"],
    'id = "p"\nkind = "link"\nboards = ["*"]\nleast_boards = 1': ["least_boards = 1"],
}


@pytest.mark.parametrize("table", BROKEN)
def test_a_broken_path_names_value_reason_and_remedy(table: str, tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, table)
    for words in BROKEN[table]:
        assert words in problem
    assert "site.toml:" in problem


def test_paths_behind_each_other_are_refused(tmp_path: Path) -> None:
    first = 'id = "p"\nkind = "power"\nboards = ["*"]\nbehind = "q"'
    second = 'id = "q"\nkind = "power"\nboards = ["*"]\nbehind = "p"'
    problems = problems_of(tmp_path, first, second)
    assert len(problems) == 2
    assert all("it is behind itself" in problem for problem in problems)


def test_paths_and_their_times_change_while_the_gateway_runs(tmp_path: Path) -> None:
    text = EXAMPLE.read_text()
    before = site_with(tmp_path, text)
    text = text.replace("least_share = 0.5", "least_share = 0.7")
    after = site_with(tmp_path, text.replace("return_s = 300", "return_s = 60"))
    words = " ".join(changes(before, after))
    assert "path" in words
    assert "ap_yard" in words
    assert "inhibition" in words
